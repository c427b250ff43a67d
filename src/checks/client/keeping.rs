//! What the checks of a client's cache share.

use crate::checks::check::{Stop, has_balance};
use crate::checks::seat::Call;
use crate::contract::{CacheKind, Contract};
use crate::model::Balance;

/// For checks of what a client keeps.
pub(super) fn caches(contract: &Contract) -> Result<(), &'static str> {
    has_balance(contract)?;
    match &contract.caching.client {
        Some(rule) if rule.kind != CacheKind::None => Ok(()),
        _ => Err("the contract promises nothing of the client's cache"),
    }
}

/// That the first answer came from the network, and is the one that was sent: else there is nothing to judge by.
pub(super) fn filled(fill: &Call, truth: &Balance) -> Result<(), Stop> {
    if fill.arrivals.is_empty() {
        return Err(Stop::Inconclusive("the first check of a new session made no request".to_owned()));
    }
    if fill.tells(truth) {
        return Ok(());
    }
    Err(Stop::Inconclusive(format!("the balance cannot be read: expected {truth}, found {}", fill.found())))
}
