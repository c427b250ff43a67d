//! Settings in TOML: options by name, with their lines. Depends on nothing else here, since a fuzzer includes this file.

use toml::de::{DeTable, DeValue};

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Setting {
    /// A flag, on or off.
    Flag(bool),
    /// One value, or several for a repeatable option.
    Values(Vec<String>),
}

/// What is wrong with a text, and in which line.
#[derive(Debug)]
pub(crate) struct Invalid {
    pub(crate) line: usize,
    pub(crate) message: String,
}

/// Returns the settings with name and line (from 1), in the order of the lines.
///
/// # Errors
/// If the text is not TOML, or a value is neither a scalar nor a list of scalars.
pub(crate) fn parse(text: &str) -> Result<Vec<(String, usize, Setting)>, Invalid> {
    let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
    let table = DeTable::parse(text).map_err(|error| Invalid {
        line: line(error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })?;
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    // Lines are counted from one entry to the next: a file may have very many.
    let (mut counted, mut at) = (1, 0);
    let mut settings = Vec::new();
    for (key, value) in entries {
        let start = key.span().start;
        counted += text.get(at..start).unwrap_or_default().matches('\n').count();
        at = at.max(start);
        let (name, line) = (key.get_ref().to_string(), counted);
        let message = || format!("`{name}` must be a text, a number, true, false or a list of texts");
        let value = setting(value.get_ref()).ok_or_else(|| Invalid { line, message: message() })?;
        settings.push((name, line, value));
    }
    Ok(settings)
}

fn setting(value: &DeValue<'_>) -> Option<Setting> {
    match value {
        DeValue::Boolean(on) => Some(Setting::Flag(*on)),
        DeValue::Array(items) => {
            items.iter().map(|item| scalar(item.get_ref())).collect::<Option<_>>().map(Setting::Values)
        }
        other => scalar(other).map(|value| Setting::Values(vec![value])),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// What holds for any text: it is refused, or each setting has a line of the text. Lines are in order.
#[cfg(any(test, fuzzing))]
pub(crate) fn holds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lines = text.matches('\n').count() + 1;
    match parse(text) {
        Ok(settings) => {
            assert!(settings.iter().all(|(_, line, _)| (1..=lines).contains(line)), "{settings:?}");
            assert!(settings.is_sorted_by_key(|(_, line, _)| *line), "{settings:?}");
        }
        Err(invalid) => {
            assert!((1..=lines).contains(&invalid.line), "{invalid:?}");
            assert!(!invalid.message.is_empty(), "{invalid:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::holds;

    const PIECES: &[&str] = &[
        "seed",
        "only",
        " = ",
        "=",
        "42",
        "0x2A",
        "1e999",
        "nan",
        "true",
        "[",
        "]",
        "{",
        "}",
        ",",
        "\"",
        "\"\"\"",
        "'",
        "'''",
        "\\u00e9",
        "\\",
        ".",
        "[[",
        "]]",
        "# x",
        "\n",
        "\r\n",
        "\r",
        "\0",
        "\u{feff}",
        "é",
        "1979-05-27T07:32:00Z",
    ];

    #[test]
    fn seeds_of_the_fuzzer_hold() {
        let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/configuration");
        let seeds: Vec<_> = std::fs::read_dir(seeds).unwrap().map(|seed| seed.unwrap().path()).collect();
        assert!(!seeds.is_empty());
        for seed in seeds {
            holds(&std::fs::read(seed).unwrap());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_refused_or_has_settings_with_lines(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..30),
        ) {
            holds(pieces.concat().as_bytes());
        }
    }
}
