//! Decodes the balance of a successful response, exactly or not at all.

use rust_decimal::Decimal;
use serde_json::Value;

use super::balance::{Balance, Source};
use super::behaviour::BalanceReading;
use super::message::{HttpReply, is_json};
use super::number;
use super::pointer::{self, Resolved};
use super::values::DecodeError;
use crate::contract::{
    Computed, Content, Encoding, Expression, Locator, Meaning, Operation, Response, Role, Schema, select,
};

/// Decodes the balance of a response.
pub(super) fn balance(
    operation: &Operation,
    response: Option<&Response>,
    reply: &HttpReply,
    reading: &BalanceReading,
) -> Result<Balance, DecodeError> {
    decode(operation, response, reply, reading).or_else(|error| (reading.on_decode_error)(error, reply))
}

fn decode(
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
        Some(JsonBody::parse(operation, contents, reply, reading)?)
    };
    let decoder = FieldDecoder { body: body.as_ref(), reply, reading, lenient: operation.role != Role::Balance };
    balance.remaining = decoder.amount(fields.remaining.as_ref())?;
    balance.total = decoder.amount(fields.total.as_ref())?;
    balance.allowed = decoder.flag(fields.allowed.as_ref())?;
    Ok(balance)
}

/// A body that is JSON, and the schema that documents its `null`s.
///
/// The body is not validated as a whole: a deviation in another member must not hide the balance from an application.
struct JsonBody<'a> {
    text: String,
    schema: Option<&'a Schema>,
}

impl<'a> JsonBody<'a> {
    fn parse(
        operation: &Operation,
        contents: &'a [Content],
        reply: &HttpReply,
        reading: &BalanceReading,
    ) -> Result<Self, DecodeError> {
        let content = documented_content(contents, reply);
        if !(reading.accepts)(content.is_ok(), reply, operation) {
            return Err(DecodeError::MediaType);
        }
        let body = (reading.body)(reply);
        let text = std::str::from_utf8(&body).map_err(|_| DecodeError::Json)?.to_owned();
        serde_json::from_str::<Value>(&text).map(drop).map_err(|_| DecodeError::Json)?;
        let schema = content.ok().flatten().or_else(|| contents.first()).and_then(|content| content.schema.as_ref());
        let schema = schema.filter(|_| reading.reads_documented_null);
        Ok(Self { text, schema })
    }

    /// Whether `null` is documented at this pointer, so that the response states no value there.
    fn documents_null(&self, pointer: &str) -> bool {
        self.schema.is_some_and(|schema| schema.documents_null(pointer))
    }
}

/// The documented content with the media type of the response.
///
/// A response without `Content-Type` is accepted, and so is any JSON media type if one is documented.
fn documented_content<'a>(contents: &'a [Content], reply: &HttpReply) -> Result<Option<&'a Content>, DecodeError> {
    let encoded = reply.headers.get(http::header::CONTENT_ENCODING);
    if encoded.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(DecodeError::MediaType);
    }
    let json = || contents.iter().find(|content| is_json(&content.media_type));
    let Some(media_type) = reply.media_type() else { return Ok(json().or_else(|| contents.first())) };
    let matching = contents.iter().find(|content| covers(&content.media_type, &media_type));
    match matching {
        Some(content) => Ok(Some(content)),
        None if is_json(&media_type) => Ok(json()),
        None => Err(DecodeError::MediaType),
    }
}

/// Whether a media range (RFC 9110, section 12.5.1) covers a media type.
fn covers(range: &str, media_type: &str) -> bool {
    range == media_type
        || range == "*/*"
        || range.strip_suffix('*').is_some_and(|prefix| prefix.ends_with('/') && media_type.starts_with(prefix))
}

/// The amount that a marker stands for; `None` if it is not a number.
fn finite(meaning: Meaning) -> Option<Decimal> {
    (meaning == Meaning::Zero).then_some(Decimal::ZERO)
}

fn number_value(number: Decimal) -> Value {
    serde_json::from_str(&number.normalize().to_string()).unwrap_or_default()
}

/// Decodes the fields of one response.
struct FieldDecoder<'a> {
    body: Option<&'a JsonBody<'a>>,
    reply: &'a HttpReply,
    reading: &'a BalanceReading,
    /// Whether a documented header field may be absent: a paid call has succeeded without it.
    lenient: bool,
}

