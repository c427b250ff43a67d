//! Faults of the amounts in a balance.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use serde_json::Value;

use super::ServerFault;
use super::applies::has_balance_field;
use super::hooks::{is_zero, on_balance};
use crate::contract::{CacheKind, Condition, Contract, Locator, Operation, Role};
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::Reply;
use crate::model::{BalanceValues, Decision, is_representable};

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "balance-rounded-to-integers",
        about: "the balance is rounded to whole credits",
        applies: fractions,
        install: |behaviour| behaviour.deviation.shows = |balance, _| each(balance, |n| n.round()),
    },
    ServerFault {
        name: "balance-through-double",
        about: "the balance passes through a double and loses digits beyond 2^53",
        applies: |contract| amounts(contract) && is_representable(contract, Decimal::from(9_007_199_254_740_993_u64)),
        install: |behaviour| {
            behaviour.deviation.shows = |balance, _| {
                each(balance, |n| n.to_f64().and_then(Decimal::from_f64).map_or(n, |near| near.normalize()))
            };
        },
    },
    ServerFault {
        name: "balance-in-32-bits",
        about: "a balance of 2^31 or more is shown as 2^31 - 1",
        applies: |contract| amounts(contract) && is_representable(contract, Decimal::from(2_147_483_648_u64)),
        install: |behaviour| {
            behaviour.deviation.shows = |balance, _| each(balance, |n| n.min(Decimal::from(i32::MAX)));
        },
    },
    ServerFault {
        name: "balance-four-digits-truncated",
        about: "a balance of four digits is shown as its first digit",
        applies: amounts,
        install: |behaviour| {
            behaviour.deviation.shows = |balance, _| {
                let four = Decimal::ONE_THOUSAND..Decimal::from(10_000);
                each(balance, |n| if four.contains(&n) { (n / Decimal::ONE_THOUSAND).trunc() } else { n })
            };
        },
    },
    ServerFault {
        name: "balance-seven-digits-rounded",
        about: "a balance of seven digits is rounded down to whole thousands",
        applies: |contract| amounts(contract) && is_representable(contract, Decimal::from(9_999_999)),
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
        name: "negative-balance-shown-as-zero",
        about: "a negative balance is shown as zero",
        applies: |contract| amounts(contract) && is_representable(contract, Decimal::NEGATIVE_ONE),
        install: |behaviour| behaviour.deviation.shows = |balance, _| each(balance, |n| n.max(Decimal::ZERO)),
    },
    ServerFault {
        name: "negative-balance-without-sign",
        about: "a negative balance is shown without its sign",
        applies: |contract| amounts(contract) && is_representable(contract, Decimal::NEGATIVE_ONE),
        install: |behaviour| behaviour.deviation.shows = |balance, _| each(balance, |n| n.abs()),
    },
    ServerFault {
        name: "balance-cents-unpadded",
        about: "cents below ten are written without the leading zero, so that 7.05 becomes 7.5",
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
        name: "balance-rounded-to-two-decimals",
        about: "the balance is rounded to two decimals",
        applies: |contract| amounts(contract) && is_representable(contract, Decimal::new(125, 3)),
        install: |behaviour| behaviour.deviation.shows = |balance, _| each(balance, |n| n.round_dp(2)),
    },
    ServerFault {
        name: "balance-off-by-one-every-seventh",
        about: "every seventh balance that is read from the store is one credit too high",
        applies: amounts,
        install: |behaviour| {
            behaviour.deviation.shows =
                |balance, n| if n.is_multiple_of(7) { each(balance, |n| n + Decimal::ONE) } else { balance };
        },
    },
    ServerFault {
        name: "balance-decays-with-time",
        about: "a balance is one credit lower, or use is not allowed any more, after a minute",
        applies: has_balance_field,
        install: |behaviour| {
            behaviour.deviation.ages = |balance, age_ms| match balance.remaining {
                _ if age_ms < 60_000 => balance,
                Some(left) if left >= Decimal::ONE => each(balance, |n| n - Decimal::ONE),
                Some(_) => balance,
                None => BalanceValues { allowed: balance.allowed.map(|_| false), ..balance },
            };
        },
    },
    ServerFault {
        name: "balance-grows-with-time",
        about: "a balance is one credit higher after an hour",
        applies: amounts,
        install: |behaviour| {
            behaviour.deviation.ages =
                |balance, age_ms| if age_ms < 3_600_000 { balance } else { each(balance, |n| n + Decimal::ONE) };
        },
    },
    ServerFault {
        name: "zero-balance-shown-as-one",
        about: "a balance below one credit is shown as one credit",
        applies: amounts,
        install: |behaviour| behaviour.deviation.shows = |balance, _| each(balance, |n| n.max(Decimal::ONE)),
    },
    ServerFault {
        name: "allowed-always-true",
        about: "`allowed` is true whatever the balance is",
        applies: |contract| fields(contract, |operation| operation.fields.allowed.is_some()),
        install: |behaviour| {
            behaviour.deviation.shows =
                |balance, _| BalanceValues { allowed: balance.allowed.map(|_| true), ..balance };
        },
    },
    ServerFault {
        name: "total-equals-remaining",
        about: "the total shows the remaining credits",
        applies: |contract| fields(contract, |operation| operation.fields.total.is_some()),
        install: |behaviour| {
            behaviour.deviation.shows =
                |balance, _| BalanceValues { total: balance.total.and(balance.remaining), ..balance };
        },
    },
    ServerFault {
        name: "total-zero-at-zero-remaining",
        about: "the total is shown as zero when no credits remain",
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
        about: "the first balance that was read is shown forever",
        applies: limits_caching,
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(u64::MAX);
            behaviour.deviation.refresh_ignored = |_| true;
        },
    },
    ServerFault {
        name: "zero-balance-never-changes",
        about: "once a balance of zero was read, it is shown forever",
        applies: limits_caching,
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(u64::MAX);
            behaviour.deviation.refresh_ignored = |_| true;
            behaviour.deviation.keeps =
                |balance| balance.remaining.map_or(balance.allowed == Some(false), |left| left.is_zero());
        },
    },
    ServerFault {
        name: "rows-off-by-one",
        about: "the rows of a balance do not add up to the remaining credits",
        applies: rows,
        install: |behaviour| on_balance(behaviour, bump_row),
    },
    ServerFault {
        name: "rows-off-by-one-every-seventh",
        about: "in every seventh response the rows of a balance do not add up to the remaining credits",
        applies: rows,
        install: |behaviour| {
            let responses = AtomicU64::new(0);
            behaviour.edit.push(Arc::new(move |view, reply| {
                let rows = view.succeeded(Role::Balance) && !is_zero(view);
                if rows && (responses.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(7) {
                    bump_row(view, reply);
                }
            }));
        },
    },
    ServerFault {
        name: "remaining-header-missing",
        about: "responses to paid calls lack the header field that repeats the remaining credits",
        applies: repeats_in_header,
        install: |behaviour| on_headers(behaviour, Role::Spend, |_, reply, name| reply.remove_header(name)),
    },
    ServerFault {
        name: "remaining-header-missing-at-zero",
        about: "the header field that repeats the remaining credits is missing when no credits remain",
        applies: repeats_in_header,
        install: |behaviour| {
            on_headers(behaviour, Role::Balance, |view, reply, name| {
                if is_zero(view) {
                    reply.remove_header(name);
                }
            });
        },
    },
    ServerFault {
        name: "remaining-header-missing-when-exhausted",
        about: "the header field that repeats the remaining credits is missing in the response to a paid call without credits",
        applies: |contract| {
            let Some(operation) = contract.operation(Role::Spend) else { return false };
            let answer = operation.conditions.get(&Condition::Exhausted);
            let mut fields = answer.into_iter().flat_map(|answer| &answer.response.headers);
            let repeats = |name: &str| {
                let mut places = operation.fields.remaining_repeated.iter();
                places.any(|repeated| repeated.at.header.as_deref().is_some_and(|at| at.eq_ignore_ascii_case(name)))
            };
            fields.any(|field| field.required && repeats(&field.name))
        },
        install: |behaviour| {
            behaviour.edit.push(Arc::new(|view, reply| {
                let operation = view.operation.filter(|_| view.refused(Condition::Exhausted));
                for repeated in operation.into_iter().flat_map(|operation| &operation.fields.remaining_repeated) {
                    if let Some(name) = &repeated.at.header {
                        reply.remove_header(name);
                    }
                }
            }));
        },
    },
    ServerFault {
        name: "remaining-header-rounded",
        about: "the header field that repeats the remaining credits shows whole credits only",
        applies: |contract| repeats_in_header(contract) && fractions(contract),
        install: |behaviour| {
            on_headers(behaviour, Role::Balance, |_, reply, name| {
                let amount = reply.header(name).and_then(|text| text.parse::<Decimal>().ok()).unwrap_or_default();
                reply.set_header(name, amount.trunc().to_string());
            });
        },
    },
    ServerFault {
        name: "remaining-header-too-high",
        about: "the header field of a paid call's response shows two credits more than remain",
        applies: repeats_in_header,
        install: |behaviour| {
            on_headers(behaviour, Role::Spend, |_, reply, name| {
                let amount = reply.header(name).and_then(|text| text.parse::<Decimal>().ok()).unwrap_or_default();
                reply.set_header(name, (amount + Decimal::TWO).to_string());
            });
        },
    },
    ServerFault {
        name: "spend-remaining-too-high",
        about: "the response to a paid call shows one credit more than remains",
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
        name: "spend-remaining-null-at-zero",
        about: "the response to a paid call that leaves no credits shows null",
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
    amounts(contract) && is_representable(contract, Decimal::new(5, 1))
}

fn repeats_in_header(contract: &Contract) -> bool {
    let names =
        |operation: &Operation| operation.fields.remaining_repeated.iter().any(|again| again.at.header.is_some());
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

/// The JSON Pointer of the amount in the first row, if the contract documents that the rows add up to the balance.
fn row_pointer(operation: &Operation) -> Option<String> {
    let mut places = operation.fields.remaining_repeated.iter().filter_map(|again| again.at.pointer.as_ref());
    places.find(|pointer| pointer.contains("/*")).map(|pointer| pointer.replacen("/*", "/0", 1))
}

fn bump_row(view: &EditView<'_>, reply: &mut Reply) {
    let pointer = view.operation.and_then(row_pointer);
    bump(reply, Some(&Locator { pointer, ..Locator::default() }));
}

/// Edits the header fields that repeat the remaining credits, in the successful responses of one role.
fn on_headers(behaviour: &mut ProviderBehaviour, role: Role, edit: fn(&EditView<'_>, &mut Reply, &str)) {
    behaviour.edit.push(Arc::new(move |view: &EditView<'_>, reply: &mut Reply| {
        let Some(operation) = view.operation.filter(|_| view.succeeded(role)) else { return };
        for name in operation.fields.remaining_repeated.iter().filter_map(|again| again.at.header.as_ref()) {
            edit(view, reply, name);
        }
    }));
}

/// Whether the contract limits how long a balance may be cached.
fn limits_caching(contract: &Contract) -> bool {
    let rule = contract.caching.server.as_ref();
    has_balance_field(contract)
        && !rule.is_some_and(|rule| rule.kind == CacheKind::Permitted && rule.max_ttl_ms.is_none())
}
