//! Sequences stay on their scene, and shrink to what still fails.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use ringtrue::generate::sequence::{Scene, Sequence, Step, sequences};

fn scene() -> Scene {
    Scene {
        accounts: 3,
        amounts: ["0", "1", "2", "7"].map(str::to_owned).to_vec(),
        times_ms: vec![1_000, 122_000],
        stumbles: 4,
        at_once: 3,
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
fn what_is_not_on_the_scene_does_not_happen() {
    let few = Scene { accounts: 1, amounts: vec!["1".to_owned()], ..Scene::default() };
    let mut runner = runner();
    for _ in 0..200 {
        let sequence = sequences(&few).new_tree(&mut runner).unwrap().current();
        assert_eq!(sequence.opened, ["1"]);
        let allowed = |step: &Step| matches!(step, Step::Check { who: 0 } | Step::Change { who: 0, .. });
        assert!(sequence.steps.iter().all(allowed), "{:?}", sequence.steps);
    }
}

#[test]
fn everything_on_the_scene_happens_and_outages_end() {
    let mut runner = runner();
    let all: Vec<Sequence> = (0..300).map(|_| sequences(&scene()).new_tree(&mut runner).unwrap().current()).collect();
    let count = |wanted: fn(&Step) -> bool| all.iter().flat_map(|one| &one.steps).filter(|step| wanted(step)).count();
    for (what, count) in [
        ("spend", count(|step| matches!(step, Step::Spend { .. }))),
        ("advance", count(|step| matches!(step, Step::Advance { ms: 122_000 }))),
        ("refresh", count(|step| matches!(step, Step::Refresh { .. }))),
        ("invalidate", count(|step| matches!(step, Step::Invalidate { .. }))),
        ("fail", count(|step| matches!(step, Step::Fail { .. }))),
        ("mend", count(|step| matches!(step, Step::Mend))),
        ("stumble", count(|step| matches!(step, Step::Stumble { .. }))),
        ("spends", count(|step| matches!(step, Step::Spends { .. }))),
        ("revoke", count(|step| matches!(step, Step::Revoke { .. }))),
    ] {
        assert!(count > 20, "{what} comes up {count} times in 300 sequences");
    }
}

#[test]
fn a_sequence_that_fails_shrinks_to_the_steps_that_matter() {
    let fails = |sequence: &Sequence| {
        let spends = sequence.steps.iter().filter(|step| matches!(step, Step::Spend { .. })).count();
        spends >= 2 && sequence.steps.iter().any(|step| matches!(step, Step::Fail { .. }))
    };
    let mut runner = runner();
    let strategy = sequences(&scene());
    let mut tree = loop {
        let tree = strategy.new_tree(&mut runner).unwrap();
        if fails(&tree.current()) {
            break tree;
        }
    };
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
    assert!(fails(&smallest) && smallest.steps.len() <= 6, "{smallest:?}");
}
