//! Causes: several checks may see the same defect. Results with one cause bear the same text.

use std::collections::HashMap;

use super::judged_check::JudgedCheck;
use super::report::CheckResult;
use crate::checks::Verdict;
use crate::contract::{Contract, Operation};
use crate::exchange::Recorded;

/// Finds the defect that each result shows.
pub(super) fn find(contract: &Contract, judged: &mut [JudgedCheck]) {
    for check in judged {
        check.result.defect = defect(contract, check);
    }
}

/// Gives results that one defect explains the same cause. A result that stands alone has none.
pub(super) fn assign(checks: &mut [CheckResult]) {
    let mut by_defect: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, check) in checks.iter_mut().enumerate() {
        check.cause = None;
        if let Some(defect) = &check.defect {
            by_defect.entry(defect.clone()).or_default().push(index);
        }
    }
    for (cause, members) in by_defect {
        let mut found = members.iter().filter_map(|index| checks.get(*index)).map(|check| check.verdict);
        // What is only inconclusive is no defect yet.
        if members.len() < 2 || !found.any(Verdict::is_finding) {
            continue;
        }
        for index in members {
            if let Some(check) = checks.get_mut(index) {
                check.cause = Some(cause.clone());
            }
        }
    }
}

/// Removes the defects of single results, which matter only until all shards are merged.
pub(super) fn forget(checks: &mut [CheckResult]) {
    checks.iter_mut().for_each(|check| check.defect = None);
}

/// The defect that a result shows: the one visible in its exchanges, or else the promise that it found broken.
fn defect(contract: &Contract, check: &JudgedCheck) -> Option<String> {
    let result = &check.result;
    if !result.verdict.is_finding() && result.verdict != Verdict::Inconclusive {
        return None;
    }
    let visible = check.exchanges.iter().rev().find_map(|exchange| visible_defect(contract, exchange));
    let broken = || {
        let source = result.source.as_ref().filter(|_| result.verdict.is_finding())?;
        let operation = result.operation.as_deref().unwrap_or_default();
        Some(format!("{operation} breaks a promise: “{}”", source.quote).trim().to_owned())
    };
    visible.or_else(broken)
}

/// The defect that an exchange shows by itself, whichever check sent the request.
fn visible_defect(contract: &Contract, exchange: &Recorded) -> Option<String> {
    let operation = operation_of(contract, exchange)?;
    let name = format!("{} {}", operation.method, operation.path);
    let Some(response) = &exchange.response else {
        let failure = exchange.failure.as_deref().unwrap_or("nothing was received");
        return Some(format!("{name} gets no response: {failure}"));
    };
    let status = response.status;
    let Some(documented) = operation.response(status) else {
        return Some(format!("{name} responds with status {status}, which is not documented"));
    };
    let content_type = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let media_type = content_type.map(|(_, value)| value.split(';').next().unwrap_or_default().trim());
    let content = documented.content.iter().find(|content| {
        media_type.is_some_and(|found| content.media_type.eq_ignore_ascii_case(found))
            || content.media_type.contains('*')
    });
    let Some(content) = content else {
        let found = media_type.unwrap_or("none");
        let is_defect = !documented.content.is_empty() && !response.body.is_empty();
        return is_defect.then(|| format!("{name} responds to status {status} with the media type {found}"));
    };
    let schema = content.schema.as_ref().filter(|_| content.media_type.ends_with("json"))?;
    let Ok(value) = serde_json::from_str(&response.body) else {
        // The journal cuts long bodies.
        let is_cut = response.body.ends_with(" more bytes)");
        return (!is_cut).then(|| format!("{name} responds with status {status} and a body that is not JSON"));
    };
    let error = schema.errors(&value).into_iter().next()?;
    let at = if error.at.is_empty() { "the body" } else { &error.at };
    Some(format!("the body of {name} with status {status} breaks its schema: {at}: {}", error.message))
}

/// The documented operation that a request addresses.
fn operation_of<'c>(contract: &'c Contract, exchange: &Recorded) -> Option<&'c Operation> {
    let url = exchange.request.url.split('?').next().unwrap_or_default();
    let same = |operation: &&std::sync::Arc<Operation>| {
        let path = operation.example_path.split('?').next().unwrap_or_default();
        operation.method == exchange.request.method && url.ends_with(path)
    };
    contract.operations.iter().find(same).map(std::sync::Arc::as_ref)
}
