//! The judgements: one file per check.

mod account;
mod check;
mod class;
mod registry;
mod server;
mod standards;
mod stub;
mod trial;
mod verdict;

pub use account::Account;
pub use check::{Check, Finding, Judge, Judged, Need, Stop};
pub use class::{Class, classify, error_code};
pub use registry::{Entry, find, registry};
pub use trial::{Reading, Remains, Settings, Spent, Trial, describe};
pub use verdict::{Side, TimeBasis, Verdict};
