//! The failure policy: which failures of a check mean that use is allowed.

use super::balance::{Balance, Source};
use super::error::{ClientError, ErrorClass};
use crate::contract::{Contract, FailureMode};

/// Whether the contract allows use after this failure of a check.
///
/// Every failure to get a response qualifies. A response does not if it states that the credits are exhausted, or that
/// the caller's own credential is refused. Without a credential in the contract, only an intermediary can have refused
/// the request, which is a failure.
pub(super) fn applies(contract: &Contract, error: &ClientError) -> bool {
    fails_open(contract)
        && match error.class {
            ErrorClass::Exhausted => false,
            ErrorClass::Auth | ErrorClass::Forbidden => contract.credential.is_none(),
            _ => true,
        }
}

/// Whether checks fail open under this contract.
pub(super) fn fails_open(contract: &Contract) -> bool {
    contract.failure.as_ref().is_some_and(|failure| failure.mode == FailureMode::Open)
}

/// The balance to report in place of the failure.
pub(super) fn balance(contract: &Contract) -> Balance {
    let allowed = contract.failure.as_ref().and_then(|failure| failure.allowed).unwrap_or(true);
    Balance { allowed: Some(allowed), source: Some(Source::FailOpen), ..Balance::default() }
}
