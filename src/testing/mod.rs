//! From `cargo test`: a builder that reads as a sentence, an assertion, and a front that shows each check as its own test.

mod assertion;
#[cfg(feature = "libtest")]
mod libtest;
mod server;

#[cfg(feature = "libtest")]
pub use libtest::tests;
pub use server::{ServerTest, TestError, server};
