//! ringtrue: the conformance harness for credit-balance APIs.
//!
//! Rooms, from left to right; each imports only from its left:
//! contract ▸ model ▸ generate ▸ exchange ▸ mock, client ▸ subject ▸ checks ▸ run ▸ report ▸ testing (and the command line).

#[cfg(feature = "harness")]
pub mod checks;
#[cfg(feature = "client")]
pub mod client;
pub mod contract;
#[cfg(feature = "harness")]
pub mod exchange;
#[cfg(feature = "harness")]
pub mod generate;
#[cfg(feature = "harness")]
pub mod mock;
#[cfg(feature = "harness")]
pub mod model;
#[cfg(feature = "harness")]
pub mod report;
#[cfg(feature = "harness")]
pub mod run;
#[cfg(feature = "harness")]
pub mod subject;
#[cfg(feature = "client")]
mod sync;
#[cfg(feature = "harness")]
pub mod testing;
mod words;

pub mod exit_code;

#[cfg(feature = "harness")]
pub use checks::Verdict;
#[cfg(feature = "bench")]
pub use client::bench;
pub use contract::{Contract, Level, LoadError, bundled as bundled_contracts};
#[cfg(feature = "harness")]
pub use run::{CheckResult, Outcome, Report};
#[cfg(feature = "harness")]
pub use testing::{ClientTest, Error, ServerTest, Test, adapter, client, server};
#[cfg(feature = "libtest")]
pub use testing::{Subject, tests};
