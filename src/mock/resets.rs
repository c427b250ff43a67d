//! The time at which used credits are given back, as responses contain it.

use std::time::UNIX_EPOCH;

use super::provider::ProviderState;
use super::reply::Reply;
use crate::contract::Operation;
use crate::model::{places, time_like};

/// The calendar time in milliseconds since 1970: time 0 of a provider.
#[expect(clippy::disallowed_methods, reason = "responses contain calendar times")]
pub(super) fn epoch_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Whole seconds, as in most bodies.
    i64::try_from(since.as_secs()).unwrap_or(0).saturating_mul(1_000)
}

/// Writes the time of the next reset into a response, in the form of the documented example.
pub(super) fn write(state: &ProviderState, operation: &Operation, tenant: &str, reply: &mut Reply) {
    let Some(resets) = &operation.fields.resets else { return };
    let Some(at) = state.model.next_reset_ms(tenant).and_then(|ms| i64::try_from(ms).ok()) else { return };
    let mut text = reply.text();
    let Some(range) = places(&text, &resets.at).into_iter().next() else { return };
    let shown = text.get(range.clone()).and_then(|shown| serde_json::from_str(shown).ok());
    let Some(time) = shown.and_then(|shown| time_like(&shown, state.epoch_ms.saturating_add(at))) else { return };
    text.replace_range(range, &time.to_string());
    reply.body = text.into();
}
