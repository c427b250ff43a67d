//! Generated parts of the Markdown files are current. A new kind of part is a line in [`TABLES`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use ringtrue::__cli::checks::{CheckKind, Side, registry};
use ringtrue::__cli::client::faults as client_faults;
use ringtrue::__cli::mock::faults as server_faults;
use ringtrue::__cli::report::FORMATS;
use ringtrue::__cli::run::FaultCoverage;

use super::console::Terminal;
use super::{Outcomes, files, program, root};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

type Table = fn() -> Result<String>;

/// Parts that do not depend on what stands there. `console` and `file` do, and stand in [`part`].
const TABLES: &[(&str, Table)] = &[
    ("areas", areas),
    ("checks", checks),
    ("contracts", contracts),
    ("exit-codes", exit_codes),
    ("fault-coverage", fault_coverage),
    ("formats", formats),
    ("report-members", report_members),
    ("server-faults", || Ok(faults(Side::Server)?)),
    ("client-faults", || Ok(faults(Side::Client)?)),
    ("states", states),
];

/// The areas of check ids, with what their checks judge.
const AREAS: &[(&str, &str)] = &[
    ("shape", "status, media type, header fields and body of responses; decoding by clients"),
    ("error", "error bodies and codes, unknown paths and methods, invalid requests, retries"),
    ("auth", "missing, wrong, revoked and misplaced credentials; credentials that leak"),
    ("cache", "TTLs, refresh and invalidation, isolation between tenants, single-flight"),
    ("fail-open", "the documented behaviour when the balance cannot be read"),
    ("balance", "exact amounts, costs, limits, concurrent calls, random sequences of actions"),
    ("robust", "hostile or malformed input, deadlines, recovery"),
];

fn areas() -> Result<String> {
    let mut table = "| area | server checks | client checks | what they judge |\n|---|--:|--:|---|\n".to_owned();
    for (area, about) in AREAS {
        let count = |side| registry().filter(|entry| entry.check.area() == *area && entry.check.side == side).count();
        let link = format!("[`{area}`](docs/checks.md#{area})");
        writeln!(table, "| {link} | {} | {} | {about} |", count(Side::Server), count(Side::Client))?;
    }
    let all: usize = AREAS.iter().map(|(area, _)| registry().filter(|entry| entry.check.area() == *area).count()).sum();
    assert_eq!(all, registry().count(), "an area is missing");
    Ok(table)
}

fn checks() -> Result<String> {
    let mut text = String::new();
    for (area, about) in AREAS {
        writeln!(text, "### {area}\n\nJudges {about}.\n")?;
        for side in [Side::Server, Side::Client] {
            let of_side = || registry().filter(|entry| entry.check.area() == *area && entry.check.side == side);
            if of_side().next().is_none() {
                continue;
            }
            writeln!(text, "| {side} check | kind | needs | what it tests |\n|---|---|---|---|")?;
            for entry in of_side() {
                let needs: Vec<String> = entry.check.needs.iter().map(ToString::to_string).collect();
                let (check, needs) = (entry.check, needs.join(", "));
                writeln!(text, "| `{}` | {} | {needs} | {} |", check.id, check.kind, entry.title())?;
            }
            writeln!(text)?;
        }
    }
    Ok(text.trim_end().to_owned() + "\n")
}

/// Name and sentence of every fault of a side, with the checks made to catch it.
fn faults(side: Side) -> std::result::Result<String, std::fmt::Error> {
    let mut caught: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for entry in registry() {
        for fault in entry.check.faults {
            caught.entry(fault).or_default().push(format!("`{}`", entry.check.id));
        }
    }
    let mut table = "| fault | what goes wrong | caught by |\n|---|---|---|\n".to_owned();
    let rows: Vec<(&str, &str)> = match side {
        Side::Server => server_faults::all().map(|fault| (fault.name, fault.about)).collect(),
        Side::Client => client_faults::all().map(|fault| (fault.name, fault.about)).collect(),
    };
    for (name, about) in rows {
        let checks = caught.get(name).map(|checks| checks.join(", ")).unwrap_or_default();
        writeln!(table, "| `{name}` | {} | {checks} |", cell(about))?;
    }
    Ok(table)
}

