//! ringtrue: the conformance harness for credit-balance APIs.
//!
//! Rooms, from left to right; each imports only from its left:
//! contract ▸ model ▸ generate ▸ exchange ▸ mock, client ▸ subject ▸ checks ▸ run ▸ report ▸ testing (and the command line).

pub mod checks;
pub mod client;
pub mod contract;
pub mod exchange;
pub mod generate;
pub mod mock;
pub mod model;
pub mod report;
pub mod run;
pub mod subject;
mod sync;
pub mod testing;

#[cfg(feature = "bench")]
pub use client::bench;
pub use testing::{adapter, client, server};
