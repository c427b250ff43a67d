//! From a successful answer to a balance, exactly or not at all.

use rust_decimal::Decimal;
use serde_json::Value;

use super::api::{Balance, Source};
use super::behaviour::BalanceReading;
use super::message::{HttpReply, is_json};
use super::number;
use super::pointer::{self, Found};
use crate::contract::{Content, Encoding, Locator, Operation, Response, Role, Schema};

/// What is wrong with an answer. Names no value, so that nothing of the body gets into a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The body is not of a documented media type, or compressed although nobody asked for it.
    #[error("the body is not of a documented media type")]
    MediaType,
    /// The body is not one JSON text.
    #[error("the body is not JSON")]
    Json,
    /// A name that matters occurs twice in one object.
    #[error("a name occurs twice in the body")]
    Ambiguous,
    /// The body does not fit its schema.
    #[error("the body does not fit its schema")]
    Schema,
    /// A field that the contract names is absent.
    #[error("a documented field is missing")]
    Missing,
    /// A field has another type than documented.
    #[error("a documented field is of another type")]
    Type,
    /// An amount that cannot be held exactly.
    #[error("an amount is out of range")]
    Range,
}

/// The balance that an answer states.
pub(super) fn balance(
    operation: &Operation,
    response: Option<&Response>,
    reply: &HttpReply,
    reading: &BalanceReading,
) -> Result<Balance, DecodeError> {
    exact(operation, response, reply, reading).or_else(|flaw| (reading.flawed)(flaw, reply))
}

fn exact(
    operation: &Operation,
    response: Option<&Response>,
    reply: &HttpReply,
    reading: &BalanceReading,
) -> Result<Balance, DecodeError> {
    let fields = (reading.fields)(&operation.fields);
    let contents = response.map_or(&[][..], |response| &response.content);
    let located = [&fields.remaining, &fields.total, &fields.allowed].into_iter().flatten();
    let mut balance = Balance { source: Some(Source::Network), ..Balance::default() };
    let body = if contents.is_empty() && !located.clone().any(|at| at.pointer.is_some()) {
        None
    } else {
        Some(Body::read(operation, contents, reply, reading)?)
    };
    let amounts = Amounts { body: body.as_ref(), reply, reading, lenient: operation.role != Role::Balance };
    balance.remaining = amounts.amount(fields.remaining.as_ref())?;
    balance.total = amounts.amount(fields.total.as_ref())?;
    balance.allowed = amounts.flag(fields.allowed.as_ref())?;
    Ok(balance)
}

/// A body that is JSON and fits its schema.
struct Body<'a> {
    text: String,
    value: Value,
    schema: Option<&'a Schema>,
}

impl<'a> Body<'a> {
    fn read(
        operation: &Operation,
        contents: &'a [Content],
        reply: &HttpReply,
        reading: &BalanceReading,
    ) -> Result<Self, DecodeError> {
        let content = documented(contents, reply);
        if !(reading.admits)(content.is_ok(), reply, operation) {
            return Err(DecodeError::MediaType);
        }
        let body = (reading.body)(reply);
        let text = std::str::from_utf8(&body).map_err(|_| DecodeError::Json)?.to_owned();
        let value: Value = serde_json::from_str(&text).map_err(|_| DecodeError::Json)?;
        let schema = content.ok().flatten().or_else(|| contents.first()).and_then(|content| content.schema.as_ref());
        let schema = schema.filter(|_| reading.validates);
        if schema.is_some_and(|schema| !schema.accepts(&value)) {
            return Err(DecodeError::Schema);
        }
        Ok(Self { text, value, schema })
    }

    /// Whether `null` is documented at that pointer: the schema takes it (that was seen), and does not take just anything.
    fn nullable(&self, pointer: &str) -> bool {
        let Some(schema) = self.schema else { return false };
        let mut other = self.value.clone();
        let Some(place) = other.pointer_mut(pointer) else { return false };
        *place = Value::Array(vec![Value::Null]);
        !schema.accepts(&other)
    }
}

