//! What a contract means: a pure state machine over virtual time.
//!
//! The one place where TTL, spending and fail-open semantics are written down. [`Model`] takes one of the courses that
//! a contract allows, and the stand-in provider obeys it; [`Expectations`] says all that it allows, and the checks
//! judge by it. Neither does I/O or reads a clock: time is a number of milliseconds that somebody moves forward.

mod balance;
mod balance_range;
mod cache_model;
mod decode;
mod deviation;
mod expectations;
mod machine;
mod representable;
mod session;
mod template;

pub use balance::BalanceValues;
pub use balance_range::BalanceRange;
pub use decode::{Unreadable, decimal, places};
pub use deviation::{Deviation, History};
pub use expectations::{Allowed, Expectations};
pub use machine::{CredentialState, Decision, Model};
pub use representable::is_representable;
pub use session::{Observed, SessionExpectations, Violation};
pub(crate) use template::SuccessBody;
