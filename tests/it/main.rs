//! The suite, in one binary so that it links once.

mod contract_support;

mod contract_document;
mod contract_expression;
mod contract_hostile;
mod contract_lint;
mod contract_load;
mod contract_reference;
