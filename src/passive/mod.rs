//! Judges real traffic: what a proxy forwards, and what was recorded.
//!
//! The checks that can judge traffic say so in their definition. This module finds the operations that requests address, the
//! accounts and the senders, hands the exchanges to the checks, and collects what they find.

mod base;
mod credential;
mod har;
mod judge;
mod origin;
mod seen;
mod tally;

pub use base::{BaseUrlError, BaseUrls};
pub use har::{HarError, HarSummary, har_files, judge_har};
pub(crate) use judge::route;
pub use judge::{Ended, Exchanged, Started, TrafficJudge, TrafficOptions};
pub use origin::Connection;
