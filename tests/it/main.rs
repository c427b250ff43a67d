//! The suite, in one binary so that it links once.

mod contract_support;

mod contract_expression;
mod contract_load;
mod laws;
