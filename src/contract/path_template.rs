//! Path templates: which paths belong to them.

/// Whether a path belongs to a path template. A parameter stands for one character at least, and never for `/`.
#[must_use]
pub fn path_matches(template: &str, path: &str) -> bool {
    let template = template.split('?').next().unwrap_or_default();
    let (mut want, mut have) = (template.split('/'), path.split('/'));
    loop {
        match (want.next(), have.next()) {
            (None, None) => return true,
            (Some(want), Some(have)) if segment_matches(want, have) => {}
            _ => return false,
        }
    }
}

/// Whether a segment is `want`, in which parameters stand in braces.
fn segment_matches(want: &str, have: &str) -> bool {
    let Some((before, rest)) = want.split_once('{') else { return want == have };
    let Some((_, after)) = rest.split_once('}') else { return want == have };
    let Some(have) = have.strip_prefix(before) else { return false };
    let mut ends = have.char_indices().skip(1).map(|(at, _)| at).chain([have.len()]).filter(|at| *at > 0);
    ends.any(|at| have.get(at..).is_some_and(|have| segment_matches(after, have)))
}

/// The number of parameters in a template. A template with fewer goes before one with more.
#[must_use]
pub fn parameters(template: &str) -> usize {
    template.matches('{').count()
}

#[cfg(test)]
mod tests {
    use super::path_matches;

    #[test]
    fn template_takes_one_segment_for_each_parameter() {
        assert!(path_matches("/files/{name}", "/files/a") && path_matches("/a", "/a"));
        assert!(path_matches("/files/{name}.json", "/files/a.json") && path_matches("/v/{a}:{b}", "/v/1:2"));
        for path in ["/files/", "/files", "/files/a/b", "/file/a"] {
            assert!(!path_matches("/files/{name}", path), "{path}");
        }
        assert!(!path_matches("/files/{name}.json", "/files/.json"));
    }
}
