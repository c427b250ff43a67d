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

/// The page without the script at its end.
fn without_own_script(page: &str) -> String {
    let (before, rest) = page.rsplit_once("<script>\"use strict\";").expect("the page has a script");
    let (_, after) = rest.split_once("</script>").expect("the script ends");
    format!("{before}{after}")
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
    assert!(!without_own_script(&html).contains("<script"), "markup of a server must be text");
    for outside in ["src=", "url(", "@import", "<link", "<img", "<iframe"] {
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

#[test]
fn badge_is_well_formed_and_has_a_name_for_screen_readers() -> Outcomes {
    let mut report = every_verdict();
    report.contract.name = "a<b>&\"c\u{1b}".to_owned();
    let text = rendered("badge", &report, &View::default())?;
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut elements = Vec::new();
    loop {
        match reader.read_event()? {
            quick_xml::events::Event::Start(start) | quick_xml::events::Event::Empty(start) => {
                start.attributes().collect::<Result<Vec<_>, _>>()?;
                elements.push(String::from_utf8(start.name().as_ref().to_vec())?);
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(elements, ["svg", "title", "rect", "path", "g", "text", "text"]);
    assert!(
        text.contains("aria-label=\"a&lt;b&gt;&amp;&quot;c\\u{1b} server: non-conformant, 1 of 9 checks passed\""),
        "{text}"
    );
    Ok(())
}

#[test]
fn markdown_has_one_row_for_each_finding_and_no_markup_of_a_peer() -> Outcomes {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    let text = rendered("markdown", &every_verdict(), &View::default())?;
    let events: Vec<Event<'_>> = Parser::new_ext(&text, Options::ENABLE_TABLES).collect();
    let rows = events.iter().filter(|event| matches!(event, Event::Start(Tag::TableRow))).count();
    assert_eq!(rows, 5, "{text}");
    let links = |event: &&Event<'_>| matches!(event, Event::Start(Tag::Link { .. } | Tag::Image { .. }));
    assert_eq!(events.iter().filter(links).count(), 0, "no source of the sample is published");
    for event in &events {
        if let Event::Html(html) | Event::InlineHtml(html) = event {
            let own = ["<details>", "</details>", "<br>"];
            assert!(own.iter().any(|own| html.trim().starts_with(own)), "{html}");
        }
    }
    Ok(())
}

#[test]
fn markdown_of_a_large_report_fits_into_a_comment() -> Outcomes {
    let mut report = every_verdict();
    let finding = report.checks[2].clone();
    report.checks.extend(std::iter::repeat_n(finding, 200));
    let text = rendered("markdown", &report, &View::default())?;
    assert!(text.len() < 65_536, "{}", text.len());
    assert!(text.contains("more in the other reports"));
    Ok(())
}

/// A report with so many findings of checks of their own.
fn with_findings(count: usize) -> Report {
    let mut report = conformant();
    for n in 0..count {
        let mut finding = every_verdict().checks[2].clone();
        finding.id = format!("auth.case-{n}");
        report.checks.push(finding);
    }
    report.outcome = Outcome::NonConformant;
    report
}

#[test]
fn ten_findings_fit_on_one_screen() -> Outcomes {
    let lines = |report: &Report| {
        Ok::<_, Box<dyn std::error::Error>>(rendered("human", report, &View::default())?.lines().count())
    };
    assert!(lines(&with_findings(10))? <= 30);
    let mut one_cause = with_findings(10);
    one_cause.checks.iter_mut().skip(3).for_each(|check| check.cause = Some("the key is not read".to_owned()));
    assert!(lines(&one_cause)? <= 40, "{}", rendered("human", &one_cause, &View::default())?);
    Ok(())
}

#[test]
fn human_fits_the_width_of_the_terminal() -> Outcomes {
    for width in [60, 80, 200] {
        let view = View { width: Some(width), ..View::default() };
        for report in [every_verdict(), with_findings(1), with_findings(10)] {
            let text = rendered("human", &report, &view)?;
            // A command, an address and the last line are not wrapped.
            let long = text.lines().filter(|line| line.chars().count() > width);
            let long: Vec<&str> = long
                .filter(|line| !line.contains("repeat ") && !line.contains(" · ") && !line.contains("http://"))
                .collect();
            assert!(long.is_empty(), "{width}: {long:#?}");
        }
        snapshot(&format!("human_{width}_columns"), &rendered("human", &every_verdict(), &view)?);
    }
    Ok(())
}

#[test]
fn source_of_a_promise_is_a_link_only_where_links_are_supported() -> Outcomes {
    let mut report = with_findings(1);
    for source in report.checks.iter_mut().filter_map(|check| check.source.as_mut()) {
        source.url = Some("https://docs.acme.example/credits".to_owned());
    }
    let linked = rendered("human", &report, &View { links: true, ..View::default() })?;
    assert!(
        linked.contains("\u{1b}]8;;https://docs.acme.example/credits\u{1b}\\acme-docs\u{1b}]8;;\u{1b}\\"),
        "{linked}"
    );
    assert!(!rendered("human", &report, &View::default())?.contains('\u{1b}'));
    Ok(())
}

#[test]
fn page_shows_failures_first_and_each_check_once() -> Outcomes {
    let report = every_verdict();
    let page = rendered("html", &report, &View::default())?;
    let at =
        |id: &str| page.find(&format!("<div class=\"body\" id=\"{id}\"")).ok_or_else(|| format!("{id} is missing"));
    assert!(at("auth.missing-key")? < at("cache.ttl")? && at("cache.ttl")? < at("shape.body")?);
    for check in &report.checks {
        assert_eq!(page.matches(&format!(" id=\"{}\"", check.id)).count(), 1, "{}", check.id);
    }
    assert!(page.contains("<p><mark>401</mark></p>") && page.contains("<p><mark>200</mark></p>"));
    Ok(())
}

#[test]
fn page_links_to_pages_only() -> Outcomes {
    let mut report = with_findings(2);
    let urls = ["https://docs.acme.example/\"><script>", "javascript:alert(1)"];
    for (source, url) in report.checks.iter_mut().filter_map(|check| check.source.as_mut()).zip(urls) {
        source.url = Some(url.to_owned());
    }
    let page = rendered("html", &report, &View::default())?;
    assert!(page.contains("href=\"https://docs.acme.example/&quot;&gt;&lt;script&gt;\""), "{page}");
    assert!(!page.contains("javascript:") && !without_own_script(&page).contains("<script"), "{page}");
    Ok(())
}

#[test]
fn page_of_a_large_report_has_at_most_two_megabytes() -> Outcomes {
    let mut report = with_findings(300);
    let template = every_verdict().exchanges[0].clone();
    for n in 1..=300 {
        let mut exchange = template.clone();
        exchange.n = n;
        if let Some(response) = &mut exchange.response {
            response.body = "<&>".repeat(10_000);
        }
        report.exchanges.push(exchange);
    }
    for (n, check) in (1..).zip(report.checks.iter_mut().skip(3)) {
        check.exchanges = vec![n];
        check.reason = Some(format!("expected 401, found {}", "<b>&amp; ".repeat(2000)));
    }
    let page = rendered("html", &report, &View::default())?;
    assert!(page.len() <= 2_000_000, "{}", page.len());
    Ok(())
}
