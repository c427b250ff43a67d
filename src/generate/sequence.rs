//! Sequences of actions: what users, operators and time do to a few accounts, in any order.
//!
//! A sequence contains actions only; the model decides which results are allowed. The runner skips a step that makes no sense
//! at its position, such as the end of an outage that never began, so that a sequence remains valid when shrinking removes
//! steps.

use proptest::arbitrary::any;
use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Just, Strategy, Union};
use serde::{Deserialize, Serialize};

use super::interactions::{interaction_count, interactions};
use super::sampler::Sampler;

/// The accounts, amounts and kinds of actions that sequences can use.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each enables one kind of action")]
pub struct Environment {
    /// The highest number of accounts.
    pub accounts: u8,
    /// Amounts that an account may have, in credits, the simplest first.
    pub amounts: Vec<String>,
    /// Times that may pass, in milliseconds, the shortest first; empty if time cannot be moved.
    pub times_ms: Vec<u64>,
    /// The number of ways in which a single response can fail.
    pub failure_modes: u8,
    /// The highest number of concurrent calls.
    pub concurrency: u8,
    /// Whether paid calls can be made.
    pub spends: bool,
    /// Whether the balance can be refreshed.
    pub refreshes: bool,
    /// Whether the cached balance can be invalidated.
    pub invalidates: bool,
    /// Whether the store behind the balance can fail.
    pub fails: bool,
    /// Whether a credential can be revoked.
    pub revokes: bool,
}

/// A sequence of actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionSequence {
    /// The balance of each account at the start, in credits.
    pub opened: Vec<String>,
    /// The actions, in order.
    pub steps: Vec<Action>,
}

/// One step. Accounts are numbers, taken modulo the number of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// Checks the balance.
    Check {
        /// The account.
        account: u8,
    },
    /// Makes a paid call.
    Spend {
        /// The account.
        account: u8,
    },
    /// Changes the balance in the store, without the API.
    Change {
        /// The account.
        account: u8,
        /// The new balance, in credits.
        to: String,
    },
    /// Lets time pass.
    Advance {
        /// The time in milliseconds.
        ms: u64,
    },
    /// Refreshes the balance.
    Refresh {
        /// The account.
        account: u8,
    },
    /// Invalidates the cached balance.
    Invalidate {
        /// The account.
        account: u8,
    },
    /// Makes the store fail until it is restored.
    Fail {
        /// The account.
        account: u8,
    },
    /// Restores the store.
    Restore,
    /// Makes the next response fail.
    FailNext {
        /// The number of the failure mode.
        how: u8,
    },
    /// Checks the balance several times concurrently.
    Checks {
        /// The account.
        account: u8,
        /// The number of checks.
        times: u8,
    },
    /// Makes several paid calls concurrently.
    Spends {
        /// The account.
        account: u8,
        /// The number of calls.
        times: u8,
    },
    /// Revokes the credential.
    Revoke {
        /// The account.
        account: u8,
    },
}

/// The number of random parts between two interactions: enough to empty an account, to expire a cache, and to restore both.
const PARTS: std::ops::RangeInclusive<usize> = 0..=3;
/// The number of steps of a part that is about one account.
const PART_STEPS: std::ops::RangeInclusive<usize> = 1..=5;
/// The number of interactions in each sequence.
const INTERACTIONS: u32 = 2;

/// Generates sequences. They shrink to fewer steps, fewer accounts and simpler actions.
///
/// Each sequence uses a random subset of the environment: some kinds of actions, some amounts, one account or several (swarm
/// testing). If every action were possible at any time, the same action would seldom occur twice in a row, and several of the
/// same kind are needed to exhaust an account or a cache. Pairs of actions of which the second shows the effect of the first are
/// not left to chance: see the module `interactions`.
pub fn sequences(environment: &Environment, sampler: Sampler) -> BoxedStrategy<ActionSequence> {
    let (environment, subset) = (environment.clone(), any::<u32>());
    subset.prop_flat_map(move |bits| sequences_of(&environment, &subset_of(&environment, bits), sampler)).boxed()
}

/// The number of sequences after which every interaction has occurred twice.
#[must_use]
pub fn sequences_needed(environment: &Environment) -> u32 {
    (2 * interaction_count(environment)).div_ceil(INTERACTIONS)
}

/// A subset of the environment, chosen by the bits of a number; zero stands for the whole environment.
fn subset_of(environment: &Environment, bits: u32) -> Environment {
    let without = |n: u32| bits >> n & 1 == 1;
    // Without the longest time, much time passes in small steps.
    let short = |all: &[u64]| all.iter().take(all.len() - usize::from(without(12) && all.len() > 1)).copied().collect();
    let times = |all: &[u64]| if without(3) { Vec::new() } else { short(all) };
    let few = |all: &[String]| all.iter().take(if without(0) { 3 } else { all.len() }).cloned().collect();
    Environment {
        accounts: if without(1) {
            1
        } else if without(2) {
            environment.accounts.min(2)
        } else {
            environment.accounts
        },
        amounts: few(&environment.amounts),
        times_ms: times(&environment.times_ms),
        failure_modes: if without(4) { 0 } else { environment.failure_modes },
        concurrency: if without(5) { 1 } else { environment.concurrency },
        spends: environment.spends && !without(6),
        refreshes: environment.refreshes && !without(7),
        invalidates: environment.invalidates && !without(8),
        fails: environment.fails && !without(9),
        revokes: environment.revokes && without(10),
    }
}

