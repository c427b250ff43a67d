//! Faults of what a balance shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use serde_json::Value;

use super::shape::{is_empty, on_balance};
use super::{ServerFault, tells};
use crate::contract::{CacheKind, Contract, Locator, Operation, Role};
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::Reply;
use crate::model::{BalanceValues, Decision, fits};

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "balance-rounds-fractions",
        about: "a balance is shown rounded to whole credits",
        applies: fractions,
        install: |behaviour| behaviour.deviation.shows = |balance, _| each(balance, |n| n.round()),
    },
    ServerFault {
        name: "balance-through-double",
        about: "a balance passes through a double and loses digits beyond 2^53",
        applies: |contract| amounts(contract) && fits(contract, Decimal::from(9_007_199_254_740_993_u64)),
        install: |behaviour| {
            behaviour.deviation.shows = |balance, _| {
                each(balance, |n| n.to_f64().and_then(Decimal::from_f64).map_or(n, |near| near.normalize()))
            };
        },
    },
    ServerFault {
        name: "balance-in-32-bits",
        about: "a balance beyond 2^31 is shown as the largest number below it",
        applies: |contract| amounts(contract) && fits(contract, Decimal::from(2_147_483_648_u64)),
        install: |behaviour| {
            behaviour.deviation.shows = |balance, _| each(balance, |n| n.min(Decimal::from(i32::MAX)));
        },
    },
    ServerFault {
        name: "balance-of-four-digits-cut",
        about: "a balance of four digits is shown by its first one",
        applies: amounts,
        install: |behaviour| {
            behaviour.deviation.shows = |balance, _| {
                let four = Decimal::ONE_THOUSAND..Decimal::from(10_000);
                each(balance, |n| if four.contains(&n) { (n / Decimal::ONE_THOUSAND).trunc() } else { n })
            };
        },
    },
    ServerFault {
        name: "balance-of-seven-digits-rounded",
        about: "a balance of seven digits is shown in thousands",
        applies: |contract| amounts(contract) && fits(contract, Decimal::from(9_999_999)),
        install: |behaviour| {
            behaviour.deviation.shows = |balance, _| {
                let seven = Decimal::from(1_000_000)..Decimal::from(10_000_000);
                each(balance, |n| {
                    if seven.contains(&n) { (n / Decimal::ONE_THOUSAND).trunc() * Decimal::ONE_THOUSAND } else { n }
                })
            };
        },
    },
    ServerFault {
        name: "balance-of-a-debt-shown-as-none",
        about: "a balance below zero is shown as zero",
        applies: |contract| amounts(contract) && fits(contract, Decimal::NEGATIVE_ONE),
        install: |behaviour| behaviour.deviation.shows = |balance, _| each(balance, |n| n.max(Decimal::ZERO)),
    },
    ServerFault {
        name: "balance-of-a-debt-without-its-sign",
        about: "a balance below zero is shown without its sign",
        applies: |contract| amounts(contract) && fits(contract, Decimal::NEGATIVE_ONE),
        install: |behaviour| behaviour.deviation.shows = |balance, _| each(balance, |n| n.abs()),
    },
    ServerFault {
        name: "balance-cents-unpadded",
        about: "the cents of a balance are written without the zero in front, so that 7.05 becomes 7.5",
        applies: fractions,
        install: |behaviour| {
            behaviour.deviation.shows = |balance, _| {
                each(balance, |n| {
                    let cents = (n.fract() * Decimal::ONE_HUNDRED).abs();
                    if cents.is_integer() && cents < Decimal::TEN { n.trunc() + n.fract() * Decimal::TEN } else { n }
                })
            };
        },
    },
    ServerFault {
        name: "balance-third-decimal-lost",
        about: "a balance is rounded to two decimals",
        applies: |contract| amounts(contract) && fits(contract, Decimal::new(125, 3)),
        install: |behaviour| behaviour.deviation.shows = |balance, _| each(balance, |n| n.round_dp(2)),
    },
    ServerFault {
        name: "balance-off-in-the-seventh-answer",
        about: "every seventh balance read from the store is one too many",
        applies: amounts,
        install: |behaviour| {
            behaviour.deviation.shows =
                |balance, n| if n.is_multiple_of(7) { each(balance, |n| n + Decimal::ONE) } else { balance };
        },
    },
    ServerFault {
        name: "balance-empty-shown-as-one",
        about: "an empty balance is shown as one credit",
        applies: amounts,
        install: |behaviour| behaviour.deviation.shows = |balance, _| each(balance, |n| n.max(Decimal::ONE)),
    },
    ServerFault {
        name: "balance-always-allowed",
        about: "use is said to be allowed whatever is left",
        applies: |contract| fields(contract, |operation| operation.fields.allowed.is_some()),
        install: |behaviour| {
            behaviour.deviation.shows =
                |balance, _| BalanceValues { allowed: balance.allowed.map(|_| true), ..balance };
        },
    },
    ServerFault {
        name: "total-is-what-is-left",
        about: "the total shows what is left",
        applies: |contract| fields(contract, |operation| operation.fields.total.is_some()),
        install: |behaviour| {
            behaviour.deviation.shows =
                |balance, _| BalanceValues { total: balance.total.and(balance.remaining), ..balance };
        },
    },
    ServerFault {
        name: "total-zero-when-empty",
        about: "the total is shown as nothing once nothing is left",
        applies: |contract| fields(contract, |operation| operation.fields.total.is_some()),
        install: |behaviour| {
            behaviour.deviation.shows = |balance, _| match balance.remaining {
                Some(left) if left.is_zero() => BalanceValues { total: balance.total.map(|_| left), ..balance },
                _ => balance,
            };
        },
    },
    ServerFault {
        name: "balance-never-changes",
        about: "the first balance that was read is shown for ever",
        applies: never_kept_for_ever,
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(u64::MAX);
            behaviour.deviation.refresh_ignored = |_| true;
        },
    },
    ServerFault {
        name: "balance-of-empty-never-changes",
        about: "once an empty balance was read, it is shown for ever",
        applies: never_kept_for_ever,
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(u64::MAX);
            behaviour.deviation.refresh_ignored = |_| true;
            behaviour.deviation.keeps =
                |balance| balance.remaining.map_or(balance.allowed == Some(false), |left| left.is_zero());
        },
    },
    ServerFault {
        name: "rows-off-by-one",
        about: "the rows of a balance do not add up to what is left",
        applies: rows,
        install: |behaviour| on_balance(behaviour, bump_row),
    },
    ServerFault {
        name: "rows-off-by-one-in-the-seventh-answer",
        about: "in every seventh answer the rows of a balance do not add up",
        applies: rows,
        install: |behaviour| {
            let answers = AtomicU64::new(0);
            behaviour.edit.push(Arc::new(move |view, reply| {
                let rows = view.succeeded(Role::Balance) && !is_empty(view);
                if rows && (answers.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(7) {
                    bump_row(view, reply);
                }
            }));
        },
    },
    ServerFault {
        name: "remaining-header-missing",
        about: "the header field that repeats what is left is absent from the answers of one operation",
        applies: repeats_in_header,
        install: |behaviour| on_headers(behaviour, Role::Spend, |_, reply, name| reply.remove_header(name)),
    },
    ServerFault {
        name: "remaining-header-missing-when-empty",
        about: "the header field that repeats what is left is absent when nothing is",
        applies: repeats_in_header,
        install: |behaviour| {
            on_headers(behaviour, Role::Balance, |view, reply, name| {
                if is_empty(view) {
                    reply.remove_header(name);
                }
            });
        },
    },
    ServerFault {
        name: "remaining-header-rounded",
        about: "the header field that repeats what is left shows whole credits only",
        applies: |contract| repeats_in_header(contract) && fractions(contract),
        install: |behaviour| {
            on_headers(behaviour, Role::Balance, |_, reply, name| {
                let amount = reply.header(name).and_then(|text| text.parse::<Decimal>().ok()).unwrap_or_default();
                reply.set_header(name, amount.trunc().to_string());
            });
        },
    },
    ServerFault {
        name: "remaining-header-before-spend",
        about: "the header field of a paid call shows more than was there before the call",
        applies: repeats_in_header,
        install: |behaviour| {
            on_headers(behaviour, Role::Spend, |_, reply, name| {
                let amount = reply.header(name).and_then(|text| text.parse::<Decimal>().ok()).unwrap_or_default();
                reply.set_header(name, (amount + Decimal::TWO).to_string());
            });
        },
    },
    ServerFault {
        name: "rest-told-before-spend",
        about: "the answer of a paid call says what was left before it",
        applies: |contract| {
            let rest = contract.operation(Role::Spend).and_then(|operation| operation.fields.remaining.as_ref());
            let none = crate::contract::CacheKind::None;
            rest.is_some() && contract.caching.server.as_ref().is_some_and(|rule| rule.kind == none)
        },
        install: |behaviour| {
            behaviour.edit.push(Arc::new(|view, reply| {
                let at = view.operation.and_then(|operation| operation.fields.remaining.as_ref());
                if view.succeeded(Role::Spend) {
                    bump(reply, at);
                }
            }));
        },
    },
    ServerFault {
        name: "rest-missing-when-empty",
        about: "the answer of a paid call that leaves nothing does not say so",
        applies: |contract| {
            let spend = contract.operation(Role::Spend);
            spend.is_some_and(|op| op.fields.remaining.as_ref().is_some_and(|at| at.pointer.is_some()))
        },
        install: |behaviour| {
            behaviour.edit.push(Arc::new(|view, reply| {
                let left = match view.decision {
                    Some(Decision::Success { balance, .. }) => balance.remaining,
                    _ => None,
                };
                let at = view.operation.and_then(|operation| operation.fields.remaining.as_ref()?.pointer.as_ref());
                if let (true, Some(at)) = (view.succeeded(Role::Spend) && left == Some(Decimal::ZERO), at) {
                    let mut body = reply.json().unwrap_or_default();
                    if let Some(place) = body.pointer_mut(at) {
                        *place = Value::Null;
                    }
                    reply.set_json(&body);
                }
            }));
        },
    },
];

