//! Output: standard output, standard error, and files.

use std::borrow::Cow;
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::report::printable;

use super::error::CliError;

/// Writes to standard output, and returns whether a reader is still there. A closed pipe, for instance to `head`, is not an
/// error.
pub(crate) fn print(text: &str) -> Result<bool, CliError> {
    let mut stdout = anstream::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CliError::Stdout(error)),
    }
}

/// Writes data to standard output as it is, and returns whether a reader is still there. [`print`] drops bytes that terminals
/// could take for commands.
pub(crate) fn print_data(text: &str) -> Result<bool, CliError> {
    let mut stdout = io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CliError::Stdout(error)),
    }
}

/// Prints an error.
pub(crate) fn error(text: &str) {
    message(AnsiColor::Red.on_default().bold(), "error", text);
}

/// Prints a warning.
pub(crate) fn warn(text: &str) {
    message(AnsiColor::Yellow.on_default().bold(), "warning", text);
}

/// Prints a note.
pub(crate) fn note(text: &str) {
    message(Style::new().bold(), "note", text);
}

/// Prints a finding while a run goes on.
pub(crate) fn finding(verdict: Verdict, text: &str) {
    let (colour, label) = match verdict {
        Verdict::Fail | Verdict::Error => (AnsiColor::Red, "fail"),
        Verdict::Warn => (AnsiColor::Yellow, "warn"),
        _ => (AnsiColor::Cyan, "info"),
    };
    message(colour.on_default().bold(), label, text);
}

/// Prints a labelled message on standard error.
fn message(style: Style, label: &str, text: &str) {
    // A closed standard error cannot be reported anywhere.
    let _ = writeln!(anstream::stderr(), "{style}{label}{style:#}: {}", printable(&shortened(text)));
}

/// The longest line of a message, in bytes.
const LONGEST_LINE: usize = 4000;
/// What is shown of the beginning and of the end of a longer one.
const SHOWN: (usize, usize) = (2000, 500);

/// Cuts the middle out of long lines. Messages of parsers quote what a file has where something else was expected.
fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST_LINE {
        return text.into();
    }
    let short = |line: &str| {
        let end = (line.len() > LONGEST_LINE).then(|| line.ceil_char_boundary(line.len() - SHOWN.1))?;
        let start = line.floor_char_boundary(SHOWN.0);
        let (before, after) = (line.get(..start)?, line.get(end..)?);
        Some(format!("{before}… ({} more bytes) …{after}", end - start))
    };
    let lines = text.split('\n').map(|line| short(line).unwrap_or_else(|| line.to_owned()));
    lines.collect::<Vec<_>>().join("\n").into()
}

/// Returns whether standard output shows colours.
pub(crate) fn stdout_has_colour() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Returns the width of the terminal that standard output goes to. Files, pipes and logs have none.
pub(crate) fn stdout_width() -> Option<usize> {
    let (terminal_size::Width(width), _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(width.into())
}

/// Returns whether standard output shows links (OSC 8). The logs of continuous integration do not.
pub(crate) fn stdout_has_links() -> bool {
    stdout_has_colour()
        && super::layers::environment("CI").is_none()
        && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout)
}

/// Returns whether standard error shows lines that change: it is a terminal. Some continuous integration offers a terminal too, whose
/// output ends up in a log.
pub(crate) fn stderr_shows_progress() -> bool {
    let is_dumb = super::layers::environment("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !is_dumb && super::layers::environment("CI").is_none()
}

/// Checks before a run that a file can be written after it.
pub(crate) fn check_writable(path: &Path) -> Result<(), CliError> {
    let refuse =
        |kind, message: String| Err(CliError::Write { path: path.to_owned(), source: io::Error::new(kind, message) });
    if path.is_dir() {
        return refuse(io::ErrorKind::IsADirectory, "it is a folder; give a file in it".to_owned());
    }
    let parent = parent(path);
    if !parent.is_dir() {
        let message = format!("there is no folder {}; create it first", parent.display());
        return refuse(io::ErrorKind::NotFound, message);
    }
    Ok(())
}

/// Replaces a file atomically: readers see either the old or the new content.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |source| CliError::Write { path: path.to_owned(), source };
    // Something that exists and is not a regular file (/dev/null, a pipe) cannot be replaced, only written to.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(path, text).map_err(failed);
    }
    // A symbolic link stays one; its target is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let scratch = parent(&target).join(name);
    let written = fs::write(&scratch, text).and_then(|()| fs::rename(&scratch, &target));
    if written.is_err() {
        // It may not exist.
        let _ = fs::remove_file(&scratch);
    }
    written.map_err(failed)
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE, shortened};

    #[test]
    fn middle_of_a_long_line_is_cut_out_and_other_lines_stay() {
        let long = format!("first\ninvalid `{}`, expected a number at line 7\nlast", "é".repeat(1_000_000));
        let short = shortened(&long);
        assert!(short.len() < LONGEST_LINE, "{}", short.len());
        assert!(
            short.starts_with("first\ninvalid `éé") && short.ends_with("é`, expected a number at line 7\nlast"),
            "{short}"
        );
        assert!(short.contains("more bytes"), "{short}");
        let lines = "many short lines\n".repeat(1000);
        assert_eq!(shortened(&lines), lines);
    }
}
