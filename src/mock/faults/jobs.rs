//! Faults of jobs that paid calls start: what they cost when they end.

use super::ServerFault;
use crate::contract::{Condition, Contract, Operation, Role};

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
    ServerFault {
        name: "jobs-shown-to-all",
        about: "the state of a job is shown to every account that knows its id",
        applies: |contract| {
            let owned = |operation: &Operation| operation.conditions.contains_key(&Condition::JobUnknown);
            has_jobs(contract) && contract.operations.iter().any(|operation| owned(operation))
        },
        install: |behaviour| behaviour.jobs_for_all = true,
    },
    ServerFault {
        name: "hold-not-shown",
        about: "credits that are reserved for a job under way are not shown as reserved",
        applies: shows_holds,
        install: |behaviour| behaviour.deviation.holds_nothing = true,
    },
    ServerFault {
        name: "hold-never-released",
        about: "credits stay reserved when their job has ended",
        applies: shows_holds,
        install: |behaviour| behaviour.deviation.keeps_holds = true,
    },
    ServerFault {
        name: "reset-never-comes",
        about: "what was used is not given back at the time that the balance names",
        applies: |contract| {
            contract.operation(Role::Balance).is_some_and(|operation| operation.fields.resets.is_some())
        },
        install: |behaviour| behaviour.deviation.never_resets = true,
    },
];

fn shows_holds(contract: &Contract) -> bool {
    let held = contract.operation(Role::Balance).is_some_and(|operation| operation.fields.held.is_some());
    held && has_jobs(contract)
        && contract
            .operation(Role::Spend)
            .is_some_and(|spend| spend.cost.as_ref().is_some_and(|cost| cost.amount.is_some()))
}

fn has_jobs(contract: &Contract) -> bool {
    contract.jobs().is_some()
}