pub(super) fn fields(contract: &Contract, wanted: fn(&Operation) -> bool) -> bool {
    contract.operation(Role::Balance).is_some_and(|operation| wanted(operation))
}

pub(super) fn amounts(contract: &Contract) -> bool {
    fields(contract, |operation| operation.fields.remaining.is_some())
}

fn rows(contract: &Contract) -> bool {
    contract.operation(Role::Balance).is_some_and(|operation| row_pointer(operation).is_some())
}

pub(super) fn fractions(contract: &Contract) -> bool {
    amounts(contract) && fits(contract, Decimal::new(5, 1))
}

fn repeats_in_header(contract: &Contract) -> bool {
    let names = |operation: &Operation| operation.fields.remaining_again.iter().any(|again| again.at.header.is_some());
    let role = |role| contract.operation(role).is_some_and(|operation| names(operation));
    role(Role::Balance) && role(Role::Spend)
}

fn each(balance: BalanceValues, change: impl Fn(Decimal) -> Decimal) -> BalanceValues {
    BalanceValues { remaining: balance.remaining.map(&change), total: balance.total.map(&change), ..balance }
}

pub(super) fn set(reply: &mut Reply, at: Option<&Locator>, amount: Decimal) {
    let (Some(pointer), Some(mut body)) = (at.and_then(|at| at.pointer.as_ref()), reply.json()) else { return };
    let number = serde_json::from_str(&amount.to_string());
    if let (Some(place), Ok(number)) = (body.pointer_mut(pointer), number) {
        *place = number;
        reply.set_json(&body);
    }
}

