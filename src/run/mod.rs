//! Runs: select checks, execute them, and collect the results into a report.

mod attempt;
mod cause;
mod client;
mod declared_needs;
mod error;
mod events;
mod execution;
mod fault_coverage;
mod judged_check;
mod merge;
mod options;
mod outage_scope;
mod paid_refusals;
mod plan;
mod policy;
mod premises;
mod preparation;
mod promises;
mod regressions;
mod replay;
mod report;
mod reproduce;
mod selftest;
mod server;
mod shard;
mod status;
mod suite;
mod supervise;
mod traffic;
mod workers;

pub use client::{ClientRun, client};
pub use error::{RunError, chain};
pub use events::{Events, Silent};
pub use fault_coverage::FaultCoverage;
pub use merge::{Difference, MergeError, ShardReport, merge};
pub use options::{ClientTarget, RunOptions, ServerTarget};
pub use plan::checks_of_run;
pub use policy::{Disposition, Policy};
pub use promises::promises;
pub use regressions::count_cases;
pub use replay::{Replay, ReplayError, ReplayOutcome, ReportCommands};
pub use report::{
    CheckResult, ContractIdentity, ContractPromise, Counts, Invocation, Outcome, PromiseSource, Report, SCHEMA,
    SubjectIdentity,
};
pub use reproduce::curl;
pub use selftest::{Selftest, SelftestHarness, SelftestRow, selftest};
pub use server::server;
pub use shard::{Shard, ShardError, ShardIdentity};
pub use status::{RunStatus, Waiting};
pub use suite::Suite;
pub use traffic::{TrafficJudgement, report_time, traffic_plan, traffic_report, traffic_seed, traffic_shard};
