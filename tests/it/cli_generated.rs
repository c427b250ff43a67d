//! Generated parts of files are current.
//!
//! A part stands between `<!-- generated: NAME -->` and `<!-- end -->`. To bring all of them up to date:
//! `RINGTRUE_REGENERATE=1 cargo test --test it generated`. A new part is a line in [`PARTS`].

use std::fmt::Write as _;
use std::path::Path;

use ringtrue::checks::{CheckKind, registry};
use ringtrue::client::faults as client_faults;
use ringtrue::mock::faults;
use ringtrue::report::FORMATS;
use ringtrue::run::FaultCoverage;

type Outcomes = Result<(), Box<dyn std::error::Error>>;
type Part = (&'static str, fn() -> Result<String, std::fmt::Error>);

const FILES: &[&str] = &["README.md", "CONTRIBUTING.md", "schemas/README.md"];
const PARTS: &[Part] = &[("checks", checks), ("faults", all_faults), ("formats", formats), ("subtle", subtle)];

fn checks() -> Result<String, std::fmt::Error> {
    let mut table = "| check | side | kind | needs | judges |\n|---|---|---|---|---|\n".to_owned();
    for entry in registry() {
        let needs: Vec<String> = entry.check.needs.iter().map(ToString::to_string).collect();
        let (check, needs) = (entry.check, needs.join(", "));
        writeln!(table, "| `{}` | {} | {} | {needs} | {} |", check.id, check.side, check.kind, entry.title())?;
    }
    Ok(table)
}

fn all_faults() -> Result<String, std::fmt::Error> {
    let mut table = "| fault | what goes wrong |\n|---|---|\n".to_owned();
    for fault in faults::all() {
        writeln!(table, "| `{}` | {} |", fault.name, fault.about)?;
    }
    Ok(table)
}

/// Faults that it takes more than an example to notice, with the kinds of checks made to catch them.
fn subtle() -> Result<String, std::fmt::Error> {
    let mut table = "| fault | what goes wrong | example | property | sequence |\n|---|---|:-:|:-:|:-:|\n".to_owned();
    for subtle in FaultCoverage::all() {
        let about = faults::find(subtle.fault).map(|fault| fault.about);
        let about = about.or_else(|| client_faults::named(subtle.fault).map(|fault| fault.about)).unwrap_or_default();
        let mark = |kind| if subtle.by(kind).is_some() { "✓" } else { "–" };
        let marks = [mark(CheckKind::Example), mark(CheckKind::Property), mark(CheckKind::Sequence)];
        writeln!(table, "| `{}` | {about} | {} |", subtle.fault, marks.join(" | "))?;
    }
    Ok(table)
}

fn formats() -> Result<String, std::fmt::Error> {
    let mut table = "| format | for |\n|---|---|\n".to_owned();
    for format in FORMATS {
        writeln!(table, "| `{}` | {} |", format.name, format.about)?;
    }
    Ok(table)
}

#[test]
fn generated_parts_are_current() -> Outcomes {
    #[expect(clippy::disallowed_methods, reason = "asked for by hand, never in a run that judges")]
    let regenerate = std::env::var_os("RINGTRUE_REGENERATE").is_some();
    for file in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let current = renewed(&text)?;
        if regenerate {
            std::fs::write(&path, current)?;
        } else {
            assert!(text == current, "{file} is out of date: RINGTRUE_REGENERATE=1 cargo test --test it generated");
        }
    }
    Ok(())
}

/// The text with every part as it must be.
fn renewed(text: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("<!-- generated: ") {
        let (name, behind) = behind.split_once(" -->\n").ok_or("a marker is not closed")?;
        let (_, behind) =
            behind.split_once("<!-- end -->").ok_or_else(|| format!("{name}: `<!-- end -->` is missing"))?;
        let (_, part) =
            PARTS.iter().find(|(have, _)| *have == name).ok_or_else(|| format!("nothing makes `{name}`"))?;
        write!(out, "{before}<!-- generated: {name} -->\n\n{}\n<!-- end -->", part()?)?;
        rest = behind;
    }
    Ok(out + rest)
}

#[test]
fn parts_are_found_by_their_markers() -> Outcomes {
    let text = "a\n<!-- generated: formats -->\nold\n<!-- end -->\nb\n";
    let fresh = renewed(text)?;
    assert!(fresh.starts_with("a\n<!-- generated: formats -->\n\n| format") && fresh.ends_with("<!-- end -->\nb\n"));
    assert_eq!(renewed(&fresh)?, fresh);
    assert!(renewed("<!-- generated: nothing -->\n<!-- end -->").is_err());
    Ok(())
}
