//! From `cargo test`: a builder that reads as a sentence, an assertion, and a front that shows each check as its own test.

mod assertion;
mod client;
#[cfg(feature = "libtest")]
mod libtest;
mod server;
mod test;

pub use client::{ClientTest, adapter, client};
#[cfg(feature = "libtest")]
pub use libtest::{Subject, tests};
pub use server::{ServerTest, server};
pub use test::{Test, TestError};
