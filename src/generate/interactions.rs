//! Pairs of actions in which the first changes state that the second observes (pairwise testing).

use proptest::bool::{ANY, weighted};
use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Just, Strategy, Union};

use super::sampler::Sampler;
use super::sequence::{Action, Environment};

/// An upper limit for the steps of an interaction.
const MAX_STEPS: usize = 16;

type Steps = BoxedStrategy<Vec<Action>>;

/// Interactions on one account: an action, a check, a change of the balance so that old and new differ, a second action
/// (which may be the first again), and a second check. The sampler chooses the two actions. Shrinks to fewer steps.
pub(super) fn interactions(environment: &Environment, sampler: Sampler) -> Steps {
    let sampler = sampler.stream("encounter");
    // Each pair occurs once as it is, and once with an empty cache, because a cached balance would hide a failure.
    let empty_cache = !sampler.round(interaction_count(environment)).is_multiple_of(2);
    let actions = actions(environment, empty_cache);
    let (one, other) = sampler.pair(count(&actions), count(&actions));
    let take = |stratum: u32| actions[usize::try_from(stratum).unwrap_or(0)].clone();
    let (one, other) = (take(one), take(other));
    let account = 0..environment.accounts.max(1);
    // Shrinking drops steps.
    let included = vec(weighted(1.0), MAX_STEPS);
    // With two amounts, old and new would be the same half of the time.
    let both = <[String; 2]>::try_from(environment.amounts.clone()).ok();
    (included, account, ANY, one, nonzero_amount(environment), other)
        .prop_map(move |(included, account, check_first, one, to, other)| {
            let check = || vec![Action::Check { account }];
            let old = both.iter().flatten().find(|amount| **amount != to).cloned();
            let set = old.into_iter().map(|to| Action::Change { account, to }).collect();
            let before = if check_first { check() } else { Vec::new() };
            let steps = [set, before, one, check(), vec![Action::Change { account, to }], other, check()].concat();
            let steps = steps.into_iter().zip(included).filter(|(_, included)| *included);
            steps.map(|(step, _)| step.on(account)).collect()
        })
        .boxed()
}

/// The number of interactions: every action with every other, and with itself.
pub(super) fn interaction_count(environment: &Environment) -> u32 {
    let actions = count(&actions(environment, false));
    actions * actions
}

fn count(actions: &[Steps]) -> u32 {
    u32::try_from(actions.len()).unwrap_or(u32::MAX)
}

/// Actions on one account (the account is chosen later): normal, with a failing store or a missing response, and without
/// credits.
fn actions(environment: &Environment, empty_cache: bool) -> Vec<Steps> {
    let account = 0;
    let emptied = if empty_cache { empty_cache_steps(environment, account) } else { Vec::new() };
    let nothing = environment.amounts.first().cloned().unwrap_or_default();
    let checks = several(environment, Action::Check { account }, move |times| Action::Checks { account, times });
    let spends = several(environment, Action::Spend { account }, move |times| Action::Spends { account, times });
    let refresh = Just(Action::Refresh { account }).boxed();
    let calls = [
        (true, checks, Action::Check { account }),
        (environment.spends, spends, Action::Spend { account }),
        (environment.refreshes, refresh, Action::Refresh { account }),
    ];
    let mut all = Vec::new();
    for (_, call, alone) in calls.into_iter().filter(|(available, ..)| *available) {
        all.push(call.prop_map(|call| vec![call]).boxed());
        let mut failing: Vec<Steps> = Vec::new();
        if environment.fails {
            let steps =
                [vec![Action::Fail { account }], emptied.clone(), vec![alone.clone(), Action::Restore]].concat();
            failing.push(Just(steps).boxed());
        }
        if environment.failure_modes > 0 {
            let (emptied, call) = (emptied.clone(), alone.clone());
            let fail_next = move |how| [emptied.clone(), vec![Action::FailNext { how }, call.clone()]].concat();
            failing.push((0..environment.failure_modes).prop_map(fail_next).boxed());
        }
        if !failing.is_empty() {
            all.push(Union::new(failing).boxed());
        }
    }
    if environment.spends {
        // An empty balance is cached like any other.
        let checks =
            if emptied.is_empty() { Vec::new() } else { vec![Action::Check { account }, Action::Check { account }] };
        let steps =
            [vec![Action::Change { account, to: nothing }], emptied.clone(), checks, vec![Action::Spend { account }]]
                .concat();
        all.push(Just(steps).boxed());
    }
    if !environment.times_ms.is_empty() {
        all.push(select(environment.times_ms.clone()).prop_map(|ms| vec![Action::Advance { ms }]).boxed());
    }
    if environment.invalidates {
        all.push(Just(vec![Action::Invalidate { account }]).boxed());
    }
    if environment.revokes {
        all.push(Just(vec![Action::Revoke { account }]).boxed());
    }
    all
}

/// Steps after which a call reaches the store, because nothing is cached.
fn empty_cache_steps(environment: &Environment, account: u8) -> Vec<Action> {
    let longest = environment.times_ms.last().map(|ms| Action::Advance { ms: *ms });
    let step = if environment.invalidates { Some(Action::Invalidate { account }) } else { longest };
    step.into_iter().collect()
}

/// One call, or several concurrent ones.
fn several(
    environment: &Environment,
    one: Action,
    concurrent: impl Fn(u8) -> Action + 'static,
) -> BoxedStrategy<Action> {
    if environment.concurrency < 2 {
        return Just(one).boxed();
    }
    (1..=environment.concurrency)
        .prop_map(move |times| if times == 1 { one.clone() } else { concurrent(times) })
        .boxed()
}

/// An amount; not zero, if there is more than one other amount.
fn nonzero_amount(environment: &Environment) -> BoxedStrategy<String> {
    let from = usize::from(environment.amounts.len() > 2);
    match environment.amounts.get(from..) {
        Some(some) if !some.is_empty() => select(some.to_vec()).boxed(),
        _ => Just("1".to_owned()).boxed(),
    }
}
