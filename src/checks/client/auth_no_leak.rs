//! # Credentials never appear in the client's output
//!
//! ## What it checks
//!
//! Searches everything that the client reports for the credential: when the key is refused, when the response repeats
//! the key, and when a check or a paid call fails in any way.
//!
//! ## Why it matters
//!
//! Errors are logged, displayed and sent to error trackers. A key quoted in one of them is known to everybody who
//! reads these.
//!
//! ## How
//!
//! The server refuses the key, repeats it in a response body, fails, closes the connection, sends a page or no response
//! at all. Every result of the client is searched for the key.

use serde_json::Value;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance, has_credential};
use crate::checks::client::support::failures::{self, Pace, Suffered};
use crate::checks::client_session::Call;
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::confidential;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level, Promise, Role};
use crate::exchange::Redactor;
use crate::mock::{Delivery, Reply};
use crate::model::Decision;

pub(super) const CHECK: Check = Check {
    id: "auth.no-leak",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[],
    faults: &["key-in-error", "key-in-connection-error", "key-in-timeout-error", "key-in-paid-call-error"],
    applies: |contract| {
        has_balance(contract)?;
        has_credential(contract)
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    for kind in 0..3 {
        let session = trial.open(trial.credits(100)).await?;
        let refused = Decision::Refused { condition: Condition::CredentialUnknown, retry_after_s: None };
        let mut reply = trial.render(&session, Role::Balance, &refused)?;
        if kind == 1
            && let (Some(pointer), Some(mut body)) = (&trial.contract.error_code, reply.json())
            && let Some(code) = body.pointer_mut(pointer)
        {
            *code = Value::String(format!("bad key {}", session.key()));
            reply.set_json(&body);
        } else if kind == 2 {
            reply = Reply::new(500, "text/plain", format!("no account for {}", session.key()));
        }
        session.endpoint.respond_with(reply);
        let call = trial.check(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive("the refusal was not delivered".to_owned()));
        }
        let redactor = Redactor::default();
        redactor.learn(session.key(), "KEY");
        let reported = redactor.finds_whole(&call.raw);
        // Where the server quotes the key as a code, to pass the code on is no fault of the client's alone.
        let level = if kind == 1 { Level::May } else { Level::Should };
        trial.judge(&Promise { level, ..confidential() }, Role::Balance, &[&call], !reported, || {
            let by_server = if kind == 1 { ", as the server quotes it in its code" } else { "" };
            format!("expected an error without the credential, found it quoted{by_server}")
        })?;
    }
    for pace in [Pace::Quick, Pace::Slow] {
        for Suffered { failure, call, key } in failures::all_suffered(trial, trial.credits(100), pace).await? {
            let Some(call) = call else { continue };
            judge_silent(trial, Role::Balance, &call, &key, failure.name)?;
        }
    }
    if trial.subject.capabilities.spend && trial.contract.operation(Role::Spend).is_some() {
        judge_paid_calls(trial).await?;
    }
    Ok(())
}

/// Judges the results of paid calls that are refused or fail.
async fn judge_paid_calls(trial: &ClientTrial<'_>) -> Judgement {
    let redirect = {
        let mut reply = Reply::empty(302);
        reply.set_header("location", "/elsewhere");
        reply
    };
    let failures = [
        ("a 401", Reply::new(401, "text/plain", "no")),
        ("a 402", Reply::new(402, "text/plain", "no")),
        ("a 500", Reply::new(500, "text/plain", "no")),
        ("a redirect", redirect),
        ("a page at 200", Reply::new(200, "text/html", "<!doctype html><title>Maintenance</title>")),
        ("a connection that is reset", Reply { delivery: Delivery::Reset, ..Reply::empty(200) }),
    ];
    for (name, reply) in failures {
        let session = trial.open(trial.credits(100)).await?;
        session.endpoint.respond_with(reply);
        let call = trial.spend(&session).await?;
        judge_silent(trial, Role::Spend, &call, session.key(), name)?;
    }
    Ok(())
}

fn judge_silent(trial: &ClientTrial<'_>, role: Role, call: &Call, key: &str, what: &str) -> Judgement {
    let redactor = Redactor::default();
    redactor.learn(key, "KEY");
    trial.judge(&confidential(), role, &[call], !redactor.finds_whole(&call.raw), || {
        format!("{what}: expected a result without the credential, found it quoted")
    })
}
