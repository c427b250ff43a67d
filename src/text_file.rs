//! Text files that are read as a whole.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The bytes that a file may have: more than any report, schema, list of cases or setting needs.
const LIMIT: u64 = 64 << 20;

/// Reads a text file, or what comes through a pipe. A byte order mark, which some editors write, does not belong to the text.
///
/// # Errors
/// If it cannot be read, is not UTF-8, or is longer than 64 MiB, as a device without an end is.
pub fn read_text(path: &Path) -> io::Result<String> {
    limited(File::open(path)?, LIMIT)
}

fn limited(file: impl io::Read, limit: u64) -> io::Result<String> {
    let mut text = String::new();
    file.take(limit + 1).read_to_string(&mut text)?;
    if text.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {} MiB", limit >> 20)));
    }
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        text = rest.to_owned();
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::limited;

    #[test]
    fn input_without_an_end_is_an_error() {
        assert_eq!(limited(&b"abc"[..], 3).ok().as_deref(), Some("abc"));
        let error = limited(std::io::repeat(b'a'), 1 << 20).expect_err("it has no end");
        assert!(error.to_string().contains("longer than 1 MiB"), "{error}");
    }

    #[test]
    fn byte_order_mark_does_not_belong_to_the_text() {
        assert_eq!(limited(&b"\xef\xbb\xbf{}"[..], 9).ok().as_deref(), Some("{}"));
    }
}
