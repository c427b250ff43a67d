//! Redaction by value: secrets are known, so they are found wherever they turn up and in whatever form.

use std::collections::BTreeSet;
use std::sync::RwLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use foldhash::{HashMap, HashSet};

use crate::sync::{read, write};

/// Shorter values are too common in ordinary text to be replaced.
const SHORTEST: usize = 4;

/// The values that must not be shown, each with the name that stands in its place.
#[derive(Default)]
pub struct Redactor {
    secrets: RwLock<Secrets>,
}

/// Every form of every secret, in lower case: what is looked for without regard to case.
#[derive(Clone, Default)]
struct Secrets {
    /// From form to the name that stands in its place.
    names: HashMap<String, String>,
    /// How the forms begin, so that a text is gone through once, however many secrets there are.
    starts: HashSet<u32>,
    /// How long the forms are.
    lengths: BTreeSet<usize>,
}

impl Clone for Redactor {
    fn clone(&self) -> Self {
        Self { secrets: RwLock::new(read(&self.secrets).clone()) }
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor(..)")
    }
}

impl Redactor {
    /// Learns a secret; from now on `name` stands in its place, also where it is percent-encoded, JSON-escaped,
    /// in Base64 or in another case.
    pub fn learn(&self, secret: &str, name: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        // As the user name of `Basic` (RFC 7617), a key stands in front of a colon.
        let as_user = STANDARD_NO_PAD.encode(format!("{secret}:"));
        let mut forms = vec![secret.to_owned(), STANDARD_NO_PAD.encode(secret), as_user];
        forms.push(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
        if let Ok(quoted) = serde_json::to_string(secret) {
            forms.push(quoted.trim_matches('"').to_owned());
        }
        let mut secrets = write(&self.secrets);
        forms.into_iter().for_each(|form| secrets.add(form.to_ascii_lowercase(), name));
    }

    /// How many bytes the longest form of a secret has.
    pub(super) fn longest(&self) -> usize {
        read(&self.secrets).lengths.last().copied().unwrap_or(0)
    }

    /// The text with every secret replaced.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let secrets = read(&self.secrets);
        let found = secrets.found(&text.to_ascii_lowercase());
        found.into_iter().fold(text.to_owned(), |text, (form, name)| replace_any_case(&text, form, name))
    }
}

impl Secrets {
    fn add(&mut self, form: String, name: &str) {
        // Quotes that were trimmed may leave less than what is looked for.
        let Some(start) = form.as_bytes().first_chunk() else { return };
        self.starts.insert(u32::from_ne_bytes(*start));
        self.lengths.insert(form.len());
        self.names.entry(form).or_insert_with(|| format!("${{{name}}}"));
    }

    /// The forms that occur in a text in lower case. The longest first, so that a key which contains another is replaced
    /// whole.
    fn found(&self, lower: &str) -> Vec<(&str, &str)> {
        if self.names.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(&str, &str)> = Vec::new();
        for (at, start) in lower.as_bytes().array_windows::<SHORTEST>().enumerate() {
            if self.starts.contains(&u32::from_ne_bytes(*start)) {
                let here = self.lengths.iter().filter_map(|length| lower.get(at..at + length));
                let here = here.filter_map(|form| self.names.get_key_value(form));
                found.extend(here.map(|(form, name)| (form.as_str(), name.as_str())));
            }
        }
        found.sort_by_key(|(form, _)| (std::cmp::Reverse(form.len()), *form));
        found.dedup();
        found
    }
}

/// Replaces a form, which is in lower case, without regard to ASCII case: a server may echo a key in another case.
fn replace_any_case(text: &str, form: &str, name: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(at) = lower[from..].find(form) {
        out.push_str(&text[from..from + at]);
        out.push_str(name);
        from += at + form.len();
    }
    out.push_str(&text[from..]);
    out
}
