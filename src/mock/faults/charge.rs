//! Faults of paid calls: what a call is charged, and what happens without credits.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::Value;

use super::ServerFault;
use super::balance::{amounts, bump, fields, fractions, set};
use crate::contract::{Charge, Condition, Contract, FailureMode, Locator, Operation, Role};
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::Reply;
use crate::model::{BalanceValues, is_representable};

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "charge-double",
        about: "a paid call is charged twice",
        applies: cost_known,
        install: |behaviour| charge_and_report_cost(behaviour, |cost, _| cost * Decimal::TWO),
    },
    ServerFault {
        name: "charge-double-at-high-balance",
        about: "a paid call is charged twice if 10000 credits or more remain",
        applies: cost_known,
        install: |behaviour| {
            charge_and_report_cost(behaviour, |cost, before| match before.remaining {
                Some(left) if left >= Decimal::from(10_000) => cost * Decimal::TWO,
                _ => cost,
            });
        },
    },
    ServerFault {
        name: "charge-double-for-non-bmp-text",
        about: "a paid call is executed twice if its body contains a character beyond U+FFFF",
        applies: cost_known,
        install: |behaviour| {
            behaviour.repeats = |request| {
                let body = request.body.as_deref().unwrap_or_default();
                // Such a character has four bytes in UTF-8, or is a surrogate pair of escapes.
                body.iter().any(|byte| *byte >= 0xF0) || body.windows(4).any(|text| text == b"\\ud8")
            };
        },
    },
    ServerFault {
        name: "charge-nothing",
        about: "a paid call is not charged",
        applies: cost_known,
        install: |behaviour| charge_and_report_cost(behaviour, |_, _| Decimal::ZERO),
    },
    ServerFault {
        name: "charge-added",
        about: "a paid call adds its cost to the balance",
        applies: cost_unknown,
        install: |behaviour| behaviour.deviation.charge = |cost, _| -cost,
    },
    ServerFault {
        name: "charge-nothing-at-unknown-cost",
        about: "a paid call, whose cost the contract does not state, is not charged",
        applies: |contract| {
            let states_rest = |operation: &Operation| operation.fields.remaining.is_some();
            cost_unknown(contract) && contract.operation(Role::Spend).is_some_and(|operation| states_rest(operation))
        },
        install: |behaviour| behaviour.deviation.charge = |_, _| Decimal::ZERO,
    },
    ServerFault {
        name: "charge-other-account",
        about: "paid calls are charged to another account",
        applies: spends_amounts,
        install: |behaviour| behaviour.deviation.charge_to_other = |_| true,
    },
    ServerFault {
        name: "charge-other-account-every-third",
        about: "every third paid call is charged to another account",
        applies: spends_amounts,
        install: |behaviour| behaviour.deviation.charge_to_other = |n| n.is_multiple_of(3),
    },
    ServerFault {
        name: "charge-double-at-low-balance",
        about: "a paid call is charged twice if more than one and fewer than eighteen credits remain",
        applies: cost_known,
        install: |behaviour| {
            charge_and_report_cost(behaviour, |cost, before| match before.remaining {
                Some(left) if left < Decimal::from(18) && left > Decimal::ONE => cost * Decimal::TWO,
                _ => cost,
            });
        },
    },
    ServerFault {
        name: "charge-skipped-at-exact-balance",
        about: "a paid call that would use up the balance is not charged",
        applies: cost_known,
        install: |behaviour| {
            charge_and_report_cost(
                behaviour,
                |cost, before| if before.remaining == Some(cost) { Decimal::ZERO } else { cost },
            );
        },
    },
    ServerFault {
        name: "charge-half-a-credit-too-much",
        about: "a paid call is charged half a credit too much",
        applies: |contract| cost_known(contract) && fractions(contract),
        install: |behaviour| charge_and_report_cost(behaviour, |cost, _| cost + Decimal::new(5, 1)),
    },
    ServerFault {
        name: "charge-drops-fraction",
        about: "a paid call takes the decimal places of the balance in addition to its cost",
        applies: |contract| cost_known(contract) && fractions(contract),
        install: |behaviour| {
            charge_and_report_cost(behaviour, |cost, before| cost + before.remaining.unwrap_or_default().fract());
        },
    },
    ServerFault {
        name: "charge-reported-wrongly",
        about: "the response to a paid call reports one credit more than was charged",
        applies: |contract| charge(contract).is_some_and(|cost| cost.charged.is_some()),
        install: |behaviour| {
            behaviour.edit.push(Arc::new(|view, reply| {
                if view.succeeded(Role::Spend) {
                    bump(reply, charged_at(view));
                }
            }));
        },
    },
    ServerFault {
        name: "charge-for-free-responses",
        about: "a response that is free according to the contract is charged",
        applies: |contract| contract.operation(Role::Spend).is_some_and(|operation| free_example(operation).is_some()),
        install: |behaviour| {
            behaviour.edit.push(Arc::new(|view, reply| {
                if view.succeeded(Role::Spend)
                    && let Some(example) = view.operation.and_then(free_example)
                {
                    reply.set_json(example);
                }
            }));
        },
    },
    ServerFault {
        name: "read-charged",
        about: "reading the balance costs a hundredth of a credit",
        applies: |contract| free_to_read(contract) && fractions(contract),
        install: |behaviour| behaviour.deviation.check_costs = |_| Decimal::new(1, 2),
    },
    ServerFault {
        name: "read-charged-every-tenth",
        about: "every tenth read of the balance costs one credit",
        applies: free_to_read,
        install: |behaviour| {
            behaviour.deviation.check_costs = |n| if n.is_multiple_of(10) { Decimal::ONE } else { Decimal::ZERO };
        },
    },
    ServerFault {
        name: "charge-invalid-requests",
        about: "an invalid request is refused and charged",
        applies: |contract| amounts(contract) && charge(contract).is_some(),
        install: |behaviour| behaviour.deviation.charge_invalid = true,
    },
    ServerFault {
        name: "charge-when-rate-limited",
        about: "a paid call that is refused by the rate limit is charged",
        applies: |contract| {
            let limited =
                |op: &Operation| op.role == Role::Spend && op.conditions.contains_key(&Condition::RateLimited);
            cost_known(contract) && contract.operations.iter().any(|op| limited(op))
        },
        install: |behaviour| behaviour.deviation.charge_limited = true,
    },
    ServerFault {
        name: "charge-when-exhausted",
        about: "a paid call that is refused as exhausted is charged",
        applies: |contract| amounts(contract) && charge(contract).is_some(),
        install: |behaviour| behaviour.deviation.charge_refused = true,
    },
    ServerFault {
        name: "exhausted-accepted",
        about: "a paid call is accepted although no credits remain",
        applies: spends,
        install: |behaviour| behaviour.deviation.overdraws = |_| true,
    },
    ServerFault {
        name: "exhausted-accepted-below-zero",
        about: "a paid call is accepted when the balance is negative",
        // Without any cost, a debt may suffice as well as credits.
        applies: |contract| {
            amounts(contract) && charge(contract).is_some() && is_representable(contract, Decimal::NEGATIVE_ONE)
        },
        install: |behaviour| {
            behaviour.deviation.overdraws = |before| before.remaining.is_some_and(|left| left < Decimal::ZERO);
        },
    },
    ServerFault {
        name: "exhausted-accepted-at-part-of-cost",
        about: "a paid call is accepted when only a part of its cost remains",
        applies: |contract| cost_known(contract) && fractions(contract),
        install: |behaviour| {
            behaviour.deviation.overdraws = |before| before.remaining.is_some_and(|left| left > Decimal::ZERO);
        },
    },
    ServerFault {
        name: "exhausted-accepted-at-zero",
        about: "a paid call is accepted when exactly zero credits remain",
        applies: spends,
        install: |behaviour| {
            behaviour.deviation.overdraws = |before| before.remaining.is_none_or(|left| left.is_zero());
        },
    },
    ServerFault {
        name: "exhausted-at-exact-cost",
        about: "a paid call is refused although exactly its cost remains",
        applies: |contract| spends(contract) && cost_known(contract),
        install: |behaviour| behaviour.deviation.keeps_the_last = true,
    },
    ServerFault {
        name: "exhausted-with-status-429",
        about: "a paid call without credits gets the documented code with the status 429",
        applies: |contract| {
            let answer = contract.operation(Role::Spend).and_then(|op| op.conditions.get(&Condition::Exhausted));
            answer
                .is_some_and(|answer| answer.code.is_some() && answer.status.is_some_and(|range| !range.contains(429)))
        },
        install: |behaviour| {
            behaviour.edit.push(Arc::new(|view, reply| {
                if view.refused(Condition::Exhausted) {
                    reply.status = 429;
                }
            }));
        },
    },
    ServerFault {
        name: "exhausted-other-code",
        about: "the error code for exhausted credits is not a documented one",
        applies: |contract| {
            let response = contract.operation(Role::Spend).and_then(|op| op.conditions.get(&Condition::Exhausted));
            response.is_some_and(|response| response.code.is_some() && !response.code_at.is_empty())
        },
        install: |behaviour| {
            on_exhausted(behaviour, |view, reply| {
                let mut body = reply.json().unwrap_or_default();
                let documented = view.operation.and_then(|operation| operation.conditions.get(&Condition::Exhausted));
                let places = documented.map_or(&[][..], |documented| &documented.code_at);
                if let Some(at) = places.iter().find(|at| body.pointer(at).is_some())
                    && let Some(code) = body.pointer_mut(at)
                {
                    *code = if code.is_number() { Value::from(987) } else { Value::String("NO_CREDIT".to_owned()) };
                }
                reply.set_json(&body);
            });
        },
    },
    ServerFault {
        name: "exhausted-other-media-type",
        about: "the response for exhausted credits has the media type of HTML",
        applies: spends,
        install: |behaviour| on_exhausted(behaviour, |_, reply| reply.set_header("content-type", "text/html")),
    },
    ServerFault {
        name: "exhausted-as-server-error",
        about: "a paid call without credits answers 500",
        applies: |contract| {
            let response = contract.operation(Role::Spend).and_then(|op| op.conditions.get(&Condition::Exhausted));
            response.is_some_and(|response| response.status.is_some())
        },
        install: |behaviour| on_exhausted(behaviour, |_, reply| reply.status = 500),
    },
    ServerFault {
        name: "exhausted-forever",
        about: "an account that was exhausted once stays exhausted after credits are added",
        applies: spends,
        install: |behaviour| behaviour.deviation.exhaustion_sticks = true,
    },
    ServerFault {
        name: "overdraw-under-concurrency",
        about: "two paid calls without a check between them can both spend the last credit",
        applies: |contract| amounts(contract) && spends(contract),
        install: |behaviour| behaviour.deviation.race_window = true,
    },
    ServerFault {
        name: "spend-allowed-by-last-check",
        about: "a paid call is accepted if the last check returned `allowed: true`",
        applies: |contract| {
            let open = contract.failure.as_ref().filter(|policy| policy.mode == FailureMode::Open);
            open.is_some_and(|policy| policy.enforced_on_spend.is_some())
        },
        install: |behaviour| behaviour.deviation.check_decides = true,
    },
];

