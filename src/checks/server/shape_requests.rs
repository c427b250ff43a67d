//! # Typical header fields of browsers and proxies do not change the response
//!
//! ## What it checks
//!
//! A balance read with `Accept` fields of different forms, and with header fields that browsers and proxies add,
//! gets a documented success. A response to a request that permits no content coding has none.
//!
//! ## Why it matters
//!
//! Browsers prefer HTML, proxies add fields, and libraries write media ranges in different ways. A server that
//! returns a web page, another shape or an error for some of them works in tests, and fails for customers behind
//! such a proxy. A compressed response is unreadable for a client that said that it cannot decompress.
//!
//! ## How
//!
//! The balance is read with a fixed list of such header fields, placed before the documented ones. Each response
//! must succeed and have the documented shape.

use super::support::accounts::balances;
use super::support::bodies::judge_shape;
use super::support::describe::describe_exchange;
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::class::succeeded;
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
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
    faults: &["html-for-browsers", "body-wrapped-for-ajax", "media-range-crashes", "compressed-although-refused"],
    applies: has_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// Permits no content coding.
const NO_CODING: (&str, &str) = ("Accept-Encoding", "identity");

/// Header fields that are legal in any request, but not sent by every client.
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
    &[NO_CODING],
    &[("X-Empty", "")],
];

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let account = account_with_fraction(trial).await?;
    let place = trial.contract.credential_place();
    // A request has one Cookie field only (RFC 6265, section 5.4), and the credential may be in it.
    let in_cookie = matches!(place, Some(CredentialPlace::Cookie { .. }));
    for fields in NOISE.iter().filter(|fields| !(in_cookie && fields.iter().any(|(name, _)| *name == "Cookie"))) {
        let documented = trial.request(operation, &account);
        let without_headers = Request { headers: Vec::new(), ..documented.clone() };
        let added = fields.iter().fold(without_headers, |request, (name, value)| request.header(name, *value));
        let headers = added.headers.into_iter().chain(documented.headers.clone()).collect();
        let exchange = trial.send(Request { headers, ..documented }).await?;
        // A server may refuse an origin that it does not trust.
        let has_origin = fields.iter().any(|(name, _)| *name == "Origin");
        if has_origin && matches!(&exchange.result, Ok(response) if response.status == 403) {
            continue;
        }
        let succeeds = succeeded(trial.contract, operation, &exchange);
        trial.judge(&operation.promise, Some(operation), &[&exchange], succeeds, || {
            let found = describe_exchange(&exchange);
            format!("with {}: expected a balance, found {found}", names(fields))
        })?;
        judge_shape(trial, operation, &exchange)?;
        if fields.contains(&NO_CODING)
            && let Ok(response) = &exchange.result
        {
            let coding = response.header("content-encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity"));
            trial.judge(
                &standards::no_unacceptable_coding(),
                Some(operation),
                &[&exchange],
                coding.is_none(),
                || format!("with {}: expected no content coding, found {}", names(fields), coding.unwrap_or_default()),
            )?;
        }
    }
    Ok(())
}

/// An account with a fraction, if the server supports one, because the way to write fractions may depend on
/// `Accept-Language`.
async fn account_with_fraction(trial: &ServerTrial<'_>) -> Result<TestAccount, Stop> {
    let fraction =
        balances(trial.contract).into_iter().rev().find(|balance| balance.remaining.is_some_and(|n| n.scale() > 0));
    match fraction {
        Some(balance) if trial.subject.states.is_present() => match trial.account(balance).await {
            Err(Stop::CouldNotRun(_)) => trial.account_a().await,
            account => account,
        },
        _ => trial.account_a().await,
    }
}

fn names(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("`{name}: {value}`")).collect::<Vec<_>>().join(", ")
}
