//! # A body that is not JSON is not a balance
//!
//! ## What it checks
//!
//! Checks successful responses without a JSON body.
//!
//! ## Why it matters
//!
//! Captive portals, gateways and unfinished deployments answer 200 with an HTML page, an empty body, or JSON followed
//! by something else. A client that does not look closely reports an empty account.
//!
//! ## How
//!
//! Each of these is delivered with the status of a success. The client must not report a balance.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::{made_up_nothing, nothing, telling};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::json_grammar;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::mock::Reply;

pub(super) const CHECK: Check = Check {
    id: "shape.not-json",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["non-json-read-as-zero", "empty-body-read-as-zero", "trailing-data-accepted"],
    applies: |contract| {
        has_balance(contract)?;
        let operation = contract.operation(Role::Balance);
        let in_body = operation.is_some_and(|operation| {
            let fields = &operation.fields;
            [&fields.remaining, &fields.allowed].into_iter().flatten().any(|locator| locator.pointer.is_some())
        });
        if in_body { Ok(()) } else { Err("the balance does not stand in a JSON body") }
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let first = trial.open(trial.credits(1)).await?;
    let good = trial.answer(&first, Role::Balance, telling(trial, 5))?;
    let with = |body: String| Reply { body: body.into(), ..good.clone() };
    let page = "<!doctype html><title>Welcome</title><p>5 credits left";
    for (what, reply) in [
        ("an HTML page", Reply::new(200, "text/html; charset=utf-8", page)),
        ("an HTML page that says it is JSON", with(page.to_owned())),
        ("an empty body", with(String::new())),
        ("white space", with("  \n".to_owned())),
        ("plain text", Reply::new(200, "text/plain", "OK")),
        ("JSON with a comma too many", with(good.text().replacen('}', ",}", 1))),
        ("JSON with text behind it", with(format!("{}<!-- cached -->", good.text()))),
        ("half of the JSON", with(good.text().chars().take(good.text().len() / 2).collect())),
    ] {
        // A body that is a number has no brace.
        if reply.status == good.status && reply.body == good.body {
            continue;
        }
        let session = trial.open(trial.credits(1)).await?;
        session.endpoint.respond_with(reply);
        let call = trial.check(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive("a new session made no request".to_owned()));
        }
        trial.judge(&json_grammar(), Role::Balance, &[&call], made_up_nothing(trial, &call), || {
            format!("{what}: expected {}, found {}", nothing(trial), call.found())
        })?;
    }
    Ok(())
}
