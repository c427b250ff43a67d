//! What belongs to one generated case while others are judged side by side with it: its evidence, its states, and its place in the
//! world of the server.
//!
//! The functions of a check get the trial alone. Which case a call belongs to follows from the future that is polled.

use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::task_local;

use super::finding::Finding;
use super::progress::Progress;
use super::records::Records;
use crate::exchange::as_one;
use crate::subject::Member;
use crate::sync::lock;

task_local! {
    static CURRENT: Arc<CaseScope>;
}

/// What belongs to one generated case.
#[derive(Debug)]
pub(super) struct CaseScope {
    records: Mutex<Records>,
    progress: Mutex<Progress>,
    /// Its place in the world of the server; a client has no such world.
    pub(super) member: Option<Member>,
}

impl CaseScope {
    /// The scope of a new case, or of a part of what is judged.
    pub(super) fn new(records: Records, member: Option<Member>) -> Arc<Self> {
        Arc::new(Self { records: Mutex::new(records), progress: Mutex::default(), member })
    }

    /// What was judged so far.
    pub(super) fn records(&self) -> MutexGuard<'_, Records> {
        lock(&self.records)
    }

    /// What was set up so far.
    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        lock(&self.progress)
    }

    /// Takes the notes.
    pub(super) fn take_notes(&self) -> Vec<Finding> {
        std::mem::take(&mut self.records().summary.notes)
    }

    /// The scope of the case that is judged here; `None` outside generated cases.
    pub(super) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Judges the case: whatever the future does concerns this case.
    pub(super) async fn judge<F: Future>(self: &Arc<Self>, judging: F) -> F::Output {
        CURRENT.scope(self.clone(), as_one(judging)).await
    }
}

/// Judges parts of a trial side by side, each in its scope, and returns the results in their order. `member` is the place of the
/// trial in the world of the server: its clock may move while the trial does nothing but wait for its parts.
pub(super) async fn side_by_side<F: Future>(
    member: Option<&Member>,
    parts: Vec<(Arc<CaseScope>, F)>,
) -> Vec<F::Output> {
    let scopes: Vec<Arc<CaseScope>> = parts.iter().map(|(scope, _)| scope.clone()).collect();
    let mut ended: Vec<Option<F::Output>> = parts.iter().map(|_| None).collect();
    let judging = parts.into_iter().enumerate().map(|(at, (scope, part))| async move { (at, scope.judge(part).await) });
    let mut running: FuturesUnordered<_> = judging.collect();
    let mut pause = if running.is_empty() { None } else { member.map(Member::pause) };
    while let Some((at, result)) = running.next().await {
        // The trial takes its place again before the last part leaves.
        if running.is_empty() {
            pause = None;
        }
        if let (Some(scope), Some(ended)) = (scopes.get(at), ended.get_mut(at)) {
            *ended = Some(result);
            scope.member.iter().for_each(Member::leave);
        }
    }
    drop(pause);
    ended.into_iter().flatten().collect()
}
