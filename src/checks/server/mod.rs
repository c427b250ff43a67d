//! Checks that judge servers.

mod accounts;
mod bodies;

use super::registry::checks;

checks! {
    shape_body,
}
