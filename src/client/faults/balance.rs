//! Faults in the reported balance.

use rust_decimal::Decimal;

use super::ClientFault;
use super::applies::{exhausts, exhausts_by_code, has_minus, has_rows, has_total, in_rows, repeats_in_rows};
use crate::client::balance::Balance;
use crate::client::error::ErrorClass;
use crate::client::values::DecodeError;
use crate::contract::{Content, Contract, Fields, Locator, Meaning, Role};

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "exhausted-misclassified",
        about: "does not distinguish `out of credits` from other failures",
        applies: exhausts,
        install: |b| {
            b.reading.classify = |class, _| if class == ErrorClass::Exhausted { ErrorClass::Other } else { class };
        },
    },
    ClientFault {
        name: "exhausted-read-as-success",
        about: "reports a paid call that was refused for lack of credits as a success",
        applies: exhausts,
        install: |b| {
            b.reporting.after_spend = |result, _| match result {
                Err(error) if error.class == ErrorClass::Exhausted => Ok(Balance::default()),
                other => other,
            };
        },
    },
    ClientFault {
        name: "bad-credential-read-as-exhausted",
        about: "reports every refused paid call as out of credits",
        applies: exhausts,
        install: |b| {
            b.reporting.after_spend = |result, _| {
                result.map_err(|mut error| {
                    if error.status.is_some_and(|status| (400..500).contains(&status)) {
                        error.class = ErrorClass::Exhausted;
                    }
                    error
                })
            };
        },
    },
    ClientFault {
        name: "other-codes-read-as-exhausted",
        about: "reports every 400 and 403 of a paid call as out of credits, whatever its code is",
        applies: exhausts_by_code,
        install: |b| {
            b.reporting.after_spend = |result, _| {
                result.map_err(|mut error| {
                    if matches!(error.status, Some(400 | 403)) {
                        error.class = ErrorClass::Exhausted;
                    }
                    error
                })
            };
        },
    },
    ClientFault {
        name: "broken-paid-call-read-as-success",
        about: "reports a paid call whose connection breaks as a success",
        applies: exhausts,
        install: |b| {
            b.reporting.after_spend = |result, _| match result {
                Err(error) if error.class == ErrorClass::Network => Ok(Balance::default()),
                result => result,
            };
        },
    },
    ClientFault {
        name: "total-and-remaining-swapped",
        about: "reports the total as remaining, and the remaining amount as total",
        applies: has_total,
        install: |b| {
            b.reading.fields = |fields| Fields {
                remaining: fields.total.clone().or_else(|| fields.remaining.clone()),
                total: fields.remaining.clone().filter(|_| fields.total.is_some()),
                ..fields.clone()
            };
        },
    },
    ClientFault {
        name: "rows-first-only",
        about: "reports the first row instead of the sum of all rows",
        applies: has_rows,
        install: |b| b.reading.combine_rows = |rows| Ok(rows.first().copied().unwrap_or_default()),
    },
    ClientFault {
        name: "rows-counted",
        about: "counts the rows instead of adding them up",
        applies: has_rows,
        install: |b| b.reading.combine_rows = |rows| Ok(Decimal::from(rows.len())),
    },
    ClientFault {
        name: "empty-rows-refused",
        about: "treats an empty list of rows as a failure instead of 0",
        applies: has_rows,
        install: |b| {
            b.reading.combine_rows = |rows| {
                if rows.is_empty() { Err(DecodeError::Missing) } else { crate::client::values::sum(rows) }
            };
        },
    },
    ClientFault {
        name: "rows-after-tenth-ignored",
        about: "adds up only the first ten rows",
        applies: repeats_in_rows,
        install: |b| {
            b.reading.fields = |fields| {
                let rows = fields.remaining_repeated.iter().map(|again| &again.at).find(|at| in_rows(at));
                Fields { remaining: rows.cloned().or_else(|| fields.remaining.clone()), ..fields.clone() }
            };
            b.reading.combine_rows = |rows| crate::client::values::sum(rows.get(..10).unwrap_or(rows));
        },
    },
    ClientFault {
        name: "marker-read-as-zero",
        about: "reads every marker in place of an amount, for no limit too, as 0",
        applies: |contract| has_markers(contract, |meaning| meaning != Meaning::Zero),
        install: |b| b.reading.marker = |meaning| meaning.map(|_| Meaning::Zero),
    },
    ClientFault {
        name: "marker-read-as-amount",
        about: "knows no markers: takes them for amounts, or for a broken response",
        applies: |contract| has_markers(contract, |meaning| meaning != Meaning::Unknown),
        install: |b| {
            b.reading.marker = |_| None;
            b.reading.reads_documented_null = false;
        },
    },
    ClientFault {
        name: "first-entry-read",
        about: "reads the first entry of a list, whichever the contract selects",
        applies: selects_entry,
        install: |b| {
            b.reading.fields = |fields| Fields { remaining: unselected(fields, "0"), ..fields.clone() };
        },
    },
    ClientFault {
        name: "all-entries-summed",
        about: "adds up all entries of a list of which the contract selects one",
        applies: selects_entry,
        install: |b| {
            b.reading.fields = |fields| Fields { remaining: unselected(fields, "*"), ..fields.clone() };
        },
    },
    ClientFault {
        name: "other-limit-ignored",
        about: "does not ask for the other amount that limits the balance",
        applies: |contract| contract.operation(Role::Balance).is_some_and(|operation| operation.capped_by.is_some()),
        install: |b| b.reading.capped = |own, _| own,
    },
    ClientFault {
        name: "other-limit-alone-reported",
        about: "reports the other amount that limits the balance, even where it is the greater one",
        applies: |contract| contract.operation(Role::Balance).is_some_and(|operation| operation.capped_by.is_some()),
        install: |b| b.reading.capped = |own, other| Balance { remaining: other.remaining, ..own },
    },
    ClientFault {
        name: "subtraction-ignored",
        about: "does not subtract the used amount",
        applies: has_minus,
        install: |b| {
            b.reading.fields = |fields| {
                let whole = |at: &Option<Locator>| at.clone().map(|at| Locator { minus: None, ..at });
                Fields { remaining: whole(&fields.remaining), total: whole(&fields.total), ..fields.clone() }
            };
        },
    },
];

