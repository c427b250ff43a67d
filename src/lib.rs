//! ringtrue: the conformance harness for credit-balance APIs.

pub mod checks;
pub mod contract;
pub mod exchange;
pub mod mock;
pub mod model;
pub mod report;
pub mod run;
pub mod subject;
pub mod testing;

pub use testing::server;
pub mod client;
pub mod contract;

#[cfg(feature = "bench")]
pub use client::bench;
