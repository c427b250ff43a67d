//! Faults that show only after an earlier event.

use rust_decimal::Decimal;

use super::ServerFault;
use crate::contract::{CacheKind, Condition, Contract, Role};

/// Long enough to be observed, and shorter than every time to live.
const MINUTE_MS: u64 = 60_000;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "charge-skipped-after-outage",
        about: "the first paid call after an outage of the store is not charged",
        applies: |contract| charges(contract) && contract.failure.is_some(),
        install: |behaviour| {
            behaviour.deviation.charge_after =
                |charge, history| if history.outages > 0 { Decimal::ZERO } else { charge };
        },
    },
    ServerFault {
        name: "exhausted-after-outage",
        about: "after an outage of its store an account's paid calls are refused as exhausted",
        applies: |contract| charges(contract) && refuses(contract) && contract.failure.is_some(),
        install: |behaviour| behaviour.deviation.failure_exhausts = true,
    },
    ServerFault {
        name: "charge-doubled-after-refusal",
        about: "the first paid call after one that was refused as exhausted is charged twice",
        applies: |contract| charges(contract) && refuses(contract),
        install: |behaviour| {
            behaviour.deviation.charge_after = |charge, history| charge * Decimal::from(1 + history.refusals.min(1));
        },
    },
    ServerFault {
        name: "balance-stale-after-several-spends",
        about: "the check after several paid calls in a row shows the balance after the first of them",
        // If caching is not forbidden, a cached response looks the same.
        applies: |contract| charges(contract) && forbids_caching(contract),
        install: |behaviour| behaviour.deviation.lags_after_spends = true,
    },
    ServerFault {
        name: "refresh-ignored-after-failure",
        about: "after one failed refresh, no refresh drops the cached response",
        applies: |contract| {
            let rule = contract.caching.server.as_ref();
            contract.failure.is_some() && rule.is_some_and(|rule| rule.invalidated_by.contains_key(&Role::Refresh))
        },
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(MINUTE_MS);
            behaviour.deviation.refresh_ignored_after_failure = true;
        },
    },
    ServerFault {
        name: "revoked-key-works-after-top-up",
        about: "a revoked credential works again when credits are added",
        applies: |contract| contract.credential.is_some(),
        install: |behaviour| behaviour.deviation.change_reinstates = true,
    },
];

/// Whether the contract documents the cost of a paid call, and shows the remaining credits.
fn charges(contract: &Contract) -> bool {
    let shows = contract.operation(Role::Balance).is_some_and(|operation| operation.fields.remaining.is_some());
    let cost = contract.operation(Role::Spend).and_then(|operation| operation.cost.as_ref());
    shows && cost.is_some_and(|cost| cost.amount.is_some() || cost.charged.is_some())
}

fn forbids_caching(contract: &Contract) -> bool {
    contract.caching.server.as_ref().is_some_and(|rule| rule.kind == CacheKind::None)
}

fn refuses(contract: &Contract) -> bool {
    let spend = contract.operation(Role::Spend);
    spend.is_some_and(|operation| operation.conditions.contains_key(&Condition::Exhausted))
}
