//! Legal noise around a request: fields that mean nothing to a server, ways to say that an answer will do, and other ways to
//! write what is documented.

use std::borrow::Cow;

use proptest::strategy::{BoxedStrategy, Just, Strategy};
use serde::{Deserialize, Serialize};

use super::sampler::Sampler;

/// What goes with a request and changes nothing about its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noise {
    /// Names and values, in order; a name may come more than once where its values make up a list.
    pub fields: Vec<(String, String)>,
    /// Whether they stand in front of the documented fields.
    pub in_front: bool,
    /// Of each field's name, which letters are capitals, over and over; if empty, names are written as documented.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capitals: Vec<bool>,
    /// Which of the unreserved characters of the query are percent-encoded, over and over; none if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encoded: Vec<bool>,
}

impl Noise {
    /// The name of a field as it is to be written.
    #[must_use]
    pub fn written<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if self.capitals.is_empty() {
            return Cow::Borrowed(name);
        }
        let mut capitals = self.capitals.iter().cycle();
        let written = name.chars().map(|c| match c.is_ascii_alphabetic().then(|| capitals.next()).flatten() {
            Some(true) => c.to_ascii_uppercase(),
            Some(false) => c.to_ascii_lowercase(),
            None => c,
        });
        written.collect()
    }

    /// A request target as it is to be written: the same resource (RFC 3986, 2.3).
    #[must_use]
    pub fn target<'t>(&self, target: &'t str) -> Cow<'t, str> {
        let Some((path, query)) = target.split_once('?').filter(|_| !self.encoded.is_empty()) else {
            return Cow::Borrowed(target);
        };
        let (mut written, mut encoded, mut digits) = (format!("{path}?"), self.encoded.iter().cycle(), 0_u8);
        for c in query.chars() {
            // What is encoded already stays: its digits are no characters of their own.
            let digit = digits > 0;
            digits = if c == '%' { 2 } else { digits.saturating_sub(1) };
            let unreserved = !digit && (c.is_ascii_alphanumeric() || "-._~".contains(c));
            if unreserved && encoded.next() == Some(&true) {
                written.push('%');
                written.push_str(&format!("{:02X}", u32::from(c)));
            } else {
                written.push(c);
            }
        }
        Cow::Owned(written)
    }

    /// Whether some value has characters beyond ASCII, which servers ought to pass over.
    #[must_use]
    pub fn is_beyond_ascii(&self) -> bool {
        self.fields.iter().any(|(_, value)| !value.is_ascii())
    }
}

/// What a value of a field that means nothing is made of.
const VISIBLE: &[char] =
    &['a', 'Z', '0', '9', '-', '_', '.', '!', '*', '(', ')', ':', '/', '=', '?', '@', '#', '~', ' '];
/// Undocumented media types; a request may prefer them, but the server does not offer them.
const ELSEWHERE: &[&str] = &["text/html", "text/plain", "image/webp", "application/xml", "application/xhtml+xml"];
/// Weights, from none to the least there is.
const WEIGHTS: &[&str] = &["", ";q=1", "; q=0.9", " ;q=0.5", ";q=1.000", ";Q=0.8", ";q=0.01"];

/// Fields that browsers, proxies and libraries send, without those that a server may read and refuse. Their values are free
/// text to a server that does not document them.
const USUAL: &[&str] = &[
    "User-Agent",
    "Accept-Language",
    "Referer",
    "Via",
    "DNT",
    "X-Requested-With",
    "X-Request-Id",
    "traceparent",
    "CF-Ray",
];

/// How many kinds of noise there are around any request; where there is a query, one more.
pub const KINDS: u32 = 17;

/// Noise of the kind that is dealt, around a request whose answer is of that media type.
pub fn noise(sampler: Sampler, media_type: &str, has_query: bool) -> BoxedStrategy<Noise> {
    let exact = media_type.to_owned();
    let class = format!("{}/*", media_type.split('/').next().unwrap_or("*"));
    let plain = || Just(Vec::new()).boxed();
    let (mut capitals, mut encoded) = (plain(), plain());
    let fields = match sampler.stratum(KINDS + u32::from(has_query)) {
        0 => extra(text(VISIBLE, 1..20), 1..4),
        1 => accept(vec![exact, class], &[";q=0.001"]),
        2 => extra((text(VISIBLE, 1..8), text(VISIBLE, 1..8)).prop_map(|(a, b)| format!("{a}, {b}")).boxed(), 1..3),
        3 => accept(vec!["*/*".to_owned(), class], WEIGHTS),
        4 => extra(text(VISIBLE, 210..600), 1..2),
        5 => lines(accept(vec![exact, "*/*".to_owned()], WEIGHTS)),
        6 => extra(Just(String::new()).boxed(), 1..3),
        7 => accept(vec![exact.to_ascii_uppercase(), capitalised(&exact)], WEIGHTS),
        8 => extra(text(VISIBLE, 1..6), 16..24),
        9 => codings(&["identity", "identity;q=1", "identity, *;q=0"]),
        10 => extra(text(&['a', '"', '\\', ';', ',', '\t', '%', '<', '{', '['], 2..20), 1..3),
        11 => extra(beyond_ascii(), 1..2),
        12 => codings(&["gzip;q=0, identity", "gzip;q=0", "identity, gzip;q=0.0"]),
        13 => {
            // A small first letter and a capital third one: the name is in no usual case, wherever its hyphens are.
            let rest = proptest::collection::vec(proptest::bool::ANY, 0..9);
            capitals = (proptest::bool::ANY, rest)
                .prop_map(|(second, rest)| [vec![false, second, true, false], rest].concat())
                .boxed();
            extra(text(VISIBLE, 1..8), 0..2)
        }
        14 => usual(&USUAL[..1], 250..1500),
        15 => usual(&USUAL[1..], 1..60),
        16 => usual(USUAL, 1..260),
        _ => {
            let rest = proptest::collection::vec(proptest::bool::ANY, 0..9);
            encoded = rest.prop_map(|rest| [vec![true], rest].concat()).boxed();
            extra(text(VISIBLE, 1..8), 0..1)
        }
    };
    (fields, proptest::bool::ANY, capitals, encoded)
        .prop_map(|(fields, in_front, capitals, encoded)| Noise { fields, in_front, capitals, encoded })
        .boxed()
}

