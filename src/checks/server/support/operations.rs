//! The operations that checks call.

use std::sync::Arc;

use crate::checks::server_trial::ServerTrial;
use crate::contract::{Contract, Operation, Role};

/// Number of operations that are judged in a document without roles, which may be large.
const SAMPLE: usize = 24;

/// Whether the operation changes nothing. Some providers use POST for the balance operation.
pub(in crate::checks) fn is_read(operation: &Operation) -> bool {
    operation.method == "GET" || operation.role == Role::Balance
}

/// The operations that can be called without changing anything.
pub(in crate::checks) fn reads(contract: &Contract) -> Vec<&Arc<Operation>> {
    let reads = contract.operations.iter().filter(|operation| is_read(operation));
    if contract.operation(Role::Balance).is_some() {
        return reads.filter(|operation| operation.role != Role::Other).collect();
    }
    reads.take(SAMPLE).collect()
}

/// The operations that a check may call: reads, and the others where spending is permitted.
pub(in crate::checks) fn callable<'c>(trial: &ServerTrial<'c>) -> Vec<&'c Arc<Operation>> {
    let mut operations = reads(trial.contract);
    if !trial.transport().is_live() && trial.may_spend().is_ok() {
        let writes = trial.contract.operations.iter().filter(|operation| !is_read(operation));
        operations
            .extend(writes.filter(|operation| matches!(operation.role, Role::Spend | Role::Refresh | Role::Health)));
    }
    operations
}

/// The operations of [`callable`] that require a credential. In a document without roles, any reads that do.
pub(in crate::checks) fn secured<'c>(trial: &ServerTrial<'c>) -> Vec<&'c Arc<Operation>> {
    let contract = trial.contract;
    if contract.operation(Role::Balance).is_none() && !contract.extended {
        return contract.operations.iter().filter(|other| is_read(other) && other.secured).take(SAMPLE).collect();
    }
    callable(trial).into_iter().filter(|operation| operation.secured).collect()
}

/// The operation whose path is varied: a read, or else any.
pub(in crate::checks) fn first_path(contract: &Contract) -> Option<&Arc<Operation>> {
    reads(contract).first().copied().or_else(|| contract.operations.first())
}

/// Whether the status means that an invented path parameter names no resource, so that it cannot be judged.
pub(in crate::checks) fn is_unknown_resource(operation: &Operation, status: u16) -> bool {
    operation.path.contains('{') && matches!(status, 404 | 410)
}
