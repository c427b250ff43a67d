//! # Credentials never appear in the client's output
//!
//! ## What it checks
//!
//! Searches everything that the client reports for the credential: when the key is refused, when the response repeats
//! the key, and when the server fails.
//!
//! ## Why it matters
//!
//! Errors are logged, displayed and sent to error trackers. A key quoted in one of them is known to everybody who
//! reads these.
//!
//! ## How
//!
//! The server refuses the key, repeats it in a response body, and fails. Every result of the client is searched for
//! the key.

use serde_json::Value;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance, has_credential};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::confidential;
use crate::checks::verdict::Side;
use crate::contract::{Condition, Level, Promise, Role};
use crate::exchange::Redactor;
use crate::mock::Reply;
use crate::model::Decision;

pub(super) const CHECK: Check = Check {
    id: "auth.no-leak",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["key-in-error"],
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
    Ok(())
}
