//! Errors that prevent a run.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::exchange::HttpError;
use crate::subject::{AdapterError, SubjectError};

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A pattern for check ids is not a valid glob.
    #[error("the pattern `{pattern}` cannot be used: {reason}")]
    Glob {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The subject cannot be put under test.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The adapter cannot be used.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A worker thread cannot be started.
    #[error("a worker thread cannot be started")]
    Worker(#[source] std::io::Error),
    /// The file of regression cases cannot be read.
    #[error("the regression cases in {}{} cannot be read: {reason}; correct or remove the file", path.display(), LineNumber(*line))]
    ReadRegressions {
        /// The file.
        path: PathBuf,
        /// The line, from 1; 0 if the whole file is concerned.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A new regression case cannot be written.
    #[error("a regression case cannot be written to {}", path.display())]
    WriteRegressions {
        /// The file.
        path: PathBuf,
        /// What happened instead.
        source: std::io::Error,
    },
    /// Something that must hold before the server can be judged does not hold.
    #[error("the run cannot be made, because one premise does not hold: {premise}\n  seen: {seen}\n  to do: {advice}")]
    Premise {
        /// The premise.
        premise: &'static str,
        /// What was seen.
        seen: String,
        /// What the user can do.
        advice: String,
    },
    /// The limits of a live target hold for one run.
    #[error(
        "a live target cannot be tested in shards, because each of them would send as many requests as a whole run may; leave out --shard"
    )]
    LiveShard,
    /// The interrupt occurred before the first check.
    #[error("interrupted before the run began")]
    Interrupted,
    /// The adapter did not answer `hello` within the time of the run.
    #[error("the adapter did not answer `hello` within the {:?} that the run may take", .0)]
    NotReady(Duration),
    /// No server accepts connections at the URL.
    #[error("{url} cannot be reached: {reason}; start the server first, or give --wait-for")]
    Unreachable {
        /// The URL.
        url: String,
        /// What happened instead.
        reason: String,
    },
}

/// `:LINE`, or nothing for line 0.
struct LineNumber(usize);

impl fmt::Display for LineNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, ":{}", self.0) }
    }
}

/// Joins an error and its sources, as `message: cause`.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
