//! Sequences of actions: what users, operators and time do to a few accounts, in any order.
//!
//! A sequence says what is done, not what must come of it: that is the model's affair. A step that makes no sense where it
//! stands, an end of an outage that never began for instance, is passed over by whoever plays it, so that a sequence stays
//! one when steps are taken out of it.

use proptest::arbitrary::any;
use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Just, Strategy, Union};
use serde::{Deserialize, Serialize};

use super::interactions::{encounters, how_many};
use super::sampler::Sampler;

/// What there is to act on.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one kind of action is there")]
pub struct Environment {
    /// How many accounts there are at most.
    pub accounts: u8,
    /// Amounts that an account may have, in credits, the plainest first.
    pub amounts: Vec<String>,
    /// Times that may pass, in milliseconds, the shortest first; none if time cannot be moved.
    pub times_ms: Vec<u64>,
    /// How many ways there are for a single answer to fail.
    pub failure_modes: u8,
    /// How many calls may be made at the same time.
    pub concurrency: u8,
    /// Whether paid calls can be made.
    pub spends: bool,
    /// Whether a fresh balance can be asked for.
    pub refreshes: bool,
    /// Whether what is kept can be dropped.
    pub invalidates: bool,
    /// Whether the store behind the balance can fail.
    pub fails: bool,
    /// Whether a credential can be withdrawn.
    pub revokes: bool,
}

/// A sequence of actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionSequence {
    /// What each account has in the beginning, in credits.
    pub opened: Vec<String>,
    /// What happens then.
    pub steps: Vec<Action>,
}

/// One step. Who it is about is a number; with fewer accounts than that, it counts on from the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// The balance is asked for.
    Check {
        /// Whose.
        account: u8,
    },
    /// A paid call is made.
    Spend {
        /// By whom.
        account: u8,
    },
    /// The balance is changed behind the API's back.
    Change {
        /// Whose.
        account: u8,
        /// What is left then, in credits.
        to: String,
    },
    /// Time passes.
    Advance {
        /// So many milliseconds.
        ms: u64,
    },
    /// A fresh balance is asked for.
    Refresh {
        /// Whose.
        account: u8,
    },
    /// What is kept is dropped.
    Invalidate {
        /// By whom.
        account: u8,
    },
    /// The store behind a balance fails until it is mended.
    Fail {
        /// Whose.
        account: u8,
    },
    /// The store works again.
    Restore,
    /// The next answer fails in one of several ways.
    FailNext {
        /// In which.
        how: u8,
    },
    /// The balance is asked for several times at once.
    Checks {
        /// Whose.
        account: u8,
        /// How often.
        times: u8,
    },
    /// Several paid calls are made at once.
    Spends {
        /// By whom.
        account: u8,
        /// How many.
        times: u8,
    },
    /// A credential is withdrawn.
    Revoke {
        /// Whose.
        account: u8,
    },
}

/// Scenes between those that are dealt, of one step or a few: enough to empty an account, lose what was kept and come back.
const SCENES: std::ops::RangeInclusive<usize> = 0..=3;
/// Steps of a scene in which one account is busy.
const BUSY: std::ops::RangeInclusive<usize> = 1..=5;
/// How many encounters of two deeds each sequence is dealt.
const ENCOUNTERS: u32 = 2;

/// Sequences on a scene. They shrink to fewer steps, fewer accounts and plainer actions.
///
/// Each sequence has a repertoire of its own: some kinds of action, some amounts, one account or several. Where everything
/// can happen at any moment, little of it ever happens twice in a row, and it takes a few of the same kind to wear an account
/// out, or a cache. What leaves a mark that shows at another deed only is not left to that: the deeds are dealt in pairs.
pub fn sequences(scene: &Environment, sampler: Sampler) -> BoxedStrategy<ActionSequence> {
    let (scene, repertoire) = (scene.clone(), any::<u32>());
    repertoire.prop_flat_map(move |repertoire| of(&scene, &narrowed(&scene, repertoire), sampler)).boxed()
}

/// How many sequences it takes until every encounter of two deeds on a scene has come up twice.
#[must_use]
pub fn sequences_needed(scene: &Environment) -> u32 {
    (2 * how_many(scene)).div_ceil(ENCOUNTERS)
}