/// Random parts from a subset of the environment, with interactions between them.
fn sequences_of(environment: &Environment, subset: &Environment, sampler: Sampler) -> BoxedStrategy<ActionSequence> {
    let opened = vec(amounts(subset), 1..=usize::from(subset.accounts.max(1)));
    let random = || vec(parts(subset), PARTS).prop_map(|parts| parts.concat()).boxed();
    let pairs = (0..INTERACTIONS).map(|nth| interactions(environment, sampler.subcase(nth, INTERACTIONS)));
    let steps: Vec<_> = pairs.flat_map(|pair| [random(), pair]).chain([random()]).collect();
    (opened, steps).prop_map(|(opened, steps)| ActionSequence { opened, steps: steps.concat() }).boxed()
}

/// One step, or several about one account, or an outage with the actions of one account during it.
fn parts(environment: &Environment) -> BoxedStrategy<Vec<Action>> {
    let step = steps(environment);
    let busy = (0..environment.accounts.max(1), vec(step.clone(), PART_STEPS))
        .prop_map(|(account, steps)| steps.into_iter().map(|step| step.on(account)).collect::<Vec<Action>>());
    let outage = (0..environment.accounts.max(1), busy.clone()).prop_map(|(account, steps)| {
        let during = steps.into_iter().map(|step| step.on(account));
        std::iter::once(Action::Fail { account }).chain(during).chain([Action::Restore]).collect()
    });
    let mut parts = vec![(3, step.prop_map(|step| vec![step]).boxed()), (4, busy.boxed())];
    if environment.fails {
        parts.push((2, outage.boxed()));
    }
    Union::new_weighted(parts).boxed()
}

impl Action {
    /// The action with this account.
    pub(super) fn on(mut self, number: u8) -> Self {
        match &mut self {
            Self::Check { account }
            | Self::Spend { account }
            | Self::Change { account, .. }
            | Self::Refresh { account }
            | Self::Invalidate { account }
            | Self::Fail { account }
            | Self::Checks { account, .. }
            | Self::Spends { account, .. }
            | Self::Revoke { account } => *account = number,
            Self::Advance { .. } | Self::Restore | Self::FailNext { .. } => {}
        }
        self
    }
}

/// Amounts that an account may have.
pub(super) fn amounts(environment: &Environment) -> BoxedStrategy<String> {
    if environment.amounts.is_empty() {
        Just("1".to_owned()).boxed()
    } else {
        select(environment.amounts.clone()).boxed()
    }
}

fn steps(environment: &Environment) -> BoxedStrategy<Action> {
    let account = 0..environment.accounts.max(1);
    let times = 2..=environment.concurrency.max(2);
    let several = (account.clone(), times);
    let spends = environment.concurrency > 1 && environment.spends;
    let passes = !environment.times_ms.is_empty();
    let times_ms = if passes { environment.times_ms.clone() } else { vec![0] };
    let change = (account.clone(), amounts(environment));
    let kinds: Vec<(bool, u32, BoxedStrategy<Action>)> = vec![
        // Most steps are checks, because only they show the effects of the others.
        (true, 12, account.clone().prop_map(|account| Action::Check { account }).boxed()),
        (environment.spends, 7, account.clone().prop_map(|account| Action::Spend { account }).boxed()),
        (true, 4, change.prop_map(|(account, to)| Action::Change { account, to }).boxed()),
        (passes, 7, select(times_ms).prop_map(|ms| Action::Advance { ms }).boxed()),
        (environment.refreshes, 6, account.clone().prop_map(|account| Action::Refresh { account }).boxed()),
        (environment.invalidates, 3, account.clone().prop_map(|account| Action::Invalidate { account }).boxed()),
        (environment.fails, 1, account.clone().prop_map(|account| Action::Fail { account }).boxed()),
        (environment.fails, 1, Just(Action::Restore).boxed()),
        (
            environment.failure_modes > 0,
            2,
            (0..environment.failure_modes.max(1)).prop_map(|how| Action::FailNext { how }).boxed(),
        ),
        (
            environment.concurrency > 1,
            2,
            several.clone().prop_map(|(account, times)| Action::Checks { account, times }).boxed(),
        ),
        (spends, 3, several.prop_map(|(account, times)| Action::Spends { account, times }).boxed()),
        (environment.revokes, 1, account.prop_map(|account| Action::Revoke { account }).boxed()),
    ];
    let there = kinds.into_iter().filter(|(available, ..)| *available).map(|(_, weight, step)| (weight, step));
    Union::new_weighted(there.collect()).boxed()
}
