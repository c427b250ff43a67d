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

#[cfg(feature = "bench")]
pub use client::bench;
#[cfg(feature = "harness")]
pub use testing::{adapter, client, server};
