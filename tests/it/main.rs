//! The suite, in one binary so that it links once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod architecture;
mod checks;
mod clientside_adapters;
mod clientside_providers;
mod clientside_support;
mod clientside_trait;
mod clientside_ways;
mod contract;
mod example_server;
mod exchange;
mod generate;
mod model;
mod programs;
mod public_interface;
mod reference_client;
mod report;
mod run;
mod snapshots;
