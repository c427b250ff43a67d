//! # A balance is decoded however it is delivered
//!
//! ## What it checks
//!
//! Checks different framings, media type parameters and kinds of connections.
//!
//! ## Why it matters
//!
//! A proxy changes `Content-Length` to chunks, adds a charset, closes the connection or keeps it open, without
//! notice. None of this concerns the application.
//!
//! ## How
//!
//! The same balance is delivered in chunks of one byte, with and without a charset, with surrounding white space, and
//! on connections that are kept open or closed. Each must be reported.

use bytes::Bytes;

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::failure_policy::telling;
use crate::checks::client_trial::ClientTrial;
use crate::checks::standards::{charset, framing};
use crate::checks::verdict::Side;
use crate::contract::{Level, Promise, Role};
use crate::mock::{Delivery, Reply};

pub(super) const CHECK: Check = Check {
    id: "shape.delivery",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[],
    faults: &["charset-refused", "charset-required", "chunked-refused", "connection-close-refused"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let true_balance = telling(trial, 422);
    let first = trial.open(true_balance).await?;
    let plain = trial.answer(&first, Role::Balance, true_balance)?;
    for (what, reply, promise) in deliveries(&plain) {
        let session = trial.open(true_balance).await?;
        for _ in 0..2 {
            session.endpoint.respond_once(reply.clone());
        }
        // A second answer of the kind, on the connection that the first one left behind.
        let other = trial.open_at(
            true_balance,
            crate::checks::client_trial::SessionOptions {
                endpoint: Some(session.endpoint.clone()),
                ..Default::default()
            },
        );
        let other = other.await?;
        for session in [&session, &other] {
            let call = trial.check(session).await?;
            if !call.override_used() {
                return Err(Stop::Inconclusive(format!("{what}: a new session made no request")));
            }
            trial.judge(&promise, Role::Balance, &[&call], call.reports(&true_balance), || {
                format!("{what}: expected {true_balance}, found {}", call.found())
            })?;
        }
    }
    Ok(())
}

fn deliveries(plain: &Reply) -> Vec<(&'static str, Reply, Promise)> {
    let with = |change: &dyn Fn(&mut Reply)| {
        let mut reply = plain.clone();
        change(&mut reply);
        reply
    };
    let media_type = plain.header("content-type").unwrap_or("application/json").to_owned();
    let essence = media_type.split(';').next().unwrap_or_default().to_owned();
    vec![
        ("as it is", plain.clone(), framing()),
        ("in chunks of one byte", with(&|reply| reply.delivery = Delivery::Chunked(1)), framing()),
        ("in one chunk", with(&|reply| reply.delivery = Delivery::Chunked(1 << 20)), framing()),
        ("on a connection that closes", with(&|reply| reply.set_header("connection", "close")), framing()),
        ("without a charset", with(&|reply| reply.set_header("content-type", essence.clone())), charset()),
        (
            "with a charset",
            with(&|reply| reply.set_header("content-type", format!("{essence}; charset=utf-8"))),
            charset(),
        ),
        (
            "with white space around it",
            with(&|reply| reply.body = Bytes::from(format!("\r\n\t {} \n", reply.text()))),
            crate::checks::standards::json_grammar(),
        ),
    ]
}
