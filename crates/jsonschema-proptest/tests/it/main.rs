//! The tests of the crate, in one binary so that it links once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod generated_values;
mod limits;
