//! How a server refuses the paid calls of an account without credits, and whether that is told from a limit on the rate of requests.

use crate::checks::{ServerTrial, Stop, TestAccount, error_code};
use crate::contract::Role;
use crate::exchange::SendOptions;

/// How often two accounts call in turn until the refusals of one of them are no limit on the rate.
const TURNS: u32 = 4;

/// How a paid call of an account without credits is refused, which costs nothing; `None` if paid calls are not possible.
pub(super) async fn refusal(
    trial: &ServerTrial<'_>,
    empty: &TestAccount,
) -> Result<Option<(u16, Option<String>)>, Stop> {
    let Some(spend) = trial.contract.operation(Role::Spend).filter(|_| trial.may_spend().is_ok()) else {
        return Ok(None);
    };
    // What looks like a limit may be the refusal of an account without credits.
    let once = SendOptions { limit_is_evidence: true, ..SendOptions::default() };
    let exchange = trial.send_as(trial.request(spend, empty), once).await?;
    let response = exchange.result.as_ref().ok();
    Ok(response.map(|response| (response.status, error_code(trial.contract, Some(spend), response))))
}

/// Has an account with credits and one without make paid calls in turn. No limit on the rate refuses the same one of them each
/// time: then it is the missing credits, whatever the response says.
pub(super) async fn tell_apart(trial: &ServerTrial<'_>, rich: &TestAccount, empty: &TestAccount) -> Result<(), Stop> {
    let Some(spend) = trial.contract.operation(Role::Spend) else { return Ok(()) };
    let once = SendOptions { limit_is_evidence: true, ..SendOptions::default() };
    for _ in 0..TURNS {
        for (account, limited) in [(rich, false), (empty, true)] {
            let exchange = trial.send_as(trial.request(spend, account), once).await?;
            if exchange.result.as_ref().map_or(true, |response| (response.status == 429) != limited) {
                return Ok(());
            }
        }
    }
    trial.transport().limits_selectively(&trial.request(spend, empty));
    Ok(())
}
