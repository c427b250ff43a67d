//! The integration tests, in one binary so that it links once.

mod client_answers;
mod client_bundled;
mod client_cache;
mod client_faults;
mod client_hit_path;
mod client_world;
mod contract_document;
mod contract_expression;
mod contract_lint;
mod contract_load;
mod contract_reference;
mod contract_support;