/// Some of these fields, each once, with values of such a length.
fn usual(names: &'static [&'static str], length: std::ops::Range<usize>) -> Fields {
    let value = text(&['a', 'Z', '0', '9', '-', '_', '.', '/', ';', '(', ')', ' '], length);
    let values = proptest::collection::vec(value, names.len());
    let chosen = proptest::sample::subsequence(names, 1..=names.len());
    (chosen, values)
        .prop_map(|(names, values)| names.iter().map(|name| (*name).to_owned()).zip(values).collect())
        .boxed()
}

/// Content codings of which only none at all will do.
fn codings(values: &'static [&'static str]) -> Fields {
    proptest::sample::select(values).prop_map(|value| vec![("Accept-Encoding".to_owned(), value.to_owned())]).boxed()
}

type Fields = BoxedStrategy<Vec<(String, String)>>;

fn text(characters: &'static [char], length: std::ops::Range<usize>) -> BoxedStrategy<String> {
    let text = proptest::collection::vec(proptest::sample::select(characters), length);
    // White space at the ends is not part of a value (RFC 9110, 5.5).
    text.prop_map(|text| text.into_iter().collect::<String>().trim().to_owned()).boxed()
}

/// At least one character that is not in ASCII.
fn beyond_ascii() -> BoxedStrategy<String> {
    let beyond = proptest::sample::select(&['\u{e9}', '\u{4e16}', '\u{1F600}'][..]);
    (text(&['a', '\u{e9}', '\u{4e16}', ' '], 0..3), beyond, text(&['a', '\u{1F600}', ' '], 0..3))
        .prop_map(|(before, beyond, behind)| format!("{before}{beyond}{behind}"))
        .boxed()
}

/// Fields with unknown names.
fn extra(value: BoxedStrategy<String>, count: std::ops::Range<usize>) -> Fields {
    const NAMES: &[char] = &['a', 'b', 'q', 'T', 'X', '0', '7', '-', '_'];
    let name = text(NAMES, 1..10).prop_map(|name| format!("X-Rt-{name}"));
    proptest::collection::vec((name, value), count).boxed()
}

/// An Accept field by which one of these ranges will do, whatever else would.
fn accept(admitting: Vec<String>, weights: &'static [&'static str]) -> Fields {
    let weighted = |range: BoxedStrategy<String>, weights: &'static [&'static str]| {
        (range, proptest::sample::select(weights)).prop_map(|(range, weight)| format!("{range}{weight}")).boxed()
    };
    let admits = weighted(proptest::sample::select(admitting).boxed(), weights);
    let elsewhere = proptest::sample::select(ELSEWHERE).prop_map(str::to_owned).boxed();
    let others = proptest::collection::vec(weighted(elsewhere, WEIGHTS), 0..4);
    let comma = proptest::sample::select(&[", ", ",", " , "][..]);
    (admits, others, 0_usize..4, comma)
        .prop_map(|(admits, mut others, at, comma)| {
            others.insert(at.min(others.len()), admits);
            vec![("Accept".to_owned(), others.join(comma))]
        })
        .boxed()
}

/// A list with each element in a field line of its own, which is equivalent (RFC 9110, 5.3); another type comes first.
fn lines(accept: Fields) -> Fields {
    accept
        .prop_map(|fields| {
            let elements = fields.iter().flat_map(|(_, value)| value.split(','));
            let elements = std::iter::once("text/html").chain(elements.map(str::trim));
            elements.map(|element| ("Accept".to_owned(), element.to_owned())).collect()
        })
        .boxed()
}

fn capitalised(media_type: &str) -> String {
    let words = media_type.split('/').map(|word| {
        let (first, rest) = word.split_at(usize::from(!word.is_empty()));
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    words.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::Noise;

    fn noise(capitals: &[bool], encoded: &[bool]) -> Noise {
        Noise { fields: Vec::new(), in_front: false, capitals: capitals.to_vec(), encoded: encoded.to_vec() }
    }

    #[test]
    fn names_and_queries_are_written_in_other_ways_and_mean_the_same() {
        assert_eq!(noise(&[], &[]).written("X-Api-Key"), "X-Api-Key");
        assert_eq!(noise(&[false, true, true], &[]).written("X-Api-Key"), "x-APi-KEy");
        for name in ["xi-api-key", "x-api-key", "X-API-KEY", "Xi-Api-Key", "authorization"] {
            let written = noise(&[false, false, true, false], &[]).written(name).into_owned();
            assert!(written != name && written.eq_ignore_ascii_case(name), "{name}: {written}");
        }
        assert_eq!(noise(&[], &[]).target("/a?b=c"), "/a?b=c");
        assert_eq!(noise(&[], &[true]).target("/a"), "/a");
        assert_eq!(noise(&[], &[true]).target("/a?b=-%2Fc&d=."), "/a?%62=%2D%2F%63&%64=%2E");
        assert_eq!(noise(&[], &[false, true]).target("/a?b=%2Fcd"), "/a?b=%2F%63d");
    }
}
