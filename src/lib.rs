//! ringtrue: the conformance harness for credit-balance APIs.

pub mod client;
pub mod contract;

#[cfg(feature = "bench")]
pub use client::bench;
