//! Status and code of a refusal: whether they are documented, and others in their place.

use crate::contract::{Condition, Contract, StatusRange};
use crate::mock::behaviour::EditView;
use crate::mock::reply::Reply;
use crate::model::Decision;

/// Whether a status code is documented for the condition.
pub(super) fn has_status(contract: &Contract, condition: Condition) -> bool {
    let responses = contract.operations.iter().filter_map(|operation| operation.conditions.get(&condition));
    responses.into_iter().any(|response| matches!(response.status, Some(StatusRange::Exact(_))))
}

/// The first of these statuses that the contract does not document for the condition.
pub(super) fn other_status(view: &EditView<'_>, condition: Condition, statuses: [u16; 3]) -> u16 {
    let documented = view.operation.and_then(|operation| operation.conditions.get(&condition));
    let taken = |status: &u16| {
        let mut each = documented.iter().flat_map(|answer| answer.each());
        each.any(|answer| answer.status.is_some_and(|range| range.contains(*status)))
    };
    statuses.into_iter().find(|status| !taken(status)).unwrap_or(418)
}

/// Whether the contract documents an error code for a condition.
pub(super) fn has_code(contract: &Contract, condition: Condition) -> bool {
    contract.operations.iter().filter_map(|op| op.conditions.get(&condition)).any(|response| response.code.is_some())
}

/// Replaces the code of an error body.
pub(super) fn other_code(view: &EditView<'_>, reply: &mut Reply) {
    let Some(mut body) = reply.json() else { return };
    let condition = match view.decision {
        Some(Decision::Refused { condition, .. }) => Some(condition),
        _ => None,
    };
    let own = view.operation.zip(condition).and_then(|(operation, condition)| operation.conditions.get(condition));
    let pointers = match (own, view.operation) {
        (Some(answer), _) => &answer.code_at,
        (None, Some(operation)) => &operation.error_codes,
        (None, None) => &view.contract.error_codes,
    };
    let Some(pointer) = pointers.iter().find(|pointer| body.pointer(pointer).is_some()) else { return };
    if let Some(code) = body.pointer_mut(pointer) {
        *code = match &*code {
            serde_json::Value::Number(_) => 987_654.into(),
            serde_json::Value::Bool(flag) => (!flag).into(),
            _ => "SOMETHING_ELSE".into(),
        };
        reply.set_json(&body);
    }
}
