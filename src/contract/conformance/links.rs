//! What one operation says of another: the one that shows the state of its jobs, and the one that limits its balance too.

use super::{at, listed};
use crate::contract::openapi::{Found, Reader};
use crate::contract::{Condition, Role, parameters};

/// Resolves the names of other operations, and reports those that do not fit.
pub(super) fn resolve(reader: &mut Reader<'_>, found: &mut [Found<'_>]) {
    jobs(reader, found);
    caps(reader, found);
    let shown: Vec<String> = found.iter().filter_map(|found| job_path(found).map(ToOwned::to_owned)).collect();
    for found in &*found {
        let operation = &found.operation;
        let named = operation.conditions.contains_key(&Condition::JobUnknown);
        if named && !shown.iter().any(|path| same_path(path, &operation.path)) {
            let message = "`job.unknown` belongs to the operation that shows the state of jobs: write `jobs: {operation: …}` under the `cost` of the paid call";
            let location = at(&found.node, &["x-conformance", "conditions", "job.unknown"]);
            reader.diagnostics.fatal(&location, message);
        }
    }
}

fn job_path<'f>(found: &'f Found<'_>) -> Option<&'f str> {
    Some(found.operation.cost.as_ref()?.jobs.as_ref()?.path.as_str())
}

/// Whether two paths are the same apart from the names of their parameters.
fn same_path(left: &str, right: &str) -> bool {
    let bare = |path: &str| {
        let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment }.to_owned());
        segments.collect::<Vec<_>>()
    };
    bare(left) == bare(right)
}

fn jobs(reader: &mut Reader<'_>, found: &mut [Found<'_>]) {
    let known: Vec<(String, String, String)> = found
        .iter()
        .map(|found| (found.operation.id.clone(), found.operation.method.clone(), found.operation.path.clone()))
        .collect();
    for found in found {
        let node = &found.node;
        let Some(jobs) = found.operation.cost.as_mut().and_then(|cost| cost.jobs.as_mut()) else { continue };
        let location = at(node, &["x-conformance", "cost", "jobs"]);
        if let Some(name) = &jobs.operation {
            let location = location.join("operation");
            match known.iter().find(|(id, ..)| id == name) {
                None => {
                    let ids = listed(known.iter().map(|(id, ..)| id.as_str()));
                    reader
                        .diagnostics
                        .fatal(&location, format!("no operation has the operationId `{name}` (there are: {ids})"));
                }
                Some((_, method, path)) if method != "GET" || parameters(path) != 1 => {
                    let message = format!(
                        "`{name}` is {method} {path}: the state of a job is shown by GET, with the job's id as the one parameter of the path"
                    );
                    reader.diagnostics.fatal(&location, message);
                }
                Some((_, _, path)) => {
                    let (before, rest) = path.split_once('{').unwrap_or((path, ""));
                    let behind = rest.split_once('}').map_or("", |(_, behind)| behind);
                    jobs.path = format!("{before}{{id}}{behind}");
                }
            }
        } else if !jobs.path.starts_with('/') || !jobs.path.contains("{id}") {
            let message = if jobs.path.is_empty() {
                "say where the state of a job is shown: `operation: getJob`, or `path: /jobs/{id}` where the document has no such operation".to_owned()
            } else {
                format!("`{}` is no path with `{{id}}`: write /jobs/{{id}}, for instance", jobs.path)
            };
            reader.diagnostics.fatal(&location.join("path"), message);
        }
    }
}

fn caps(reader: &mut Reader<'_>, found: &[Found<'_>]) {
    for capped in found {
        let Some(cap) = &capped.operation.capped_by else { continue };
        let location = at(&capped.node, &["x-conformance", "capped_by"]);
        if capped.operation.role != Role::Balance || capped.operation.fields.remaining.is_none() {
            let message = "`capped_by` belongs to the operation with `role: balance`, beside `fields.remaining`";
            reader.diagnostics.fatal(&location, message);
        }
        let other = found.iter().find(|other| other.operation.id == cap.operation);
        let message = match other {
            None => {
                let ids = listed(found.iter().map(|found| found.operation.id.as_str()));
                format!("no operation has the operationId `{}` (there are: {ids})", cap.operation)
            }
            Some(other) if other.operation.fields.remaining.is_none() => format!(
                "the operation {} does not say what is left: give it `x-conformance: {{role: other, fields: {{remaining: /credits}}}}`",
                cap.operation
            ),
            Some(other) if other.operation.method != "GET" => {
                format!("the operation {} is no GET, so that it cannot be read with every check", cap.operation)
            }
            Some(_) => continue,
        };
        reader.diagnostics.fatal(&location.join("operation"), message);
    }
}
