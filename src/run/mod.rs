//! Plan, schedule, collect: the only room that sees all to its left.

mod attempt;
mod client;
mod execution;
mod workers;
mod error;
mod events;
mod options;
mod plan;
mod policy;
mod regressions;
mod replay;
mod report;
mod reproduce;
mod selftest;
mod server;
mod fault_coverage;
mod suite;

pub use client::{ClientRun, client};
pub use error::RunError;
pub use events::{Events, Silent};
pub use options::{ClientTarget, RunOptions, ServerTarget};
pub use policy::{Disposition, Policy};
pub use replay::{Replay, ReplayError, ReplayOutcome};
pub use report::{
    CheckResult, ContractIdentity, Counts, Invocation, PromiseSource, Report, Outcome, SCHEMA, SubjectIdentity,
};
pub use selftest::{Selftest, SelftestHarness, SelftestRow, caught, selftest};
pub use server::server;
pub use fault_coverage::FaultCoverage;
pub use suite::Suite;
