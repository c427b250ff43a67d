//! Encounters of two deeds: what the one leaves behind shows at the other.

use proptest::bool::{ANY, weighted};
use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Just, Strategy, Union};

use super::sampler::Sampler;
use super::sequence::{Action, Environment};

/// More steps than an encounter has.
const STEPS: usize = 16;

type Steps = BoxedStrategy<Vec<Action>>;

/// The encounter that is dealt, of one account: a deed, a look at the balance, which is then changed so that old and new can be
/// told apart, another deed or the same again, and another look. It shrinks to fewer steps.
pub(super) fn encounters(scene: &Environment, sampler: Sampler) -> Steps {
    let sampler = sampler.stream("encounter");
    // Each comes up as it is, and the next time with nothing kept that would hide the trouble.
    let gone = !sampler.round(how_many(scene)).is_multiple_of(2);
    let deeds = deeds(scene, gone);
    let (one, other) = sampler.pair(count(&deeds), count(&deeds));
    let take = |card: u32| deeds[usize::try_from(card).unwrap_or(0)].clone();
    let (one, other) = (take(one), take(other));
    let account = 0..scene.accounts.max(1);
    let kept = vec(weighted(1.0), STEPS);
    // Where there are two amounts, old and new are the same half of the time unless that is seen to.
    let both = <[String; 2]>::try_from(scene.amounts.clone()).ok();
    (kept, account, ANY, one, left(scene), other)
        .prop_map(move |(kept, account, looks, one, to, other)| {
            let look = || vec![Action::Check { account }];
            let old = both.iter().flatten().find(|amount| **amount != to).cloned();
            let set = old.into_iter().map(|to| Action::Change { account, to }).collect();
            let before = if looks { look() } else { Vec::new() };
            let steps = [set, before, one, look(), vec![Action::Change { account, to }], other, look()].concat();
            let steps = steps.into_iter().zip(kept).filter(|(_, kept)| *kept);
            steps.map(|(step, _)| step.on(account)).collect()
        })
        .boxed()
}

/// How many encounters there are on a scene: every deed meets every other, and itself.
pub(super) fn how_many(scene: &Environment) -> u32 {
    let deeds = count(&deeds(scene, false));
    deeds * deeds
}

fn count(deeds: &[Steps]) -> u32 {
    u32::try_from(deeds.len()).unwrap_or(u32::MAX)
}

/// What may be done to an account, by whom is told later: in good times, in trouble - the store fails, or the answer is none -,
/// and without credits.
fn deeds(scene: &Environment, gone: bool) -> Vec<Steps> {
    let account = 0;
    let gone = if gone { forgotten(scene, account) } else { Vec::new() };
    let nothing = scene.amounts.first().cloned().unwrap_or_default();
    let checks = several(scene, Action::Check { account }, move |times| Action::Checks { account, times });
    let spends = several(scene, Action::Spend { account }, move |times| Action::Spends { account, times });
    let refresh = Just(Action::Refresh { account }).boxed();
    let calls = [
        (true, checks, Action::Check { account }),
        (scene.spends, spends, Action::Spend { account }),
        (scene.refreshes, refresh, Action::Refresh { account }),
    ];
    let mut all = Vec::new();
    for (_, call, alone) in calls.into_iter().filter(|(is, ..)| *is) {
        all.push(call.prop_map(|call| vec![call]).boxed());
        let mut troubled: Vec<Steps> = Vec::new();
        if scene.fails {
            let steps = [vec![Action::Fail { account }], gone.clone(), vec![alone.clone(), Action::Restore]].concat();
            troubled.push(Just(steps).boxed());
        }
        if scene.failure_modes > 0 {
            let (gone, call) = (gone.clone(), alone.clone());
            let trouble = move |how| [gone.clone(), vec![Action::FailNext { how }, call.clone()]].concat();
            troubled.push((0..scene.failure_modes).prop_map(trouble).boxed());
        }
        if !troubled.is_empty() {
            all.push(Union::new(troubled).boxed());
        }
    }
    if scene.spends {
        // That nothing is left is kept like anything else.
        let looks =
            if gone.is_empty() { Vec::new() } else { vec![Action::Check { account }, Action::Check { account }] };
        let steps =
            [vec![Action::Change { account, to: nothing }], gone.clone(), looks, vec![Action::Spend { account }]]
                .concat();
        all.push(Just(steps).boxed());
    }
    if !scene.times_ms.is_empty() {
        all.push(select(scene.times_ms.clone()).prop_map(|ms| vec![Action::Advance { ms }]).boxed());
    }
    if scene.invalidates {
        all.push(Just(vec![Action::Invalidate { account }]).boxed());
    }
    if scene.revokes {
        all.push(Just(vec![Action::Revoke { account }]).boxed());
    }
    all
}

/// What makes a call go all the way: what is kept would hide the trouble.
fn forgotten(scene: &Environment, account: u8) -> Vec<Action> {
    let longest = scene.times_ms.last().map(|ms| Action::Advance { ms: *ms });
    let step = if scene.invalidates { Some(Action::Invalidate { account }) } else { longest };
    step.into_iter().collect()
}

/// One, or several at once.
fn several(scene: &Environment, one: Action, at_once: impl Fn(u8) -> Action + 'static) -> BoxedStrategy<Action> {
    if scene.concurrency < 2 {
        return Just(one).boxed();
    }
    (1..=scene.concurrency).prop_map(move |times| if times == 1 { one.clone() } else { at_once(times) }).boxed()
}

/// What may be left: something, where there is more than one amount of that.
fn left(scene: &Environment) -> BoxedStrategy<String> {
    let from = usize::from(scene.amounts.len() > 2);
    match scene.amounts.get(from..) {
        Some(some) if !some.is_empty() => select(some.to_vec()).boxed(),
        _ => Just("1".to_owned()).boxed(),
    }
}
