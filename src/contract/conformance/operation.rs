//! The extension of one operation.

use rust_decimal::Decimal;

use super::compile::{self, EvaluatedBy};
use super::shorthand::Defaults;
use super::{at, fields, locators, outcome, promises, typed};
use crate::contract::node::Node;
use crate::contract::openapi::{Found, Reader};
use crate::contract::{Charge, Condition, DocumentExtension, OperationExtension, Role};

/// Reads the extension of an operation into it.
pub(super) fn read<'a>(
    reader: &mut Reader<'a>,
    defaults: &Defaults,
    document: &DocumentExtension,
    found: &mut Found<'a>,
) -> Option<(OperationExtension, Node<'a>)> {
    let node = found.node.get("x-conformance")?;
    let said = found.node.text("summary").or_else(|| found.node.text("description"));
    let written = defaults.operation(&node, said.unwrap_or("It responds as documented."));
    reader.diagnostics.written_out(written.aliases);
    let extension: OperationExtension = typed::typed(&node, written.value.clone(), &mut reader.diagnostics)?;
    promises::check(&node.location, &written.value, &reader.name.clone(), document, &mut reader.diagnostics);
    if !extension.error_code.is_empty() {
        found.operation.error_codes.clone_from(&extension.error_code);
    }
    if let Some(success) = outcome::compiled(reader, &at(&node, &["success"]), extension.success.as_deref()) {
        found.operation.success = Some(success);
    }
    found.operation.role = extension.role;
    found.operation.fields = extension.fields.clone();
    found.operation.capped_by.clone_from(&extension.capped_by);
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
    locators::complete(reader, &node, found);
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
    let free_when = cost
        .free_when
        .as_ref()
        .and_then(|text| compile::expression(reader, &at(node, &["cost", "free_when"]), text, EvaluatedBy::Harness));
    if let Some(jobs) = &cost.jobs {
        for (name, pointer) in [("id", &jobs.id), ("state", &jobs.state)] {
            if !pointer.starts_with('/') {
                let message = format!("`{pointer}` is no JSON Pointer: write `/{pointer}`");
                reader.diagnostics.fatal(&at(node, &["cost", "jobs", name]), message);
            }
        }
        for (name, states) in [("succeeded", &jobs.succeeded), ("failed", &jobs.failed)] {
            for (number, state) in states.iter().enumerate() {
                if !state.is_string() && !state.is_number() && !state.is_boolean() {
                    let place = at(node, &["cost", "jobs", name]).join(&number.to_string());
                    let message = "a state is a text, a number or a boolean: write it as the response shows it";
                    reader.diagnostics.fatal(&place, message);
                }
            }
        }
        if jobs.succeeded.is_empty() {
            reader.diagnostics.fatal(&at(node, &["cost", "jobs", "succeeded"]), "name at least one state of success");
        }
    }
    let (charged, jobs, promise) = (cost.charged.clone(), cost.jobs.clone(), cost.promise.clone());
    Charge { amount, charged, free_when, jobs, promise }
}
