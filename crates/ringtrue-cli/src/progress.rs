//! Progress of a run: a bar on standard error, if it is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ringtrue::__cli::report::Verbosity;
use ringtrue::__cli::run::{CheckResult, Events};

use super::output;

/// A progress bar, which may be hidden.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Creates a bar; hidden without a terminal or with `--quiet`.
    pub(crate) fn new(verbosity: Verbosity) -> Self {
        let shown = verbosity != Verbosity::Quiet && output::stderr_is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Events for Progress {
    fn planned(&self, total: usize) {
        self.bar.inc_length(total as u64);
    }

    fn finished(&self, result: &CheckResult) {
        self.bar.set_message(result.id.clone());
        self.bar.inc(1);
    }

    fn notice(&self, text: &str) {
        self.bar.suspend(|| output::note(text));
    }
}
