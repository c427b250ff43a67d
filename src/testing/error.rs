//! The error of the testing API.

use crate::contract::LoadError;
use crate::report::RenderError;
use crate::run::RunError;
use crate::subject::{AdapterError, SubjectError};

/// Why a test could not run.
///
/// That the subject does not conform is not an error: it is in the [`Report`](crate::Report).
///
/// ```no_run
/// # async fn example() {
/// match ringtrue::server("contracts/acme").url("http://127.0.0.1:8080").run().await {
///     Ok(report) => report.assert_conformant(),
///     Err(error) if error.is_unreachable() => eprintln!("skipped: {error}"),
///     Err(error) => panic!("{error}"),
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error(transparent)]
    Contract(#[from] LoadError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error("there is no report format `{0}`")]
    UnknownFormat(String),
}

impl Error {
    pub(super) fn unknown_format(name: &str) -> Self {
        Self(Box::new(Kind::UnknownFormat(name.to_owned())))
    }

    /// Returns whether the contract cannot be used; the message lists every mistake.
    #[must_use]
    pub fn is_contract(&self) -> bool {
        matches!(*self.0, Kind::Contract(_))
    }

    /// Returns whether the server does not accept connections.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(*self.0, Kind::Run(RunError::Unreachable { .. }))
    }

    /// Returns whether the adapter does not start, does not follow the protocol, or does not exit as it should.
    #[must_use]
    pub fn is_adapter(&self) -> bool {
        matches!(*self.0, Kind::Run(RunError::Adapter(_)))
    }

    /// Returns whether an option is invalid: a glob, the URL, the state handler, the file of regression cases, or the report
    /// format.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match &*self.0 {
            Kind::Run(RunError::Glob { .. } | RunError::ReadRegressions { .. }) | Kind::UnknownFormat(_) => true,
            Kind::Run(RunError::Subject(error)) => !matches!(error, SubjectError::Embedded(_)),
            Kind::Render(error) => matches!(error, RenderError::NotBuilt(_)),
            Kind::Run(_) | Kind::Contract(_) => false,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// Lets `?` convert the errors of the library; which they are is not public.
macro_rules! from {
    ($($error:ty)*) => {
        $(
            #[doc(hidden)]
            impl From<$error> for Error {
                fn from(error: $error) -> Self {
                    Self(Box::new(error.into()))
                }
            }
        )*
    };
}

from!(LoadError RunError RenderError AdapterError);

impl From<AdapterError> for Kind {
    fn from(error: AdapterError) -> Self {
        Self::Run(error.into())
    }
}
