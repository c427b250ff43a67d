//! The state of jobs that paid calls start, as a provider shows it, and the time at which amounts are given back.

use serde_json::{Value, json};

use super::admission::{self, Admission};
use super::provider::{Provider, ProviderState};
use super::reply::Reply;
use crate::contract::{Condition, Contract, Jobs, Operation, Role, Schema};
use crate::exchange::Request;
use crate::model::{Decision, JobState};
use crate::pointer;

/// The response to a request for the state of a job, where the contract documents no operation that shows it; `None` for any
/// other request.
pub(super) fn job_status(contract: &Contract, state: &ProviderState, request: &Request) -> Option<Reply> {
    let jobs = contract.jobs()?;
    let id = job_id(jobs, request)?;
    let presented = admission::presented(contract, request);
    let Admission::Tenant(tenant) = admission::look_up(&presented, &state.keys) else { return None };
    let mut body = json!({});
    set(&mut body, &jobs.id, json!(id));
    set(&mut body, &jobs.state, word(jobs, state.model.job_state(&tenant)?, None));
    Some(Reply::new(200, "application/json", body.to_string()))
}

impl Provider {
    /// The decision about a request for a job that is none of this tenant's; `None` if the model decides.
    pub(super) fn about_job(
        &self,
        state: &ProviderState,
        operation: &Operation,
        request: &Request,
        tenant: &str,
    ) -> Option<Decision> {
        let documented = operation.conditions.contains_key(&Condition::JobUnknown);
        let id = job_id(self.contract.jobs()?, request).filter(|_| documented)?;
        let owner = state.jobs.get(id);
        let shown = owner.is_some_and(|owner| owner == tenant || self.behaviour().jobs_for_all);
        (!shown).then_some(Decision::Refused { condition: Condition::JobUnknown, retry_after_s: None })
    }

    /// Writes into a response what neither its example nor the balance says: the id and the state of a job.
    pub(super) fn amend(
        &self,
        state: &mut ProviderState,
        operation: &Operation,
        request: &Request,
        tenant: &str,
        decision: &Decision,
        reply: &mut Reply,
    ) {
        let (Some(jobs), Decision::Success { .. }) = (self.contract.jobs(), decision) else { return };
        let Some(mut body) = reply.json() else { return };
        let schema = operation.response(reply.status).and_then(|response| response.content.first()?.schema.as_ref());
        if operation.role == Role::Spend
            && self.contract.operation(Role::Spend).is_some_and(|first| first.id == operation.id)
        {
            let Some(shown) = body.pointer(&jobs.id).cloned() else { return };
            let n = state.jobs.len() + 1;
            let id = candidates(&shown, n).into_iter().find(|id| {
                let mut changed = body.clone();
                set(&mut changed, &jobs.id, id.clone());
                !state.jobs.contains_key(&text(id)) && schema.is_none_or(|schema| schema.accepts(&changed))
            });
            let Some(id) = id.filter(|_| has_owners(&self.contract)) else { return };
            state.jobs.insert(text(&id), tenant.to_owned());
            rewrite(reply, &jobs.id, &id);
        } else if let Some(id) = job_id(jobs, request) {
            let Some(job) = state.model.job_state(tenant) else { return };
            if let Some(place) = body.pointer_mut(&jobs.id) {
                *place =
                    if place.is_number() { serde_json::from_str(id).unwrap_or_else(|_| json!(id)) } else { json!(id) };
            }
            let word = word(jobs, job, schema.map(|schema| (schema, &body)));
            set(&mut body, &jobs.state, word);
            reply.set_json(&body);
        }
    }
}

/// Whether the contract says that jobs are those of an account.
fn has_owners(contract: &Contract) -> bool {
    contract.operations.iter().any(|operation| operation.conditions.contains_key(&Condition::JobUnknown))
}

/// The id in a request for the state of a job.
fn job_id<'r>(jobs: &Jobs, request: &'r Request) -> Option<&'r str> {
    let path = request.target.split('?').next().unwrap_or_default();
    let (before, behind) = jobs.path.split_once("{id}")?;
    let id = path.strip_prefix(before)?.strip_suffix(behind)?;
    (request.method == "GET" && !id.is_empty() && !id.contains('/')).then_some(id)
}

/// Ids that look like the documented one, of which the first that the schema accepts is used.
fn candidates(shown: &Value, n: usize) -> Vec<Value> {
    let Value::String(shown) = shown else {
        return shown.as_u64().map(|first| json!(first + n as u64)).into_iter().collect();
    };
    // The last hexadecimal digits, as many as there are: ids of a fixed form keep it.
    let digits = shown.chars().rev().take_while(char::is_ascii_hexdigit).take(12).count();
    let stem = shown.get(..shown.len() - digits).unwrap_or_default();
    let fixed = format!("{stem}{n:0digits$x}");
    [fixed, format!("{shown}-{n}"), format!("{shown}{n}")].into_iter().map(Value::from).collect()
}

fn text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned)
}

fn rewrite(reply: &mut Reply, at: &str, value: &Value) {
    let mut body = reply.text();
    if let Some(range) = crate::model::places(&body, at).into_iter().next() {
        body.replace_range(range, &value.to_string());
        reply.body = body.into();
    }
}

/// A word of the contract for a state. Contracts name final states only, so that any other word means "under way": one that the
/// schema accepts.
fn word(jobs: &Jobs, state: JobState, schema: Option<(&Schema, &Value)>) -> Value {
    const UNDER_WAY: [&str; 10] = [
        "PENDING",
        "pending",
        "processing",
        "PROCESSING",
        "queued",
        "QUEUED",
        "running",
        "RUNNING",
        "waiting",
        "in_progress",
    ];
    let named = match state {
        JobState::Pending => None,
        JobState::Succeeded => jobs.succeeded.first(),
        JobState::Failed => jobs.failed.first(),
    };
    if let Some(named) = named {
        return named.clone();
    }
    let fits = |word: &Value| {
        schema.is_none_or(|(schema, body)| {
            let mut body = body.clone();
            set(&mut body, &jobs.state, word.clone());
            schema.accepts(&body)
        })
    };
    let known: Vec<&Value> = jobs.succeeded.iter().chain(&jobs.failed).collect();
    let words = UNDER_WAY.into_iter().map(Value::from);
    // States that are numbers or flags are so under way too.
    let numbers = known.iter().any(|state| state.is_number()).then(|| (0..100).map(Value::from));
    let flags = known.iter().any(|state| state.is_boolean()).then(|| [false, true].map(Value::from));
    let others = numbers.into_iter().flatten().chain(flags.into_iter().flatten());
    let mut under_way: Box<dyn Iterator<Item = Value>> = if known.iter().any(|state| state.is_string()) {
        Box::new(words.chain(others))
    } else {
        Box::new(others.chain(words))
    };
    under_way.find(|word| !known.contains(&word) && fits(word)).unwrap_or_else(|| json!("PENDING"))
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
