//! Faults in the reported balance.

use rust_decimal::Decimal;

use super::ClientFault;
use super::applies::{exhausts, exhausts_by_code, has_minus, has_rows, has_total, in_rows, repeats_in_rows};
use crate::client::balance::Balance;
use crate::client::error::ErrorClass;
use crate::client::values::DecodeError;
use crate::contract::{Fields, Locator};

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
