//! The checks as a whole.

mod needs;
mod no_false_findings;
mod registry;
