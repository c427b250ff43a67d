//! Credentials that worked once, and no longer do.

use super::operations::{is_read, secured};
use super::refusal::{judge_condition, judge_refused, send_without_valid_key};
use crate::checks::finding::Judgement;
use crate::checks::server_trial::ServerTrial;
use crate::contract::Condition;
use crate::mock::{State, StateParams};

/// Uses a credential, puts it into a state, and judges that every operation that needs one refuses it from then on.
pub(in crate::checks) async fn judge_revoked(
    trial: &ServerTrial<'_>,
    state: State,
    condition: Condition,
    about: &str,
) -> Judgement {
    let account = trial.account(trial.credits(100)).await?;
    // What a server may remember of a credential is remembered now.
    for operation in secured(trial).into_iter().filter(|operation| is_read(operation)) {
        trial.send(trial.request(operation, &account)).await?;
    }
    let mut params = StateParams::default();
    trial.address(&account, &mut params);
    trial.setup(state, params).await?;
    for operation in secured(trial) {
        let exchange = send_without_valid_key(trial, trial.request(operation, &account)).await?;
        judge_refused(trial, operation, &exchange, about)?;
        judge_condition(trial, operation, &exchange, condition)?;
    }
    Ok(())
}
