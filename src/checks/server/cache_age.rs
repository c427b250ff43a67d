//! # An answer that tells its age is no older than the contract lets it be
//!
//! Where answers carry `Age` (RFC 9111, 5.1), the time that they were kept need not be waited for: it is told. An age
//! beyond the promised TTL is a kept answer that should have gone, whatever the balance in it.
//!
//! The balance is read several times, on kept-alive and on fresh connections, and every `Age` is held against the TTL.

use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, has_balance};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{CacheKind, CacheRule, Contract, Level};
use crate::exchange::SendOptions;

pub(super) const CHECK: Check = Check {
    id: "cache.age",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Alone,
    slow: false,
    needs: &[Need::Key],
    faults: &["age-beyond-ttl", "age-not-a-number"],
    applies: |contract| {
        has_balance(contract)?;
        longest_ms(contract).map(drop).ok_or("the contract names no longest time for which the server keeps answers")
    },
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// The rule, and the longest time that it lets an answer be kept, in milliseconds.
fn longest_ms(contract: &Contract) -> Option<(&CacheRule, u64)> {
    let rule = contract.caching.server.as_ref()?;
    let longest_ms = if rule.kind == CacheKind::None { 0 } else { rule.max_ttl_ms? };
    Some((rule, longest_ms))
}

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let operation = trial.balance_operation()?;
    let Some((rule, longest_ms)) = longest_ms(trial.contract) else { return Ok(()) };
    let account = trial.account_a().await?;
    let mut told = false;
    for n in 0..4 {
        let reading = trial.check_as(&account, SendOptions { fresh: n % 2 == 1, ..SendOptions::default() }).await?;
        let Ok(response) = &reading.exchange.result else { continue };
        let Some(age) = response.header("age") else { continue };
        told = true;
        // Ages are whole seconds, and may be rounded up.
        let seconds = age.trim().parse::<u64>();
        let holds = seconds.as_ref().is_ok_and(|seconds| seconds.saturating_sub(1).saturating_mul(1000) <= longest_ms);
        trial.judge(&rule.promise, Some(operation), &[&reading.exchange], holds, || {
            format!("expected an Age of at most {} seconds, found {age}", longest_ms / 1000)
        })?;
    }
    if told { Ok(()) } else { Err(Stop::NotApplicable("no answer tells its age".to_owned())) }
}
