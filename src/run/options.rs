//! Options of a run, and what it judges.

use std::path::PathBuf;
use std::time::Duration;

use super::shard::Shard;
use crate::checks::RegressionCases;
use crate::subject::{AdapterCommand, Factory};

/// Options of a run. The default runs every check, within the limits that protect a live target.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Globs over check ids to run; all checks if empty.
    pub only: Vec<String>,
    /// Globs over check ids to leave out.
    pub skip: Vec<String>,
    /// The share of the selected checks that runs; all of them if absent.
    pub shard: Option<Shard>,
    /// The seed of all generated cases; a random one if absent.
    pub seed: Option<u64>,
    /// How many generated cases each property check tries.
    pub cases: Option<u32>,
    /// Cases that failed in earlier runs and are tried first.
    pub known: RegressionCases,
    /// The file that stores generated cases that failed, so that later runs try them first.
    pub regressions: Option<PathBuf>,
    /// How many requests to a server are in flight at a time, at most; with 1, checks run one after the other too. For a client: how many
    /// checks run concurrently.
    pub jobs: Option<usize>,
    /// The deadline of one exchange.
    pub timeout: Option<Duration>,
    /// The `HOST[:PORT]` of a live target that may receive requests.
    pub live: Option<String>,
    /// The maximum number of requests of the run.
    pub max_requests: Option<u64>,
    /// The maximum number of requests per second.
    pub rate: Option<f64>,
    /// The maximum duration of the run.
    pub max_time: Option<Duration>,
    /// How long the run may wait in real time for a TTL to expire.
    pub max_wait: Option<Duration>,
    /// How long to wait until the subject accepts connections.
    pub wait_for: Option<Duration>,
    /// Whether operations that spend credits may run without a state handler.
    pub allow_spend: bool,
    /// The folder with snapshots of the subject's responses.
    pub snapshots: Option<PathBuf>,
    /// Whether new and changed snapshots are accepted.
    pub update_snapshots: bool,
}

/// The server under test; without a URL the embedded mock server.
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

/// The client under test.
#[derive(Clone, Default)]
pub enum ClientTarget {
    /// The reference client.
    #[default]
    Embedded,
    /// A Rust client in this process.
    Rust(Factory),
    /// A client in any language, behind an adapter process.
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
