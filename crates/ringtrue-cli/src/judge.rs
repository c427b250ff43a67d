//! From a finished run to reports and an exit code: the same for every kind of subject.

use std::path::PathBuf;

use ringtrue::checks::registry;
use ringtrue::report::{Baseline, Verbosity, View, human};
use ringtrue::run::Report;

use super::error::CliError;
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::options::Common;
use super::output;
use super::values::{Wanted, wanted};

/// What is to be done with a report, checked before the run so that nothing is found unusable behind it.
#[derive(Debug)]
pub(crate) struct Conclusion<'a> {
    common: &'a Common,
    baseline: Option<(PathBuf, Baseline)>,
    reports: Vec<Wanted>,
}

impl<'a> Conclusion<'a> {
    /// Reads the baseline, and makes sure that all there is to write can be written.
    pub(crate) fn prepare(common: &'a Common) -> Result<Self, CliError> {
        let reporting = &common.reporting;
        let mut reports = reporting.report.clone();
        if reports.is_empty() {
            reports.extend(wanted("human"));
        }
        if reports.iter().filter(|report| report.path.is_none()).count() > 1 {
            let message = "only one report can go to standard output; give the others a path, as in json=report.json";
            return Err(CliError::Option { option: "report", message: message.to_owned() });
        }
        for path in reports.iter().filter_map(|report| report.path.as_ref()).chain(&reporting.write_baseline) {
            output::check_writable(path)?;
        }
        let baseline = reporting.baseline.as_ref().map(|path| {
            let text = std::fs::read_to_string(path).map_err(|source| CliError::Read { path: path.clone(), source })?;
            let baseline =
                Baseline::parse(&text).map_err(|source| CliError::Baseline { path: path.clone(), source })?;
            Ok::<_, CliError>((path.clone(), baseline))
        });
        Ok(Self { common, baseline: baseline.transpose()?, reports })
    }

    /// Applies the baseline, writes the reports, and says how the program ends.
    pub(crate) fn conclude(self, mut report: Report, interrupt: &Interrupt) -> Result<Exit, CliError> {
        let reporting = &self.common.reporting;
        if let Some(path) = &reporting.write_baseline {
            let text = Baseline::of(&report).to_json();
            let text = text.map_err(|source| CliError::Baseline { path: path.clone(), source })?;
            output::write_file(path, &text)?;
        }
        let selection = &self.common.selection;
        let stale = self.baseline.map(|(path, baseline)| {
            let stale = baseline.apply(&mut report, |id| selection.includes(id));
            stale.into_iter().map(|stale| format!("{}: {stale}", path.display())).collect::<Vec<_>>()
        });
        let policy = reporting.policy();
        report.outcome = policy.outcome(&report.checks);
        let verbosity = reporting.verbosity();
        // One report that cannot be written keeps none of the others from being written.
        let mut written = Ok(());
        for wanted in &self.reports {
            let colour = wanted.path.is_none() && output::stdout_has_colour();
            let text = (wanted.format.render)(&report, &View { verbosity, colour, policy: policy.clone() })?;
            let result = match &wanted.path {
                Some(path) => output::write_file(path, &text),
                None => output::print(&text).map(drop),
            };
            written = written.and(result);
        }
        if !self.reports.iter().any(|wanted| wanted.path.is_none() && wanted.format.name == "human") {
            let view = View { verbosity: Verbosity::Quiet, policy, ..View::default() };
            output::note(human::render(&report, &view)?.trim_end());
        }
        self.common.selection.explain_nothing(&report);
        written?;
        let stale = stale.unwrap_or_default();
        for entry in &stale {
            output::complain(&format!("stale entry in the baseline; take it out: {entry}"));
        }
        Ok(match Exit::from(report.outcome) {
            _ if interrupt.came() => Exit::Interrupted,
            Exit::Conformant | Exit::Incomplete | Exit::Unusable if !stale.is_empty() => Exit::Violation,
            exit => exit,
        })
    }
}

impl super::options::Selection {
    /// Says why there is nothing in a report: a misspelt pattern, most likely.
    fn explain_nothing(&self, report: &Report) {
        if report.checks.is_empty() && !registry().any(|entry| self.includes(entry.check.id)) {
            output::warn("--only and --skip leave no check; `ringtrue list checks` shows their ids");
        }
    }
}
