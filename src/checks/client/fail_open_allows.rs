//! # A failed check lets users go on
//!
//! ## What it checks
//!
//! Checks that use is allowed whenever the check fails, if the contract says so.
//!
//! ## Why it matters
//!
//! An outage of the provider must not become an outage of the shop. The documentation says: if the check fails, still
//! allow; the paid call decides.
//!
//! ## How
//!
//! The check fails in every way: connection refused, reset, time-out, truncated response, with and without the
//! promised body, an HTML page, a missing flag, a rate limit, statuses of proxies and firewalls. Each time the client must
//! report that use is allowed.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::blocked_users::BlockedUsers;
use crate::checks::client::support::failure_policy::{allows, telling};
use crate::checks::client::support::failures::{self, Pace, Suffered};
use crate::checks::client_trial::ClientTrial;
use crate::checks::traffic::Passive;
use crate::checks::verdict::Side;
use crate::contract::{FailureMode, Level, Role};
use crate::mock::Reply;

pub(super) const CHECK: Check = Check {
    id: "fail-open.allows",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[],
    faults: &[
        "fails-closed",
        "fails-closed-on-server-error",
        "fails-closed-on-network",
        "fails-closed-on-timeout",
        "fails-closed-on-malformed",
        "fails-closed-on-rate-limit",
        "missing-read-as-denial",
        "missing-field-read-as-denial",
        "fails-closed-on-client-error",
        "fails-closed-on-gateway-timeout",
    ],
    applies: |contract| {
        has_balance(contract)?;
        let open = contract.failure.as_ref().is_some_and(|policy| policy.mode == FailureMode::Open);
        if !open {
            return Err("checks do not fail open");
        }
        let promise = contract.failure.as_ref().and_then(|policy| policy.client.as_ref());
        promise.map(drop).ok_or("the contract states nothing about clients whose check fails")
    },
    judge: Judge::ClientOrTraffic(|trial| Box::pin(judge(trial)), Passive::Sequence(BlockedUsers::watch)),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let policy = trial.contract.failure.as_ref();
    let Some(promise) = policy.and_then(|policy| policy.client.as_ref()) else { return Ok(()) };
    for pace in [Pace::Quick, Pace::Slow] {
        for Suffered { failure, call: failed, .. } in failures::all_suffered(trial, telling(trial, 0), pace).await? {
            let shown: Vec<_> = failed.iter().collect();
            let allowed = failed.as_ref().is_some_and(|call| allows(trial, call));
            trial.judge(promise, Role::Balance, &shown, allowed, || {
                let found = failed
                    .as_ref()
                    .map_or_else(|| "no answer at all".to_owned(), crate::checks::client_session::Call::found);
                format!("{}: expected that use is allowed, found {found}", failure.name)
            })?;
        }
    }
    for (name, reply) in further_failures(trial.contract.credential.is_some()) {
        let session = trial.open(telling(trial, 0)).await?;
        session.endpoint.respond_with(reply);
        let call = trial.check(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive(format!("{name}: the client made no request, so it never met it")));
        }
        trial.judge(promise, Role::Balance, &[&call], allows(trial, &call), || {
            format!("{name}: expected that use is allowed, found {}", call.found())
        })?;
    }
    Ok(())
}

/// Responses without a balance that are rarer than an outage: of proxies, of firewalls, after a change of the API.
fn further_failures(secured: bool) -> Vec<(String, Reply)> {
    let page = |status| Reply::new(status, "text/html", "<!doctype html><title>Error</title>");
    let json = |status| Reply::new(status, "application/json", r#"{"error":"no"}"#);
    let pages =
        [400, 401, 403, 404, 405, 410, 501, 504, 520].map(|status| (format!("a {status} with a page"), page(status)));
    let errors = [400, 403, 404, 422].map(|status| (format!("a {status} with a JSON error"), json(status)));
    let bodies = ["[]", "null", "\"down\""]
        .map(|body| (format!("the body {body} at 200"), Reply::new(200, "application/json", body)));
    let mut all: Vec<(String, Reply)> = pages.into_iter().chain(errors).chain(bodies).collect();
    // Where there is a credential, these refuse it, and the check has not failed.
    all.retain(|(_, reply)| !(secured && matches!(reply.status, 401 | 403)));
    all
}
