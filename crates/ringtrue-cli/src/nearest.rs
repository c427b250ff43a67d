//! Suggestions for misspelt names.

/// Names in bytes that are much longer than any known one resemble none, and would take long to compare.
const LONGEST: usize = 200;

/// Returns up to three known names that resemble a name, the most similar first.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    if name.len() > LONGEST {
        return Vec::new();
    }
    let mut ranked: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| (similarity(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.75)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.into_iter().take(3).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// Returns the similarity of two names. An id also matches without its area: `missing-key` for `auth.missing-key`.
fn similarity(name: &str, candidate: &str) -> f64 {
    let half = candidate.split_once('.').map_or(0.0, |(_, half)| strsim::jaro_winkler(name, half));
    strsim::jaro_winkler(name, candidate).max(half)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn misspelt_id_finds_the_known_one() {
        let known = ["auth.missing-key", "auth.empty-key", "cache.ttl"];
        assert_eq!(nearest("auth.mising-key", known)[0], "auth.missing-key");
        assert_eq!(nearest("missing-key", known)[0], "auth.missing-key");
        assert!(nearest("xyzzy", known).is_empty());
        assert!(nearest(&"auth.empty-key".repeat(1_000_000), known).is_empty());
    }
}