/// Faults that examples may miss, with the kinds of checks made to catch them.
fn fault_coverage() -> Result<String> {
    let mut table = "| fault | what goes wrong | example | property | sequence |\n|---|---|:-:|:-:|:-:|\n".to_owned();
    for covered in FaultCoverage::all() {
        let about = server_faults::find(covered.fault).map(|fault| fault.about);
        let about = about.or_else(|| client_faults::named(covered.fault).map(|fault| fault.about)).unwrap_or_default();
        let mark = |kind| if covered.by(kind).is_some() { "✓" } else { "–" };
        let marks = [mark(CheckKind::Example), mark(CheckKind::Property), mark(CheckKind::Sequence)];
        writeln!(table, "| `{}` | {} | {} |", covered.fault, cell(about), marks.join(" | "))?;
    }
    Ok(table)
}

fn formats() -> Result<String> {
    let mut table = "| format | for |\n|---|---|\n".to_owned();
    for format in FORMATS {
        writeln!(table, "| `{}` | {} |", format.name, format.about)?;
    }
    Ok(table)
}

/// The members of the report, of one check in it and of one exchange, out of the report's schema.
fn report_members() -> Result<String> {
    let text = std::fs::read_to_string(root().join("schemas/report.schema.json"))?;
    let schema: serde_json::Value = serde_json::from_str(&text)?;
    let mut tables = Vec::new();
    for (title, at) in
        [("report", ""), ("a check: `checks[]`", "/$defs/check"), ("an exchange: `exchanges[]`", "/$defs/exchange")]
    {
        let mut table = format!("| member of {title} | |\n|---|---|\n");
        for (name, member) in
            schema.pointer(&format!("{at}/properties")).and_then(|members| members.as_object()).ok_or(at)?
        {
            writeln!(table, "| `{name}` | {} |", cell(&described(&schema, member)))?;
        }
        tables.push(table);
    }
    Ok(tables.join("\n"))
}

/// What a schema says about a member: its description, or else the names of its own members.
fn described(schema: &serde_json::Value, member: &serde_json::Value) -> String {
    let referred = member["$ref"].as_str().and_then(|at| schema.pointer(at.trim_start_matches('#')));
    let about = [Some(member), referred].into_iter().flatten().find_map(|schema| schema["description"].as_str());
    let mut own = [Some(member), referred, Some(&member["items"])].into_iter().flatten();
    let names = own.find_map(|schema| schema["properties"].as_object());
    let names = names.map(|all| all.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>());
    match (about, names) {
        (Some(about), Some(names)) => format!("{about} Members: {}", names.join(", ")),
        (Some(about), None) => about.to_owned(),
        (None, names) => names.unwrap_or_default().join(", "),
    }
}

fn contracts() -> Result<String> {
    let mut table = "| contract | API | server |\n|---|---|---|\n".to_owned();
    for row in listed("contracts")? {
        let (name, server) = (row("name"), row("server"));
        let server = if server.is_empty() { "not known" } else { &server };
        writeln!(table, "| [`{name}`](providers/{name}.md) | {} | {server} |", row("title"))?;
    }
    Ok(table)
}

fn states() -> Result<String> {
    let mut table = "| state | params | effect |\n|---|---|---|\n".to_owned();
    for row in listed("states")? {
        writeln!(table, "| `{}` | {} | {} |", row("state"), row("params"), row("effect"))?;
    }
    Ok(table)
}

/// The rows of `ringtrue list WHAT --json`, each as a function from a member's name to its text.
fn listed(what: &str) -> Result<Vec<impl Fn(&str) -> String>> {
    let rows: Vec<serde_json::Value> = serde_json::from_str(&printed(&["list", what, "--json"])?)?;
    let text = |row: serde_json::Value| move |name: &str| cell(row[name].as_str().unwrap_or_default());
    Ok(rows.into_iter().map(text).collect())
}