fn spends(contract: &Contract) -> bool {
    contract.operation(Role::Spend).is_some_and(|operation| operation.conditions.contains_key(&Condition::Exhausted))
}

pub(super) fn spends_amounts(contract: &Contract) -> bool {
    amounts(contract) && contract.operation(Role::Spend).is_some()
}

fn cost_unknown(contract: &Contract) -> bool {
    spends_amounts(contract) && !cost_known(contract)
}

fn charge(contract: &Contract) -> Option<&Charge> {
    contract.operation(Role::Spend)?.cost.as_ref()
}

pub(super) fn cost_known(contract: &Contract) -> bool {
    amounts(contract) && charge(contract).is_some_and(|cost| cost.amount.is_some() || cost.charged.is_some())
}

fn free_to_read(contract: &Contract) -> bool {
    amounts(contract) && fields(contract, |operation| operation.free.is_some())
}

fn charged_at<'a>(view: &EditView<'a>) -> Option<&'a Locator> {
    view.operation?.cost.as_ref()?.charged.as_ref()
}

/// Charges this amount, and reports the documented cost in the response.
fn charge_and_report_cost(behaviour: &mut ProviderBehaviour, charge: fn(Decimal, &BalanceValues) -> Decimal) {
    behaviour.deviation.charge = charge;
    behaviour.edit.push(Arc::new(|view, reply| {
        let cost = view.operation.and_then(|operation| operation.cost.as_ref());
        if view.succeeded(Role::Spend) {
            let one = cost.and_then(|cost| cost.amount).unwrap_or(Decimal::ONE);
            set(reply, charged_at(view), one);
        }
    }));
}

fn on_exhausted(behaviour: &mut ProviderBehaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view: &EditView<'_>, reply: &mut Reply| {
        if view.refused(Condition::Exhausted) {
            edit(view, reply);
        }
    }));
}

/// An example of a successful response to a paid call that is free according to the contract.
fn free_example(operation: &Operation) -> Option<&Value> {
    let free = operation.cost.as_ref()?.free_when.as_ref()?;
    let examples = &operation.response(200)?.content.first()?.examples;
    let headers = std::collections::BTreeMap::new();
    let mut examples = examples.iter().map(|(_, example)| example);
    examples.find(|example| free.holds(200, &headers, example).unwrap_or(false))
}
