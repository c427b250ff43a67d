//! The judgements: one file per check.

mod account;
mod amounts;
mod cases;
mod check;
mod class;
mod client;
mod client_trial;
mod ledger;
mod registry;
mod seat;
mod server;
mod standards;
mod stub;
mod time;
mod trial;
mod verdict;

pub use account::TestAccount;
pub use cases::{CASES, RegressionCases};
pub use check::{Check, CheckKind, Finding, Judge, Judgement, Need, Stop};
pub use class::{Class, classify, error_code};
pub use client_trial::ClientTrial;
pub use ledger::TrialSummary;
pub use registry::{CheckEntry, find, registry};
pub use seat::{Call, ClientSession};
pub use trial::{BalanceRead, ServerTrial, SpendResult, TrialSettings, describe};
pub use verdict::{Side, TimeBasis, Verdict};
