//! Path templates: segments that are ids become parameters.

use std::collections::BTreeSet;

/// The template of a path, with the parameters and their values.
pub(super) fn template(path: &str) -> (String, Vec<(String, String)>) {
    let mut parameters: Vec<(String, String)> = Vec::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut before = "";
    let mut segments = Vec::new();
    for segment in path.split('/') {
        if is_id(segment) {
            let mut name = name(before);
            while !names.insert(name.clone()) {
                name.push_str("_2");
            }
            segments.push(format!("{{{name}}}"));
            parameters.push((name, segment.to_owned()));
        } else {
            before = segment;
            // A brace would begin a parameter.
            segments.push(segment.replace('{', "%7B").replace('}', "%7D"));
        }
    }
    let path = segments.join("/");
    (if path.starts_with('/') { path } else { format!("/{path}") }, parameters)
}

/// `projects` has the parameter `project_id`.
fn name(before: &str) -> String {
    let words = super::super::words::words(before);
    match words.last() {
        Some(last) if last.chars().all(|c| c.is_ascii_alphanumeric()) => format!("{last}_id"),
        _ => "id".to_owned(),
    }
}

/// Whether a segment is the id of one of many.
fn is_id(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if segment.is_empty() || !segment.bytes().all(is_word) {
        return false;
    }
    let is_hex = segment.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    // A digit alone may be a version.
    digits == segment.len() && digits > 1
        || is_hex && segment.len() >= 16 && digits > 0
        || segment.len() >= 20 && digits >= 3 && !segment.contains("--")
        || segment.split_once('_').is_some_and(|(prefix, rest)| {
            prefix.len() <= 5
                && rest.len() >= 10
                && rest.bytes().any(|byte| byte.is_ascii_digit())
                && !rest.contains('_')
        })
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn ids_become_parameters_and_words_stay() {
        for (path, wanted) in [
            ("/v1/credits", "/v1/credits"),
            ("/v2/users/me/balance", "/v2/users/me/balance"),
            ("/v1/projects/8d1f5e7a-3c4b-4f6e-9a0b-1c2d3e4f5a60/balances", "/v1/projects/{project_id}/balances"),
            ("/accounts/481516/wallets/99", "/accounts/{account_id}/wallets/{wallet_id}"),
            ("/jobs/job_01HV7Q4T2M8X", "/jobs/{job_id}"),
            ("/people/email-finder", "/people/email-finder"),
            ("/apps/proxy_shop-x/public", "/apps/proxy_shop-x/public"),
            ("", "/"),
            ("/a{b}", "/a%7Bb%7D"),
        ] {
            assert_eq!(template(path).0, wanted);
        }
        assert_eq!(template("/12345/67890").0, "/{id}/{id_2}");
    }
}
