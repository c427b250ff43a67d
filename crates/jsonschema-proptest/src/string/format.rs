//! The values of the keyword `format`.

use serde_json::{Value, json};

use crate::strategy::draw::Draw;
use crate::string::format_network as net;
use crate::string::format_time as time;
use crate::string::pattern::Pattern;

/// Writes a string in a format.
type Writer = fn(&mut Draw, &mut String);

/// A format that the validator checks.
#[derive(Debug)]
pub(crate) struct Format {
    pub(crate) name: String,
    matcher: jsonschema::Validator,
    pub(crate) writer: Option<Writer>,
    /// A pattern for the common part of the format, to be combined with other patterns and lengths.
    pub(crate) common_pattern: Option<Pattern>,
}

impl Format {
    /// Returns a format by name. `None` if the validator does not check it.
    pub(crate) fn named(name: &str, schema_uri: Option<&str>) -> Option<Self> {
        let mut schema = json!({ "format": name });
        if let Some(uri) = schema_uri {
            schema["$schema"] = Value::String(uri.to_owned());
        }
        let options = jsonschema::options().offline().should_validate_formats(true);
        let matcher = options.build(&schema).ok()?;
        // A format that every string satisfies is not checked.
        let probes = ["\u{0}{%", "", "%"];
        if probes.iter().all(|probe| matcher.is_valid(&Value::String((*probe).to_owned()))) {
            return None;
        }
        let (writer, common_pattern) = writer_and_pattern(name).unzip();
        Some(Self { name: name.to_owned(), matcher, writer, common_pattern: common_pattern.and_then(Pattern::new) })
    }

    /// Returns a format for `contentMediaType` and `contentEncoding`, which drafts 6 and 7 permit validators to assert.
    pub(crate) fn content(media_type: Option<&Value>, encoding: Option<&Value>, schema_uri: &str) -> Option<Self> {
        let mut schema = json!({ "$schema": schema_uri });
        if let Some(media_type) = media_type {
            schema["contentMediaType"] = media_type.clone();
        }
        if let Some(encoding) = encoding {
            schema["contentEncoding"] = encoding.clone();
        }
        let matcher = jsonschema::options().offline().build(&schema).ok()?;
        let encoded = encoding.and_then(Value::as_str) == Some("base64");
        Some(Self {
            name: "content".to_owned(),
            matcher,
            writer: Some(if encoded { base64_json } else { plain_json }),
            common_pattern: None,
        })
    }

    /// Returns whether the validator accepts the text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.matcher.is_valid(&Value::String(text.to_owned()))
    }
}

/// Returns the writer of a format, and a pattern for its common part.
fn writer_and_pattern(name: &str) -> Option<(Writer, &'static str)> {
    let writer_and_pattern: (Writer, &str) = match name {
        "date" => (time::date, r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$"),
        "time" => {
            (time::time, r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$")
        }
        "date-time" => (
            time::date_time,
            r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
        ),
        "duration" => {
            (time::duration, r"^P([0-9]+W|([0-9]+Y([0-9]+M)?|[0-9]+M)?([0-9]+D)|[0-9]+Y|T[0-9]+H([0-9]+M)?|T[0-9]+S)$")
        }
        "email" | "idn-email" => {
            (net::email, r"^[A-Za-z0-9]{1,30}(\.[A-Za-z0-9]{1,20})?@[a-z0-9]{1,30}(\.[a-z0-9]{1,20}){0,2}\.[a-z]{2,6}$")
        }
        "hostname" | "idn-hostname" => (net::hostname, r"^[a-z0-9]{1,40}(\.[A-Za-z0-9]{1,40}){0,4}$"),
        "ipv4" => (
            net::ipv4,
            r"^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])$",
        ),
        "ipv6" => (
            net::ipv6,
            r"^(([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,5})?|([0-9A-Fa-f]{1,4}:){1,3}:[0-9A-Fa-f]{1,4})$",
        ),
        "uri" | "iri" => (
            net::uri,
            r"^(https?|ftp|ws)://[a-z0-9]+(\.[a-z0-9]+)*(:[0-9]{1,4})?(/[A-Za-z0-9._~-]*)*(\?[A-Za-z0-9=&]*)?(#[A-Za-z0-9]*)?$",
        ),
        "uri-reference" | "iri-reference" => (
            net::uri_reference,
            r"^(https?://[a-z0-9]+(\.[a-z0-9]+)*)?(/[A-Za-z0-9._~-]*)*(\?[A-Za-z0-9=&]*)?(#[A-Za-z0-9]*)?$",
        ),
        "uri-template" => (net::uri_template, r"^/[a-z0-9/]*(\{[a-z]+\})?$"),
        "uuid" => (net::uuid, r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"),
        "json-pointer" => (net::json_pointer, r"^(/([^~/]|~[01])*)*$"),
        "relative-json-pointer" => (net::relative_json_pointer, r"^(0|[1-9][0-9]*)(#|(/([^~/]|~[01])*)*)$"),
        "regex" => (net::regex, r"^[a-z0-9]*$"),
        _ => return None,
    };
    Some(writer_and_pattern)
}

fn base64_json(draw: &mut Draw, out: &mut String) {
    out.push_str(draw.pick(&["MA==", "e30=", "W10=", "bnVsbA==", "eyJhIjogMX0="]).copied().unwrap_or("MA=="));
}

fn plain_json(draw: &mut Draw, out: &mut String) {
    out.push_str(draw.pick(&["0", "{}", "[]", "null", "{\"a\": 1}", "\"\u{1F4B3}\""]).copied().unwrap_or("0"));
}
