//! Legal noise around a request: fields that mean nothing to a server, and ways to say that an answer will do.

use proptest::strategy::{BoxedStrategy, Just, Strategy};
use serde::{Deserialize, Serialize};

/// Header fields that go with a request and change nothing about its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noise {
    /// Names and values, in order; a name may come more than once where its values make up a list.
    pub fields: Vec<(String, String)>,
    /// Whether they stand in front of the documented fields.
    pub in_front: bool,
}

impl Noise {
    /// Whether some value has characters beyond ASCII, which servers ought to pass over.
    #[must_use]
    pub fn is_beyond_ascii(&self) -> bool {
        self.fields.iter().any(|(_, value)| !value.is_ascii())
    }
}

/// What a value of a field that means nothing is made of.
const VISIBLE: &[char] =
    &['a', 'Z', '0', '9', '-', '_', '.', '!', '*', '(', ')', ':', '/', '=', '?', '@', '#', '~', ' '];
/// Media types that nobody documents here; they may be preferred, and are not to be had.
const ELSEWHERE: &[&str] = &["text/html", "text/plain", "image/webp", "application/xml", "application/xhtml+xml"];
/// Weights, from none to the least there is.
const WEIGHTS: &[&str] = &["", ";q=1", "; q=0.9", " ;q=0.5", ";q=1.000", ";Q=0.8", ";q=0.01"];

/// Noise of the `n`-th kind around a request whose answer is of that media type; after the last one they begin anew.
pub fn noise(n: u32, media_type: &str) -> BoxedStrategy<Noise> {
    let exact = media_type.to_owned();
    let class = format!("{}/*", media_type.split('/').next().unwrap_or("*"));
    let fields = match n % 12 {
        0 => extra(text(VISIBLE, 1..20), 1..4),
        1 => accept(vec![exact, class], &[";q=0.001"]),
        2 => extra((text(VISIBLE, 1..8), text(VISIBLE, 1..8)).prop_map(|(a, b)| format!("{a}, {b}")).boxed(), 1..3),
        3 => accept(vec!["*/*".to_owned(), class], WEIGHTS),
        4 => extra(text(VISIBLE, 210..600), 1..2),
        5 => lines(accept(vec![exact, "*/*".to_owned()], WEIGHTS)),
        6 => extra(Just(String::new()).boxed(), 1..3),
        7 => accept(vec![exact.to_ascii_uppercase(), capitalised(&exact)], WEIGHTS),
        8 => extra(text(VISIBLE, 1..6), 16..24),
        9 => proptest::sample::select(codings(n))
            .prop_map(|value| vec![("Accept-Encoding".to_owned(), value.to_owned())])
            .boxed(),
        10 => extra(text(&['a', '"', '\\', ';', ',', '\t', '%', '<', '{', '['], 2..20), 1..3),
        _ => extra(text(&['a', '\u{e9}', '\u{4e16}', '\u{1F600}'], 1..6), 1..2),
    };
    (fields, proptest::bool::ANY).prop_map(|(fields, in_front)| Noise { fields, in_front }).boxed()
}

/// Content codings of which only none at all will do; first those that name one which is not to be had.
fn codings(n: u32) -> &'static [&'static str] {
    if n < 12 {
        &["gzip;q=0, identity", "gzip;q=0", "identity, gzip;q=0.0"]
    } else {
        &["identity", "identity;q=1", "identity, *;q=0"]
    }
}

type Fields = BoxedStrategy<Vec<(String, String)>>;

fn text(characters: &'static [char], length: std::ops::Range<usize>) -> BoxedStrategy<String> {
    let text = proptest::collection::vec(proptest::sample::select(characters), length);
    // White space at the ends is none of a value's (RFC 9110, 5.5).
    text.prop_map(|text| text.into_iter().collect::<String>().trim().to_owned()).boxed()
}

/// Fields with names that mean nothing to anybody.
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

/// The same list on a line for each of its elements, which means the same (RFC 9110, 5.3); another type comes first.
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
