//! Why a recording cannot be read.

use std::io;
use std::path::PathBuf;

/// A recording that cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum HarError {
    /// A file or folder cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file has no list of entries.
    #[error("{} is not a HAR file: it has no `log.entries`", .0.display())]
    NoEntries(PathBuf),
    /// A folder has no recording.
    #[error("{} contains no file with the extension .har", .0.display())]
    EmptyFolder(PathBuf),
}