/// The documented content that a body is one of. A missing media type will do, and so will any kind of JSON where some
/// JSON is documented.
fn documented<'a>(contents: &'a [Content], reply: &HttpReply) -> Result<Option<&'a Content>, DecodeError> {
    let encoded = reply.headers.get(http::header::CONTENT_ENCODING);
    if encoded.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(DecodeError::MediaType);
    }
    let json = || contents.iter().find(|content| is_json(&content.media_type));
    let Some(media_type) = reply.media_type() else { return Ok(json().or_else(|| contents.first())) };
    let matching = contents.iter().find(|content| matches(&content.media_type, &media_type));
    match matching {
        Some(content) => Ok(Some(content)),
        None if is_json(&media_type) => Ok(json()),
        None => Err(DecodeError::MediaType),
    }
}

fn matches(range: &str, media_type: &str) -> bool {
    range == media_type
        || range == "*/*"
        || range.strip_suffix('*').is_some_and(|prefix| prefix.ends_with('/') && media_type.starts_with(prefix))
}

struct Amounts<'a> {
    body: Option<&'a Body<'a>>,
    reply: &'a HttpReply,
    reading: &'a BalanceReading,
    /// Whether a header that the contract names may be missing: after a paid call it is no reason to fail.
    lenient: bool,
}

impl Amounts<'_> {
    fn amount(&self, at: Option<&Locator>) -> Result<Option<Decimal>, DecodeError> {
        let Some(at) = at else { return Ok(None) };
        if let Some(name) = &at.header {
            return match self.header(name) {
                None if self.lenient => Ok(None),
                None => Err(DecodeError::Missing),
                Some(text) => number::amount(text).ok_or(DecodeError::Type).map(Some),
            };
        }
        let Some(first) = self.pointed(at.pointer.as_deref().unwrap_or(""), at.encoding)? else { return Ok(None) };
        let Some(minus) = &at.minus else { return Ok(Some(first)) };
        let Some(second) = self.pointed(minus, at.encoding)? else { return Ok(None) };
        first.checked_sub(second).ok_or(DecodeError::Range).map(Some)
    }

    fn pointed(&self, pointer: &str, encoding: Encoding) -> Result<Option<Decimal>, DecodeError> {
        let Some(body) = self.body else { return Err(DecodeError::Missing) };
        let amount = |text| (self.reading.amount)(text, encoding);
        match pointer::find(&body.text, pointer).map_err(|_| DecodeError::Ambiguous)? {
            Found::Missing => amount(None).map(Some),
            Found::One("null") if body.nullable(pointer) => Ok(None),
            Found::One(text) => amount(Some(text)).map(Some),
            Found::Many(texts) => {
                let rows = texts.into_iter().map(|text| amount(Some(text))).collect::<Result<Vec<_>, _>>()?;
                (self.reading.rows)(&rows).map(Some)
            }
        }
    }

    fn flag(&self, at: Option<&Locator>) -> Result<Option<bool>, DecodeError> {
        let Some(at) = at else { return Ok(None) };
        if let Some(name) = &at.header {
            return match self.header(name) {
                None if self.lenient => Ok(None),
                text => (self.reading.flag)(text).map(Some),
            };
        }
        let (Some(body), Some(pointer)) = (self.body, &at.pointer) else { return Err(DecodeError::Missing) };
        match pointer::find(&body.text, pointer).map_err(|_| DecodeError::Ambiguous)? {
            Found::Missing => (self.reading.flag)(None).map(Some),
            Found::One("null") if body.nullable(pointer) => Ok(None),
            Found::One(text) => (self.reading.flag)(Some(text)).map(Some),
            Found::Many(_) => Err(DecodeError::Type),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.reply.headers.get(name)?.to_str().ok().map(str::trim)
    }
}

/// The conforming reading of an amount.
pub(super) fn amount(text: Option<&str>, encoding: Encoding) -> Result<Decimal, DecodeError> {
    let text = text.ok_or(DecodeError::Missing)?;
    match encoding {
        Encoding::Native if text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
            number::amount(text).ok_or(DecodeError::Range)
        }
        Encoding::String if text.starts_with('"') => {
            let inner: String = serde_json::from_str(text).map_err(|_| DecodeError::Type)?;
            number::amount(&inner).ok_or(DecodeError::Type)
        }
        _ => Err(DecodeError::Type),
    }
}

/// The conforming reading of a flag.
pub(super) fn flag(text: Option<&str>) -> Result<bool, DecodeError> {
    match text {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(DecodeError::Type),
        None => Err(DecodeError::Missing),
    }
}

/// What rows come to: their sum.
pub(super) fn sum(rows: &[Decimal]) -> Result<Decimal, DecodeError> {
    rows.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(*row)).ok_or(DecodeError::Range)
}
