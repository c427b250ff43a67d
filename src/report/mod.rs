//! The report of a run, and its parts.
//!
//! [`Report::render`] writes a report in one of the formats of `--report`. There is one renderer per file. A renderer decides
//! nothing: what a verdict means for the run comes from [`Policy`].

pub(crate) mod baseline;
mod causes;
pub(crate) mod comparison;
pub(crate) mod escape;
mod finding;
mod findings;
pub(crate) mod format;
mod words;

pub use crate::checks::{TimeBasis, Verdict};
pub use crate::contract::{Grade, Level};
pub use crate::exchange::{Recorded, RecordedRequest, RecordedResponse};
pub use crate::run::{
    CheckResult, ContractIdentity, ContractPromise, Counts, Invocation, Outcome, PromiseSource, Report, ShardIdentity,
    SubjectIdentity,
};

pub(crate) use crate::run::{Disposition, Policy};
pub(crate) use format::{RenderError, Verbosity, View, format};

/// Declares module and list together: a new format is a file, and a line here. A format after `if` needs the cargo feature
/// of that name.
macro_rules! formats {
    ($($module:ident $(if $feature:literal)?: $about:literal,)+) => {
        $(
            $(#[cfg(feature = $feature)])?
            #[doc = concat!("`", stringify!($module), "`: ", $about, ".")]
            pub(crate) mod $module;

            $(
                #[cfg(not(feature = $feature))]
                #[doc = concat!("`", stringify!($module), "`: absent, as the feature `", $feature, "` is off.")]
                pub(crate) mod $module {
                    use super::{RenderError, Report, View};

                    pub(crate) fn render(_: &Report, _: &View) -> Result<String, RenderError> {
                        Err(RenderError::NotBuilt($feature))
                    }
                }
            )?
        )+

        /// The list of all formats.
        pub(crate) mod formats {
            use super::format::Format;

            /// Every format.
            pub static FORMATS: &[Format] =
                &[$(Format { name: stringify!($module), about: $about, render: super::$module::render },)+];
        }
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
    markdown: "for pull requests and job summaries",
    ctrf: "for tools that read the Common Test Report Format",
    badge: "the outcome as a small SVG image",
}
