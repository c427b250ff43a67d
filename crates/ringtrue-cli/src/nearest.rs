//! What somebody may have meant.

/// The names that resemble one, the nearest first; at most three.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut ranked: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| (likeness(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.into_iter().take(3).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// How alike two names are. Half an id is like the whole: `missing-key` is like `auth.missing-key`.
fn likeness(name: &str, candidate: &str) -> f64 {
    let half = candidate.split_once('.').map_or(0.0, |(_, half)| strsim::jaro_winkler(name, half));
    strsim::jaro_winkler(name, candidate).max(half)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        let known = ["auth.missing-key", "auth.empty-key", "cache.ttl"];
        assert_eq!(nearest("auth.mising-key", known)[0], "auth.missing-key");
        assert_eq!(nearest("missing-key", known)[0], "auth.missing-key");
        assert!(nearest("xyzzy", known).is_empty());
    }
}
