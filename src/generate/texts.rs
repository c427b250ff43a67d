//! Unusual texts, which are valid wherever any text is.

use proptest::strategy::{BoxedStrategy, Just, Strategy};

use super::sampler::Sampler;

/// How many kinds of texts there are.
pub const TEXTS: u32 = 8;

/// Texts of the kind that is dealt.
pub fn texts(sampler: Sampler) -> BoxedStrategy<String> {
    texts_of(sampler.stratum(TEXTS))
}

/// Texts of one of the kinds.
pub fn texts_of(kind: u32) -> BoxedStrategy<String> {
    let of = |text: &'static str| Just(text.to_owned()).boxed();
    let made = |pattern: &'static [char], length: std::ops::Range<usize>| {
        let characters = proptest::collection::vec(proptest::sample::select(pattern), length);
        characters.prop_map(|characters| characters.into_iter().collect::<String>()).boxed()
    };
    match kind {
        0 => made(&['a', ' ', '\u{1F4B3}', '\u{1F600}', '\u{10FFFF}'], 1..6)
            .prop_map(|text| format!("{text}\u{1F6A2}"))
            .boxed(),
        1 => made(&['a', 'b', ' ', 'z'], 1100..1600),
        2 => of(""),
        3 => made(&['\u{e9}', '\u{df}', '\u{130}', '\u{4e16}', '\u{301}', '\u{202e}'], 1..12),
        4 => made(&['"', '\\', '\'', '/', '<', '&', '%', '$', '{', '}'], 1..12),
        5 => made(&['\n', '\t', '\r', ' '], 1..5),
        6 => proptest::sample::select(&["null", "true", "0", "-1", "NaN", "undefined", "{}", "[]"][..])
            .prop_map(str::to_owned)
            .boxed(),
        _ => made(&['a', 'e', 'i', 'o', '-', '.', '@', '1', '9'], 1..24),
    }
}
