//! Whether a server still responds.

use super::describe::describe_exchange;
use crate::checks::account::TestAccount;
use crate::checks::finding::Judgement;
use crate::checks::server_trial::ServerTrial;
use crate::contract::Operation;
use crate::exchange::SendOptions;

/// Judges that a valid request on a new connection is answered. `after` states what was sent before.
pub(in crate::checks) async fn judge_alive(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    account: &TestAccount,
    after: &str,
) -> Judgement {
    let options = SendOptions { fresh: true, ..SendOptions::default() };
    let exchange = trial.send_as(trial.request(operation, account), options).await?;
    let alive = match &exchange.result {
        Ok(response) => {
            response.is_success()
                || super::operations::is_unknown_resource(operation, response.status)
                || !trial.contract.extended
        }
        Err(_) => false,
    };
    trial.judge(&operation.promise, Some(operation), &[&exchange], alive, || {
        let found = describe_exchange(&exchange);
        format!("after {after}: expected a response to a valid request, found {found}")
    })
}
