//! The suite, in one binary so that it links once.

mod contract_support;

mod contract_load;
mod laws;
mod report_baseline;
mod report_formats;
mod report_sample;
