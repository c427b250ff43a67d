//! # Hostile responses do no harm
//!
//! ## What it checks
//!
//! Checks the client's behaviour with extreme and malformed responses.
//!
//! ## Why it matters
//!
//! Responses are input like any other. A client that crashes on a huge number, on thousands of brackets or on invalid
//! text, or makes a balance of them, can be attacked from between it and the server.
//!
//! ## How
//!
//! Such responses are delivered. The client must not report a balance that the response does not contain, and must
//! work as before afterwards.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Schedule, Stop, has_balance};
use crate::checks::client::support::bodies::{marked, spelled, with_text};
use crate::checks::client::support::failure_policy::{made_up_nothing, nothing};
use crate::checks::client_session::Call;
use crate::checks::client_trial::ClientTrial;
use crate::checks::verdict::Side;
use crate::contract::{Level, Role};
use crate::mock::{Delivery, Reply};

pub(super) const CHECK: Check = Check {
    id: "robust.hostile",
    side: Side::Client,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: true,
    needs: &[],
    faults: &["out-of-range-amounts-clamped"],
    applies: has_balance,
    judge: Judge::Client(|trial| Box::pin(judge(trial))),
};

async fn judge(trial: &ClientTrial<'_>) -> Judgement {
    let operation = trial.operation(Role::Balance)?;
    let first = trial.open(trial.credits(1)).await?;
    let good = trial.answer(&first, Role::Balance, trial.credits(5))?;
    let marked = marked(trial, &first)?;
    let amount = |number: &str| spelled(&marked, number);
    let bytes = |body: Vec<u8>| Reply { body: body.into(), ..good.clone() };
    let mut many = good.clone();
    many.headers.extend((0..300).map(|n| (format!("x-filler-{n}"), "y".repeat(100))));
    let mut hostile = vec![
        ("10,000 brackets", bytes(b"[".repeat(10_000))),
        ("10,000 nested objects", bytes(br#"{"a":"#.repeat(10_000))),
        ("bytes that are no text", bytes([good.body.as_ref(), b"\xff\xfe\x00"].concat())),
        ("a NUL in front", bytes([b"\x00".as_ref(), good.body.as_ref()].concat())),
        ("an unknown status", Reply { status: 799, ..good.clone() }),
        ("a body that is declared as compressed and is not", {
            let mut reply = good.clone();
            reply.set_header("content-encoding", "gzip");
            reply
        }),
        ("bytes that are not HTTP", Reply { delivery: Delivery::Garbage, ..good.clone() }),
    ];
    if operation.fields.remaining.is_some() {
        for (what, number) in [
            ("an amount of forty digits", "9999999999999999999999999999999999999999"),
            ("an amount of 1e400", "1e400"),
            ("an amount of 1e-400", "1e-400"),
            ("NaN for an amount", "NaN"),
            ("Infinity for an amount", "Infinity"),
            ("a hexadecimal amount", "0x10"),
        ] {
            hostile.push((what, with_text(trial, &first, what, amount(number))?.reply));
        }
    }
    hostile.push(("300 further header fields", many));
    for (what, reply) in hostile {
        let session = trial.open(trial.credits(5)).await?;
        let body = reply.text();
        let stated = with_text(trial, &first, what, body)?;
        session.endpoint.respond_once(reply.clone());
        let call = trial.check(&session).await?;
        if !call.override_used() {
            return Err(Stop::Inconclusive("a new session made no request".to_owned()));
        }
        // A client with wider numbers may report the amount that the response contains.
        let stands = stated.true_balance.is_some_and(|true_balance| call.reports(&true_balance)) || wide(what, &call);
        trial.judge(&operation.promise, Role::Balance, &[&call], stands || made_up_nothing(trial, &call), || {
            format!("{what}: expected {}, found {}", nothing(trial), call.found())
        })?;
    }
    let true_balance = trial.credits(77);
    let session = trial.open(true_balance).await?;
    let call = trial.check(&session).await?;
    trial.judge(&operation.promise, Role::Balance, &[&call], call.reports(&true_balance), || {
        format!("after hostile answers: expected {true_balance}, found {}", call.found())
    })
}

/// Whether the client tells an amount that no decimal type here holds, as wider number types do.
fn wide(what: &str, call: &Call) -> bool {
    let reported = call.outcome.as_ref().ok().map(|reported| reported.remaining);
    match what {
        "an amount of forty digits" | "an amount of 1e400" => reported == Some(None),
        "an amount of 1e-400" => {
            matches!(reported, Some(None)) || reported.flatten().is_some_and(|reported| reported.is_zero())
        }
        _ => false,
    }
}
