//! Plan, schedule, collect: the only room that sees all to its left.

mod attempt;
mod client;
mod course;
mod crew;
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
mod subtle;
mod suite;

pub use client::{ClientRun, client};
pub use error::RunError;
pub use events::{Events, Silent};
pub use options::{ClientTarget, Options, ServerTarget};
pub use policy::{Policy, Standing};
pub use replay::{Again, Replay, ReplayError};
pub use report::{CheckResult, ContractIdentity, Counts, Outcome, Recipe, Report, SCHEMA, Source, SubjectIdentity};
pub use selftest::{Selftest, SelftestRow, Workshop, caught, selftest};
pub use server::server;
pub use subtle::Subtle;
pub use suite::Suite;
