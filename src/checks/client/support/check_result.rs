//! What a check came to, judged by what the model says of it.

use crate::checks::client_session::{Call, requests};
use crate::checks::client_trial::ClientTrial;
use crate::checks::finding::Judgement;
use crate::checks::standards::status_class;
use crate::contract::{Promise, Role};
use crate::model::{Observed, Violation};

/// By whose promise what is kept is judged, if by another than that of the cache itself: what happened to it last.
#[derive(Debug, Clone, Default)]
pub(in crate::checks) struct Concern(pub(in crate::checks) Option<Promise>);

/// Judges a check; `requests` is how many arrived for it.
pub(in crate::checks) fn judge_check(
    trial: &ClientTrial<'_>,
    concern: &Concern,
    given: Observed,
    calls: &[&Call],
    sent: usize,
    breach: Result<(), Violation>,
) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let rule = trial.contract.caching.client.as_ref().filter(|_| trial.subject.capabilities.cache);
    let kept = || rule.map_or(&operation.promise, |rule| &rule.promise).clone();
    let promise = match breach {
        Ok(()) | Err(Violation::WrongBalance | Violation::InventedFailure) => operation.promise.clone(),
        Err(Violation::UnexpectedRequest) => kept(),
        Err(Violation::NotCached) => concern.0.clone().unwrap_or_else(kept),
        Err(Violation::InventedBalance) => {
            let policy = trial.contract.failure.as_ref();
            policy.and_then(|policy| policy.client.clone()).unwrap_or_else(status_class)
        }
    };
    trial.judge(&promise, Role::Balance, calls, breach.is_ok(), || {
        let found = calls.first().map_or_else(|| "nothing".to_owned(), |call| call.found());
        match breach {
            Err(Violation::UnexpectedRequest) => {
                format!("the kept answer is fresh: expected no request, found {}", requests(sent))
            }
            Err(Violation::NotCached) => format!("expected a request, as nothing that may be kept is this: {found}"),
            Err(Violation::InventedBalance) => format!("the check failed: expected no balance, found {found}"),
            Err(Violation::InventedFailure) => format!("nothing fails: expected a request, found none and {found}"),
            Err(Violation::WrongBalance) | Ok(()) => format!("{}, found {found}", expected(given)),
        }
    })?;
    let healthy = matches!(given, Observed::Balance(_)) && calls.iter().all(|call| !call.override_used());
    if healthy {
        trial.judge(&operation.promise, Role::Balance, calls, sent <= 1, || {
            format!("expected one request for one check, found {sent}")
        })?;
    }
    Ok(())
}

fn expected(given: Observed) -> String {
    match given {
        Observed::Balance(balance) => format!("expected {balance}, as the server said"),
        Observed::Nothing | Observed::Failure => "expected no balance".to_owned(),
    }
}
