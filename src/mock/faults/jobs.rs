//! Faults of jobs that paid calls start: what they cost when they end.

use super::ServerFault;
use crate::contract::Contract;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "charge-for-failed-jobs",
        about: "a job that fails is charged",
        applies: has_jobs,
        install: |behaviour| behaviour.deviation.charge_failed_jobs = true,
    },
    ServerFault {
        name: "charge-again-when-a-job-succeeds",
        about: "a job is charged when it is accepted and again when it succeeds",
        applies: has_jobs,
        install: |behaviour| behaviour.deviation.charge_again_at_success = true,
    },
];

fn has_jobs(contract: &Contract) -> bool {
    contract.jobs().is_some()
}
