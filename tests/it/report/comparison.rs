//! Comparison of two reports.

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::contract::Level;
use ringtrue::__cli::report::Comparison;
use ringtrue::__cli::run::{CheckResult, Outcome, Report};

use super::formats::snapshot;
use super::sample::{check, every_verdict, report, source, with};

type Outcomes = Result<(), Box<dyn std::error::Error>>;

fn fail(id: &str, quote: &str, reason: &str) -> CheckResult {
    with(check(id, Level::Must, Verdict::Fail, Some(reason)), |check| check.source = source(quote))
}

fn of(checks: &[CheckResult]) -> Report {
    report(checks, &[], Outcome::NonConformant)
}

fn ids(findings: &[ringtrue::__cli::report::ComparedFinding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.check.as_str()).collect()
}

fn before() -> Report {
    of(&[
        fail("auth.missing-key", "Needs a key.", "expected 401, found 200"),
        fail("balance.cost", "Costs one.", "expected remaining 19, found remaining 18"),
        fail("cache.ttl", "Two minutes.", "served for 125 s"),
        fail("cache.etag", "Has an ETag.", "no ETag"),
        check("shape.body", Level::Must, Verdict::Pass, None),
    ])
}

fn after() -> Report {
    of(&[
        check("auth.missing-key", Level::Must, Verdict::Pass, None),
        fail("balance.cost", "Costs one.", "expected remaining 7 or remaining 8, found remaining 6"),
        check("cache.ttl", Level::Must, Verdict::CouldNotRun, Some("no clock")),
        fail("shape.body", "Is an object.", "found an array\u{1b}[2J"),
        check("shape.status", Level::May, Verdict::Info, Some("worth knowing")),
    ])
}

#[test]
fn comparison_lists_new_remaining_gone_and_undecided_findings() -> Outcomes {
    let comparison = Comparison::of(&before(), &after())?;
    assert_eq!(ids(&comparison.new), ["shape.body"]);
    assert_eq!(
        ids(&comparison.remaining),
        ["balance.cost"],
        "another case of the same broken promise is the same finding"
    );
    assert_eq!(ids(&comparison.gone), ["auth.missing-key"]);
    assert_eq!(ids(&comparison.undecided), ["cache.ttl", "cache.etag"], "what was not looked for is not gone");
    assert!(comparison.has_new());
    snapshot("comparison", &comparison.to_text()?);
    Ok(())
}

#[test]
fn comparison_of_a_report_with_itself_has_nothing_new() -> Outcomes {
    let comparison = Comparison::of(&every_verdict(), &every_verdict())?;
    assert!(!comparison.has_new());
    assert!(comparison.gone.is_empty() && comparison.undecided.is_empty());
    assert_eq!(ids(&comparison.remaining), ["auth.missing-key", "auth.wrong-scheme", "cache.ttl"]);
    Ok(())
}

#[test]
fn other_promise_of_the_same_check_is_another_finding() -> Outcomes {
    let one = of(&[fail("shape.body", "Is an object.", "found an array")]);
    let other = of(&[fail("shape.body", "Has credits.", "credits is missing")]);
    let comparison = Comparison::of(&one, &other)?;
    assert_eq!((ids(&comparison.new), ids(&comparison.gone)), (vec!["shape.body"], vec!["shape.body"]));
    Ok(())
}

#[test]
fn new_finding_that_a_baseline_lists_is_not_counted_as_new() -> Outcomes {
    let known = with(fail("shape.body", "Is an object.", "found an array"), |check| check.baselined = true);
    let comparison = Comparison::of(&of(&[]), &of(&[known]))?;
    assert_eq!(ids(&comparison.new), ["shape.body"]);
    assert!(!comparison.has_new());
    Ok(())
}

#[test]
fn reports_about_different_things_are_refused() {
    let mut other = every_verdict();
    other.contract.name = "other".to_owned();
    let refused = Comparison::of(&every_verdict(), &other).unwrap_err().to_string();
    assert!(refused.contains("server of acme") && refused.contains("server of other"), "{refused}");
}

#[test]
fn comparison_in_json_is_valid_by_its_schema() -> Outcomes {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../../schemas/comparison.schema.json"))?;
    jsonschema::meta::validate(&schema).map_err(|error| error.to_string())?;
    let validator = jsonschema::options().should_validate_formats(true).build(&schema)?;
    let mut changed = after();
    changed.contract.digest.replace_range(7..9, "ff");
    for comparison in [Comparison::of(&before(), &changed)?, Comparison::of(&every_verdict(), &every_verdict())?] {
        let value: serde_json::Value = serde_json::from_str(&comparison.to_json()?)?;
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    Ok(())
}
