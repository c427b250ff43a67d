//! Worker pool: one thread with its own runtime per core.
//!
//! A client and the server that it talks to share a thread, because waking another core for each request would take longer
//! than the request itself.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::sync::lock;

/// Jobs of one kind in their order, and how many of them run concurrently.
pub(super) struct Queue<J> {
    pub(super) jobs: VecDeque<J>,
    pub(super) concurrency: usize,
}

/// Runs all jobs and returns their results in no particular order. Dropping the future stops all running jobs.
///
/// # Errors
/// If a thread or its runtime cannot be started.
pub(super) async fn run_all<J, T, F>(
    queues: Vec<Queue<J>>,
    run: impl Fn(J) -> F + Clone + Send + Sync + 'static,
) -> std::io::Result<Vec<T>>
where
    J: Send + 'static,
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let total: usize = queues.iter().map(|queue| queue.concurrency).sum();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(total.max(1));
    // The first threads get the larger shares where the concurrency does not divide evenly.
    let share = |all: usize, thread: usize| (all + threads - 1 - thread) / threads;
    let queues: Vec<(usize, Arc<Mutex<VecDeque<J>>>)> =
        queues.into_iter().map(|queue| (queue.concurrency, Arc::new(Mutex::new(queue.jobs)))).collect();
    let (results, mut all) = unbounded_channel();
    // The sender is dropped with this future, which stops the threads.
    let (_alive, cancelled) = watch::channel(());
    let mut workers = Vec::new();
    for thread in 0..threads {
        let own = queues.iter().map(|(concurrency, jobs)| (share(*concurrency, thread), jobs.clone())).collect();
        workers.push(spawn_worker(own, run.clone(), results.clone(), cancelled.clone())?);
    }
    drop(results);
    let mut done = Vec::new();
    while let Some(result) = all.recv().await {
        done.push(result);
    }
    for worker in workers {
        // Its queues are empty, so it ends at once.
        worker.join().unwrap_or_else(|panic| resume_unwind(panic));
    }
    Ok(done)
}

/// Starts a thread that takes jobs from the queues, with the given concurrency for each queue.
fn spawn_worker<J, T, F>(
    queues: Vec<(usize, Arc<Mutex<VecDeque<J>>>)>,
    run: impl Fn(J) -> F + Clone + Send + Sync + 'static,
    results: UnboundedSender<T>,
    mut cancelled: watch::Receiver<()>,
) -> std::io::Result<JoinHandle<()>>
where
    J: Send + 'static,
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let runtime = Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().spawn(move || {
        runtime.block_on(async move {
            let mut tasks = JoinSet::new();
            for (concurrency, jobs) in queues {
                for _ in 0..concurrency {
                    let (jobs, run, results) = (jobs.clone(), run.clone(), results.clone());
                    tasks.spawn(async move {
                        while let Some(job) = next(&jobs) {
                            // The receiver is gone if the run was cancelled.
                            let _ = results.send(run(job).await);
                        }
                    });
                }
            }
            drop(results);
            tokio::select! {
                // A panic is passed on to the caller.
                _ = tasks.join_all() => {}
                _ = cancelled.changed() => {}
            }
        });
    })
}

fn next<J>(jobs: &Mutex<VecDeque<J>>) -> Option<J> {
    lock(jobs).pop_front()
}
