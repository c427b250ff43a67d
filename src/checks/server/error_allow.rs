//! # A 405 response lists the methods that the path supports
//!
//! ## What it checks
//!
//! A response with the status 405 has an `Allow` header field. The field contains the documented methods of the path, and
//! not the method that was refused.
//!
//! ## Why it matters
//!
//! Clients, proxies and people learn from `Allow` what to send instead. Frameworks that map every refusal to the same
//! error handler leave the field out.
//!
//! ## How
//!
//! Documented paths are requested with methods that the contract does not document for them. Only responses with the
//! status 405 are judged; a server may refuse such a request with another status.

use super::support::operations::callable;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, any_operation};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{Contract, Level, Operation};
use crate::exchange::{Exchange, Request, Response};

pub(super) const CHECK: Check = Check {
    id: "error.allow",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Last,
    slow: false,
    needs: &[Need::Key, Need::Write],
    faults: &[
        "allow-absent",
        "allow-absent-on-paid-path",
        "allow-with-refused-method",
        "allow-without-documented-method",
    ],
    applies: any_operation,
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

/// How many paths are requested.
const PATHS: usize = 4;

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let mut seen = false;
    for operation in callable(trial).into_iter().take(PATHS) {
        let documented = methods_of(trial.contract, operation);
        for method in ["PUT", "PATCH", "DELETE"].into_iter().filter(|method| !documented.contains(method)) {
            let request = Request { body: None, ..trial.request(operation, &account) };
            let exchange = trial.send(Request { method: method.to_owned(), ..request }).await?;
            let Ok(response) = &exchange.result else { continue };
            if response.status == 405 {
                seen = true;
                judge_allow(trial, operation, &exchange, response, &documented)?;
            }
        }
    }
    if seen { Ok(()) } else { Err(Stop::NotApplicable("no request gets a response with the status 405".to_owned())) }
}

/// The documented methods of the operation's path.
fn methods_of<'c>(contract: &'c Contract, operation: &Operation) -> Vec<&'c str> {
    let on_path = contract.operations.iter().filter(|other| other.path == operation.path);
    on_path.map(|other| other.method.as_str()).collect()
}

fn judge_allow(
    trial: &impl ExchangeJudge,
    operation: &Operation,
    exchange: &Exchange,
    response: &Response,
    documented: &[&str],
) -> Judgement {
    let promise = standards::allow();
    let method = exchange.request.method.as_str();
    let lines: Vec<String> = response.header_all("allow").collect();
    trial.judge(&promise, Some(operation), &[exchange], !lines.is_empty(), || {
        format!("{method} gets the status 405: expected an Allow field, found none")
    })?;
    let allowed: Vec<String> =
        lines.iter().flat_map(|line| line.split(',')).map(|name| name.trim().to_owned()).collect();
    let contradicts = allowed.iter().any(|name| name == method);
    let lacks = documented.iter().find(|name| !allowed.iter().any(|have| have == *name));
    trial.judge(&promise, Some(operation), &[exchange], !contradicts && lacks.is_none(), || {
        let expected = documented.join(", ");
        format!("{method} gets the status 405: expected an Allow field with {expected}, found `{}`", lines.join(", "))
    })
}

/// Judges a response to a method that the contract does not document for the path, in recorded traffic.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let request = observed.request();
    let path = request.target.split('?').next().unwrap_or_default();
    let mut on_path = trial.contract().operations.iter().filter(|operation| operation.matches(path));
    let (Some(operation), Ok(response)) = (on_path.next(), &observed.exchange.result) else { return Ok(()) };
    let documented = methods_of(trial.contract(), operation);
    let refused = response.status == 405 && observed.known.from_server;
    if !refused || documented.contains(&request.method.as_str()) || request.method == "OPTIONS" {
        return Ok(());
    }
    judge_allow(trial, operation, &observed.exchange, response, &documented)
}
