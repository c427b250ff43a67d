//! The checks as a whole.

mod no_false_findings;
mod registry;
