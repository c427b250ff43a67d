//! Calls in the situations in which clients build their requests in different places of their code.

use std::time::Duration;

use crate::checks::client_session::{Call, ClientSession};
use crate::checks::client_trial::ClientTrial;
use crate::checks::finding::Stop;
use crate::checks::time::Passing;
use crate::contract::{Condition, Role};
use crate::mock::Reply;
use crate::model::Decision;
use crate::subject::Function;

/// Beyond any time for which a balance is cached.
const LONG: Duration = Duration::from_hours(24);

/// A call, with the role of the function that was called.
pub(in crate::checks) type Situation = (Role, Call);

/// Makes checks and, if the client can, paid calls: the first ones, later ones, and those after a failure or a refusal.
///
/// # Errors
/// `Inconclusive` if the first check or the first paid call of the session makes no request.
pub(in crate::checks) async fn calls(trial: &ClientTrial<'_>, session: &ClientSession) -> Result<Vec<Situation>, Stop> {
    let mut all = vec![(Role::Balance, trial.check(session).await?)];
    if all.iter().all(|(_, call)| call.received.is_empty()) {
        return Err(Stop::Inconclusive("a new session made no request".to_owned()));
    }
    if trial.passing() == Passing::Moved {
        trial.advance(session, LONG).await?;
        all.push((Role::Balance, trial.check(session).await?));
    }
    let can = trial.subject.capabilities;
    if can.invalidate {
        trial.call(session, Function::Invalidate).await?;
        all.push((Role::Balance, trial.check(session).await?));
    }
    if can.spend && trial.contract.operation(Role::Spend).is_some() {
        let paid = paid_calls(trial, session).await?;
        all.extend(paid.into_iter().map(|call| (Role::Spend, call)));
    }
    // Failures come last: a client may leave a server that failed alone for a moment.
    session.endpoint.respond_once(Reply::new(500, "text/plain", "the server fails"));
    if trial.passing() == Passing::Moved {
        trial.advance(session, LONG).await?;
    } else if can.invalidate {
        trial.call(session, Function::Invalidate).await?;
    }
    for _ in 0..2 {
        all.push((Role::Balance, trial.check(session).await?));
    }
    session.endpoint.reset();
    Ok(all)
}

/// Two paid calls, one that is refused, and one after that.
async fn paid_calls(trial: &ClientTrial<'_>, session: &ClientSession) -> Result<Vec<Call>, Stop> {
    let first = trial.spend(session).await?;
    if first.received.is_empty() {
        return Err(Stop::Inconclusive("the paid call made no request".to_owned()));
    }
    let mut all = vec![first, trial.spend(session).await?];
    let refused = if trial.operation(Role::Spend)?.conditions.contains_key(&Condition::Exhausted) {
        let decision = Decision::Refused { condition: Condition::Exhausted, retry_after_s: None };
        trial.render(session, Role::Spend, &decision)?
    } else {
        Reply::new(400, "text/plain", "the request is refused")
    };
    session.endpoint.respond_once(refused);
    all.push(trial.spend(session).await?);
    session.endpoint.reset();
    all.push(trial.spend(session).await?);
    Ok(all)
}
