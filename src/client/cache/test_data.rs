//! Keys and balances for the tests of this folder.

use foldhash::fast::RandomState;
use rust_decimal::Decimal;

use super::packed_key::PackedKey;
use crate::client::balance::Balance;
use crate::client::hit::Hit;

/// A balance with this number of credits.
pub(super) fn hit(credits: usize) -> Hit {
    Hit::pack(&Balance { remaining: Some(Decimal::from(credits)), ..Balance::default() })
}

/// The packed keys of any number of accounts, for one cache.
pub(super) fn packed_keys() -> impl Fn(usize) -> PackedKey {
    let hasher = RandomState::default();
    move |number| PackedKey::new(&hasher, 0, &format!("tenant-{number:012}"), &format!("key-{number:014}")).unwrap()
}