/// Whether the schema allows a marker with such a meaning in place of what is left.
fn has_markers(contract: &Contract, wanted: fn(Meaning) -> bool) -> bool {
    // Where another operation limits the balance too, that one decides.
    let Some(operation) = contract.operation(Role::Balance).filter(|operation| operation.capped_by.is_none()) else {
        return false;
    };
    let Some(at) = operation.fields.remaining.as_ref().filter(|at| at.expression.is_none() && at.header.is_none())
    else {
        return false;
    };
    let content = operation.response(200).and_then(|response| response.content.first());
    let (Some(pointer), Some(example)) = (&at.pointer, content.and_then(Content::example)) else { return false };
    let schema = content.and_then(|content| content.schema.as_ref());
    let markers = at.unlimited.iter().chain(&at.zero).chain(&at.unknown);
    markers.into_iter().filter(|marker| at.meaning(marker).is_some_and(wanted)).any(|marker| {
        let mut body = example.clone();
        let Some(place) = body.pointer_mut(pointer) else { return false };
        *place = marker.clone();
        schema.is_none_or(|schema| schema.accepts(&body)) && crate::model::is_success(operation, &body.to_string())
    })
}

/// Where a member selects the entry of a list, and the example has others.
fn selects_entry(contract: &Contract) -> bool {
    let Some(operation) = contract.operation(Role::Balance) else { return false };
    let at = operation.fields.remaining.as_ref().filter(|at| at.path.is_some());
    let Some(pointer) = at.and_then(|at| at.pointer.as_deref()) else { return false };
    let content = operation.response(200).and_then(|response| response.content.first());
    let Some(example) = content.and_then(Content::example) else { return false };
    let mut list = String::new();
    for token in crate::pointer::tokens(pointer) {
        if let Some(entries) = example.pointer(&list).and_then(serde_json::Value::as_array) {
            return entries.len() > 1;
        }
        crate::pointer::push(&mut list, &token);
    }
    false
}

/// The locator of what is left with another entry of its list.
fn unselected(fields: &Fields, entry: &str) -> Option<Locator> {
    let at = fields.remaining.clone()?;
    let Some(pointer) = at.pointer.as_deref().filter(|_| at.path.is_some()) else { return Some(at) };
    let mut replaced = false;
    let tokens = pointer.split('/').map(|token| {
        if !replaced && token.parse::<usize>().is_ok() {
            replaced = true;
            return entry;
        }
        token
    });
    let pointer = tokens.collect::<Vec<_>>().join("/");
    Some(Locator { pointer: Some(pointer), path: None, ..at })
}
