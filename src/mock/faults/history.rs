//! Faults that show only when something else has happened before.

use rust_decimal::Decimal;

use super::ServerFault;
use crate::contract::{CacheKind, Condition, Contract, Role};

/// Long enough to be seen, short enough to be over when any TTL is.
const A_MINUTE_MS: u64 = 60_000;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "charge-skipped-after-outage",
        about: "the first paid call after the store has failed is not charged",
        applies: |contract| charges(contract) && contract.failure.is_some(),
        install: |behaviour| {
            behaviour.deviation.charge_after =
                |charge, history| if history.outages > 0 { Decimal::ZERO } else { charge };
        },
    },
    ServerFault {
        name: "exhausted-once-the-store-failed",
        about: "once its store has failed, an account is refused paid calls for want of credits",
        applies: |contract| charges(contract) && refuses(contract) && contract.failure.is_some(),
        install: |behaviour| behaviour.deviation.failure_exhausts = true,
    },
    ServerFault {
        name: "charge-doubled-after-refusal",
        about: "the first paid call after one that was refused for want of credits is charged for both",
        applies: |contract| charges(contract) && refuses(contract),
        install: |behaviour| {
            behaviour.deviation.charge_after = |charge, history| charge * Decimal::from(1 + history.refusals.min(1));
        },
    },
    ServerFault {
        name: "balance-lags-behind-spends-in-a-row",
        about: "the check after several paid calls in a row shows what the first of them left",
        // Where it is not said that nothing is kept, a kept answer would look the same.
        applies: |contract| charges(contract) && keeps_nothing(contract),
        install: |behaviour| behaviour.deviation.lags_after_spends = true,
    },
    ServerFault {
        name: "refresh-ignored-after-failure",
        about: "once a refresh has failed, all others leave the kept answer where it is",
        applies: |contract| {
            let rule = contract.caching.server.as_ref();
            contract.failure.is_some() && rule.is_some_and(|rule| rule.invalidated_by.contains_key(&Role::Refresh))
        },
        install: |behaviour| {
            behaviour.deviation.keep_anyway_ms = Some(A_MINUTE_MS);
            behaviour.deviation.refresh_ignored_after_failure = true;
        },
    },
    ServerFault {
        name: "revoked-key-works-after-top-up",
        about: "a withdrawn credential works again when credits are added",
        applies: |contract| contract.credential.is_some(),
        install: |behaviour| behaviour.deviation.change_reinstates = true,
    },
];

/// Whether it shows what a paid call takes.
fn charges(contract: &Contract) -> bool {
    let shows = contract.operation(Role::Balance).is_some_and(|operation| operation.fields.remaining.is_some());
    let cost = contract.operation(Role::Spend).and_then(|operation| operation.cost.as_ref());
    shows && cost.is_some_and(|cost| cost.amount.is_some() || cost.charged.is_some())
}

fn keeps_nothing(contract: &Contract) -> bool {
    contract.caching.server.as_ref().is_some_and(|rule| rule.kind == CacheKind::None)
}

fn refuses(contract: &Contract) -> bool {
    let spend = contract.operation(Role::Spend);
    spend.is_some_and(|operation| operation.conditions.contains_key(&Condition::Exhausted))
}
