//! Jobs that paid calls start: brings them to an end, because a job may be charged only when it ends.

use std::time::Duration;

use serde_json::Value;

use crate::checks::account::TestAccount;
use crate::checks::finding::Stop;
use crate::checks::server_trial::ServerTrial;
use crate::contract::Jobs;
use crate::exchange::{Exchange, Request, Response};
use crate::mock::{JobOutcome, State, StateParams};
use crate::subject::StateError;

/// The time between two requests for the state of a job.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Brings the job that a paid call has started to an end: by the state `jobs.settled`, or else by waiting as long as a TTL may
/// be waited for. Returns how it ended; `None` if it is still under way, or its state is not shown.
///
/// # Errors
/// If the state handler fails, or a limit of the run blocks a request.
pub(in crate::checks) async fn bring_to_end(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    jobs: &Jobs,
    payment: &Exchange,
    outcome: JobOutcome,
) -> Result<Option<JobOutcome>, Stop> {
    let mut params = StateParams { outcome: Some(outcome), ..StateParams::default() };
    account.name_in(&mut params);
    let settled = match trial.subject.states.setup(State::JobsSettled, params).await {
        Ok(_) => true,
        Err(StateError::NoHandler | StateError::Unsupported(_)) => false,
        Err(error) => return Err(Stop::CouldNotRun(format!("state `{}` cannot be set: {error}", State::JobsSettled))),
    };
    let mut waited = Duration::ZERO;
    loop {
        let shown = shown_outcome(trial, account, jobs, payment).await?;
        if shown.is_some() {
            return Ok(shown);
        }
        if settled {
            // The handler vouches for the end where the server shows no state.
            return Ok(Some(outcome));
        }
        if waited + POLL_INTERVAL > trial.settings.max_wait {
            return Ok(None);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
        waited += POLL_INTERVAL;
    }
}

/// The outcome of a job as the server shows it; `None` if it is under way, or not shown.
pub(in crate::checks) async fn shown_outcome(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    jobs: &Jobs,
    payment: &Exchange,
) -> Result<Option<JobOutcome>, Stop> {
    let Some(request) = status_request(trial, account, jobs, payment) else { return Ok(None) };
    let exchange = trial.send(request).await?;
    let body = exchange.result.as_ref().ok().filter(|response| response.is_success()).and_then(Response::json);
    let state = body.as_ref().and_then(|body| body.pointer(&jobs.state));
    let is_one_of = |states: &[Value]| state.is_some_and(|state| states.contains(state));
    Ok(match () {
        () if is_one_of(&jobs.succeeded) => Some(JobOutcome::Succeeded),
        () if is_one_of(&jobs.failed) => Some(JobOutcome::Failed),
        () => None,
    })
}

/// The request of an account for the state of the job that a paid call has started; `None` if the response names no job.
pub(in crate::checks) fn status_request(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    jobs: &Jobs,
    payment: &Exchange,
) -> Option<Request> {
    let body = payment.result.as_ref().ok().and_then(Response::json);
    let id = body.as_ref().and_then(|body| body.pointer(&jobs.id)).map(|id| match id.as_str() {
        Some(text) => text.to_owned(),
        None => id.to_string(),
    });
    let id: String = url::form_urlencoded::byte_serialize(id?.as_bytes()).collect();
    let target = jobs.path.replace("{id}", &id);
    let documented = trial.contract.operations.iter().find(|operation| {
        operation.method == "GET" && operation.matches(&target) && Some(&operation.id) == jobs.operation.as_ref()
    });
    // The other parameters of the operation, as documented.
    let query = documented.and_then(|operation| operation.example_path.split_once('?')).map(|(_, query)| query);
    let target = query.map_or_else(|| target.clone(), |query| format!("{target}?{query}"));
    let mut request = Request::new("GET", target);
    for (name, value) in documented.iter().flat_map(|operation| &operation.example_headers) {
        request = request.header(name, value.as_str());
    }
    Some(trial.with_key(trial.with_tenant(request, account.tenant.as_deref()), &account.key))
}
