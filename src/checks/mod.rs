//! The judgements: one file per check.

mod account;
mod amounts;
mod check;
mod class;
mod client;
mod client_session;
mod client_trial;
mod evidence;
mod property;
mod registry;
mod server;
mod server_trial;
mod standards;
mod stub;
mod time;
mod verdict;

pub use account::TestAccount;
pub use check::{Check, CheckKind, Finding, Judge, Judgement, Need, Schedule, Stop};
pub use class::{Class, classify, error_code};
pub use client_session::{Call, ClientSession};
pub use client_trial::ClientTrial;
pub use evidence::TrialSummary;
pub use property::{CASES, RegressionCases};
pub use registry::{CheckEntry, find, registry};
pub use server_trial::{BalanceRead, ServerTrial, SpendResult, TrialSettings, describe};
pub use verdict::{Side, TimeBasis, Verdict};
