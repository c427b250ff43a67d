//! Credentials that were valid and are not any more.

use super::operations::{is_read, secured};
use super::refusal::{judge_condition, judge_refused, send_without_valid_key};
use crate::checks::finding::Judgement;
use crate::checks::server_trial::ServerTrial;
use crate::contract::Condition;
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
    }
    Ok(())
}
