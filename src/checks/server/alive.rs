//! Whether a server still answers.

use crate::checks::account::Account;
use crate::checks::check::Judged;
use crate::checks::trial::{Trial, describe};
use crate::contract::Operation;
use crate::exchange::How;

/// Judges that a proper request is answered, on a connection of its own, after whatever was done to the server.
pub(super) async fn judge_alive(trial: &Trial<'_>, operation: &Operation, account: &Account, after: &str) -> Judged {
    let how = How { fresh: true, ..How::default() };
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
