//! Known findings do not fail a run; one that has gone does.

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::report::{Baseline, Policy};
use ringtrue::__cli::run::Outcome;

use super::sample::every_verdict;

type Outcomes = Result<(), Box<dyn std::error::Error>>;

fn all(_: &str) -> bool {
    true
}

#[test]
fn what_was_written_covers_the_same_run() -> Outcomes {
    let mut report = every_verdict();
    report.checks.retain(|check| matches!(check.verdict, Verdict::Pass | Verdict::Fail | Verdict::Warn));
    let baseline = Baseline::parse(&Baseline::of(&report).to_json()?)?;
    assert_eq!(baseline.known.len(), 3);
    assert_eq!(baseline.apply(&mut report, all), Vec::new());
    assert_eq!(Policy { strict: true, ..Policy::default() }.outcome(&report.checks), Outcome::Conformant);
    Ok(())
}

#[test]
fn an_entry_that_no_longer_holds_is_stale() {
    let report = every_verdict();
    let baseline = Baseline::of(&report);
    let stale = |change: &dyn Fn(&mut ringtrue::__cli::run::Report)| {
        let mut report = report.clone();
        change(&mut report);
        baseline.apply(&mut report, all).into_iter().map(|stale| stale.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        stale(&|report| report.checks[2].verdict = Verdict::Pass),
        ["entry 1 (auth.missing-key): the check passes now"]
    );
    assert_eq!(
        stale(&|report| drop(report.checks.remove(2))),
        ["entry 1 (auth.missing-key): no check with that id ran"]
    );
    assert_eq!(
        stale(&|report| report.checks[3].reason = Some("expected 401, found 200".to_owned())),
        ["entry 2 (auth.wrong-scheme): the check has a different finding now: expected 401, found 200"]
    );
    assert_eq!(stale(&|report| report.checks[3].verdict = Verdict::CouldNotRun), Vec::<String>::new());
    assert_eq!(stale(&|report| report.contract.name = "other".to_owned()).len(), 3);
}

#[test]
fn what_was_not_selected_is_left_in_peace() {
    let mut report = every_verdict();
    let baseline = Baseline::of(&report);
    report.checks.retain(|check| check.id.starts_with("cache."));
    assert_eq!(baseline.apply(&mut report, |id| id.starts_with("cache.")), Vec::new());
}

#[test]
fn a_baseline_of_another_form_is_refused() {
    for text in ["", "[]", r#"{"schema":"ringtrue/baseline/2","known":[]}"#, r#"{"schema":"ringtrue/baseline/1"}"#] {
        assert!(Baseline::parse(text).is_err(), "{text}");
    }
    let surplus = r#"{"schema":"ringtrue/baseline/1","known":[{"contract":"a","check":"b.c","operations":"x"}]}"#;
    assert!(Baseline::parse(surplus).is_err());
}
