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

pub use account::Account;
pub use cases::{CASES, Known};
pub use check::{Check, Finding, Judge, Judged, Kind, Need, Stop};
pub use class::{Class, classify, error_code};
pub use client_trial::ClientTrial;
pub use ledger::Remains;
pub use registry::{Entry, find, registry};
pub use seat::{Call, Seat};
pub use trial::{Reading, Settings, Spent, Trial, describe};
pub use verdict::{Side, TimeBasis, Verdict};
