//! The options that commands share.

use std::path::PathBuf;
use std::time::Duration;

use globset::GlobMatcher;
use ringtrue::report::{Policy, Verbosity};
use ringtrue::run::RunOptions;

use super::values::{Wanted, duration, glob, rate, wanted};

/// The options of everything that judges a subject.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) reporting: Reporting,
}

/// Which checks run, and with what.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct Selection {
    /// Run only the checks whose id matches; repeatable
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    only: Vec<GlobMatcher>,
    /// Leave out the checks whose id matches; repeatable
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    skip: Vec<GlobMatcher>,
    /// Seed of everything generated; every run prints its own
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Generated cases per property
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    cases: Option<u32>,
    /// How many checks run at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

/// What a run may do and use up.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Deadline of one exchange
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// Permit this target although it is no loopback address; reads only
    #[arg(long, value_name = "HOST[:PORT]")]
    live: Option<String>,
    /// Permit calls that spend credits although there is no state handler
    #[arg(long)]
    allow_spend: bool,
    /// How many requests in all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_requests: Option<u64>,
    /// How many requests a second
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<f64>,
    /// How long the run may take
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    max_time: Option<Duration>,
    /// How long a TTL may be waited for in real time
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    max_wait: Option<Duration>,
    /// How long to wait until the subject accepts connections
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait_for: Option<Duration>,
}

/// What is made of the findings.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct Reporting {
    /// Report in this format (human, json, junit, html, har, sarif, github); repeatable, one without a path
    #[arg(long, value_name = "FORMAT[=PATH]", value_parser = wanted)]
    pub(crate) report: Vec<Wanted>,
    /// Findings listed in this file do not fail the run, and those that have gone do
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// List the findings of this run in a file, for --baseline
    #[arg(long, value_name = "FILE")]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Where generated cases that failed are kept, and looked up to be tried first
    #[arg(long, value_name = "FILE", default_value = "ringtrue-regressions.jsonl")]
    regressions: PathBuf,
    /// Compare the subject's normalised answers with the snapshots kept there
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,
    /// Accept what is new or different in the snapshots
    #[arg(long, requires = "snapshots")]
    update_snapshots: bool,
    /// A must that was not decided does not fail the run; of matching checks only, if a GLOB is given
    #[arg(long, value_name = "GLOB", value_parser = glob, num_args = 0..=1, require_equals = true, default_missing_value = "*")]
    allow_incomplete: Vec<GlobMatcher>,
    /// A warning counts as a violation
    #[arg(long)]
    strict: bool,
    /// Print the last line only
    #[arg(short, long, overrides_with_all = ["quiet", "verbose"])]
    quiet: bool,
    /// Print every check, and the exchanges of findings
    #[arg(short, long, overrides_with_all = ["quiet", "verbose"])]
    verbose: bool,
}

impl Common {
    /// What the library is to do.
    pub(crate) fn options(&self) -> RunOptions {
        let selection = self.selection.options();
        RunOptions {
            only: selection.only,
            skip: selection.skip,
            seed: selection.seed,
            cases: selection.cases,
            jobs: selection.jobs,
            regressions: Some(self.reporting.regressions.clone()),
            snapshots: self.reporting.snapshots.clone(),
            update_snapshots: self.reporting.update_snapshots,
            ..self.limits.options()
        }
    }
}

impl Limits {
    /// What the library is to do, as far as it is said here.
    pub(crate) fn options(&self) -> RunOptions {
        let Self { timeout, live, allow_spend, max_requests, rate, max_time, max_wait, wait_for } = self;
        RunOptions {
            timeout: *timeout,
            live: live.clone(),
            allow_spend: *allow_spend,
            max_requests: *max_requests,
            rate: *rate,
            max_time: *max_time,
            max_wait: *max_wait,
            wait_for: *wait_for,
            ..RunOptions::default()
        }
    }
}

impl Selection {
    /// What the library is to do, as far as it is said here.
    pub(crate) fn options(&self) -> RunOptions {
        let texts = |globs: &[GlobMatcher]| globs.iter().map(|glob| glob.glob().glob().to_owned()).collect();
        RunOptions {
            only: texts(&self.only),
            skip: texts(&self.skip),
            seed: self.seed,
            cases: self.cases,
            jobs: self.jobs.map(usize::from),
            ..RunOptions::default()
        }
    }

    /// Whether a check of that id is meant to run.
    pub(crate) fn includes(&self, id: &str) -> bool {
        let any = |globs: &[GlobMatcher]| globs.iter().any(|glob| glob.is_match(id));
        (self.only.is_empty() || any(&self.only)) && !any(&self.skip)
    }
}

impl Reporting {
    /// What verdicts mean for the run.
    pub(crate) fn policy(&self) -> Policy {
        Policy { strict: self.strict, allow_incomplete: self.allow_incomplete.clone() }
    }

    /// How much is printed.
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}
