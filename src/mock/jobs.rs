//! The state of jobs that paid calls start, as a provider shows it.

use serde_json::{Value, json};

use super::admission::{self, Admission};
use super::provider::ProviderState;
use super::reply::Reply;
use crate::contract::{Contract, Jobs};
use crate::exchange::Request;
use crate::model::JobState;
use crate::pointer;

/// The response to a request for the state of a job; `None` for any other request.
pub(super) fn job_status(contract: &Contract, state: &ProviderState, request: &Request) -> Option<Reply> {
    let jobs = contract.jobs()?;
    let path = request.target.split('?').next().unwrap_or_default();
    let (before, behind) = jobs.path.split_once("{id}")?;
    let id = path.strip_prefix(before)?.strip_suffix(behind)?;
    if request.method != "GET" || id.is_empty() || id.contains('/') {
        return None;
    }
    let presented = admission::presented(contract, request);
    let Admission::Tenant(tenant) = admission::look_up(&presented, &state.keys) else { return None };
    let shown = word(jobs, state.model.job_state(&tenant)?);
    let mut body = json!({});
    set(&mut body, &jobs.id, json!(id));
    set(&mut body, &jobs.state, json!(shown));
    Some(Reply::new(200, "application/json", body.to_string()))
}

/// A word of the contract for a state. Contracts name final states only, so that any other word means "under way".
fn word(jobs: &Jobs, state: JobState) -> &str {
    let named = match state {
        JobState::Pending => None,
        JobState::Succeeded => jobs.succeeded.first(),
        JobState::Failed => jobs.failed.first(),
    };
    named.map_or("PENDING", String::as_str)
}

/// Sets a member, with the objects on the way to it.
fn set(body: &mut Value, at: &str, value: Value) {
    let place = pointer::tokens(at).fold(body, |place, token| {
        if !place.is_object() {
            *place = json!({});
        }
        &mut place[token.as_ref()]
    });
    *place = value;
}
