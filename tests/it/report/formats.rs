//! Every renderer over a report that has every verdict.

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::contract::Level;
use ringtrue::__cli::report::{self, Disposition, FORMATS, Policy, Verbosity, View};
use ringtrue::__cli::run::{Outcome, Report};

use super::sample::{check, conformant, every_verdict};

type Outcomes = Result<(), Box<dyn std::error::Error>>;

fn rendered(format: &str, report: &Report, view: &View) -> Result<String, Box<dyn std::error::Error>> {
    let format = report::format(format).ok_or("no such format")?;
    Ok((format.render)(report, view)?)
}

/// The snapshots stand at the top level, named by what they show.
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/report"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn every_format_shows_every_verdict() -> Outcomes {
    for format in FORMATS {
        snapshot(format.name, &(format.render)(&every_verdict(), &View::default())?);
    }
    Ok(())
}

#[test]
fn human_says_as_much_as_asked() -> Outcomes {
    let with = |verbosity| View { verbosity, ..View::default() };
    snapshot("human_verbose", &rendered("human", &every_verdict(), &with(Verbosity::Verbose))?);
    snapshot("human_quiet", &rendered("human", &every_verdict(), &with(Verbosity::Quiet))?);
    snapshot("human_conformant", &rendered("human", &conformant(), &View::default())?);
    snapshot("human_colour", &rendered("human", &every_verdict(), &View { colour: true, ..View::default() })?);
    Ok(())
}

#[test]
fn quiet_is_one_line() -> Outcomes {
    let view = View { verbosity: Verbosity::Quiet, ..View::default() };
    assert_eq!(rendered("human", &every_verdict(), &view)?.lines().count(), 1);
    Ok(())
}

#[test]
fn json_fits_its_schema_and_reads_back() -> Outcomes {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../../schemas/report.schema.json"))?;
    jsonschema::meta::validate(&schema).map_err(|error| error.to_string())?;
    let validator = jsonschema::validator_for(&schema)?;
    for report in [every_verdict(), conformant()] {
        let text = rendered("json", &report, &View::default())?;
        let value: serde_json::Value = serde_json::from_str(&text)?;
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let back: Report = serde_json::from_str(&text)?;
        assert_eq!(serde_json::to_value(back)?, serde_json::to_value(report)?);
    }
    Ok(())
}

#[test]
fn the_schema_is_closed() -> Outcomes {
    let validator =
        jsonschema::validator_for(&serde_json::from_str(include_str!("../../../schemas/report.schema.json"))?)?;
    let good = serde_json::to_value(every_verdict())?;
    for object in ["", "/contract", "/subject", "/counts", "/checks/0", "/checks/0/source", "/exchanges/0"] {
        let mut bad = good.clone();
        bad.pointer_mut(object).ok_or(object)?["surplus"] = 1.into();
        assert!(!validator.is_valid(&bad), "a surplus key at {object:?} went unnoticed");
    }
    let mut bad = good.clone();
    bad["checks"][2].as_object_mut().ok_or("no object")?.remove("reason");
    assert!(!validator.is_valid(&bad), "a failure needs a reason");
    Ok(())
}

#[test]
fn what_a_server_sends_does_no_harm() -> Outcomes {
    let verbose = View { verbosity: Verbosity::Verbose, ..View::default() };
    for format in FORMATS {
        let text = (format.render)(&every_verdict(), &verbose)?;
        let harmful = text.chars().find(|c| (c.is_control() && *c != '\n' && *c != '\t') || *c == '\u{202e}');
        assert_eq!(harmful, None, "{} lets it through", format.name);
    }
    let html = rendered("html", &every_verdict(), &View::default())?;
    assert!(!html.contains("<script"), "markup of a server must be text");
    for outside in ["src=", "href=", "url(", "@import"] {
        assert!(!html.contains(outside), "the page must need nothing else, and has {outside}");
    }
    Ok(())
}

#[test]
fn github_commands_keep_to_their_lines() -> Outcomes {
    let text = rendered("github", &every_verdict(), &View::default())?;
    for line in text.lines() {
        assert!(["::error ", "::warning ", "::notice "].iter().any(|command| line.starts_with(command)), "{line}");
    }
    Ok(())
}

#[test]
fn junit_has_one_testcase_a_check_and_nothing_undecided_is_green() -> Outcomes {
    let text = rendered("junit", &every_verdict(), &View::default())?;
    assert_eq!(text.matches("<testcase ").count(), every_verdict().checks.len());
    for attribute in ["tests=\"10\"", "failures=\"1\"", "errors=\"3\"", "skipped=\"3\""] {
        assert!(text.contains(attribute), "{attribute} is missing");
    }
    Ok(())
}

#[test]
fn a_policy_says_what_a_verdict_means() {
    let warned = check("cache.ttl", Level::Should, Verdict::Warn, Some("late"));
    let open = check("auth.revoked", Level::Must, Verdict::CouldNotRun, Some("no state"));
    let lenient = Policy::default();
    assert_eq!(lenient.disposition(&warned), Disposition::Warning);
    assert_eq!(lenient.disposition(&open), Disposition::UndecidedMust);
    let strict = Policy { strict: true, ..Policy::default() };
    assert_eq!(strict.disposition(&warned), Disposition::Violation);

    let mut report = conformant();
    assert_eq!(lenient.outcome(&report.checks), Outcome::Conformant);
    report.checks.push(open);
    assert_eq!(lenient.outcome(&report.checks), Outcome::Incomplete);
    report.checks.push(warned);
    assert_eq!(strict.outcome(&report.checks), Outcome::NonConformant);
    report.checks.clear();
    assert_eq!(lenient.outcome(&report.checks), Outcome::Incomplete, "where no check ran, nothing was shown");
}