/// The exit codes, out of the program's help.
fn exit_codes() -> Result<String> {
    let help = printed(&["--help"])?;
    let (_, lines) = help.split_once("Exit codes:\n").ok_or("the help lists exit codes")?;
    let mut table = "| code | meaning |\n|--:|---|".to_owned();
    for line in lines.lines() {
        match line.trim_start().split_once(char::is_whitespace) {
            Some((code, meaning)) if code.parse::<u8>().is_ok() => write!(table, " |\n| {code} | {}", meaning.trim())?,
            _ => write!(table, " {}", line.trim())?,
        }
    }
    Ok(table.replacen(" |\n", "\n", 1).trim_end().to_owned() + " |\n")
}

fn printed(args: &[&str]) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let output = Command::new(program()).args(args).current_dir(folder.path()).env("COLUMNS", "100").output()?;
    Ok(String::from_utf8(output.stdout)?)
}

/// A text as the cell of a table.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<")
}

/// The part of that name, given what stands there now.
fn part(name: &str, now: &str, terminal: &mut Option<Terminal>) -> Result<String> {
    if name == "console" {
        let terminal = match terminal {
            Some(terminal) => terminal,
            None => terminal.insert(Terminal::open()?),
        };
        return terminal.run(now);
    }
    if let Some(file) = name.strip_prefix("file ") {
        let text = std::fs::read_to_string(root().join(file))?;
        let language = file.rsplit('.').next().unwrap_or_default();
        return Ok(format!("```{language}\n{}\n```\n", text.trim_end()));
    }
    let table = TABLES.iter().find(|(have, _)| *have == name);
    table.ok_or_else(|| format!("nothing generates `{name}`"))?.1()
}

/// The text with every part as it must be.
fn renewed(text: &str) -> Result<String> {
    let (mut out, mut rest, mut terminal) = (String::new(), text, None);
    while let Some((before, behind)) = rest.split_once("<!-- generated: ") {
        let (name, behind) = behind.split_once(" -->\n").ok_or("a marker does not end")?;
        let (now, behind) =
            behind.split_once("<!-- end -->").ok_or_else(|| format!("{name}: `<!-- end -->` is missing"))?;
        let part = part(name, now, &mut terminal).map_err(|error| format!("{name}: {error}"))?;
        write!(out, "{before}<!-- generated: {name} -->\n\n{part}\n<!-- end -->")?;
        rest = behind;
    }
    Ok(out + rest)
}

/// Whether generated texts are to be written, and not compared.
pub(super) fn is_regenerating() -> bool {
    #[expect(clippy::disallowed_methods, reason = "asked for by hand, never in a run that judges")]
    let asked = std::env::var_os("RINGTRUE_REGENERATE").is_some();
    asked
}

#[test]
fn generated_parts_are_current() -> Outcomes {
    let regenerate = is_regenerating();
    for file in files() {
        let path = root().join(&file);
        let text = std::fs::read_to_string(&path)?;
        // Most files have no such part; this one explains them.
        if !text.contains("<!-- end -->") || file.ends_with("CONTRIBUTING.md") {
            continue;
        }
        let current = renewed(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        if regenerate {
            if current != text {
                std::fs::write(&path, current)?;
            }
        } else if let Some((n, (have, now))) =
            text.lines().zip(current.lines()).enumerate().find(|(_, (have, now))| have != now)
        {
            let command = "RINGTRUE_REGENERATE=1 cargo test -p ringtrue-cli --test it docs";
            panic!("{}:{} is out of date: {command}\n- {have}\n+ {now}", file.display(), n + 1);
        } else {
            assert!(text.len() == current.len(), "{} is out of date at its end", file.display());
        }
    }
    Ok(())
}

#[test]
fn text_between_markers_is_replaced() -> Outcomes {
    let text = "a\n<!-- generated: formats -->\nold\n<!-- end -->\nb\n";
    let fresh = renewed(text)?;
    assert!(fresh.starts_with("a\n<!-- generated: formats -->\n\n| format") && fresh.ends_with("<!-- end -->\nb\n"));
    assert_eq!(renewed(&fresh)?, fresh);
    assert!(renewed("<!-- generated: nothing -->\n<!-- end -->").is_err());
    Ok(())
}
