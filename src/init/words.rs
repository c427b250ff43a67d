//! The words in identifiers and sentences: `creditsRemaining`, `credits_remaining` and "remaining credits" are the same ones.

/// Splits an identifier, a path or a sentence into lower-case words, each in the singular.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut word = String::new();
    let characters: Vec<char> = text.chars().collect();
    for (index, character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            push(&mut found, &mut word);
            continue;
        }
        let before = index.checked_sub(1).and_then(|before| characters.get(before));
        let after = characters.get(index + 1);
        let begins = character.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit())
                || before.is_some_and(|before| before.is_uppercase())
                    && after.is_some_and(|after| after.is_lowercase()));
        if begins {
            push(&mut found, &mut word);
        }
        word.extend(character.to_lowercase());
    }
    push(&mut found, &mut word);
    found
}

fn push(found: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        found.push(singular(word));
        word.clear();
    }
}

/// The singular of an English plural, as far as its ending shows it.
fn singular(word: &str) -> String {
    const AS_THEY_ARE: [&str; 6] = ["status", "address", "access", "process", "sms", "bonus"];
    if AS_THEY_ARE.contains(&word) || word.ends_with("ss") || word.len() < 4 {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

/// Whether any of the words is in a list.
pub(super) fn any(words: &[String], list: &[&str]) -> bool {
    words.iter().any(|word| list.contains(&word.as_str()))
}

/// The sentences of a text, in which markup and line breaks are spaces.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for paragraph in text.split("\n\n").flat_map(|paragraph| paragraph.split("\n- ")) {
        let paragraph = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut rest = paragraph.as_str();
        while !rest.is_empty() {
            let end = rest
                .match_indices(['.', '!', '?'])
                .find(|(at, _)| {
                    let after = rest.get(at + 1..).unwrap_or_default();
                    let next = after.chars().nth(1);
                    after.is_empty() || after.starts_with(' ') && next.is_none_or(|next| !next.is_lowercase())
                })
                .map_or(rest.len(), |(at, _)| at + 1);
            let (sentence, after) = rest.split_at(end);
            let sentence = sentence.trim();
            if !sentence.is_empty() {
                found.push(sentence.to_owned());
            }
            rest = after.trim_start();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{sentences, words};

    #[test]
    fn identifiers_of_every_style_have_the_same_words() {
        for text in ["creditsRemaining", "credits_remaining", "CREDITS-REMAINING", "Credits remaining."] {
            assert_eq!(words(text), ["credit", "remaining"], "{text}");
        }
        assert_eq!(words("/v1/APIKeys/{key_id}/balances"), ["v1", "api", "key", "key", "id", "balance"]);
        assert_eq!(words("hasAccess"), ["has", "access"]);
    }

    #[test]
    fn sentence_ends_at_a_full_stop_before_a_capital() {
        let text = "Cached for up to 1.5 minutes, e.g. by us. Free of charge!\n\n- One\n- Two";
        assert_eq!(sentences(text), ["Cached for up to 1.5 minutes, e.g. by us.", "Free of charge!", "- One", "Two"]);
    }
}
