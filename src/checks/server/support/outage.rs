//! The store behind a balance failing, and whether that shows.

use crate::checks::account::TestAccount;
use crate::checks::finding::Stop;
use crate::checks::server::support::balance_reads::describe_read;
use crate::checks::server_trial::{BalanceRead, ServerTrial};
use crate::contract::{Condition, Contract, DocumentedResponse, FailureMode, FailurePolicy, Role};
use crate::subject::ActiveState;

/// What the contract promises about a failing store.
pub(in crate::checks) fn policy(contract: &Contract, mode: FailureMode) -> Option<&FailurePolicy> {
    contract.failure.as_ref().filter(|policy| policy.mode == mode)
}

/// The documented answer of the balance operation to a failing store.
pub(in crate::checks) fn documented_failure(contract: &Contract) -> Option<&DocumentedResponse> {
    contract.operation(Role::Balance)?.conditions.get(&Condition::BackendDown)
}

/// For checks of what happens when the store fails.
pub(in crate::checks) fn has_policy(contract: &Contract) -> Result<(), &'static str> {
    crate::checks::applies::has_balance(contract)?;
    contract.failure.as_ref().map(drop).ok_or("the contract says nothing about a failing store")
}

/// Whether an answer shows that the store fails.
pub(in crate::checks) fn shows_failure(trial: &ServerTrial<'_>, reading: &BalanceRead) -> bool {
    let Ok(operation) = trial.balance_operation() else { return false };
    matches!(&reading.exchange.result, Ok(response) if trial.is_failure_answer(operation, response))
}

/// The store fails although nothing says so: the answer is the balance that only the store can have told.
pub(in crate::checks) fn shows_stored_balance(reading: &BalanceRead, account: &TestAccount) -> bool {
    matches!(&reading.balance, Ok(balance) if *balance == account.true_balance())
}

/// Why nothing can be judged then.
pub(in crate::checks) fn no_effect(reading: &BalanceRead) -> Stop {
    Stop::Inconclusive(format!(
        "the state `backend.down` was set but shows no effect: the answer is still the balance in the store, {}",
        describe_read(reading)
    ))
}

/// Makes the store fail for an account that nothing can have been kept for, and reads it: the failure shows, or else
/// the trial ends.
pub(in crate::checks) async fn fail_store_and_read(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
) -> Result<(ActiveState, BalanceRead), Stop> {
    let active = trial.fail_backend(account).await?;
    let reading = trial.check(account).await?;
    if shows_stored_balance(&reading, account) {
        return Err(no_effect(&reading));
    }
    Ok((active, reading))
}
