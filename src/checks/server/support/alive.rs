//! Whether a server still answers.

use crate::checks::account::TestAccount;
use crate::checks::finding::Judgement;
use crate::checks::server_trial::{ServerTrial, describe};
use crate::contract::Operation;
use crate::exchange::SendOptions;

/// Judges that a proper request is answered, on a connection of its own, after whatever was done to the server.
pub(in crate::checks) async fn judge_alive(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    account: &TestAccount,
    after: &str,
) -> Judgement {
    let how = SendOptions { fresh: true, ..SendOptions::default() };
    let exchange = trial.send_as(trial.request(operation, account), how).await?;
    let alive = match &exchange.result {
        Ok(response) => {
            response.is_success()
                || super::operations::made_up_path(operation, response.status)
                || !trial.contract.extended
        }
        Err(_) => false,
    };
    trial.judge(&operation.promise, Some(operation), &[&exchange], alive, || {
        let found = exchange.result.as_ref().map_or_else(ToString::to_string, describe);
        format!("after {after}: expected a proper request to be answered, found {found}")
    })
}
