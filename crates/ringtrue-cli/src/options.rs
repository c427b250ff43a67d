//! Options that commands share.

use std::path::PathBuf;
use std::time::Duration;

use globset::GlobMatcher;
use ringtrue::__cli::report::{Policy, Verbosity};
use ringtrue::__cli::run::{RunOptions, Shard, ShardIdentity};

use super::values::{Rate, ReportRequest, duration, glob, rate, report_request, shard};

/// Options of the commands that test a subject.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Run only a share of the checks, such as 2/3; `ringtrue merge` makes one report of all shards
    #[arg(long, value_name = "K/N", value_parser = shard, help_heading = "Selection")]
    pub(crate) shard: Option<Shard>,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) reporting: Reporting,
    #[command(flatten)]
    files: Files,
}

/// Options that select checks and generated cases.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct Selection {
    /// Run only checks whose id matches; repeatable
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    only: Vec<GlobMatcher>,
    /// Leave out checks whose id matches; repeatable
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    skip: Vec<GlobMatcher>,
    /// Seed of all generated cases; random if absent, and printed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Number of generated cases per property check
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    cases: Option<u32>,
    /// Most requests in flight at a time; of a client, most checks
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

/// Options that limit what a run may do.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Deadline of one exchange
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// Permit this target although it is not a loopback address; sends reads only
    #[arg(long, value_name = "HOST[:PORT]")]
    live: Option<String>,
    /// Permit calls that spend credits although there is no state handler
    #[arg(long)]
    allow_spend: bool,
    /// Maximum number of requests
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_requests: Option<u64>,
    /// Maximum number of requests per second; `auto` slows down where the server limits requests [default: auto]
    #[arg(long, value_name = "N|auto", value_parser = rate)]
    rate: Option<Rate>,
    /// Maximum duration of the run
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    max_time: Option<Duration>,
    /// How long to wait in real time for a TTL to expire
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    max_wait: Option<Duration>,
    /// How long to wait until the subject accepts connections
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait_for: Option<Duration>,
}

/// Options for reports.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct Reporting {
    /// Write a report (human, json, junit, html, har, sarif, github, markdown, ctrf, badge); repeatable, at most one without a path
    #[arg(long, value_name = "FORMAT[=PATH]", value_parser = report_request)]
    pub(crate) report: Vec<ReportRequest>,
    /// Accept the findings listed in this file; listed findings that no longer occur fail the run
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the findings of this run to a file, for --baseline
    #[arg(long, value_name = "FILE")]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Do not fail the run for an undecided must; with a GLOB, of matching checks only
    #[arg(long, value_name = "GLOB", value_parser = glob, num_args = 0..=1, require_equals = true, default_missing_value = "*")]
    allow_incomplete: Vec<GlobMatcher>,
    /// Treat warnings as violations
    #[arg(long)]
    strict: bool,
    /// Print the last line only
    #[arg(short, long, overrides_with_all = ["quiet", "verbose"])]
    quiet: bool,
    /// Print every check, and the exchanges of findings
    #[arg(short, long, overrides_with_all = ["quiet", "verbose"])]
    verbose: bool,
}

/// Options for what is kept from one run to the next.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Files")]
struct Files {
    /// File for generated cases that failed; later runs try them first
    #[arg(long, value_name = "FILE", default_value = "ringtrue-regressions.jsonl")]
    regressions: PathBuf,
    /// Compare the subject's normalised responses with the snapshots in this folder
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,
    /// Accept new and changed snapshots
    #[arg(long, requires = "snapshots")]
    update_snapshots: bool,
}

impl Common {
    /// Returns the options for the library.
    pub(crate) fn options(&self) -> RunOptions {
        let selection = self.selection.options();
        RunOptions {
            only: selection.only,
            skip: selection.skip,
            seed: selection.seed,
            cases: selection.cases,
            jobs: selection.jobs,
            shard: self.shard,
            regressions: Some(self.files.regressions.clone()),
            snapshots: self.files.snapshots.clone(),
            update_snapshots: self.files.update_snapshots,
            ..self.limits.options()
        }
    }
}

impl Limits {
    /// Returns the options for the library that are set here.
    pub(crate) fn options(&self) -> RunOptions {
        let Self { timeout, live, allow_spend, max_requests, rate, max_time, max_wait, wait_for } = self;
        RunOptions {
            timeout: *timeout,
            live: live.clone(),
            allow_spend: *allow_spend,
            max_requests: *max_requests,
            rate: rate.and_then(|Rate(rate)| rate),
            max_time: *max_time,
            max_wait: *max_wait,
            wait_for: *wait_for,
            ..RunOptions::default()
        }
    }
}

impl Selection {
    /// The checks of the whole run that a shard belongs to.
    pub(crate) fn of_shard(shard: &ShardIdentity) -> Self {
        let globs = |texts: &[String]| texts.iter().filter_map(|text| glob(text).ok()).collect();
        Self { only: globs(&shard.only), skip: globs(&shard.skip), seed: None, cases: None, jobs: None }
    }

    /// Returns the options for the library that are set here.
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

    /// Returns whether the seed is given.
    pub(crate) fn has_seed(&self) -> bool {
        self.seed.is_some()
    }

    /// Returns whether a check with that id is selected.
    pub(crate) fn includes(&self, id: &str) -> bool {
        let any = |globs: &[GlobMatcher]| globs.iter().any(|glob| glob.is_match(id));
        (self.only.is_empty() || any(&self.only)) && !any(&self.skip)
    }
}

impl Reporting {
    /// Returns the policy that decides the outcome.
    pub(crate) fn policy(&self) -> Policy {
        Policy { strict: self.strict, allow_incomplete: self.allow_incomplete.clone() }
    }

    /// Returns how much of the report is printed.
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}
