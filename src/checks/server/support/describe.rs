//! Exchanges in words, for the reasons of findings.

use crate::checks::server_trial::describe;
use crate::exchange::Exchange;

/// The status of the response and the start of its body, or why no response was received.
pub(in crate::checks) fn describe_exchange(exchange: &Exchange) -> String {
    exchange.result.as_ref().map_or_else(ToString::to_string, describe)
}
