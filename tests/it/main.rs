//! The suite, in one binary so that it links once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod contract_support;

#[cfg(feature = "cli")]
mod cli_generated;
#[cfg(feature = "cli")]
mod cli_layers;
#[cfg(feature = "cli")]
mod cli_runs;
#[cfg(feature = "cli")]
mod cli_sample;
#[cfg(feature = "cli")]
mod cli_support;
#[cfg(feature = "cli")]
mod cli_usage;
mod contract_expression;
mod contract_load;
mod laws;
mod contract_reference;
mod contract_document;
mod contract_lint;
mod report_baseline;
mod report_formats;
mod report_sample;
mod generate;
