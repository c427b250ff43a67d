//! The testing API: builders for `cargo test`, assertions, and a test harness that shows each check as a test.

mod assertion;
mod client;
mod error;
#[cfg(feature = "libtest")]
mod libtest;
mod server;
mod test;

pub use client::{ClientTest, adapter, client};
pub use error::Error;
#[cfg(feature = "libtest")]
pub use libtest::{Subject, tests};
pub use server::{ServerTest, server};
pub use test::Test;
