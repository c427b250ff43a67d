//! Where output goes: standard output, standard error, and files.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use ringtrue::report::printable;

use super::error::CliError;

/// Writes to standard output. A reader that went away, `head` for instance, is no error; says whether it is there still.
pub(crate) fn print(text: &str) -> Result<bool, CliError> {
    let mut stdout = anstream::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CliError::Stdout(error)),
    }
}

/// Tells of an error.
pub(crate) fn complain(text: &str) {
    tell(AnsiColor::Red.on_default().bold(), "error", text);
}

/// Tells of something that deserves attention.
pub(crate) fn warn(text: &str) {
    tell(AnsiColor::Yellow.on_default().bold(), "warning", text);
}

/// Tells of something worth knowing.
pub(crate) fn note(text: &str) {
    tell(Style::new().bold(), "note", text);
}

fn tell(style: Style, label: &str, text: &str) {
    // There is nobody left to tell that standard error is closed.
    let _ = writeln!(anstream::stderr(), "{style}{label}{style:#}: {}", printable(text));
}

/// Whether standard output shows colours.
pub(crate) fn stdout_has_colour() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Whether somebody watches standard error.
pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Says early what would keep a file from being written: nobody wants to learn that after a long run.
pub(crate) fn check_writable(path: &Path) -> Result<(), CliError> {
    let refuse =
        |kind, message: String| Err(CliError::Write { path: path.to_owned(), source: io::Error::new(kind, message) });
    if path.is_dir() {
        return refuse(io::ErrorKind::IsADirectory, "it is a folder; name a file in it".to_owned());
    }
    let parent = parent(path);
    if !parent.is_dir() {
        let message = format!("there is no folder {}; create it first", parent.display());
        return refuse(io::ErrorKind::NotFound, message);
    }
    Ok(())
}

/// Writes a file in one step: whoever reads it sees the old or the new content, and nothing between.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |source| CliError::Write { path: path.to_owned(), source };
    // What is neither a file nor about to become one (/dev/null, a pipe) cannot be replaced, only written to.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(path, text).map_err(failed);
    }
    // A link stays a link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let scratch = parent(&target).join(name);
    let written = fs::write(&scratch, text).and_then(|()| fs::rename(&scratch, &target));
    if written.is_err() {
        // It may never have come to be.
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
