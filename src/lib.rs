//! ringtrue: the conformance harness for credit-balance APIs.

pub mod checks;
pub mod contract;
pub mod exchange;
pub mod generate;
pub mod mock;
pub mod model;
pub mod report;
pub mod run;
pub mod subject;