/// What is left of a scene by the bits of a number: zero leaves all of it.
fn narrowed(scene: &Environment, bits: u32) -> Environment {
    let without = |n: u32| bits >> n & 1 == 1;
    // Without the longest of them, much time passes in small steps.
    let short = |all: &[u64]| all.iter().take(all.len() - usize::from(without(12) && all.len() > 1)).copied().collect();
    let times = |all: &[u64]| if without(3) { Vec::new() } else { short(all) };
    let few = |all: &[String]| all.iter().take(if without(0) { 3 } else { all.len() }).cloned().collect();
    Environment {
        accounts: if without(1) {
            1
        } else if without(2) {
            scene.accounts.min(2)
        } else {
            scene.accounts
        },
        amounts: few(&scene.amounts),
        times_ms: times(&scene.times_ms),
        failure_modes: if without(4) { 0 } else { scene.failure_modes },
        concurrency: if without(5) { 1 } else { scene.concurrency },
        spends: scene.spends && !without(6),
        refreshes: scene.refreshes && !without(7),
        invalidates: scene.invalidates && !without(8),
        fails: scene.fails && !without(9),
        revokes: scene.revokes && without(10),
    }
}

/// Scenes of a repertoire, with the encounters that are dealt in between.
fn of(scene: &Environment, repertoire: &Environment, sampler: Sampler) -> BoxedStrategy<ActionSequence> {
    let opened = vec(amounts(repertoire), 1..=usize::from(repertoire.accounts.max(1)));
    let scenes = || vec(parts(repertoire), SCENES).prop_map(|parts| parts.concat()).boxed();
    let met = (0..ENCOUNTERS).map(|nth| encounters(scene, sampler.subcase(nth, ENCOUNTERS)));
    let steps: Vec<_> = met.flat_map(|met| [scenes(), met]).chain([scenes()]).collect();
    (opened, steps).prop_map(|(opened, steps)| ActionSequence { opened, steps: steps.concat() }).boxed()
}

/// One step; or a few about one account, one after the other; or an outage with what its account does meanwhile.
fn parts(scene: &Environment) -> BoxedStrategy<Vec<Action>> {
    let step = steps(scene);
    let busy = (0..scene.accounts.max(1), vec(step.clone(), BUSY))
        .prop_map(|(account, steps)| steps.into_iter().map(|step| step.on(account)).collect::<Vec<Action>>());
    let outage = (0..scene.accounts.max(1), busy.clone()).prop_map(|(account, steps)| {
        let during = steps.into_iter().map(|step| step.on(account));
        std::iter::once(Action::Fail { account }).chain(during).chain([Action::Restore]).collect()
    });
    let mut parts = vec![(3, step.prop_map(|step| vec![step]).boxed()), (4, busy.boxed())];
    if scene.fails {
        parts.push((2, outage.boxed()));
    }
    Union::new_weighted(parts).boxed()
}

impl Action {
    /// The same, done by or to that account.
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
pub(super) fn amounts(scene: &Environment) -> BoxedStrategy<String> {
    if scene.amounts.is_empty() { Just("1".to_owned()).boxed() } else { select(scene.amounts.clone()).boxed() }
}

fn steps(scene: &Environment) -> BoxedStrategy<Action> {
    let account = 0..scene.accounts.max(1);
    let times = 2..=scene.concurrency.max(2);
    let several = (account.clone(), times);
    let spends = scene.concurrency > 1 && scene.spends;
    let passes = !scene.times_ms.is_empty();
    let times_ms = if passes { scene.times_ms.clone() } else { vec![0] };
    let change = (account.clone(), amounts(scene));
    let kinds: Vec<(bool, u32, BoxedStrategy<Action>)> = vec![
        // Most of the steps ask: what nobody looks at shows nothing.
        (true, 12, account.clone().prop_map(|account| Action::Check { account }).boxed()),
        (scene.spends, 7, account.clone().prop_map(|account| Action::Spend { account }).boxed()),
        (true, 4, change.prop_map(|(account, to)| Action::Change { account, to }).boxed()),
        (passes, 7, select(times_ms).prop_map(|ms| Action::Advance { ms }).boxed()),
        (scene.refreshes, 6, account.clone().prop_map(|account| Action::Refresh { account }).boxed()),
        (scene.invalidates, 3, account.clone().prop_map(|account| Action::Invalidate { account }).boxed()),
        (scene.fails, 1, account.clone().prop_map(|account| Action::Fail { account }).boxed()),
        (scene.fails, 1, Just(Action::Restore).boxed()),
        (scene.failure_modes > 0, 2, (0..scene.failure_modes.max(1)).prop_map(|how| Action::FailNext { how }).boxed()),
        (
            scene.concurrency > 1,
            2,
            several.clone().prop_map(|(account, times)| Action::Checks { account, times }).boxed(),
        ),
        (spends, 3, several.prop_map(|(account, times)| Action::Spends { account, times }).boxed()),
        (scene.revokes, 1, account.prop_map(|account| Action::Revoke { account }).boxed()),
    ];
    let there = kinds.into_iter().filter(|(is, ..)| *is).map(|(_, weight, step)| (weight, step));
    Union::new_weighted(there.collect()).boxed()
}
