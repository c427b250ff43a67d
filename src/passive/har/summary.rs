//! What recordings contained, beside the exchanges that were judged.

use std::path::Path;

/// How many broken entries of a file are described; the others are counted.
const MAX_DESCRIBED: usize = 3;
/// How many other hosts are named.
const MAX_HOSTS: usize = 5;
/// How many files are named that have a problem.
const MAX_PROBLEMS: usize = 20;

/// What a recording contained.
#[derive(Debug, Default)]
pub struct HarSummary {
    /// Entries in all.
    pub entries: u64,
    /// Exchanges with the API that were judged.
    pub judged: u64,
    /// Entries for other hosts or paths.
    pub elsewhere: u64,
    /// The first of those hosts.
    pub hosts: Vec<String>,
    /// Responses from a cache or a script in the client.
    pub cached: u64,
    /// Requests without a response that is known to be the server's.
    pub unanswered: u64,
    /// Entries without a time that can be read.
    pub untimed: u64,
    /// Entries that could not be read.
    pub broken: u64,
    /// What was wrong with the first of them, and with the file.
    pub problems: Vec<String>,
}

impl HarSummary {
    pub(super) fn add_broken(&mut self, number: u32, why: &str) {
        self.broken += 1;
        if self.problems.len() < MAX_DESCRIBED {
            self.problems.push(format!("entry {} cannot be read: {why}", u64::from(number) + 1));
        }
    }

    pub(super) fn add_elsewhere(&mut self, url: &str) {
        self.elsewhere += 1;
        if self.hosts.len() >= MAX_HOSTS {
            return;
        }
        let host = url::Url::parse(url).ok().map(|url| url.origin().ascii_serialization());
        if let Some(host) = host.filter(|host| host != "null" && !self.hosts.contains(host)) {
            self.hosts.push(host);
        }
    }

    /// Adds what another file contained.
    pub fn add(&mut self, path: &Path, other: Self) {
        let Self { entries, judged, elsewhere, cached, unanswered, untimed, broken, hosts, problems } = other;
        self.entries += entries;
        self.judged += judged;
        self.elsewhere += elsewhere;
        self.cached += cached;
        self.unanswered += unanswered;
        self.untimed += untimed;
        self.broken += broken;
        for host in hosts {
            if self.hosts.len() < MAX_HOSTS && !self.hosts.contains(&host) {
                self.hosts.push(host);
            }
        }
        for problem in problems {
            if self.problems.len() < MAX_PROBLEMS {
                self.problems.push(format!("{}: {problem}", path.display()));
            }
        }
    }

    /// What a reader of the report has to know, as sentences.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.problems.clone();
        if self.broken > 0 {
            notes.push(format!("{} that cannot be read", entries(self.broken, "was skipped", "were skipped")));
        }
        if self.elsewhere > 0 {
            let text = entries(self.elsewhere, "is", "are");
            // Other hosts are of interest where the right one may be among them.
            let hosts = if self.judged == 0 && !self.hosts.is_empty() {
                format!(" ({}); --url names the base URL of the API", self.hosts.join(", "))
            } else {
                String::new()
            };
            notes.push(format!("{text} for other hosts or paths{hosts}"));
        }
        if self.cached > 0 {
            notes.push(format!(
                "{} by a cache or a script of the client",
                entries(self.cached, "was answered", "were answered")
            ));
        }
        if self.unanswered > 0 {
            let text = entries(self.unanswered, "was aborted or has", "were aborted or have");
            notes.push(format!("{text} no response that can be read"));
        }
        if self.untimed > 0 {
            notes.push(format!(
                "{} no time, so that nothing was concluded from the order",
                entries(self.untimed, "has", "have")
            ));
        }
        notes
    }
}

fn entries(count: u64, one: &str, several: &str) -> String {
    if count == 1 { format!("1 entry {one}") } else { format!("{count} entries {several}") }
}
