//! The difference of two texts: what only one of them has is marked.

use maud::{Markup, html};

/// Longer texts are compared by their beginnings and ends only.
const MAX_TOKENS: usize = 300;

/// Returns both texts, with what the other does not have marked.
pub(super) fn marked(expected: &str, found: &str) -> (Markup, Markup) {
    let (left, right) = (tokens(expected), tokens(found));
    let (in_left, in_right) = common(&left, &right);
    // Where little is common, marks would only disturb.
    let words = |tokens: &[&str], kept: &[bool]| {
        tokens.iter().zip(kept).filter(|(token, kept)| **kept && token.chars().any(char::is_alphanumeric)).count()
    };
    if words(&left, &in_left) == 0 {
        return (html! { mark { (expected) } }, html! { mark { (found) } });
    }
    (text(&left, &in_left), text(&right, &in_right))
}

/// Words, and single characters between them.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        let end = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// Returns for each token whether it belongs to a longest common subsequence.
fn common(left: &[&str], right: &[&str]) -> (Vec<bool>, Vec<bool>) {
    let (mut in_left, mut in_right) = (vec![false; left.len()], vec![false; right.len()]);
    let prefix = left.iter().zip(right).take_while(|(l, r)| l == r).count();
    let shorter = left.len().min(right.len()) - prefix;
    let suffix = left.iter().rev().zip(right.iter().rev()).take(shorter).take_while(|(l, r)| l == r).count();
    in_left.iter_mut().zip(&mut in_right).take(prefix).for_each(|(l, r)| (*l, *r) = (true, true));
    in_left.iter_mut().rev().zip(in_right.iter_mut().rev()).take(suffix).for_each(|(l, r)| (*l, *r) = (true, true));
    let (rows, columns) = (left.len() - prefix - suffix, right.len() - prefix - suffix);
    if rows > MAX_TOKENS || columns > MAX_TOKENS {
        return (in_left, in_right);
    }
    // length[i][j]: of a longest common subsequence of what begins at i and at j.
    let mut length = vec![vec![0_u16; columns + 1]; rows + 1];
    let same = |i: usize, j: usize| left.get(prefix + i).is_some_and(|token| Some(token) == right.get(prefix + j));
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            length[i][j] = if same(i, j) { length[i + 1][j + 1] + 1 } else { length[i + 1][j].max(length[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < rows && j < columns {
        if same(i, j) {
            (in_left[prefix + i], in_right[prefix + j]) = (true, true);
            (i, j) = (i + 1, j + 1);
        } else if length[i + 1][j] >= length[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    (in_left, in_right)
}

/// Neighbours that are alike are written together.
fn text(tokens: &[&str], kept: &[bool]) -> Markup {
    let mut runs: Vec<(bool, String)> = Vec::new();
    for (token, kept) in tokens.iter().zip(kept) {
        match runs.last_mut() {
            Some((same, run)) if same == kept => run.push_str(token),
            _ => runs.push((*kept, (*token).to_owned())),
        }
    }
    html! {
        @for (kept, run) in runs {
            @if kept || run.trim().is_empty() { (run) } @else { mark { (run) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn only_what_differs_is_marked() {
        let both = |expected, found| {
            let (expected, found) = marked(expected, found);
            (expected.into_string(), found.into_string())
        };
        let (expected, found) = both("remaining 19 of 20", "remaining 18 of 20");
        assert_eq!(expected, "remaining <mark>19</mark> of 20");
        assert_eq!(found, "remaining <mark>18</mark> of 20");
        let (expected, found) = both("401", "<b>200</b>");
        assert_eq!((expected.as_str(), found.as_str()), ("<mark>401</mark>", "<mark>&lt;b&gt;200&lt;/b&gt;</mark>"));
    }

    #[test]
    fn long_texts_are_compared_quickly() {
        let long = |word: &str| format!("start {} end", format!("{word} ").repeat(50_000));
        let (expected, _) = marked(&long("a"), &long("b"));
        assert!(expected.into_string().starts_with("start <mark>a"));
    }
}
