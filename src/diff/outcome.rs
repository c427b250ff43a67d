//! How a response tells what it means: what makes a success, where a code is, which of two conditions decides, and which other
//! operation limits the balance.

use super::change::{Change, Changes, Effect};
use crate::contract::{Condition, Contract, Expression, Operation, Precedence};

/// Compares what the operation itself says of its responses.
pub(super) fn of_operation(before: &Operation, after: &Operation, changes: &mut Changes) {
    let text = |expression: &Option<Expression>| expression.as_ref().map(|it| it.text().to_owned()).unwrap_or_default();
    let (old, new) = (text(&before.success), text(&after.success));
    if old != new {
        let (effect, meaning) = match (old.as_str(), new.as_str()) {
            ("", _) => (Effect::Breaking, "a client that goes by the status takes failures for successes"),
            (_, "") => (Effect::Check, "the status tells a success, and not the body"),
            _ => (Effect::Breaking, "a client looks for a success in another place, or for another value"),
        };
        changes.add("success.changed", effect, "success", old, new, meaning);
    }
    match (&before.capped_by, &after.capped_by) {
        (None, Some(new)) => {
            let meaning = "a client that reads one amount takes it for more than can be used";
            let change = Change::of("capped-by.added", Effect::Breaking, "capped by", "", &new.operation, meaning);
            changes.add_promised(change.promised(None, Some(&new.promise)));
        }
        (Some(old), None) => {
            let meaning = "what the other operation shows is no longer a limit";
            let change =
                Change::of("capped-by.withdrawn", Effect::Compatible, "capped by", &old.operation, "", meaning);
            changes.add_promised(change.promised(Some(&old.promise), None));
        }
        (Some(old), Some(new)) if old.operation != new.operation => {
            let meaning = "a client reads the other limit from another operation";
            let change =
                Change::of("capped-by.moved", Effect::Breaking, "capped by", &old.operation, &new.operation, meaning);
            changes.add_promised(change.promised(Some(&old.promise), Some(&new.promise)));
        }
        _ => {}
    }
}

/// Compares which of two conditions decides.
pub(super) fn precedence(old: &Contract, new: &Contract, changes: &mut Changes) {
    let meaning = "a request with both conditions gets the other error";
    match (&old.precedence, &new.precedence) {
        (Some(before), Some(after)) if before.order != after.order => {
            let effect = if is_reversed(before, after) { Effect::Breaking } else { Effect::Check };
            let change = Change::of("precedence.changed", effect, "precedence", shown(before), shown(after), meaning);
            changes.add_promised(change.promised(Some(&before.promise), Some(&after.promise)));
        }
        (before, after) => {
            let promises = (before.as_ref().map(|it| &it.promise), after.as_ref().map(|it| &it.promise));
            changes.promise("precedence", promises.0, promises.1, meaning);
        }
    }
}

/// Whether two conditions are in the one order before, and in the other one after.
fn is_reversed(before: &Precedence, after: &Precedence) -> bool {
    let rank = |condition: &Condition| after.order.iter().position(|other| other == condition);
    let ranks: Vec<usize> = before.order.iter().filter_map(rank).collect();
    !ranks.is_sorted()
}

fn shown(precedence: &Precedence) -> String {
    precedence.order.iter().map(|condition| condition.as_str()).collect::<Vec<_>>().join(", ")
}
