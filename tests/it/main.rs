//! The suite, in one binary so that it links once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod architecture;
mod checks_no_false_accusation;
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
mod other_contracts;
mod other_seeds;
mod programs;
mod reference_client;
mod registry;
mod report_baseline;
mod report_formats;
mod report_official;
mod report_sample;
mod server_runs;
mod snapshots;
