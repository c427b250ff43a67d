//! Why a run could not be made.

use std::fmt;
use std::path::PathBuf;

use crate::exchange::HttpError;
use crate::subject::{AdapterError, SubjectError};

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A pattern for check ids is none.
    #[error("read the pattern `{0}`: {1}")]
    Glob(String, String),
    /// The subject cannot be put under test.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The adapter cannot be used.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// There are no threads to work with.
    #[error("start a thread: {0}")]
    Crew(std::io::Error),
    /// The file of cases that failed before cannot be used.
    #[error("read the kept cases: {}{}: {reason}; mend or remove it", path.display(), Line(*line))]
    Kept {
        /// The file.
        path: PathBuf,
        /// The line, from 1; 0 if the file as a whole.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A case that failed cannot be kept.
    #[error("keep a case that failed in {}: {source}", path.display())]
    Keep {
        /// The file.
        path: PathBuf,
        /// What happened instead.
        source: std::io::Error,
    },
    /// Nobody listens at the URL.
    #[error("reach {url}: {reason}; start the server first, or give --wait-for")]
    Unreachable {
        /// The URL.
        url: String,
        /// What happened instead.
        reason: String,
    },
}

struct Line(usize);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, ":{}", self.0) }
    }
}
