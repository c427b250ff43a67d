//! Watches a run from outside: the interrupt and the time limit take effect whatever the run computes.
//!
//! The run is a task of its own, which sends each check that has finished. On a runtime with several threads, a computation in
//! it that goes on for long, for example in the generator or in the validator, delays neither the interrupt nor the limit. Such
//! a task is left behind: what was found before is what the report contains.

use std::future::Future;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::error::RunError;
use super::events::Events;
use super::execution::{RunResult, now};
use super::judged_check::JudgedCheck;
use super::plan::RunPlan;

/// How long a run that was stopped may take to reach a point at which it can stop.
const GRACE: Duration = Duration::from_secs(1);

/// Receives the checks that have finished.
pub(super) type Finished = UnboundedSender<JudgedCheck>;

/// Why the rest of the checks was not run, if so.
pub(super) type Unfinished = Option<&'static str>;

/// How a run is watched.
pub(super) struct Supervision<'r> {
    pub(super) plan: &'r RunPlan,
    pub(super) max_time: Option<Duration>,
    pub(super) events: &'r dyn Events,
}

impl Supervision<'_> {
    /// Runs `work` until it is done, its time is over, or it is interrupted. Checks that have not finished could not run.
    ///
    /// # Errors
    /// The error of `work`.
    ///
    /// # Panics
    /// If `work` panics.
    pub(super) async fn run<W>(
        &self,
        work: impl FnOnce(Finished) -> W,
        interrupt: impl Future<Output = ()>,
    ) -> Result<RunResult, RunError>
    where
        W: Future<Output = Result<Unfinished, RunError>> + Send + 'static,
    {
        let (started_at, begun) = (now(), Instant::now());
        self.events.planned(self.plan.len());
        let mut judged = Vec::new();
        let (finished, mut arriving) = unbounded_channel();
        let mut task = Task(tokio::spawn(work(finished)));
        let limit = async {
            match self.max_time {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        let stopped = tokio::select! {
            () = self.collect(&mut arriving, &mut judged) => None,
            () = interrupt => Some("the run was interrupted before this check finished"),
            () = limit => Some("the time limit of the run passed before this check finished"),
        };
        let ended = match stopped {
            None => (&mut task.0).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?,
            Some(why) => {
                task.stop().await;
                // What had arrived before the task was stopped counts.
                arriving.close();
                self.collect(&mut arriving, &mut judged).await;
                Some(why)
            }
        };
        if let Some(why) = ended {
            let finished = |id: &str, judged: &[JudgedCheck]| judged.iter().any(|have| have.result.id == id);
            let missing: Vec<_> = self.plan.entries().filter(|entry| !finished(entry.check.id, &judged)).collect();
            judged.extend(missing.into_iter().map(|entry| JudgedCheck::not_run(entry, why)));
        }
        Ok(RunResult::of(judged, started_at, begun.elapsed()))
    }

    /// Collects checks until no more can come.
    async fn collect(&self, arriving: &mut UnboundedReceiver<JudgedCheck>, judged: &mut Vec<JudgedCheck>) {
        while let Some(check) = arriving.recv().await {
            self.events.finished(&check.result);
            judged.push(check);
        }
    }
}

/// A task that is stopped when it is dropped.
struct Task<T>(JoinHandle<T>);

impl<T> Task<T> {
    /// Stops the task, and waits for a moment until it has stopped.
    async fn stop(&mut self) {
        self.0.abort();
        // A task that computes on does not stop. It is left behind.
        let _ = tokio::time::timeout(GRACE, &mut self.0).await;
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