/// Adds one to an amount in the body.
pub(super) fn bump(reply: &mut Reply, at: Option<&Locator>) {
    let Some(pointer) = at.and_then(|at| at.pointer.as_ref()) else { return };
    let amount = reply.json().and_then(|body| body.pointer(pointer)?.to_string().parse::<Decimal>().ok());
    if let Some(amount) = amount {
        set(reply, at, amount + Decimal::ONE);
    }
}

/// The place of the amount in the first row, where the sum of rows is repeated.
fn row_pointer(operation: &Operation) -> Option<String> {
    let mut places = operation.fields.remaining_again.iter().filter_map(|again| again.at.pointer.as_ref());
    places.find(|pointer| pointer.contains("/*")).map(|pointer| pointer.replacen("/*", "/0", 1))
}

fn bump_row(view: &EditView<'_>, reply: &mut Reply) {
    let pointer = view.operation.and_then(row_pointer);
    bump(reply, Some(&Locator { pointer, ..Locator::default() }));
}

/// Edits the header fields that repeat what is left, in the successful answers of one role.
fn on_headers(behaviour: &mut ProviderBehaviour, role: Role, edit: fn(&EditView<'_>, &mut Reply, &str)) {
    behaviour.edit.push(Arc::new(move |view: &EditView<'_>, reply: &mut Reply| {
        let Some(operation) = view.operation.filter(|_| view.succeeded(role)) else { return };
        for name in operation.fields.remaining_again.iter().filter_map(|again| again.at.header.as_ref()) {
            edit(view, reply, name);
        }
    }));
}

/// Whether no source lets an answer be kept until a fresh one is asked for.
fn never_kept_for_ever(contract: &Contract) -> bool {
    let rule = contract.caching.server.as_ref();
    tells(contract) && !rule.is_some_and(|rule| rule.kind == CacheKind::Permitted && rule.max_ttl_ms.is_none())
}
