//! Settings of a trial: seed, numbers of cases, and the generated cases that failed before.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

/// Generated cases per property, if no number is given.
pub const CASES: u32 = 16;

/// Settings of a trial.
#[derive(Debug, Clone)]
pub struct TrialSettings {
    /// The seed of all generated data.
    pub seed: u64,
    /// Generated cases per property.
    pub cases: u32,
    /// How often a failing case is shrunk, at most.
    pub shrinks: u32,
    /// How many generated cases are judged side by side at first, and by how much each batch is larger than the one before. After a
    /// finding, no other batch begins.
    pub first_batch: u32,
    /// See [`Self::first_batch`].
    pub batch_growth: u32,
    /// For how long requests of a trial may be in flight before it begins no new cases. Normally the number of cases ends the search; a slow subject gets fewer.
    pub search_limit: Duration,
    /// Cases that failed in earlier runs.
    pub known: RegressionCases,
    /// How long a call of a client may go on that gets its answers at once, whatever the client's own deadline.
    pub longest_call: Duration,
    /// The longest wait for a TTL in real time.
    pub max_wait: Duration,
    /// The folder with snapshots of the subject's responses.
    pub snapshots: Option<std::path::PathBuf>,
    /// Whether new snapshots are accepted without review.
    pub update_snapshots: bool,
}

/// Generated cases that failed in earlier runs, by check id.
#[derive(Debug, Clone, Default)]
pub struct RegressionCases {
    cases: Arc<HashMap<String, Vec<Value>>>,
    /// Whether a check with such cases skips new ones.
    pub(super) only: bool,
}

impl RegressionCases {
    /// Tries these cases before new ones.
    #[must_use]
    pub fn first(cases: HashMap<String, Vec<Value>>) -> Self {
        Self { cases: Arc::new(cases), only: false }
    }

    /// Tries only these cases, in every check that has some.
    #[must_use]
    pub fn only(cases: HashMap<String, Vec<Value>>) -> Self {
        Self { cases: Arc::new(cases), only: true }
    }

    /// Adds a case for one check, before its other cases.
    #[must_use]
    pub fn with(&self, id: &str, case: Value) -> Self {
        let mut cases = HashMap::clone(&self.cases);
        cases.entry(id.to_owned()).or_default().insert(0, case);
        Self { cases: Arc::new(cases), only: self.only }
    }

    pub(super) fn of(&self, id: &str) -> &[Value] {
        self.cases.get(id).map(Vec::as_slice).unwrap_or_default()
    }
}
