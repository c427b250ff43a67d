//! The judgements: one file per check.

mod account;
mod amounts;
mod applies;
mod case_scope;
mod check;
mod class;
mod client;
mod client_session;
mod client_trial;
mod evidence;
mod finding;
mod lateness;
mod property;
mod registry;
mod server;
mod server_trial;
mod settings;
mod standards;
mod stub;
mod time;
mod trial_core;
mod verdict;

pub use account::TestAccount;
pub use check::{Check, CheckKind, Judge, Need, Schedule};
pub(crate) use class::is_documented_refusal;
pub use class::{Class, classify, error_code};
pub use client_session::{Call, ClientSession};
pub use client_trial::ClientTrial;
pub use evidence::{CaseCounts, TrialSummary};
pub use finding::{Finding, Judgement, Stop};
pub use registry::{CheckEntry, current_id, find, registry};
pub(crate) use server_trial::with_credential;
pub use server_trial::{BalanceRead, ServerTrial, SpendResult, describe};
pub use settings::{CASES, RegressionCases, TrialSettings};
pub use verdict::{Side, TimeBasis, Verdict};
