//! Much work, and a thread for each core that does it.
//!
//! Each thread has a runtime of its own, so that a client and the server that it talks to share a core: neither has to wake
//! another core for each request, which takes longer than the rest of it.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::sync::lock;

/// Jobs of one kind, the first of them first, and how many are done at a time.
pub(super) struct Queue<J> {
    pub(super) jobs: VecDeque<J>,
    pub(super) at_a_time: usize,
}

/// Does all jobs; what comes of them is in no particular order. When this is dropped, all that is under way ends.
///
/// # Errors
/// If a thread or its runtime cannot be had.
pub(super) async fn work<J, T, F>(
    queues: Vec<Queue<J>>,
    act: impl Fn(J) -> F + Clone + Send + Sync + 'static,
) -> std::io::Result<Vec<T>>
where
    J: Send + 'static,
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let most: usize = queues.iter().map(|queue| queue.at_a_time).sum();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(most.max(1));
    // Where something has to be shared out, the first thread has the larger part.
    let part = |all: usize, thread: usize| (all + threads - 1 - thread) / threads;
    let queues: Vec<(usize, Arc<Mutex<VecDeque<J>>>)> =
        queues.into_iter().map(|queue| (queue.at_a_time, Arc::new(Mutex::new(queue.jobs)))).collect();
    let (results, mut all) = unbounded_channel();
    // Gone with this future, and the threads notice.
    let (_here, gone) = watch::channel(());
    let mut crew = Vec::new();
    for thread in 0..threads {
        let own = queues.iter().map(|(at_a_time, jobs)| (part(*at_a_time, thread), jobs.clone())).collect();
        crew.push(hire(own, act.clone(), results.clone(), gone.clone())?);
    }
    drop(results);
    let mut done = Vec::new();
    while let Some(result) = all.recv().await {
        done.push(result);
    }
    for thread in crew {
        // It has nothing left to do.
        thread.join().unwrap_or_else(|panic| resume_unwind(panic));
    }
    Ok(done)
}

/// A thread that takes jobs out of the queues, so many out of each at a time.
fn hire<J, T, F>(
    queues: Vec<(usize, Arc<Mutex<VecDeque<J>>>)>,
    act: impl Fn(J) -> F + Clone + Send + Sync + 'static,
    results: UnboundedSender<T>,
    mut gone: watch::Receiver<()>,
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
            for (at_a_time, jobs) in queues {
                for _ in 0..at_a_time {
                    let (jobs, act, results) = (jobs.clone(), act.clone(), results.clone());
                    tasks.spawn(async move {
                        while let Some(job) = next(&jobs) {
                            // Whoever wanted it may be gone.
                            let _ = results.send(act(job).await);
                        }
                    });
                }
            }
            drop(results);
            tokio::select! {
                // A panic is the caller's.
                _ = tasks.join_all() => {}
                _ = gone.changed() => {}
            }
        });
    })
}

fn next<J>(jobs: &Mutex<VecDeque<J>>) -> Option<J> {
    lock(&jobs).pop_front()
}
