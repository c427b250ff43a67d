//! # Odd but legal requests get the same answer
//!
//! Clients differ in what they send along: browsers prefer HTML, proxies add fields and parameters, libraries spell media
//! ranges in their own way. A server that answers some of them with a page, another shape or an error works for whoever
//! wrote it, and for nobody behind that proxy.
//!
//! The balance is read with Accept fields of many forms, with fields that proxies and browsers add, and with fields in
//! another order; each answer must be a documented one, and succeed where JSON is acceptable to the client.

use super::support::accounts::balances;
use super::support::bodies::judge_shape;
use super::support::describe::describe_exchange;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{CredentialPlace, Level};
use crate::exchange::Request;

pub(super) const CHECK: Check = Check {
    id: "shape.requests",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key],
    faults: &["html-for-browsers", "body-wrapped-for-ajax", "media-range-crashes"],
    applies: has_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// Fields that may stand in any request, each with a form that is legal and not what everybody sends.
const NOISE: &[&[(&str, &str)]] = &[
    &[("Accept", "application/json")],
    &[("Accept", "*/*;q=0.1")],
    &[("Accept", "application/*;q=0.8, text/plain;q=0.1")],
    &[("Accept", "application/json;charset=utf-8, application/problem+json;q=0.9")],
    &[("accept", "text/html;q=0.2 , application/json")],
    &[("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")],
    &[("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36")],
    &[("User-Agent", "x")],
    &[
        ("X-Requested-With", "XMLHttpRequest"),
        ("Origin", "https://shop.example"),
        ("Referer", "https://shop.example/cart"),
    ],
    &[("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), ("Via", "1.1 proxy.example")],
    &[("Cookie", "theme=dark; session=none")],
    &[("Accept-Language", "tr-TR, ar;q=0.5"), ("DNT", "1")],
    &[("Accept-Encoding", "identity")],
    &[("X-Empty", "")],
];

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let account = an_account(trial).await?;
    let place = trial.contract.credential_place();
    // A client has one field of cookies (RFC 6265, 5.4), and the credential may stand in it.
    let cookie = matches!(place, Some(CredentialPlace::Cookie { .. }));
    for fields in NOISE.iter().filter(|fields| !(cookie && fields.iter().any(|(name, _)| *name == "Cookie"))) {
        let plain = trial.request(operation, &account);
        let before = fields.iter().fold(Request { headers: Vec::new(), ..plain.clone() }, |request, (name, value)| {
            request.header(name, *value)
        });
        let headers = before.headers.into_iter().chain(plain.headers.clone()).collect();
        let exchange = trial.send(Request { headers, ..plain }).await?;
        let succeeds = exchange.result.as_ref().is_ok_and(crate::exchange::Response::is_success);
        trial.judge(&operation.promise, Some(operation), &[&exchange], succeeds, || {
            let found = describe_exchange(&exchange);
            format!("with {}: expected a balance, found {found}", names(fields))
        })?;
        judge_shape(trial, operation, &exchange)?;
    }
    Ok(())
}

/// An account whose balance is a fraction, if there can be one: numbers are written in many ways around the world.
async fn an_account(trial: &ServerTrial<'_>) -> Result<TestAccount, Stop> {
    let fraction =
        balances(trial.contract).into_iter().rev().find(|balance| balance.remaining.is_some_and(|n| n.scale() > 0));
    match fraction {
        Some(balance) if trial.subject.states.is_present() => match trial.account(balance).await {
            Err(Stop::CouldNotRun(_)) => trial.account_a().await,
            done => done,
        },
        _ => trial.account_a().await,
    }
}

fn names(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("`{name}: {value}`")).collect::<Vec<_>>().join(", ")
}
