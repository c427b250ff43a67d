//! The failure policy: which failures of a check mean that use is allowed.

use super::api::{Balance, ClientError, ErrorClass, Source};
use crate::contract::{Contract, FailureMode};

/// Whether the contract says that this failure of a check means: use is allowed.
///
/// Every failure to get an answer does. Answers do not: that nothing is left, or that the caller's own credential is
/// refused. Where a contract has no credential, a refusal can only be a failure of whatever stands in between.
pub(super) fn opens(contract: &Contract, error: &ClientError) -> bool {
    open(contract)
        && match error.class {
            ErrorClass::Exhausted => false,
            ErrorClass::Auth | ErrorClass::Forbidden => contract.credential.is_none(),
            _ => true,
        }
}

/// Whether checks fail open at all.
pub(super) fn open(contract: &Contract) -> bool {
    contract.failure.as_ref().is_some_and(|failure| failure.mode == FailureMode::Open)
}

/// What an application is told instead of the failure.
pub(super) fn told(contract: &Contract) -> Balance {
    let allowed = contract.failure.as_ref().and_then(|failure| failure.allowed).unwrap_or(true);
    Balance { allowed: Some(allowed), source: Some(Source::FailOpen), ..Balance::default() }
}
