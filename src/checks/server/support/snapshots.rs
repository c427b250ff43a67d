//! Snapshot files in the format of insta, so that `cargo insta review` can be used.

use std::io;
use std::path::{Path, PathBuf};

/// The result of a comparison with a snapshot.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::checks) enum Comparison {
    /// The contents are as recorded, or were recorded now.
    Unchanged,
    /// No snapshot is recorded yet.
    New,
    /// Lines were added (`+`) or removed (`-`).
    Changed(String),
}

/// Compares contents with the snapshot of that name. New or changed contents are written to a `.snap.new` file next to
/// it, or are accepted if `accept` is set.
///
/// # Errors
/// If the folder or a file in it cannot be read or written.
pub(in crate::checks) fn compare(folder: &Path, name: &str, contents: &str, accept: bool) -> io::Result<Comparison> {
    let path = folder.join(format!("{}.snap", file_name(name)));
    let pending = path.with_extension("snap.new");
    let recorded = match std::fs::read_to_string(&path) {
        Ok(text) => Some(without_header(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if recorded.as_deref().map(str::trim_end) == Some(contents.trim_end()) {
        remove(&pending)?;
        return Ok(Comparison::Unchanged);
    }
    if accept {
        write(folder, &path, name, contents)?;
        remove(&pending)?;
        return Ok(Comparison::Unchanged);
    }
    write(folder, &pending, name, contents)?;
    Ok(recorded.map_or(Comparison::New, |recorded| Comparison::Changed(difference(&recorded, contents))))
}

fn write(folder: &Path, path: &PathBuf, name: &str, contents: &str) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(path, format!("---\nsource: ringtrue\nexpression: {name:?}\n---\n{}\n", contents.trim_end()))
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The contents after the YAML header.
fn without_header(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let body = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    body.map_or_else(|| text.clone(), |(_, body)| body.to_owned())
}

fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    name.chars().map(safe).collect()
}

/// The lines that are in one of the texts only.
fn difference(old: &str, new: &str) -> String {
    let only = |a: &str, b: &str, sign: char| {
        let other: Vec<&str> = b.lines().collect();
        a.lines().filter(|line| !other.contains(line)).map(|line| format!("{sign} {}", line.trim())).collect::<Vec<_>>()
    };
    let lines: Vec<String> = only(old, new, '-').into_iter().chain(only(new, old, '+')).collect();
    if lines.is_empty() { "the same lines in another order".to_owned() } else { lines.join("; ") }
}
