//! The judgements: one file per check.

mod verdict;

pub use verdict::{Side, TimeBasis, Verdict};
