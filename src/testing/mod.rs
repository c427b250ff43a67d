//! From `cargo test`: a builder that reads as a sentence, an assertion, and a front that shows each check as its own test.

mod assertion;
mod client;
#[cfg(feature = "libtest")]
mod libtest;
mod server;

pub use client::{ClientTest, adapter, client};
#[cfg(feature = "libtest")]
pub use libtest::{Subject, tests};
pub use server::{ServerTest, TestError, server};
