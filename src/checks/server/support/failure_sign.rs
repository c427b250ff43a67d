//! What shows in a body that it reports a failure, whatever its status is.

use serde_json::Value;

use crate::contract::{Contract, DocumentedResponse, Operation, code_in};

/// The documented codes of all conditions.
pub(in crate::checks) fn failure_codes(contract: &Contract) -> Vec<&str> {
    let answers = contract.operations.iter().flat_map(|operation| operation.conditions.values());
    answers.filter_map(|answer| answer.code.as_deref()).collect()
}

/// Describes what in the body means a failure: a documented error code, or the member that all documented errors have. `None` if
/// nothing does.
pub(in crate::checks) fn failure_sign(contract: &Contract, operation: &Operation, body: &Value) -> Option<String> {
    let code = code_in(body, &operation.error_codes).filter(|code| failure_codes(contract).contains(&code.as_str()));
    let answers = operation.conditions.values().flat_map(DocumentedResponse::each);
    let mut told = answers.filter(|answer| answer.code.is_some() && code_in(body, &answer.code_at) == answer.code);
    let code = code.or_else(|| told.next().and_then(|answer| answer.code.clone()));
    let flags = contract.failure_flags();
    let mut flags = flags.iter().filter(|(name, means_failure)| body.get(name) == Some(&Value::Bool(*means_failure)));
    let by_flag = |(name, value): &(String, bool)| format!("`{name}: {value}`, as in all documented errors,");
    code.map(|code| format!("error code `{code}`")).or_else(|| flags.next().map(by_flag))
}
