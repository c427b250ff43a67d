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
    /// The seed of everything generated.
    pub seed: u64,
    /// Generated cases per property.
    pub cases: u32,
    /// How many smaller forms of a failing case are tried.
    pub shrinks: u32,
    /// Cases that failed before, which are tried first.
    pub known: RegressionCases,
    /// How long a TTL may be waited for in real time.
    pub max_wait: Duration,
    /// Where snapshots of the subject's answers are kept.
    pub snapshots: Option<std::path::PathBuf>,
    /// Whether new snapshots are accepted.
    pub update_snapshots: bool,
}

/// Cases that failed before, by the id of the check that they are for.
#[derive(Debug, Clone, Default)]
pub struct RegressionCases {
    cases: Arc<HashMap<String, Vec<Value>>>,
    /// A check that has any tries no others.
    pub(super) only: bool,
}

impl RegressionCases {
    /// These cases, which are tried first.
    #[must_use]
    pub fn first(cases: HashMap<String, Vec<Value>>) -> Self {
        Self { cases: Arc::new(cases), only: false }
    }

    /// These cases; checks that have any try no others.
    #[must_use]
    pub fn only(cases: HashMap<String, Vec<Value>>) -> Self {
        Self { cases: Arc::new(cases), only: true }
    }

    /// The same, and for one check this case before all others.
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
