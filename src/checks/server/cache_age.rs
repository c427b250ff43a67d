//! # A response with an Age is not older than the contract allows
//!
//! ## What it checks
//!
//! The `Age` header field of a balance response (RFC 9111, section 5.1) is a number of seconds, and not larger than
//! the maximum TTL of the server cache.
//!
//! ## Why it matters
//!
//! An `Age` above the TTL shows that the server returned a cached response that should have expired, whatever
//! balance it contains. Customers then decide by an old balance.
//!
//! ## How
//!
//! The balance is read several times, on kept-alive and on new connections, and each `Age` is compared with the
//! TTL. One second is tolerated, because ages are whole seconds and may be rounded up.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::server_trial::ServerTrial;
use crate::checks::traffic::{Observed, Passive, TrafficTrial};
use crate::checks::verdict::Side;
use crate::contract::{CacheKind, CacheRule, Contract, Level, Operation, Role};
use crate::exchange::{Exchange, SendOptions};

pub(super) const CHECK: Check = Check {
    id: "cache.age",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &["age-beyond-ttl", "age-not-a-number"],
    applies: |contract| {
        has_balance(contract)?;
        max_age_ms(contract).map(drop).ok_or("the contract states no maximum TTL for the server cache")
    },
    judge: Judge::ServerOrTraffic(|trial| Box::pin(judge(trial)), Passive::Each(judge_observed)),
};

/// The rule of the server cache, with the maximum age of a response in milliseconds.
fn max_age_ms(contract: &Contract) -> Option<(&CacheRule, u64)> {
    let rule = contract.caching.server.as_ref()?;
    let max_ms = if rule.kind == CacheKind::None { 0 } else { rule.max_ttl_ms? };
    Some((rule, max_ms))
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let account = trial.account_a().await?;
    let mut any_age = false;
    for n in 0..4 {
        let reading = trial.check_as(&account, SendOptions { fresh: n % 2 == 1, ..SendOptions::default() }).await?;
        let Ok(response) = &reading.exchange.result else { continue };
        any_age |= response.header("age").is_some();
        judge_age(trial, operation, &reading.exchange)?;
    }
    if any_age { Ok(()) } else { Err(Stop::NotApplicable("no response has an Age".to_owned())) }
}

/// Judges the `Age` of a response, if it has one.
fn judge_age(trial: &impl ExchangeJudge, operation: &Operation, exchange: &Exchange) -> Judgement {
    let Some((rule, max_ms)) = max_age_ms(trial.contract()) else { return Ok(()) };
    let Ok(response) = &exchange.result else { return Ok(()) };
    let Some(age) = response.header("age") else { return Ok(()) };
    // Ages are whole seconds, and may be rounded up.
    let seconds = age.trim().parse::<u64>();
    let holds = seconds.as_ref().is_ok_and(|seconds| seconds.saturating_sub(1).saturating_mul(1000) <= max_ms);
    trial.judge(&rule.promise, Some(operation), &[exchange], holds, || {
        format!("expected an Age of at most {} seconds, found {age}", max_ms / 1000)
    })
}

/// Judges a response in recorded traffic.
fn judge_observed(trial: &TrafficTrial<'_>, observed: &Observed) -> Judgement {
    let Some((operation, _)) = observed.answer() else { return Ok(()) };
    if operation.role == Role::Balance { judge_age(trial, operation, &observed.exchange) } else { Ok(()) }
}
