//! Faults of conditions: parameters that are not looked at, and another order than the documented one.

use super::ServerFault;
use crate::contract::{Condition, Contract, Operation};

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "missing-parameter-accepted",
        about: "a request without a required parameter is answered as if it had one",
        applies: |contract| any(contract, |operation| documents(operation, Condition::ParameterMissing)),
        install: |behaviour| behaviour.ignored = Some(Condition::ParameterMissing),
    },
    ServerFault {
        name: "invalid-parameter-accepted",
        about: "a parameter that breaks its schema is accepted",
        applies: |contract| {
            any(contract, |operation| {
                let constrained = operation.parameters.iter().any(|one| !one.accepts("ringtrue") || !one.accepts(""));
                constrained && documents(operation, Condition::ParameterInvalid)
            })
        },
        install: |behaviour| behaviour.ignored = Some(Condition::ParameterInvalid),
    },
    ServerFault {
        name: "conditions-in-other-order",
        about: "of two conditions that apply, the one decides that is documented to come later",
        applies: |contract| contract.precedence.is_some(),
        install: |behaviour| behaviour.reversed_precedence = true,
    },
];

fn any(contract: &Contract, wanted: impl Fn(&Operation) -> bool) -> bool {
    contract.operations.iter().any(|operation| wanted(operation))
}

fn documents(operation: &Operation, condition: Condition) -> bool {
    !operation.parameters.is_empty() && operation.conditions.contains_key(&condition)
}
