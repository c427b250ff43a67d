//! The meaning of a contract, as a pure state machine over virtual time.
//!
//! This module is the only definition of TTL, spending and fail-open semantics. [`Model`] implements one of the behaviours that
//! a contract allows; the mock provider uses it. [`Expectations`] is the set of all allowed behaviours; the checks judge by it.
//! Neither does I/O or reads a clock: the caller moves time forward, in milliseconds.

mod balance;
mod balance_range;
mod cache_model;
mod decode;
mod deviation;
mod expectations;
mod machine;
mod representable;
mod reset;
mod session;
mod settle;
mod template;

pub use balance::BalanceValues;
pub use balance_range::BalanceRange;
pub use decode::{Unreadable, decimal, places};
pub use deviation::{Deviation, History};
pub use expectations::{Allowed, Expectations};
pub use machine::{CredentialState, Decision, JobState, Model};
pub use representable::is_representable;
pub(crate) use representable::{can_show, greatest_cap};
pub use reset::time_at;
pub(crate) use reset::time_like;
pub use session::{Observed, SessionExpectations, Violation};
pub(crate) use settle::{is_settled, is_success, settled};
pub(crate) use template::SuccessBody;
