//! Faults that show while the store behind the balance fails, or afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rust_decimal::Decimal;
use serde_json::json;

use super::ServerFault;
use super::applies::always;
use crate::contract::{CacheKind, Condition, Contract, FailureMode, Role, StatusRange};
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::Reply;
use crate::model::{BalanceValues, Decision};

/// Longer than any time to live.
const FOREVER_MS: u64 = 400 * 24 * 60 * 60 * 1000;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "fail-open-blocks",
        about: "a check that fails denies use although the contract fails open",
        applies: open,
        install: |behaviour| on_failure(behaviour, |_, reply| set_allowed(reply, Some(false))),
    },
    ServerFault {
        name: "fail-open-blocks-every-second-time",
        about: "every second check that fails denies use although the contract fails open",
        applies: open,
        install: |behaviour| {
            on_failure(behaviour, |n, reply| {
                if n.is_multiple_of(2) {
                    set_allowed(reply, Some(false));
                }
            });
        },
    },
    ServerFault {
        name: "fail-open-without-allowed",
        about: "the response to a check that fails has no `allowed`",
        applies: open,
        install: |behaviour| on_failure(behaviour, |_, reply| set_allowed(reply, None)),
    },
    ServerFault {
        name: "fail-open-with-status-200",
        about: "the response to a check that fails allows use and has status 200",
        applies: open,
        install: |behaviour| on_failure(behaviour, |_, reply| reply.status = 200),
    },
    ServerFault {
        name: "failure-as-empty-object",
        about: "a check that fails answers 200 with an empty object",
        applies: |contract| {
            super::applies::has_balance_field(contract) || super::applies::first_read_needs_members(contract)
        },
        install: |behaviour| {
            on_failure(behaviour, |_, reply| *reply = Reply::new(200, "application/json", "{}"));
        },
    },
    ServerFault {
        name: "failure-as-not-found",
        about: "a check that fails answers 404",
        applies: |contract| {
            let response = contract.operation(Role::Balance).and_then(|op| op.conditions.get(&Condition::BackendDown));
            response.is_some_and(|response| !matches!(response.status, None | Some(StatusRange::Default)))
        },
        install: |behaviour| on_failure(behaviour, |_, reply| reply.status = 404),
    },
    ServerFault {
        name: "failure-as-zero",
        about: "a check that fails returns a balance of zero",
        applies: closed,
        install: |behaviour| behaviour.deviation.on_failure = Some(|_| invented(Decimal::ZERO)),
    },
    ServerFault {
        name: "failure-as-default-balance",
        about: "a check that fails returns a balance of 100",
        applies: closed,
        install: |behaviour| behaviour.deviation.on_failure = Some(|_| invented(Decimal::from(100))),
    },
    ServerFault {
        name: "failure-as-last-known",
        about: "while the store fails, the last balance is returned, however old it is",
        applies: closed,
        install: |behaviour| {
            behaviour.deviation.on_failure = Some(|known| match known {
                Some(balance) => Decision::Success { balance: *balance, charged: Decimal::ZERO },
                None => Decision::Refused { condition: Condition::BackendDown, retry_after_s: None },
            });
        },
    },
    ServerFault {
        name: "failure-never-ends",
        about: "checks keep failing after the store works again",
        applies: always,
        install: |behaviour| behaviour.deviation.failure_lingers_ms = |_| FOREVER_MS,
    },
    ServerFault {
        name: "failure-never-ends-after-second-outage",
        about: "checks keep failing after the store works again, from the second outage on",
        applies: always,
        install: |behaviour| behaviour.deviation.failure_lingers_ms = |n| if n > 1 { FOREVER_MS } else { 0 },
    },
    ServerFault {
        name: "failure-cached-although-forbidden",
        about: "checks fail for one more second although the contract forbids caching",
        applies: |contract| contract.caching.server.as_ref().is_some_and(|rule| rule.kind == CacheKind::None),
        install: |behaviour| behaviour.deviation.failure_lingers_ms = |_| 1000,
    },
    ServerFault {
        name: "failure-spreads-to-other-tenants",
        about: "after the check of one tenant failed, the next check of every other tenant fails too",
        applies: always,
        install: |behaviour| behaviour.deviation.failure_spreads = true,
    },
    ServerFault {
        name: "failure-spreads-during-outage",
        about: "after the check of one tenant failed, the checks of all tenants fail until the outage is over",
        applies: always,
        install: |behaviour| behaviour.deviation.failure_spreads_in_outage = true,
    },
    ServerFault {
        name: "failure-allows-spend",
        about: "while the store fails, every paid call is accepted",
        applies: |contract| contract.failure.as_ref().is_some_and(|policy| policy.enforced_on_spend.is_some()),
        install: |behaviour| behaviour.deviation.down_lets_spend = true,
    },
    ServerFault {
        name: "failure-still-charged",
        about: "a paid call that fails with the store is charged",
        applies: closed,
        install: |behaviour| behaviour.deviation.charge_failed = true,
    },
];

fn open(contract: &Contract) -> bool {
    contract.failure.as_ref().is_some_and(|policy| policy.mode == FailureMode::Open)
}

fn closed(contract: &Contract) -> bool {
    super::applies::has_balance_field(contract)
        && contract.failure.as_ref().is_some_and(|policy| policy.mode == FailureMode::Closed)
}

fn invented(amount: Decimal) -> Decision {
    let balance = BalanceValues { remaining: Some(amount), total: Some(amount), allowed: Some(!amount.is_zero()) };
    Decision::Success { balance, charged: Decimal::ZERO }
}

/// Edits the responses to checks that fail; `edit` gets their number, from 1.
fn on_failure(behaviour: &mut ProviderBehaviour, edit: fn(u64, &mut Reply)) {
    let failures = AtomicU64::new(0);
    behaviour.edit.push(Arc::new(move |view: &EditView<'_>, reply: &mut Reply| {
        let failed = matches!(view.decision, Some(Decision::FailOpen(_))) || view.refused(Condition::BackendDown);
        if failed && view.operation.is_some_and(|operation| operation.role == Role::Balance) {
            edit(failures.fetch_add(1, Ordering::Relaxed) + 1, reply);
        }
    }));
}

fn set_allowed(reply: &mut Reply, allowed: Option<bool>) {
    reply.set_json(&allowed.map_or_else(|| json!({ "error": "no" }), |allowed| json!({ "allowed": allowed })));
}
