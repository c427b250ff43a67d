//! Judging clients: adapters, Rust clients, and the examples on the providers' own pages.

mod adapter;
mod correct_clients;
mod fleet;
mod providers;
mod python_clients;
mod rust_clients;
mod strict_integers;
pub(crate) mod support;
