//! Progress of a run: a bar on standard error, if it is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ringtrue::__cli::report::Verbosity;
use ringtrue::__cli::run::{CheckResult, Events, RunStatus, Waiting};

use super::output;

/// How often the bar is drawn.
const INTERVAL: Duration = Duration::from_millis(200);

/// A progress bar, which may be hidden.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Creates a bar; hidden without a terminal or with `--quiet`.
    pub(crate) fn new(verbosity: Verbosity) -> Self {
        let shown = verbosity != Verbosity::Quiet && output::stderr_shows_progress();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        // Short, so that 80 columns suffice. The message is cut where the line of the terminal ends.
        if let Ok(style) = ProgressStyle::with_template("{bar:8} {pos}/{len}{wide_msg}") {
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

    fn interval(&self) -> Option<Duration> {
        (!self.bar.is_hidden()).then_some(INTERVAL)
    }

    fn status(&self, status: &RunStatus) {
        self.bar.set_message(message(status));
    }

    fn finished(&self, _: &CheckResult) {
        self.bar.inc(1);
    }

    fn notice(&self, text: &str) {
        self.bar.suspend(|| output::note(text));
    }
}

/// Describes the state of a run in one line.
fn message(status: &RunStatus) -> String {
    let mut text = match status.requests {
        1 => " · 1 request".to_owned(),
        count => format!(" · {count} requests"),
    };
    if let Some(remaining) = status.remaining {
        text.push_str(&format!(" · {} left", rough(remaining)));
    }
    let waiting: Vec<String> = status.waiting.iter().filter_map(described).collect();
    if !waiting.is_empty() {
        text.push_str(&format!(" · waiting for {}", waiting.join(", ")));
    }
    text
}

/// Describes what a run waits for, as the end of a sentence.
fn described(waiting: &Waiting) -> Option<String> {
    let counted = |count: usize, one: &str, several: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {several}"),
    };
    Some(match waiting {
        Waiting::RateLimit(left) => format!("the rate limit ({})", rough(*left)),
        Waiting::Time(left) => format!("a TTL ({})", rough(*left)),
        Waiting::Clock { waiting } => format!("the clock ({})", counted(*waiting, "case", "cases")),
        Waiting::Alone(id) => format!("{id}, which runs alone"),
        Waiting::Responses { in_flight } => counted(*in_flight, "response", "responses"),
        Waiting::Client { calls } => format!("the client ({})", counted(*calls, "call", "calls")),
        // What this program does not know.
        _ => return None,
    })
}

/// A duration in whole seconds, or minutes.
fn rough(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil();
    if seconds < 120.0 { format!("{seconds} s") } else { format!("{} min", (seconds / 60.0).round()) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ringtrue::__cli::run::{RunStatus, Waiting};

    use super::message;

    fn status(requests: u64, remaining: Option<u64>, waiting: &[Waiting]) -> RunStatus {
        let mut status = RunStatus::default();
        status.requests = requests;
        status.remaining = remaining.map(Duration::from_millis);
        status.waiting = waiting.to_vec();
        status
    }

    #[test]
    fn message_says_how_far_a_run_is_and_what_it_waits_for() {
        assert_eq!(message(&status(1, None, &[])), " · 1 request");
        let paused = [Waiting::RateLimit(Duration::from_secs(12)), Waiting::Responses { in_flight: 1 }];
        assert_eq!(
            message(&status(20, Some(90_100), &paused)),
            " · 20 requests · 91 s left · waiting for the rate limit (12 s), 1 response"
        );
        let alone = [Waiting::Alone("balance.reset"), Waiting::Clock { waiting: 3 }];
        assert_eq!(
            message(&status(2, Some(600_000), &alone)),
            " · 2 requests · 10 min left · waiting for balance.reset, which runs alone, the clock (3 cases)"
        );
        let client = [Waiting::Time(Duration::from_millis(2500)), Waiting::Client { calls: 2 }];
        assert_eq!(message(&status(0, None, &client)), " · 0 requests · waiting for a TTL (3 s), the client (2 calls)");
    }
}
