//! Why a run could not be made.

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
    /// Nobody listens at the URL.
    #[error("reach {url}: {reason}; start the server first, or give --wait-for")]
    Unreachable {
        /// The URL.
        url: String,
        /// What happened instead.
        reason: String,
    },
}
