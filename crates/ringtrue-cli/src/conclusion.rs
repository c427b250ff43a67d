//! The end of a run: baseline, reports and exit code.

use std::path::PathBuf;

use ringtrue::__cli::checks::registry;
use ringtrue::__cli::report::{Baseline, Verbosity, View, human};
use ringtrue::__cli::run::{Report, checks_of_run, read_text};

use super::error::CliError;
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::options::{Common, Reporting, Selection};
use super::output;
use super::values::{ReportRequest, report_request};

/// What happens with the report of a run. It is checked before the run, so that errors appear early.
#[derive(Debug)]
pub(crate) struct Conclusion<'a> {
    reporting: &'a Reporting,
    selection: &'a Selection,
    baseline: Option<(PathBuf, Baseline)>,
    reports: Vec<ReportRequest>,
}

impl<'a> Conclusion<'a> {
    /// Prepares the end of a run with these options.
    pub(crate) fn prepare(common: &'a Common) -> Result<Self, CliError> {
        if common.shard.is_some() && !common.selection.has_seed() {
            output::warn(
                "without --seed, each shard has a seed of its own, and `ringtrue merge` refuses their reports",
            );
        }
        Self::of(&common.reporting, &common.selection)
    }

    /// Reads the baseline, and checks that all output files can be written. The selection is that of the whole run.
    pub(crate) fn of(reporting: &'a Reporting, selection: &'a Selection) -> Result<Self, CliError> {
        let mut reports = reporting.report.clone();
        if reports.is_empty() {
            reports.extend(report_request("human"));
        }
        if reports.iter().filter(|report| report.path.is_none()).count() > 1 {
            let message =
                "only one report can go to standard output; give the others a path, for example json=report.json";
            return Err(CliError::Option { option: "report", message: message.to_owned() });
        }
        for path in reports.iter().filter_map(|report| report.path.as_ref()).chain(&reporting.write_baseline) {
            output::check_writable(path)?;
        }
        let baseline = reporting.baseline.as_ref().map(|path| {
            let text = read_text(path).map_err(|source| CliError::Read { path: path.clone(), source })?;
            let baseline =
                Baseline::parse(&text).map_err(|source| CliError::Baseline { path: path.clone(), source })?;
            Ok::<_, CliError>((path.clone(), baseline))
        });
        Ok(Self { reporting, selection, baseline: baseline.transpose()?, reports })
    }

    /// Applies the baseline, writes the reports, and returns how the program ends.
    pub(crate) fn conclude(self, mut report: Report, interrupt: &Interrupt) -> Result<Exit, CliError> {
        let (reporting, selection) = (self.reporting, self.selection);
        if let Some(path) = &reporting.write_baseline {
            let text = Baseline::of(&report).to_json();
            let text = text.map_err(|source| CliError::Baseline { path: path.clone(), source })?;
            output::write_file(path, &text)?;
        }
        let stale = self.baseline.map(|(path, baseline)| {
            let elsewhere = in_other_shards(&report);
            let stale = baseline.apply(&mut report, |id| selection.includes(id) && !elsewhere.contains(&id));
            stale.into_iter().map(|stale| format!("{}: {stale}", path.display())).collect::<Vec<_>>()
        });
        let policy = reporting.policy();
        report.outcome = policy.outcome(&report.checks);
        let verbosity = reporting.verbosity();
        // The other reports are written even if one cannot be.
        let mut written = Ok(());
        for request in &self.reports {
            let on_stdout = request.path.is_none();
            let view = View {
                verbosity,
                colour: on_stdout && output::stdout_has_colour(),
                links: on_stdout && output::stdout_has_links(),
                width: output::stdout_width().filter(|_| on_stdout),
                policy: policy.clone(),
            };
            let text = (request.format.render)(&report, &view)?;
            let result = match &request.path {
                Some(path) => output::write_file(path, &text),
                None => output::print(&text).map(drop),
            };
            written = written.and(result);
        }
        if !self.reports.iter().any(|request| request.path.is_none() && request.format.name == "human") {
            let view = View { verbosity: Verbosity::Quiet, policy, ..View::default() };
            output::note(human::render(&report, &view)?.trim_end());
        }
        selection.warn_if_empty(&report);
        written?;
        let stale = stale.unwrap_or_default();
        for entry in &stale {
            output::error(&format!("the baseline has an entry that does not match; remove it: {entry}"));
        }
        Ok(match Exit::from(report.outcome) {
            _ if interrupt.occurred() => Exit::Interrupted,
            Exit::Conformant | Exit::Incomplete | Exit::Unusable if !stale.is_empty() => Exit::Violation,
            exit => exit,
        })
    }
}

/// The ids of the checks that ran in other shards, if the report is that of a shard.
fn in_other_shards(report: &Report) -> Vec<&'static str> {
    let ran = |id: &str| report.checks.iter().any(|check| check.id == id);
    let of_run = report.shard.as_ref().map(|shard| checks_of_run(shard, &report.subject.kind)).unwrap_or_default();
    of_run.into_iter().filter(|id| !ran(id)).collect()
}

impl Selection {
    /// Warns if no check is selected, for instance because a pattern is misspelt.
    fn warn_if_empty(&self, report: &Report) {
        if !report.checks.is_empty() {
            return;
        }
        if !registry().any(|entry| self.includes(entry.check.id)) {
            output::warn("--only and --skip select no check; `ringtrue list checks` shows the ids");
        } else if let Some(shard) = &report.shard {
            let count = checks_of_run(shard, &report.subject.kind).len();
            let checks = if count == 1 { "one check".to_owned() } else { format!("{count} checks") };
            output::warn(&format!("shard {shard} is empty, because the whole run has {checks}; make fewer shards"));
        }
    }
}
