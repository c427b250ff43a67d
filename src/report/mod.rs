//! Report formats: one renderer per file, all over the same [`Report`].
//!
//! A renderer decides nothing: what a verdict means for the run comes from [`Policy`].

mod baseline;
mod escape;
mod finding;
mod words;

use crate::run::Report;

pub use crate::run::{Disposition, Policy};
pub use baseline::{Baseline, BaselineError, KnownFinding, StaleEntry};
pub use escape::block as printable;

/// A report format.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// The name in `--report`.
    pub name: &'static str,
    /// The purpose in a few words.
    pub about: &'static str,
    /// Renders a report.
    pub render: fn(&Report, &View) -> Result<String, RenderError>,
}

/// Options for rendering a report.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// How much of the report is shown.
    pub verbosity: Verbosity,
    /// Whether to use ANSI escape sequences; only `human` does.
    pub colour: bool,
    /// Decides what verdicts mean for the run.
    pub policy: Policy,
}

/// How much of a report is shown; only `human` distinguishes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// The last line only.
    Quiet,
    /// All checks that did not pass.
    #[default]
    Normal,
    /// Every check, with the full exchanges of the findings.
    Verbose,
}

/// Why a report could not be rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A value has no JSON form.
    #[error("the report cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// A value has no XML form.
    #[cfg(feature = "junit")]
    #[error("the report cannot be written as JUnit XML")]
    Junit(#[from] quick_junit::SerializeError),
    /// A formatting operation failed.
    #[error("the report cannot be written as text")]
    Text(#[from] std::fmt::Error),
    /// The format was left out when this program was built.
    #[error("this build has no `{0}` reports; build ringtrue with the feature `{0}`")]
    NotBuilt(&'static str),
}

/// Declares module and list together: a new format is a file, and a line here. A format after `if` needs the cargo feature
/// of that name.
macro_rules! formats {
    ($($module:ident $(if $feature:literal)?: $about:literal,)+) => {
        $(
            $(#[cfg(feature = $feature)])?
            #[doc = concat!("`", stringify!($module), "`: ", $about, ".")]
            pub mod $module;

            $(
                #[cfg(not(feature = $feature))]
                #[doc = concat!("`", stringify!($module), "`: absent, as the feature `", $feature, "` is off.")]
                pub mod $module {
                    use super::{RenderError, Report, View};

                    pub(super) fn render(_: &Report, _: &View) -> Result<String, RenderError> {
                        Err(RenderError::NotBuilt($feature))
                    }
                }
            )?
        )+

        /// Every format.
        pub static FORMATS: &[Format] =
            &[$(Format { name: stringify!($module), about: $about, render: $module::render },)+];
    };
}

formats! {
    human: "for people",
    json: "the whole report, for programs",
    junit if "junit": "for continuous integration: one testcase per check",
    html if "html": "for a browser: one page without external resources",
    har: "the exchanges as an HTTP Archive 1.2",
    sarif: "for code scanning: SARIF 2.1.0",
    github: "for GitHub Actions: annotations of the run",
}

/// Returns the format of that name.
#[must_use]
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
