//! What a run is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use crate::checks::RegressionCases;
use crate::subject::{AdapterCommand, Factory};

/// What a run is asked to do; the default does everything, within the bounds that keep a live target safe.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Globs over check ids; none selects all.
    pub only: Vec<String>,
    /// Globs over check ids that are left out.
    pub skip: Vec<String>,
    /// The seed of everything generated; a fresh one if absent.
    pub seed: Option<u64>,
    /// Generated cases per property.
    pub cases: Option<u32>,
    /// Cases that failed before, which are tried first.
    pub known: RegressionCases,
    /// The file in which generated cases that failed are kept, and looked up the next time.
    pub regressions: Option<PathBuf>,
    /// How many checks run at a time.
    pub jobs: Option<usize>,
    /// Deadline of one exchange.
    pub timeout: Option<Duration>,
    /// The `HOST[:PORT]` of a live target that may be addressed.
    pub live: Option<String>,
    /// How many requests go out in all.
    pub max_requests: Option<u64>,
    /// How many requests go out a second.
    pub rate: Option<f64>,
    /// How long the run may take.
    pub max_time: Option<Duration>,
    /// How long a TTL may be waited for in real time.
    pub max_wait: Option<Duration>,
    /// How long to wait until the subject accepts connections.
    pub wait_for: Option<Duration>,
    /// Whether credits may be spent without a state handler.
    pub allow_spend: bool,
    /// Where snapshots of the subject's answers are kept.
    pub snapshots: Option<PathBuf>,
    /// Whether new snapshots are accepted.
    pub update_snapshots: bool,
}

/// The server that a run judges; without a URL the embedded stand-in.
#[derive(Clone, Default)]
pub struct ServerTarget {
    /// Its URL.
    pub url: Option<String>,
    /// A valid credential.
    pub key: Option<String>,
    /// A valid credential of another tenant.
    pub other_key: Option<String>,
    /// The state handler: `http://…` or `cmd:COMMAND LINE`.
    pub states: Option<String>,
}

/// The client that a run judges.
#[derive(Clone, Default)]
pub enum ClientTarget {
    /// The reference client.
    #[default]
    Embedded,
    /// A Rust client.
    Rust(Factory),
    /// A client in any language behind an adapter.
    Adapter(AdapterCommand),
}

impl std::fmt::Debug for ClientTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Embedded => f.write_str("Embedded"),
            Self::Rust(_) => f.write_str("Rust(..)"),
            Self::Adapter(command) => f.debug_tuple("Adapter").field(command).finish(),
        }
    }
}

impl std::fmt::Debug for ServerTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Keys are secrets.
        f.debug_struct("ServerTarget").field("url", &self.url).field("states", &self.states).finish_non_exhaustive()
    }
}
