//! What an application may be told when there is no balance.

use crate::checks::client_session::Call;
use crate::checks::client_trial::ClientTrial;
use crate::contract::FailureMode;
use crate::model::{BalanceValues, can_show};

/// Whether checks fail open by the contract.
pub(in crate::checks) fn is_open(trial: &ClientTrial<'_>) -> bool {
    trial.contract.failure.as_ref().is_some_and(|policy| policy.mode == FailureMode::Open)
}

/// Whether the client was told no balance, or what the contract has it say instead.
pub(in crate::checks) fn made_up_nothing(trial: &ClientTrial<'_>, call: &Call) -> bool {
    match &call.outcome {
        Err(_) => true,
        // An amount beside the permission comes from the failed response, or from nowhere.
        Ok(reported) => {
            is_open(trial) && allows(trial, call) && reported.remaining.is_none_or(|amount| amount.is_zero())
        }
    }
}

/// Whether the client says what the contract has it say when the check fails.
pub(in crate::checks) fn allows(trial: &ClientTrial<'_>, call: &Call) -> bool {
    let allowed = trial.contract.failure.as_ref().and_then(|policy| policy.allowed).unwrap_or(true);
    call.outcome.as_ref().is_ok_and(|reported| reported.allowed == Some(allowed))
}

/// What is right where there is no balance, in words.
pub(in crate::checks) fn nothing(trial: &ClientTrial<'_>) -> &'static str {
    if is_open(trial) { "an error, or that use is allowed" } else { "an error" }
}

/// A balance that no client reports by accident: unusual amounts, and `allowed: false` where the contract lets the flag differ
/// from the amounts.
pub(in crate::checks) fn telling(trial: &ClientTrial<'_>, remaining: u32) -> BalanceValues {
    let balance = trial.credits(remaining);
    let denied = BalanceValues { allowed: balance.allowed.map(|_| false), ..balance };
    if can_show(trial.contract, &denied) { denied } else { balance }
}
