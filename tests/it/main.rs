//! The suite, in one binary so that it links once.

mod contract_support;

#[cfg(feature = "cli")]
mod cli_layers;
#[cfg(feature = "cli")]
mod cli_runs;
#[cfg(feature = "cli")]
mod cli_support;
#[cfg(feature = "cli")]
mod cli_usage;
mod contract_document;
mod contract_expression;
mod contract_hostile;
mod contract_lint;
mod contract_load;
mod contract_reference;
mod laws;
mod report_baseline;
mod report_formats;
mod report_sample;
