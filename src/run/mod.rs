//! Plan, schedule, collect: the only room that sees all to its left.

mod attempt;
mod error;
mod events;
mod options;
mod plan;
mod report;
mod reproduce;
mod selftest;
mod server;

pub use error::RunError;
pub use events::{Events, Silent};
pub use options::{Options, ServerTarget};
pub use report::{CheckResult, ContractIdentity, Counts, Outcome, Report, SCHEMA, Source, SubjectIdentity};
pub use selftest::{Selftest, SelftestRow, caught, selftest, trial_on_faults};
pub use server::server;
