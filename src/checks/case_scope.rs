//! What belongs to one generated case while others are judged side by side with it: its evidence, its states, and its place in the
//! world of the server.
//!
//! The functions of a check get the trial alone. Which case a call belongs to follows from the future that is polled.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::task_local;

use super::evidence::Evidence;
use super::server_trial::Progress;
use crate::subject::Member;

task_local! {
    static CURRENT: Arc<CaseScope>;
}

/// What belongs to one generated case.
#[derive(Debug)]
pub(super) struct CaseScope {
    pub(super) evidence: Evidence,
    pub(super) progress: Mutex<Progress>,
    /// Its place in the world of the server; a client has no such world.
    pub(super) member: Option<Member>,
}

impl CaseScope {
    /// The scope of a new case.
    pub(super) fn new(case: Value, member: Option<Member>) -> Arc<Self> {
        Arc::new(Self { evidence: Evidence::of_case(case), progress: Mutex::default(), member })
    }

    /// The scope of the case that is judged here; `None` outside generated cases.
    pub(super) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Judges the case: whatever the future does concerns this case.
    pub(super) async fn judge<F: Future>(self: &Arc<Self>, judging: F) -> F::Output {
        CURRENT.scope(self.clone(), judging).await
    }
}
