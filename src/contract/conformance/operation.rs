//! The extension of one operation.

use rust_decimal::Decimal;

use super::{at, fields, promises, typed};
use crate::contract::node::Node;
use crate::contract::openapi::{Found, Reader};
use crate::contract::{Charge, Condition, DocumentExtension, Expression, OperationExtension, Role};

/// Reads the extension of an operation into it.
pub(super) fn read<'a>(
    reader: &mut Reader<'a>,
    document: &DocumentExtension,
    found: &mut Found<'a>,
) -> Option<(OperationExtension, Node<'a>)> {
    let node = found.node.get("x-conformance")?;
    let extension: OperationExtension = typed::typed(&node, &mut reader.diagnostics)?;
    promises::check(&node, document, &mut reader.diagnostics);
    found.operation.role = extension.role;
    found.operation.fields = extension.fields.clone();
    found.operation.free.clone_from(&extension.free);
    found.operation.unlimited.clone_from(&extension.unlimited);
    if let Some(promise) = &extension.promise {
        found.operation.promise = promise.clone();
    }
    if let Some(cost) = &extension.cost {
        if extension.role != Role::Spend {
            reader.diagnostics.fatal(&at(&node, &["cost"]), "only an operation with `role: spend` has a cost");
        }
        if extension.free.is_some() {
            reader.diagnostics.fatal(&at(&node, &["free"]), "an operation is free or has a cost, not both");
        }
        found.operation.cost = Some(charge(reader, &node, cost));
    }
    for condition in [Condition::PathUnknown, Condition::MethodUnknown] {
        if extension.conditions.contains_key(&condition) {
            let name = condition.as_str();
            let message = format!("`{name}` belongs to no operation: move it to the extension at the top");
            reader.diagnostics.fatal(&at(&node, &["conditions", name]), message);
        }
    }
    fields::check(reader, &node, found);
    Some((extension, node))
}

fn charge(reader: &mut Reader<'_>, node: &Node<'_>, cost: &crate::contract::Cost) -> Charge {
    let amount = cost.amount.as_ref().and_then(|text| {
        let amount = Decimal::from_str_exact(text).ok().filter(|amount| !amount.is_sign_negative());
        if amount.is_none() {
            let message = format!("`{text}` is no amount: write a decimal from 0 in a string, \"1\" for instance");
            reader.diagnostics.fatal(&at(node, &["cost", "amount"]), message);
        }
        amount
    });
    let free_when = cost.free_when.as_ref().and_then(|text| match Expression::compile(text) {
        Ok(expression) => Some(expression),
        Err(error) => {
            reader.diagnostics.fatal(&at(node, &["cost", "free_when"]), format!("no CEL: {}", error.reason));
            None
        }
    });
    if let Some(jobs) = &cost.jobs {
        if !jobs.path.starts_with('/') || !jobs.path.contains("{id}") {
            let message = format!("`{}` is no path with `{{id}}`: write /jobs/{{id}}, for instance", jobs.path);
            reader.diagnostics.fatal(&at(node, &["cost", "jobs", "path"]), message);
        }
        for (name, pointer) in [("id", &jobs.id), ("state", &jobs.state)] {
            if !pointer.starts_with('/') {
                let message = format!("`{pointer}` is no JSON Pointer: write `/{pointer}`");
                reader.diagnostics.fatal(&at(node, &["cost", "jobs", name]), message);
            }
        }
        if jobs.succeeded.is_empty() {
            reader.diagnostics.fatal(&at(node, &["cost", "jobs", "succeeded"]), "name at least one state of success");
        }
    }
    let (charged, jobs, promise) = (cost.charged.clone(), cost.jobs.clone(), cost.promise.clone());
    Charge { amount, charged, free_when, jobs, promise }
}
