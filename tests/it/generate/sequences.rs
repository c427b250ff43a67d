//! Sequences stay on their scene, and shrink to what still fails.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use ringtrue::__cli::generate::Sampler;
use ringtrue::__cli::generate::sequence::{Action, ActionSequence, Environment, sequences};

fn scene() -> Environment {
    Environment {
        accounts: 3,
        amounts: ["0", "1", "2", "7"].map(str::to_owned).to_vec(),
        times_ms: vec![1_000, 122_000],
        failure_modes: 4,
        concurrency: 3,
        spends: true,
        refreshes: true,
        invalidates: true,
        fails: true,
        revokes: true,
    }
}

fn runner() -> TestRunner {
    TestRunner::new_with_rng(
        Config { failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
}

#[test]
fn sequence_contains_only_actions_of_its_environment() {
    let few = Environment { accounts: 1, amounts: vec!["1".to_owned()], ..Environment::default() };
    let mut runner = runner();
    for n in 0..200 {
        let sequence = sequences(&few, Sampler::new(0, n)).new_tree(&mut runner).unwrap().current();
        assert_eq!(sequence.opened, ["1"]);
        let allowed = |step: &Action| matches!(step, Action::Check { account: 0 } | Action::Change { account: 0, .. });
        assert!(sequence.steps.iter().all(allowed), "{:?}", sequence.steps);
    }
}

#[test]
fn sequences_contain_every_action_of_the_environment_and_outages_end() {
    let mut runner = runner();
    let all: Vec<ActionSequence> =
        (0..300).map(|n| sequences(&scene(), Sampler::new(0, n)).new_tree(&mut runner).unwrap().current()).collect();
    let count = |wanted: fn(&Action) -> bool| all.iter().flat_map(|one| &one.steps).filter(|step| wanted(step)).count();
    for (what, count) in [
        ("spend", count(|step| matches!(step, Action::Spend { .. }))),
        ("advance", count(|step| matches!(step, Action::Advance { ms: 122_000 }))),
        ("refresh", count(|step| matches!(step, Action::Refresh { .. }))),
        ("invalidate", count(|step| matches!(step, Action::Invalidate { .. }))),
        ("fail", count(|step| matches!(step, Action::Fail { .. }))),
        ("mend", count(|step| matches!(step, Action::Restore))),
        ("stumble", count(|step| matches!(step, Action::FailNext { .. }))),
        ("spends", count(|step| matches!(step, Action::Spends { .. }))),
        ("revoke", count(|step| matches!(step, Action::Revoke { .. }))),
    ] {
        assert!(count > 20, "{what} comes up {count} times in 300 sequences");
    }
}

/// Whether these steps come one after the other, with none in between.
fn in_a_row(sequence: &ActionSequence, wanted: &[fn(&Action) -> bool]) -> bool {
    let mut rows = sequence.steps.windows(wanted.len());
    rows.any(|row| row.iter().zip(wanted).all(|(step, wanted)| wanted(step)))
}

#[test]
fn pair_of_actions_occurs_with_every_seed() {
    let fail: fn(&Action) -> bool = |step| matches!(step, Action::Fail { .. });
    let mend: fn(&Action) -> bool = |step| matches!(step, Action::Restore);
    let look: fn(&Action) -> bool = |step| matches!(step, Action::Check { .. });
    let refresh: fn(&Action) -> bool = |step| matches!(step, Action::Refresh { .. });
    let change: fn(&Action) -> bool = |step| matches!(step, Action::Change { .. });
    let emptied: fn(&Action) -> bool = |step| matches!(step, Action::Change { to, .. } if to == "0");
    let spend: fn(&Action) -> bool = |step| matches!(step, Action::Spend { .. } | Action::Spends { .. });
    // As much as there is at a server: an outage is all the trouble there.
    let scene = Environment { failure_modes: 0, invalidates: false, ..scene() };
    for seed in 0..10 {
        let mut runner = runner();
        let mut made = |n| sequences(&scene, Sampler::new(seed, n)).new_tree(&mut runner).unwrap().current();
        let all: Vec<ActionSequence> = (0..48).map(&mut made).collect();
        for wanted in [
            &[fail, refresh, mend, look, change, refresh, look][..],
            &[fail, spend, mend, look, change, spend, look],
            &[emptied, spend, look, change, emptied, spend, look],
            &[emptied, spend, look, change, fail, look, mend, look],
        ] {
            assert!(all.iter().any(|sequence| in_a_row(sequence, wanted)), "with seed {seed}");
        }
    }
}

#[test]
fn failing_sequence_shrinks_to_the_steps_that_matter() {
    let fails = |sequence: &ActionSequence| {
        let spends = sequence.steps.iter().filter(|step| matches!(step, Action::Spend { .. })).count();
        spends >= 2 && sequence.steps.iter().any(|step| matches!(step, Action::Fail { .. }))
    };
    let mut runner = runner();
    let mut trees = (0..).map(|n| sequences(&scene(), Sampler::new(0, n)).new_tree(&mut runner).unwrap());
    let mut tree = trees.find(|tree| fails(&tree.current())).unwrap();
    let mut smallest = tree.current();
    let mut failed = true;
    for _ in 0..2_000 {
        if !(if failed { tree.simplify() } else { tree.complicate() }) {
            break;
        }
        failed = fails(&tree.current());
        if failed {
            smallest = tree.current();
        }
    }
    assert!(fails(&smallest) && smallest.steps.len() <= 3, "{smallest:?}");
}
