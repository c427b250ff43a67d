//! The suite, in one binary so that it links once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod architecture;
mod checks;
mod contract;
mod diff;
mod exchange;
mod generate;
mod hostile;
mod init;
mod judge_client;
mod model;
mod programs;
mod proxy;
mod public_interface;
mod redis_server;
mod reference_client;
mod report;
mod run;
mod snapshots;
mod traffic;
