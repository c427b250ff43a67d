//! Labels and balances for the tests of this folder.

use foldhash::fast::RandomState;
use rust_decimal::Decimal;

use super::label::PackedKey;
use crate::client::api::Balance;
use crate::client::hit::Hit;

/// A balance of so many credits.
pub(super) fn hit(credits: usize) -> Hit {
    Hit::pack(&Balance { remaining: Some(Decimal::from(credits)), ..Balance::default() })
}

/// The label of each of many tenants, all of them of one cache.
pub(super) fn labels() -> impl Fn(usize) -> PackedKey {
    let hasher = RandomState::default();
    move |number| PackedKey::new(&hasher, 0, &format!("tenant-{number:012}"), &format!("key-{number:014}")).unwrap()
}
