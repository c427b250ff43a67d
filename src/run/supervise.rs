//! Watches a run from outside: the interrupt and the time limit take effect whatever the run computes.
//!
//! The run is a task of its own, which sends each check that has finished. On a runtime with several threads, a computation in
//! it that goes on for long, for example in the generator or in the validator, delays neither the interrupt nor the limit. Such
//! a task is left behind: what was found before is what the report contains.

use std::future::{Future, pending};
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::error::RunError;
use super::events::Events;
use super::execution::{RunResult, now};
use super::judged_check::JudgedCheck;
use super::plan::RunPlan;
use super::status::RunStatus;

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
    /// The state of the run at the moment, for the listener.
    pub(super) status: &'r (dyn Fn() -> RunStatus + Sync),
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
                Some(limit) => elapsed(limit).await,
                None => pending().await,
            }
        };
        let (mut interrupt, mut limit, mut shown) = (pin!(interrupt), pin!(limit), pin!(self.show()));
        let ended = loop {
            tokio::select! {
                Some(check) = arriving.recv() => self.finished(check, &mut judged),
                ended = &mut task.0 => break ended.unwrap_or_else(|error| resume_unwind(error.into_panic()))?,
                () = &mut interrupt => break Some("the run was interrupted before this check finished"),
                () = &mut shown => {}
                () = &mut limit => break Some("the time limit of the run passed before this check finished"),
            }
        };
        task.stop().await;
        // What had arrived before counts.
        arriving.close();
        while let Some(check) = arriving.recv().await {
            self.finished(check, &mut judged);
        }
        if let Some(why) = ended {
            let finished = |id: &str, judged: &[JudgedCheck]| judged.iter().any(|have| have.result.id == id);
            let missing: Vec<_> = self.plan.entries().filter(|entry| !finished(entry.check.id, &judged)).collect();
            judged.extend(missing.into_iter().map(|entry| JudgedCheck::not_run(entry, why)));
        }
        Ok(RunResult::of(judged, started_at, begun.elapsed()))
    }

    /// Tells the listener about the state of the run as often as it wants. Does not end.
    async fn show(&self) {
        let Some(interval) = self.events.interval() else { return std::future::pending().await };
        loop {
            self.events.status(&(self.status)());
            tokio::time::sleep(interval).await;
        }
    }

    fn finished(&self, check: JudgedCheck, judged: &mut Vec<JudgedCheck>) {
        self.events.finished(&check.result);
        judged.push(check);
    }
}

/// Waits on a thread of its own, because no thread of the runtime looks at the clock while all of them compute. The clock of the
/// runtime counts too, for tests that move it.
async fn elapsed(time: Duration) {
    let (ring, alarm) = oneshot::channel();
    let (waiting, abandoned) = mpsc::channel::<()>();
    let clock = thread::Builder::new().spawn(move || {
        if abandoned.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
            // The receiver is gone if the caller has stopped waiting.
            let _ = ring.send(());
        }
    });
    tokio::select! {
        Ok(()) = alarm => {}
        () = tokio::time::sleep(time) => {}
    }
    // The thread ends when it notices that `waiting` is gone. If none could be started, the runtime is all there is.
    drop((waiting, clock));
}

/// A task that is stopped when it is dropped.
struct Task<T>(JoinHandle<T>);

impl<T> Task<T> {
    /// Stops the task, and waits for a moment until it has stopped.
    async fn stop(&mut self) {
        if self.0.is_finished() {
            return;
        }
        self.0.abort();
        // A task that computes on does not stop. It is left behind.
        tokio::select! {
            _ = &mut self.0 => {}
            () = elapsed(GRACE) => {}
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::mpsc::channel;

    use super::super::events::Silent;
    use super::super::judged_check::bare;
    use super::super::options::RunOptions;
    use super::super::plan::RunPlan;
    use super::super::status::RunStatus;
    use super::Supervision;
    use crate::checks::{Side, Verdict};

    fn plan() -> RunPlan {
        RunPlan::of(Side::Server, &RunOptions::default()).expect("a plan")
    }

    /// A supervision without a limit and without a listener.
    fn silent(plan: &RunPlan) -> Supervision<'_> {
        Supervision { plan, max_time: None, events: &Silent, status: &RunStatus::default }
    }

    /// The work computes until the test has its result: only a watcher outside of it can end the run.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn interrupt_during_endless_computation_keeps_what_was_found() {
        let plan = plan();
        let first = plan.entries().next().expect("a check").check;
        let (release, wait) = channel::<()>();
        let (reached, has_reached) = tokio::sync::oneshot::channel();
        let work = |finished: super::Finished| async move {
            let _ = finished.send(bare(first, Verdict::Pass, String::new()));
            let _ = reached.send(());
            let _ = wait.recv();
            Ok(None)
        };
        let interrupt = async { has_reached.await.expect("the work has begun") };
        let supervision = silent(&plan);
        let result = supervision.run(work, interrupt).await.expect("a result");
        drop(release);
        let verdicts: Vec<_> = result.results().map(|check| (check.id.as_str(), check.verdict)).collect();
        assert_eq!(verdicts.len(), plan.len());
        assert_eq!(verdicts[0], (first.id, Verdict::Pass));
        assert!(verdicts[1..].iter().all(|(_, verdict)| *verdict == Verdict::CouldNotRun), "{verdicts:?}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn limit_during_endless_computation_ends_the_run() {
        let plan = plan();
        let (release, wait) = channel::<()>();
        let work = |_| async move {
            let _ = wait.recv();
            Ok(None)
        };
        let max_time = Some(std::time::Duration::ZERO);
        let supervision = Supervision { max_time, ..silent(&plan) };
        let result = supervision.run(work, pending()).await.expect("a result");
        drop(release);
        let reasons: Vec<_> = result.results().filter_map(|check| check.reason.clone()).collect();
        assert_eq!(reasons.len(), plan.len());
        assert!(reasons[0].contains("time limit"), "{reasons:?}");
    }

    #[tokio::test]
    async fn work_that_ends_early_says_why_the_rest_was_not_run() {
        let plan = plan();
        let supervision = silent(&plan);
        let result = supervision.run(|_| ready(Ok(Some("enough"))), pending()).await.expect("a result");
        assert!(result.results().all(|check| check.reason.as_deref() == Some("enough")));
    }
}
