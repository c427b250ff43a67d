//! Credentials that were valid and are not any more.

use super::operations::{is_read, secured};
use super::refusal::{judge_condition, judge_refused, send_without_valid_key};
use crate::checks::class::error_code;
use crate::checks::finding::Judgement;
use crate::checks::server_trial::{ServerTrial, describe};
use crate::contract::{Condition, Level, Operation, Promise, StatusRange};
use crate::exchange::Exchange;
use crate::mock::{State, StateParams};

/// Uses a credential, sets a state that makes it invalid, and judges that every operation that requires a credential
/// refuses it from then on.
pub(in crate::checks) async fn judge_revoked(
    trial: &ServerTrial<'_>,
    state: State,
    condition: Condition,
    about: &str,
) -> Judgement {
    let account = trial.account(trial.credits(100)).await?;
    // The server may cache the credential now.
    for operation in secured(trial).into_iter().filter(|operation| is_read(operation)) {
        trial.send(trial.request(operation, &account)).await?;
    }
    let mut params = StateParams::default();
    account.name_in(&mut params);
    trial.setup(state, params).await?;
    for operation in secured(trial) {
        let exchange = send_without_valid_key(trial, trial.request(operation, &account)).await?;
        judge_refused(trial, operation, &exchange, about).await?;
        judge_condition(trial, operation, &exchange, condition)?;
        judge_reported(trial, operation, &exchange, condition, about)?;
    }
    Ok(())
}

/// Judges, where the contract does not state the code or the status for such a credential, that it is not reported as
/// missing, and that the status is a documented one.
fn judge_reported(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    condition: Condition,
    about: &str,
) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    let expected = operation.conditions.get(&condition);
    let code_of = |condition| operation.conditions.get(&condition).and_then(|answer| answer.code.as_ref());
    let (missing, unknown) = (code_of(Condition::CredentialMissing), code_of(Condition::CredentialUnknown));
    if expected.is_none_or(|answer| answer.code.is_none())
        && let Some(answer) = operation.conditions.get(&Condition::CredentialMissing)
        && missing.is_some()
        && missing != unknown
    {
        let reported_as_missing = error_code(trial.contract, response).as_ref() == missing;
        trial.judge(&answer.promise, Some(operation), &[exchange], !reported_as_missing, || {
            let code = missing.map_or("", String::as_str);
            format!("{about}: expected another code than that of a missing credential, found {code}")
        })?;
    }
    // Where no refusal at all is documented, its status is open.
    let refusals = [Condition::CredentialMissing, Condition::CredentialUnknown];
    let documented = refusals.iter().filter_map(|condition| operation.conditions.get(condition));
    let documented =
        documented.into_iter().any(|answer| matches!(answer.status, Some(StatusRange::Exact(status)) if status >= 400));
    if expected.is_some() || !documented || response.is_success() || response.status >= 500 {
        return Ok(());
    }
    let promise = Promise { level: operation.promise.level.min(Level::Should), ..operation.promise.clone() };
    trial.judge(&promise, Some(operation), &[exchange], operation.response(response.status).is_some(), || {
        format!("{about}: expected a documented status, found {}", describe(response))
    })
}