impl FieldDecoder<'_> {
    fn amount(&self, at: Option<&Locator>) -> Result<Option<Decimal>, DecodeError> {
        let Some(at) = at else { return Ok(None) };
        if let Some(name) = &at.header {
            return match self.header(name) {
                None if self.lenient => Ok(None),
                None => Err(DecodeError::Missing),
                Some(text) => number::parse_exact(text).ok_or(DecodeError::Type).map(Some),
            };
        }
        let written = self.written(at)?;
        let factor = at.factor.as_ref().and_then(|factor| number::parse_exact(factor));
        match (written, factor) {
            (Some(amount), Some(factor)) => {
                amount.checked_mul(factor).map(|amount| amount.normalize()).ok_or(DecodeError::Range).map(Some)
            }
            (written, _) => Ok(written),
        }
    }

    /// The amount as it is written, before the factor is applied; `None` if the response says that there is none.
    fn written(&self, at: &Locator) -> Result<Option<Decimal>, DecodeError> {
        if let Some(expression) = &at.compiled {
            return self.computed(at, expression);
        }
        if let Some(path) = &at.path {
            return self.selected(at, path);
        }
        let Some(first) = self.amount_at(at.pointer.as_deref().unwrap_or(""), at)? else { return Ok(None) };
        let Some(minus) = &at.minus else { return Ok(Some(first)) };
        let Some(second) = self.amount_at(minus, at)? else { return Ok(None) };
        first.checked_sub(second).ok_or(DecodeError::Range).map(Some)
    }

    fn computed(&self, at: &Locator, expression: &Expression) -> Result<Option<Decimal>, DecodeError> {
        let Some(body) = self.body else { return Err(DecodeError::Missing) };
        match expression.computed(&body.text) {
            Ok(Computed::Number(number)) => match (self.reading.marker)(at.meaning(&number_value(number))) {
                Some(meaning) => Ok(finite(meaning)),
                None => (self.reading.amount)(Some(&number.to_string()), Encoding::Native).map(Some),
            },
            Ok(Computed::Other(value)) => match (self.reading.marker)(at.meaning(&value)) {
                Some(meaning) => Ok(finite(meaning)),
                None => (self.reading.amount)(Some(&value.to_string()), Encoding::Native).map(Some),
            },
            Err(_) if at.absent.is_some() => Ok(at.absent.and_then(finite)),
            Err(_) => (self.reading.amount)(None, Encoding::Native).map(Some),
        }
    }

    /// The sum of what a `JSONPath` selects.
    fn selected(&self, at: &Locator, path: &str) -> Result<Option<Decimal>, DecodeError> {
        let Some(body) = self.body else { return Err(DecodeError::Missing) };
        let value: Value = serde_json::from_str(&body.text).map_err(|_| DecodeError::Json)?;
        let places = select(path, &value).map_err(|_| DecodeError::Type)?;
        if places.is_empty() {
            return at.absent.map(finite).ok_or(DecodeError::Missing);
        }
        let mut rows = Vec::new();
        for place in places {
            let Some(amount) = self.amount_at(&place, at)? else { return Ok(None) };
            rows.push(amount);
        }
        (self.reading.combine_rows)(&rows).map(Some)
    }

    fn amount_at(&self, pointer: &str, at: &Locator) -> Result<Option<Decimal>, DecodeError> {
        let Some(body) = self.body else { return Err(DecodeError::Missing) };
        let amount = |text| (self.reading.amount)(text, at.encoding);
        match pointer::find(&body.text, pointer).map_err(|_| DecodeError::Ambiguous)? {
            Resolved::Missing if at.absent.is_some() => Ok(at.absent.and_then(finite)),
            Resolved::Missing => amount(None).map(Some),
            Resolved::One(text) if let Some(meaning) = self.meaning(at, text) => Ok(finite(meaning)),
            Resolved::One("null") if body.documents_null(pointer) => Ok(None),
            Resolved::One(text) => amount(Some(text)).map(Some),
            Resolved::Many(texts) => {
                let rows = texts.into_iter().map(|text| amount(Some(text))).collect::<Result<Vec<_>, _>>()?;
                (self.reading.combine_rows)(&rows).map(Some)
            }
        }
    }

    /// What the contract says that a value means, if it is a marker.
    fn meaning(&self, at: &Locator, text: &str) -> Option<Meaning> {
        (self.reading.marker)(at.meaning(&serde_json::from_str(text).ok()?))
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
        if let Some(expression) = &at.compiled {
            let flag = expression.computed(&body.text).map_err(|_| DecodeError::Missing)?;
            return match flag {
                Computed::Other(Value::Bool(flag)) => {
                    (self.reading.flag)(Some(if flag { "true" } else { "false" })).map(Some)
                }
                _ => Err(DecodeError::Type),
            };
        }
        match pointer::find(&body.text, pointer).map_err(|_| DecodeError::Ambiguous)? {
            Resolved::Missing => (self.reading.flag)(None).map(Some),
            Resolved::One("null") if body.documents_null(pointer) => Ok(None),
            Resolved::One(text) => (self.reading.flag)(Some(text)).map(Some),
            Resolved::Many(_) => Err(DecodeError::Type),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.reply.headers.get(name)?.to_str().ok().map(str::trim)
    }
}
