//! Outages of the balance store, and whether they have a visible effect.

use crate::checks::account::TestAccount;
use crate::checks::applies::tells_balance;
use crate::checks::finding::Stop;
use crate::checks::server::support::balance_reads::describe_read;
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::contract::{Condition, Contract, DocumentedResponse, FailureMode, FailurePolicy, Role};
use crate::subject::ActiveState;

/// The failure policy of the contract, if it has this mode.
pub(in crate::checks) fn policy(contract: &Contract, mode: FailureMode) -> Option<&FailurePolicy> {
    contract.failure.as_ref().filter(|policy| policy.mode == mode)
}

/// The documented response of the balance operation while the store fails.
pub(in crate::checks) fn documented_failure(contract: &Contract) -> Option<&DocumentedResponse> {
    contract.operation(Role::Balance)?.conditions.get(&Condition::BackendDown)
}

/// Applies to contracts with a failure policy for servers.
pub(in crate::checks) fn has_policy(contract: &Contract) -> Result<(), &'static str> {
    crate::checks::applies::has_balance(contract)?;
    let promise = contract.failure.as_ref().and_then(|policy| policy.server.as_ref());
    promise.map(drop).ok_or("the contract states nothing about servers with a failing store")
}

/// Whether the response is the documented one to a failing store.
pub(in crate::checks) fn shows_failure(trial: &ServerTrial<'_>, reading: &BalanceRead) -> bool {
    let Ok(operation) = trial.balance_operation() else { return false };
    matches!(&reading.exchange.result, Ok(response) if operation.documents_failure(response))
}

/// Whether the response shows the balance in the store, so that the outage had no effect.
pub(in crate::checks) fn shows_stored_balance(
    trial: &ServerTrial<'_>,
    reading: &BalanceRead,
    account: &TestAccount,
) -> bool {
    let same = matches!(&reading.balance, Ok(balance) if *balance == account.true_balance());
    // Where nothing tells which balance is shown, any documented success may be that of the store.
    same && (tells_balance(trial.contract).is_ok() || is_documented_success(trial, reading))
}

fn is_documented_success(trial: &ServerTrial<'_>, reading: &BalanceRead) -> bool {
    let (Ok(operation), Ok(response)) = (trial.balance_operation(), &reading.exchange.result) else { return false };
    let documented = operation.response(response.status).and_then(|documented| documented.content.first());
    let Some(schema) = documented.and_then(|content| content.schema.as_ref()) else { return response.is_success() };
    response.is_success() && response.json().is_some_and(|body| schema.accepts(&body))
}

/// Ends a check whose outage had no effect.
pub(in crate::checks) fn no_effect(reading: &BalanceRead) -> Stop {
    Stop::Inconclusive(format!(
        "the state `backend.down` was set but has no visible effect: the response still shows the stored balance, {}",
        describe_read(reading)
    ))
}

/// Makes the store fail for an account without cached responses, and reads the balance.
///
/// # Errors
/// `Inconclusive` if the outage has no effect.
pub(in crate::checks) async fn fail_store_and_read(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
) -> Result<(ActiveState, BalanceRead), Stop> {
    let active = trial.fail_backend(account).await?;
    let reading = trial.check(account).await?;
    if shows_stored_balance(trial, &reading, account) {
        return Err(no_effect(&reading));
    }
    Ok((active, reading))
}
