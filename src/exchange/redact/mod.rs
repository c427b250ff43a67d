//! Redaction by value: secrets are known, so they are found wherever they occur and however they are encoded.
//!
//! A text is decoded with a map back to its positions, and searched in every decoded form. The result is a [`Redacted`] text: secrets
//! are segments of their own, apart from the text around them, until a renderer writes them. Text of a peer can therefore never be
//! taken for the name of a secret.

mod decode;
mod quote;
mod search;
mod segments;

use std::sync::{Arc, RwLock, RwLockReadGuard};

use serde_json::Value;

pub use quote::{quote, quote_message};
pub use segments::{Redacted, Segment};

use self::search::Secrets;
use crate::sync::{read, write};

/// How much of a text is searched beyond what is shown of it. What begins within so many bytes of the end of the searched part may
/// continue behind it, and is not shown.
pub(super) const MARGIN: usize = 1024;

/// The values that must not be shown, each with the name that stands in its place. Clones share them.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Arc<RwLock<Secrets>>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor(..)")
    }
}

impl Redactor {
    /// Learns a secret. From now on `name` stands in its place, and in place of its parts of at least twelve characters, in any case and
    /// encoding. Secrets of less than four characters are replaced only where a credential stands.
    pub fn learn(&self, secret: &str, name: &str) {
        write(&self.secrets).learn(secret, name);
    }

    /// Returns a redactor that knows the same secrets so far; what either learns later, the other does not know.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { secrets: Arc::new(RwLock::new(read(&self.secrets).clone())) }
    }

    /// The secrets, all of them in the index.
    fn indexed(&self) -> RwLockReadGuard<'_, Secrets> {
        loop {
            let secrets = read(&self.secrets);
            if secrets.is_indexed() {
                return secrets;
            }
            drop(secrets);
            write(&self.secrets).index();
        }
    }

    /// Returns the text with every secret replaced by its name, and with every [quotation](quote) cut.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        quote::resolve(
            text,
            |outer| self.segments(outer).to_string(),
            |bytes, more, limit| self.bounded(bytes, more, limit).to_string(),
        )
    }

    /// Returns the text with every secret as a segment of its own.
    #[must_use]
    pub fn segments(&self, text: &str) -> Redacted {
        let secrets = self.indexed();
        if secrets.is_empty() {
            return Redacted::of_text(text);
        }
        segments::split(text, &secrets.find(text))
    }

    /// Returns the beginning of what a peer sent: redacted first and then cut, so that no part of a secret is left at the cut.
    #[must_use]
    pub fn excerpt(&self, bytes: &[u8], limit: usize) -> Redacted {
        self.beginning(bytes, 0, limit)
    }

    /// Returns an excerpt of what has so many bytes more than are given.
    pub(super) fn beginning(&self, bytes: &[u8], dropped: usize, limit: usize) -> Redacted {
        let window = bytes.len().min(4 * limit + MARGIN);
        let more = bytes.len() - window + dropped;
        self.bounded(&String::from_utf8_lossy(bytes.get(..window).unwrap_or_default()), more, limit)
    }

    fn bounded(&self, text: &str, more: usize, limit: usize) -> Redacted {
        let mut redacted = self.segments(text);
        let mut left = more;
        if more > 0 {
            left += redacted.drop_end(MARGIN);
        }
        left += redacted.cut(limit);
        if left > 0 {
            redacted.push_text(&format!("… ({left} more bytes)"));
        }
        redacted
    }

    /// Returns JSON with every secret in its strings and names replaced.
    #[must_use]
    pub fn json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.json(item)).collect()),
            Value::Object(members) => {
                Value::Object(members.iter().map(|(name, value)| (self.text(name), self.json(value))).collect())
            }
            Value::Number(number) => {
                // A credential may consist of digits, and a client may send it as a number.
                let text = number.to_string();
                let shown = self.text(&text);
                if shown == text { value.clone() } else { Value::String(shown) }
            }
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    /// Returns whether a text contains a whole secret as it is, in Base64, or escaped once. Quicker than [`Self::finds_whole`].
    #[must_use]
    pub fn occurs(&self, text: &str) -> bool {
        self.indexed().occurs(text)
    }

    /// Returns whether a text contains a whole secret, in any case and encoding.
    #[must_use]
    pub fn finds_whole(&self, text: &str) -> bool {
        self.indexed().find(text).iter().any(|found| found.whole)
    }
}
