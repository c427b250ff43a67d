//! `ringtrue selftest`: runs every check against conforming subjects and against its faults.

use std::fmt::Write as _;
use std::sync::Arc;

use ringtrue::__cli::checks::{CheckKind, Verdict};
use ringtrue::__cli::contract::{self, Contract};
use ringtrue::__cli::report::printable;
use ringtrue::__cli::run::{self, CheckResult, Selftest, SelftestRow};

use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::load;
use crate::options::Selection;
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Names of bundled contracts, or paths; all bundled contracts if absent
    #[arg(value_name = "CONTRACT")]
    contracts: Vec<String>,
    #[command(flatten)]
    selection: Selection,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let names = if self.contracts.is_empty() { contract::bundled() } else { self.contracts.clone() };
        let interrupt = Interrupt::watch();
        let mut contracts = Vec::new();
        for name in &names {
            contracts.push(load::contract(name, &interrupt, None).await?);
        }
        let options = self.selection.options();
        let selftest = tokio::select! {
            selftest = run::selftest(&contracts, &options) => selftest?,
            () = interrupt.wait() => return Ok(Exit::Interrupted),
        };
        output::print(&text(&contracts, &selftest))?;
        Ok(match selftest.holds() {
            false => Exit::Violation,
            true if judged(&selftest).next().is_none() => Exit::Incomplete,
            true => Exit::Conformant,
        })
    }
}

/// Describes the results: the matrix, the problems, and the totals.
fn text(contracts: &[Arc<Contract>], selftest: &Selftest) -> String {
    let mut checks: Vec<&str> = Vec::new();
    for row in &selftest.rows {
        if !checks.contains(&row.check) {
            checks.push(row.check);
        }
    }
    let first = checks.iter().map(|id| id.len()).max().unwrap_or(0);
    let names: Vec<&str> = contracts.iter().map(|contract| contract.name.as_str()).collect();
    let mut lines = vec![format!("{:first$}  {}", "", names.join("  "))];
    for check in checks {
        let cells = names.iter().map(|name| {
            let row = selftest.rows.iter().find(|row| row.check == check && row.contract == *name);
            format!("{:width$}", row.map(cell).unwrap_or_default(), width = name.chars().count())
        });
        lines.push(format!("{check:first$}  {}", cells.collect::<Vec<_>>().join("  ")));
    }
    lines.push(String::new());
    lines.extend(hard_faults(selftest));
    lines.extend(selftest.rows.iter().flat_map(problems));
    lines.push(totals(selftest));
    let mut text = String::new();
    for line in lines {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", printable(line.trim_end()));
    }
    text
}

/// Shows which kinds of checks find the faults that single examples may miss.
fn hard_faults(selftest: &Selftest) -> Vec<String> {
    const KINDS: [CheckKind; 3] = [CheckKind::Example, CheckKind::Property, CheckKind::Sequence];
    let faults = selftest.hard_faults();
    if faults.is_empty() {
        return Vec::new();
    }
    let first = faults.iter().map(|coverage| coverage.fault.len()).max().unwrap_or(0);
    let heads: Vec<String> = KINDS.iter().map(ToString::to_string).collect();
    let mut lines = vec![format!("{:first$}  {}", "caught by", heads.join("  "))];
    for coverage in faults {
        let cells = KINDS.iter().zip(&heads).map(|(kind, head)| {
            let mark = coverage.by(*kind).map_or("–", |caught| if caught { "✓" } else { "✗" });
            format!("{mark:width$}", width = head.len())
        });
        lines.push(format!("{:first$}  {}", coverage.fault, cells.collect::<Vec<_>>().join("  ")));
    }
    lines.push(String::new());
    lines
}

/// One cell of the matrix: whether the check holds, and how many of its faults it finds.
fn cell(row: &SelftestRow) -> String {
    if row.conforming.verdict == Verdict::NotApplicable {
        return "–".to_owned();
    }
    let mark = if row.holds() { "✓" } else { "✗" };
    let faults = row.faulty.len();
    format!("{mark} {}/{faults}", faults - row.missed().count())
}

/// Describes what is wrong in a row.
fn problems(row: &SelftestRow) -> Vec<String> {
    let place = format!("✗ {}, {}", row.check, row.contract);
    let what = |found: &CheckResult| {
        let reason = found.reason.as_deref().unwrap_or_default().lines().next().unwrap_or_default();
        format!("{:?} {reason}", found.verdict).trim_end().to_owned()
    };
    let mut problems = Vec::new();
    if !row.passes() {
        problems.push(format!("{place}: does not pass on the conforming subject: {}", what(&row.conforming)));
    }
    problems.extend(
        row.missed().map(|(fault, found)| format!("{place}: does not find the fault {fault}: {}", what(found))),
    );
    problems
}

/// The rows whose check applies.
fn judged(selftest: &Selftest) -> impl Iterator<Item = &SelftestRow> {
    selftest.rows.iter().filter(|row| row.conforming.verdict != Verdict::NotApplicable)
}

/// The totals.
fn totals(selftest: &Selftest) -> String {
    let (mut rows, mut faults, mut broken) = (0, 0, 0);
    for row in judged(selftest) {
        rows += 1;
        faults += row.faulty.len();
        broken += usize::from(!row.holds());
    }
    let totals = if rows == 0 {
        "no check applies".to_owned()
    } else if broken == 0 {
        format!("all hold: {rows} pass on conforming subjects, and {faults} faults are found")
    } else {
        format!("{broken} of {rows} do not hold")
    };
    format!("{totals} · seed {}", selftest.seed)
}
