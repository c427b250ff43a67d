//! Plan, schedule, collect.

mod report;

pub use report::{CheckResult, ContractIdentity, Counts, Outcome, Report, SCHEMA, Source, SubjectIdentity};
