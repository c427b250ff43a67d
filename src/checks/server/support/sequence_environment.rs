//! What a generated sequence of actions can contain for a server: accounts, amounts, and times.

use crate::checks::amounts::amounts;
use crate::checks::server_trial::ServerTrial;
use crate::contract::{CacheKind, Role};
use crate::generate::sequence::Environment;
use crate::model::Expectations;
use crate::subject::Sleep;

/// What the sequences for this server can contain.
pub(in crate::checks) fn environment(trial: &ServerTrial<'_>) -> Environment {
    let contract = trial.contract;
    let spend = contract.operation(Role::Spend).filter(|_| trial.may_spend().is_ok());
    let cost = spend.and_then(|operation| operation.cost.as_ref()).and_then(|cost| cost.amount);
    Environment {
        accounts: 3,
        // A server need not support fractions, so they are used only where a paid call costs a fraction.
        amounts: amounts(contract, cost)
            .into_iter()
            .filter(|amount| !amount.contains('.') || cost.is_some_and(|cost| cost.scale() > 0))
            .collect(),
        times_ms: times_ms(trial),
        failure_modes: 0,
        concurrency: 4,
        spends: spend.is_some(),
        refreshes: contract.operation(Role::Refresh).is_some(),
        invalidates: false,
        fails: contract.failure.is_some(),
        revokes: contract.credential.is_some(),
    }
}

/// Times that the clock moves by: short ones, those before and after every TTL of the contract, and one after which no
/// cached response may be left. Without a TTL in the contract, only the last one decides much.
fn times_ms(trial: &ServerTrial<'_>) -> Vec<u64> {
    let rule = trial.contract.caching.server.as_ref();
    let ttls = rule.iter().flat_map(|rule| [rule.min_ttl_ms, rule.max_ttl_ms]).flatten().filter(|ms| *ms > 0);
    let settling_ms = Expectations::opened(trial.contract, trial.credits(1)).settling_ms();
    let mut times = vec![1_000, 30_000, settling_ms.max(1_000)];
    times.extend(ttls.flat_map(|ms| [ms / 2, ms.saturating_sub(2_000), ms + 2_000]));
    times.sort_unstable();
    times.dedup();
    times
}

/// The sleep for a time of a sequence. A time shortly before a TTL for which responses must be cached must not become longer; other times may become longer, as long as
/// they stay on the same side of every TTL of the contract. Sequences that wait for similar times then share a move of the clock.
pub(super) fn sleep_for(trial: &ServerTrial<'_>, ms: u64) -> Sleep {
    let rule = trial.contract.caching.server.as_ref();
    let settling_ms = Expectations::opened(trial.contract, trial.credits(1)).settling_ms();
    let ttls = rule.into_iter().flat_map(|rule| [rule.min_ttl_ms, rule.max_ttl_ms]).flatten().chain([settling_ms]);
    let Some(next_ms) = ttls.filter(|ttl| *ttl > ms).min() else { return Sleep::AtLeast(ms, 2 * ms) };
    if next_ms <= ms + 2_000 {
        let must_cache = rule.is_some_and(|rule| rule.kind == CacheKind::Cached);
        return if must_cache { Sleep::AtMost(ms) } else { Sleep::AtLeast(ms, ms) };
    }
    // Times that are short compared with the TTL are all the same.
    let longest_ms = if ms < next_ms / 10 { next_ms / 10 } else { ms + (next_ms - ms) / 3 };
    Sleep::AtLeast(ms, longest_ms)
}
