//! Whole runs.

mod other_contracts;
mod other_seeds;
mod server;
