//! Wrong about what is left.

use rust_decimal::Decimal;

use super::ClientFault;
use super::applies::{exhausts, has_minus, has_rows, has_total, in_rows, repeats_in_rows};
use crate::client::balance::Balance;
use crate::client::error::ErrorClass;
use crate::client::values::DecodeError;
use crate::contract::{Fields, Locator};

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "exhausted-misclassified",
        about: "does not tell `out of credits` apart from other failures",
        applies: exhausts,
        install: |b| {
            b.reading.classify = |class, _| if class == ErrorClass::Exhausted { ErrorClass::Other } else { class };
        },
    },
    ClientFault {
        name: "exhausted-read-as-success",
        about: "takes a paid call that was refused for want of credits for a success",
        applies: exhausts,
        install: |b| {
            b.reporting.after_spend = |result, _| match result {
                Err(error) if error.class == ErrorClass::Exhausted => Ok(Balance::default()),
                other => other,
            };
        },
    },
    ClientFault {
        name: "total-and-remaining-swapped",
        about: "confuses what there was with what is left",
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
        about: "takes the first row for the sum of all",
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
        about: "takes an empty list for a failure, where it means 0",
        applies: has_rows,
        install: |b| {
            b.reading.combine_rows = |rows| {
                if rows.is_empty() { Err(DecodeError::Missing) } else { crate::client::values::sum(rows) }
            };
        },
    },
    ClientFault {
        name: "rows-after-tenth-ignored",
        about: "adds up the rows itself, the first ten of them",
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
        name: "subtraction-ignored",
        about: "does not take off what was used",
        applies: has_minus,
        install: |b| {
            b.reading.fields = |fields| {
                let whole = |at: &Option<Locator>| at.clone().map(|at| Locator { minus: None, ..at });
                Fields { remaining: whole(&fields.remaining), total: whole(&fields.total), ..fields.clone() }
            };
        },
    },
];
