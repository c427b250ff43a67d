//! What report formats have in common.

use super::formats::FORMATS;
use crate::run::{Policy, Report};

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
    /// Whether to write links as terminals understand them (OSC 8); only `human` does.
    pub links: bool,
    /// The width of the terminal, where there is one; only `human` wraps its lines.
    pub width: Option<usize>,
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

/// Returns the format of that name.
#[must_use]
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
