//! Conditions under which a check applies to a contract, and the reasons where it does not.

use crate::contract::{Condition, Contract, Operation, Role};

/// Applies where the contract documents an operation.
pub(super) fn any_operation(contract: &Contract) -> Result<(), &'static str> {
    if contract.operations.is_empty() { Err("the contract documents no operation") } else { Ok(()) }
}

/// Applies where the contract names a balance operation.
pub(super) fn has_balance(contract: &Contract) -> Result<(), &'static str> {
    contract.operation(Role::Balance).map(drop).ok_or("the contract names no balance operation")
}

/// Applies where the contract locates a balance in the response, so that two balances can be told apart.
pub(super) fn tells_balance(contract: &Contract) -> Result<(), &'static str> {
    has_balance(contract)?;
    let fields = contract.operation(Role::Balance).map(|operation| &operation.fields);
    let located = fields.is_some_and(|at| at.remaining.is_some() || at.total.is_some() || at.allowed.is_some());
    if located { Ok(()) } else { Err("the contract does not locate the balance in the response") }
}

/// Applies where the contract names a balance operation and one that spends.
pub(super) fn has_spend(contract: &Contract) -> Result<(), &'static str> {
    has_balance(contract)?;
    contract.operation(Role::Spend).map(drop).ok_or("the contract names no operation that spends")
}

/// Applies where the contract documents the response to this state of a credential.
pub(super) fn documents_credential(contract: &Contract, condition: Condition) -> Result<(), &'static str> {
    has_credential(contract)?;
    let documented = contract.operations.iter().any(|operation| operation.conditions.contains_key(&condition));
    if documented { Ok(()) } else { Err("the contract does not say what happens to such a credential") }
}

/// Applies where the contract documents an operation that a check may call: with a role, or a read.
pub(super) fn has_read(contract: &Contract) -> Result<(), &'static str> {
    any_operation(contract)?;
    let callable = |operation: &Operation| operation.role != Role::Other || operation.method == "GET";
    let any = contract.operations.iter().any(|operation| callable(operation));
    if any { Ok(()) } else { Err("the contract documents no read") }
}

/// Applies where an operation that a check may call requires a credential.
pub(super) fn has_credential(contract: &Contract) -> Result<(), &'static str> {
    if contract.credential.is_none() {
        return Err("the contract requires no credential");
    }
    let secured = |operation: &Operation| operation.secured && operation.method == "GET";
    let any = contract.operations.iter().any(|operation| secured(operation) || contract.extended && operation.secured);
    if any { Ok(()) } else { Err("no documented read requires the credential") }
}
