//! Decodes single values of a response: amounts, flags, sums of rows.

use rust_decimal::Decimal;

use super::balance::Balance;
use super::number;
use crate::contract::Encoding;

/// The reason why a response cannot be decoded. Contains no value of the body, so that no log shows one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    /// The media type is not documented, or the body is compressed although that was not requested.
    #[error("the body is not of a documented media type")]
    MediaType,
    /// The body is not exactly one JSON text.
    #[error("the body is not JSON")]
    Json,
    /// A member name on the path to a value occurs twice in one object.
    #[error("a name occurs twice in the body")]
    Ambiguous,
    /// A field that the contract documents is absent.
    #[error("a documented field is missing")]
    Missing,
    /// A field has a type other than the documented one.
    #[error("a documented field is of another type")]
    Type,
    /// An amount cannot be represented exactly.
    #[error("an amount is out of range")]
    Range,
}

/// Decodes an amount from its JSON text, exactly; `None` stands for an absent field.
pub(super) fn amount(text: Option<&str>, encoding: Encoding) -> Result<Decimal, DecodeError> {
    let text = text.ok_or(DecodeError::Missing)?;
    match encoding {
        Encoding::Native if text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
            number::parse_exact(text).ok_or(DecodeError::Range)
        }
        Encoding::String if text.starts_with('"') => {
            let inner: String = serde_json::from_str(text).map_err(|_| DecodeError::Type)?;
            number::parse_exact(&inner).ok_or(DecodeError::Type)
        }
        _ => Err(DecodeError::Type),
    }
}

/// Decodes a flag from its JSON text; `None` stands for an absent field.
pub(super) fn flag(text: Option<&str>) -> Result<bool, DecodeError> {
    match text {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(DecodeError::Type),
        None => Err(DecodeError::Missing),
    }
}

/// Adds up the rows of a list.
pub(super) fn sum(rows: &[Decimal]) -> Result<Decimal, DecodeError> {
    rows.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(*row)).ok_or(DecodeError::Range)
}

/// The balance with the lesser of its amount and that of another one that limits it. None stands for no limit.
pub(super) fn lesser(own: Balance, other: &Balance) -> Balance {
    let remaining = match (own.remaining, other.remaining) {
        (Some(own), Some(other)) => Some(own.min(other)),
        (own, other) => own.or(other),
    };
    Balance { remaining, ..own }
}
