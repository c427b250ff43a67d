//! Faults in the decoding of responses.

use bytes::Bytes;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::ClientFault;
use super::applies::{
    always, amounts, fails_closed, fine_fractions, flags, fractions, huge_amounts, is_structured, large_amounts,
    may_be_missing, native_amounts, negative_amounts, null_breaks, open_body, order_shows, plain_amounts, read_amounts,
    reads_members, repeats_in_rows, selects, shows_members, tells, top_level,
};
use super::body_edits::{completed, documented_names, sent_names, with_available, with_nested_values};
use crate::client::balance::{Balance, Source};
use crate::client::message::HttpReply;
use crate::client::values::{DecodeError, amount, flag};
use crate::contract::Encoding;

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "amounts-as-floats",
        about: "decodes amounts as binary fractions, so that 2^53 + 1 becomes 2^53",
        applies: huge_amounts,
        install: |b| {
            b.reading.amount = |text, encoding| {
                let exact = amount(text, encoding)?;
                let float = exact.to_f64().ok_or(DecodeError::Range)?;
                amount(Some(&float.to_string()), Encoding::Native)
            };
        },
    },
    ClientFault {
        name: "amounts-truncated-to-integers",
        about: "drops the decimal places of amounts",
        applies: fractions,
        install: |b| b.reading.amount = |text, encoding| Ok(amount(text, encoding)?.trunc()),
    },
    ClientFault {
        name: "amounts-rounded-to-cents",
        about: "rounds amounts to two decimals",
        applies: fine_fractions,
        install: |b| b.reading.amount = |text, encoding| Ok(amount(text, encoding)?.round_dp(2)),
    },
    ClientFault {
        name: "amounts-in-32-bits",
        about: "refuses amounts beyond 2^31 - 1",
        applies: large_amounts,
        install: |b| {
            b.reading.amount = |text, encoding| match amount(text, encoding)? {
                large if large > Decimal::from(i32::MAX) => Err(DecodeError::Range),
                amount => Ok(amount),
            };
        },
    },
    ClientFault {
        name: "exponents-ignored",
        about: "reads 1e3 as 1",
        applies: |contract| fractions(contract) && native_amounts(contract),
        install: |b| {
            b.reading.amount =
                |text, encoding| amount(text.map(|text| text.split(['e', 'E']).next().unwrap_or(text)), encoding);
        },
    },
    ClientFault {
        name: "zero-read-as-missing",
        about: "treats a balance of 0 as missing",
        applies: amounts,
        install: |b| {
            b.reading.amount = |text, encoding| match amount(text, encoding)? {
                zero if zero.is_zero() => Err(DecodeError::Missing),
                amount => Ok(amount),
            };
        },
    },
    ClientFault {
        name: "negative-read-as-zero",
        about: "reads a negative amount as 0",
        applies: negative_amounts,
        install: |b| b.reading.amount = |text, encoding| Ok(amount(text, encoding)?.max(Decimal::ZERO)),
    },
    ClientFault {
        name: "out-of-range-amounts-clamped",
        about: "replaces an amount that is out of range by the largest possible one",
        applies: native_amounts,
        install: |b| {
            b.reading.amount = |text, encoding| match amount(text, encoding) {
                Err(DecodeError::Range) => Ok(Decimal::MAX),
                other => other,
            };
        },
    },
    ClientFault {
        name: "missing-read-as-zero",
        about: "reads a missing field as 0, or as false",
        applies: may_be_missing,
        install: |b| {
            b.reading.reads_documented_null = false;
            b.reading.amount = |text, encoding| if text.is_none() { Ok(Decimal::ZERO) } else { amount(text, encoding) };
            b.reading.flag = |text| if text.is_none() { Ok(false) } else { flag(text) };
        },
    },
    ClientFault {
        name: "null-read-as-zero",
        about: "reads null as 0, or as false",
        applies: null_breaks,
        install: |b| {
            b.reading.reads_documented_null = false;
            b.reading.amount =
                |text, encoding| if text == Some("null") { Ok(Decimal::ZERO) } else { amount(text, encoding) };
            b.reading.flag = |text| if text == Some("null") { Ok(false) } else { flag(text) };
        },
    },
    ClientFault {
        name: "strings-accepted",
        about: "accepts a number in a string, and \"true\" for true",
        applies: |contract| flags(contract) && reads_members(contract) || native_amounts(contract),
        install: |b| {
            b.reading.reads_documented_null = false;
            b.reading.amount = |text, encoding| {
                let string = text.is_some_and(|text| text.starts_with('"'));
                amount(text, if string { Encoding::String } else { encoding })
            };
            b.reading.flag = |text| flag(text.map(|text| text.trim_matches('"')));
        },
    },
    ClientFault {
        name: "other-types-read-as-zero",
        about: "reads a value of any other type as 0, or as false",
        applies: reads_members,
        install: |b| {
            b.reading.reads_documented_null = false;
            b.reading.amount = |text, encoding| match amount(text, encoding) {
                Err(DecodeError::Type) => Ok(Decimal::ZERO),
                other => other,
            };
            b.reading.flag = |text| match flag(text) {
                Err(DecodeError::Type) => Ok(false),
                other => other,
            };
        },
    },
    ClientFault {
        name: "four-digit-amounts-cut-at-separator",
        about: "formats four-digit amounts with a separator, and reads only the digit before it",
        applies: plain_amounts,
        install: |b| {
            b.reading.amount = |text, encoding| {
                let digits = text.map(|text| text.trim_matches('"'));
                let whole = digits.filter(|text| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()));
                whole.map_or_else(|| amount(text, encoding), |whole| amount(whole.get(..1), Encoding::Native))
            };
        },
    },
    ClientFault {
        name: "nested-field-read-as-balance",
        about: "reads a nested field with the name of the balance as the balance",
        applies: |contract| open_body(contract) && top_level(contract),
        install: |b| b.reading.body = with_nested_values,
    },
    ClientFault {
        name: "similar-field-read-as-balance",
        about: "reads an undocumented field `available` in place of the balance",
        // Where `available` is the documented field, that is right.
        applies: |contract| {
            open_body(contract)
                && top_level(contract)
                && native_amounts(contract)
                && !contract
                    .operation(crate::contract::Role::Balance)
                    .is_some_and(|operation| documented_names(operation).iter().any(|name| name == "available"))
        },
        install: |b| b.reading.body = with_available,
    },
    ClientFault {
        name: "false-read-as-zero",
        about: "reads `false` as 0",
        // Where the amount is repeated in rows, a client that reads those finds 0 in many of the answers.
        applies: |contract| read_amounts(contract) && !repeats_in_rows(contract) && !selects(contract),
        install: |b| {
            b.reading.reads_documented_null = false;
            b.reading.amount =
                |text, encoding| if text == Some("false") { Ok(Decimal::ZERO) } else { amount(text, encoding) };
        },
    },
    ClientFault {
        name: "text-read-as-denial",
        about: "reads any string as false, except \"true\" and \"false\"",
        applies: flags,
        install: |b| {
            b.reading.reads_documented_null = false;
            b.reading.flag = |text| match text {
                Some(word) if word.starts_with('"') && !["\"true\"", "\"false\""].contains(&word) => Ok(false),
                text => flag(text),
            };
        },
    },
    ClientFault {
        name: "leading-digits-accepted",
        about: "reads the leading digits of a string as the amount",
        applies: read_amounts,
        install: |b| {
            b.reading.reads_documented_null = false;
            b.reading.amount = |text, encoding| {
                let digits = |word: &str| word.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0);
                let word = text.and_then(|text| text.strip_prefix('"')).filter(|word| !word.starts_with('"'));
                match word.and_then(|word| Some((word, digits(word)?))) {
                    Some((word, end)) if word.get(end..) != Some("\"") => amount(word.get(..end), Encoding::Native),
                    _ => amount(text, encoding),
                }
            };
        },
    },
    ClientFault {
        name: "wrapped-amounts-accepted",
        about: "reads an object that contains a number as that number",
        applies: native_amounts,
        install: |b| {
            b.reading.reads_documented_null = false;
            b.reading.amount = |text, encoding| {
                let inner = text.filter(|text| text.starts_with('{')).and_then(|text| {
                    let members = serde_json::from_str::<serde_json::Map<String, Value>>(text).ok()?;
                    members.values().find(|value| value.is_number()).map(ToString::to_string)
                });
                amount(inner.as_deref().or(text), encoding)
            };
        },
    },
    ClientFault {
        name: "truncated-after-comma-accepted",
        about: "completes and accepts a body that is truncated after a comma",
        applies: open_body,
        install: |b| {
            b.sending.requires_whole_body = false;
            b.reading.body = |reply| {
                let declared = reply.headers.get(http::header::CONTENT_LENGTH).and_then(|text| text.to_str().ok());
                let whole = declared.is_none_or(|length| length.parse() == Ok(reply.body.len()));
                match reply.body.strip_suffix(b",") {
                    _ if whole => reply.body.clone(),
                    Some(body) => completed(&HttpReply { body: Bytes::copy_from_slice(body), ..reply.clone() }),
                    None => Bytes::new(),
                }
            };
        },
    },
    ClientFault {
        name: "non-json-read-as-zero",
        about: "reads a body that is not JSON, such as an HTML page, as a balance of 0",
        applies: always,
        install: |b| {
            b.reading.on_decode_error = |error, reply| match error {
                DecodeError::Json | DecodeError::MediaType if !reply.body.is_empty() => Ok(nothing()),
                error => Err(error),
            };
        },
    },
    ClientFault {
        name: "empty-body-read-as-zero",
        about: "reads an empty body as a balance of 0",
        applies: always,
        install: |b| {
            b.reading.on_decode_error = |error, reply| if reply.body.is_empty() { Ok(nothing()) } else { Err(error) };
        },
    },
    ClientFault {
        name: "failure-reported-as-minus-one",
        about: "reports a balance of -1 for every failure",
        applies: |contract| fails_closed(contract) && tells(contract),
        install: |b| {
            b.reporting.after_check =
                |result, _| result.or(Ok(Balance { remaining: Some(Decimal::NEGATIVE_ONE), ..Balance::default() }));
        },
    },
    ClientFault {
        name: "truncated-body-accepted",
        about: "completes and accepts a truncated body",
        applies: always,
        install: |b| {
            b.sending.requires_whole_body = false;
            b.reading.body = completed;
        },
    },
    ClientFault {
        name: "trailing-data-accepted",
        about: "ignores data after the JSON text",
        applies: is_structured,
        install: |b| {
            b.reading.body = |reply| {
                let mut values = serde_json::Deserializer::from_slice(&reply.body).into_iter::<Value>();
                let whole = matches!(values.next(), Some(Ok(_)));
                if whole { reply.body.slice(..values.byte_offset()) } else { reply.body.clone() }
            };
        },
    },
    ClientFault {
        name: "undocumented-fields-refused",
        about: "refuses undocumented fields",
        applies: |contract| open_body(contract) && shows_members(contract),
        install: |b| {
            b.reading.accepts = |documented, reply, operation| {
                let (shown, sent) = (documented_names(operation), sent_names(&reply.body));
                documented && (shown.is_empty() || sent.iter().all(|name| shown.contains(name)))
            };
        },
    },
    ClientFault {
        name: "field-order-required",
        about: "requires the fields in the documented order",
        applies: |contract| order_shows(contract) && shows_members(contract),
        install: |b| {
            b.reading.accepts = |documented, reply, operation| {
                let (shown, sent) = (documented_names(operation), sent_names(&reply.body));
                let positions: Vec<_> = sent.iter().filter_map(|name| shown.iter().position(|s| s == name)).collect();
                let first = sent.first().zip(shown.first()).is_none_or(|(sent, shown)| sent == shown);
                documented && first && positions.is_sorted()
            };
        },
    },
    ClientFault {
        name: "charset-refused",
        about: "refuses a media type with a charset parameter",
        applies: always,
        install: |b| {
            b.reading.accepts = |documented, reply, _| {
                let exact = |text: &http::HeaderValue| text == "application/json";
                documented && reply.headers.get(http::header::CONTENT_TYPE).is_none_or(exact)
            };
        },
    },
    ClientFault {
        name: "charset-required",
        about: "requires a charset parameter in the media type",
        applies: always,
        install: |b| {
            b.reading.accepts = |documented, reply, _| {
                let content_type = reply.headers.get(http::header::CONTENT_TYPE).and_then(|text| text.to_str().ok());
                documented && content_type.is_some_and(|text| text.to_ascii_lowercase().contains("charset"))
            };
        },
    },
    ClientFault {
        name: "chunked-refused",
        about: "refuses a body without Content-Length",
        applies: always,
        install: |b| {
            b.reading.accepts =
                |documented, reply, _| documented && reply.headers.contains_key(http::header::CONTENT_LENGTH);
        },
    },
    ClientFault {
        name: "compressed-response-not-decoded",
        about: "asks for compressed responses and does not decode them",
        applies: always,
        install: |b| {
            b.sending.prepare = |request, _| {
                let accepted = http::HeaderValue::from_static("gzip, deflate");
                request.headers.insert(http::header::ACCEPT_ENCODING, accepted);
            };
        },
    },
    ClientFault {
        name: "brotli-not-decoded",
        about: "asks for responses in brotli and does not decode them",
        applies: always,
        install: |b| {
            b.sending.prepare = |request, _| {
                let accepted = http::HeaderValue::from_static("br");
                request.headers.insert(http::header::ACCEPT_ENCODING, accepted);
            };
        },
    },
    ClientFault {
        name: "zstd-not-decoded",
        about: "asks for responses in zstd and does not decode them",
        applies: always,
        install: |b| {
            b.sending.prepare = |request, _| {
                let accepted = http::HeaderValue::from_static("identity, zstd");
                request.headers.insert(http::header::ACCEPT_ENCODING, accepted);
            };
        },
    },
    ClientFault {
        name: "connection-close-refused",
        about: "refuses a response with `Connection: close`",
        applies: always,
        install: |b| {
            b.reading.accepts = |documented, reply, _| {
                let close = reply.headers.get(http::header::CONNECTION);
                documented && close.is_none_or(|close| !close.as_bytes().eq_ignore_ascii_case(b"close"))
            };
        },
    },
];

fn nothing() -> Balance {
    Balance { remaining: Some(Decimal::ZERO), allowed: Some(false), total: None, source: Some(Source::Network) }
}
