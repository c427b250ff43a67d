//! # A redirect to another origin does not receive the credential
//!
//! ## What it checks
//!
//! Checks that the client does not follow a redirect to another origin with the credential.
//!
//! ## Why it matters
//!
//! One open redirector or one abandoned domain is enough to collect the keys of all clients that follow redirects
//! with every header field.
//!
//! ## How
//!
//! The balance call and, if the client makes them, the paid call are answered with each kind of redirect to another
//! origin. Requests that arrive there are searched for the key.

use std::sync::Arc;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance, has_credential};
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::no_secret_across_origins;
use crate::checks::verdict::Side;
use crate::client::Capability;
use crate::contract::{Level, Role};
use crate::exchange::Redactor;
use crate::mock::{Provider, RecordingServer, Reply};
use crate::subject::Function;

pub(super) const CHECK: Check = Check {
    id: "auth.redirect",
    side: Side::Client,
    level: Level::Should,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Optional(Capability::Spend)],
    faults: &["key-to-other-origin"],
    applies: |contract| {
        has_balance(contract)?;
        has_credential(contract)
    },
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    judge_role(trial, Role::Balance, Function::Check).await?;
    if trial.subject.capabilities.spend && trial.contract.operation(Role::Spend).is_some_and(|paid| paid.secured) {
        judge_role(trial, Role::Spend, Function::Spend).await?;
    }
    Ok(())
}

async fn judge_role(trial: &ClientTrial<'_>, role: Role, function: Function) -> Judgement {
    let operation = trial.operation(role)?;
    let elsewhere = RecordingServer::start(trial.subject.request_counter());
    let elsewhere = elsewhere.map_err(|error| Stop::Harness(format!("no loopback port can be had: {error}")))?;
    let trap = elsewhere.add_endpoint("trap", Arc::new(Provider::new(trial.contract.clone())));
    for status in [301, 302, 307, 308] {
        let session = trial.open(trial.credits(100)).await?;
        let mut reply = Reply::empty(status);
        reply.set_header("location", format!("{}{}", trap.url(), operation.example_path));
        session.endpoint.respond_with(reply);
        let before = elsewhere.count();
        let call = trial.call(&session, function).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive("the redirect was not delivered".to_owned()));
        }
        let redactor = Redactor::default();
        redactor.learn(session.key(), "KEY");
        let leaked = elsewhere.received().iter().skip(before).any(|received_request| {
            let request = &received_request.request;
            let fields = request.headers.iter().map(|(_, value)| String::from_utf8_lossy(value).into_owned());
            let body = request.body.iter().map(|body| String::from_utf8_lossy(body).into_owned());
            fields.chain(body).chain([request.target.clone()]).any(|text| redactor.finds_whole(&text))
        });
        trial.judge(&no_secret_across_origins(), role, &[&call], !leaked, || {
            format!("a {status} led to another origin: expected no credential there, found it sent along")
        })?;
    }
    Ok(())
}
