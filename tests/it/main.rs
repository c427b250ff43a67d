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

use ringtrue::__cli::contract::{Contract, Role, bundled};

/// The bundled contracts that promise most: those with a paid call. The others are tested by `run::providers`.
pub(crate) fn with_paid_calls() -> Vec<String> {
    let spends = |name: &String| Contract::load(name).unwrap().operation(Role::Spend).is_some();
    bundled().into_iter().filter(spends).collect()
}
