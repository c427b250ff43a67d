//! `$ref` as text: what it points at, without looking whether that exists.

use super::percent::percent_decode;

/// A reference split at its `#`.
pub(super) struct Reference<'a> {
    /// What stands before the `#`; empty for the same document.
    pub(super) address: &'a str,
    /// What stands behind it, still encoded.
    pub(super) fragment: &'a str,
}

impl<'a> Reference<'a> {
    pub(super) fn split(text: &'a str) -> Self {
        let (address, fragment) = text.split_once('#').unwrap_or((text, ""));
        Self { address, fragment }
    }
}

/// The name within the contract's folder of the file that a relative address leads to, seen from another file.
pub(super) fn file_name(from: &str, address: &str) -> Result<String, String> {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme);
    let scheme = scheme.filter(|scheme| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
    });
    if let Some(scheme) = scheme {
        return Err(format!(
            "`{scheme}:` leads out of the contract and nothing is fetched: put the file into the contract's folder and refer to it by a relative path"
        ));
    }
    let path =
        percent_decode(address).ok_or("a percent escape in it is broken: `%` and two hexadecimal digits, in UTF-8")?;
    if path.starts_with('/') {
        return Err("absolute paths are not followed: use a path relative to this file".to_owned());
    }
    if path.contains(['\\', '\0', '?']) {
        return Err("a path has only `/` between its parts, no backslash and no query".to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err("it leads out of the contract's folder: only files within are read".to_owned());
                }
            }
            name => parts.push(name),
        }
    }
    Ok(parts.join("/"))
}
