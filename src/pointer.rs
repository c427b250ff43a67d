//! JSON Pointer (RFC 6901): builds pointers, and splits them into reference tokens.
//!
//! The only implementation of the harness. The reference client has a second one in `client/pointer.rs`, on purpose: it
//! is judged, so it must not share code with what judges it.

use std::borrow::Cow;

/// Appends a reference token, escaped.
pub(crate) fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// Returns the pointer with one more reference token, escaped.
pub(crate) fn join(pointer: &str, token: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + token.len() + 1);
    joined.push_str(pointer);
    push(&mut joined, token);
    joined
}

/// Returns the reference tokens of a pointer, unescaped.
pub(crate) fn tokens(pointer: &str) -> impl DoubleEndedIterator<Item = Cow<'_, str>> {
    let mut tokens = pointer.split('/');
    // A pointer is empty or begins with `/`: nothing stands before the first token.
    tokens.next();
    tokens.map(|token| {
        if token.contains('~') { Cow::Owned(token.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(token) }
    })
}

/// Splits a pointer into the pointer of the parent, and the last reference token, unescaped. `None` for the whole document.
pub(crate) fn split_last(pointer: &str) -> Option<(&str, Cow<'_, str>)> {
    let (parent, _) = pointer.rsplit_once('/')?;
    Some((parent, tokens(pointer).next_back()?))
}

#[cfg(test)]
mod tests {
    use super::{join, split_last, tokens};

    #[test]
    fn token_with_slash_or_tilde_survives_a_round_trip() {
        for token in ["a/b", "m~n", "~1", "/", ""] {
            assert_eq!(tokens(&join("/x", token)).next_back().unwrap(), token);
        }
        assert_eq!(tokens("").count(), 0);
        assert_eq!(split_last("/x~1y/m~0n"), Some(("/x~1y", "m~n".into())));
        assert_eq!(split_last(""), None);
    }
}
