//! Checks that judge clients.

mod keeping;
mod promises;

use super::registry::checks;

checks! {
    auth_sent,
    auth_request,
    cache_keeps,
}
