//! Process groups: what a command started ends with it, also if the program ends early.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use crate::sync::lock;

/// The groups that run at present.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// A process group. It is killed with its last owner.
#[derive(Debug, Clone)]
pub(super) struct ProcessGroup(Arc<Group>);

#[derive(Debug)]
struct Group(Mutex<Option<u32>>);

impl ProcessGroup {
    /// Lets a command start in a group of its own.
    pub(super) fn prepare(command: &mut tokio::process::Command) {
        command.kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
    }

    /// The group of a process that was started so.
    pub(super) fn of(child: &tokio::process::Child) -> Self {
        let id = child.id();
        lock(&RUNNING).extend(id);
        Self(Arc::new(Group(Mutex::new(id))))
    }

    /// Kills all processes of the group.
    pub(super) fn kill(&self) {
        self.0.kill();
    }
}

impl Group {
    fn kill(&self) {
        if let Some(id) = lock(&self.0).take() {
            kill(id);
            lock(&RUNNING).remove(&id);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Kills all process groups, for a program that ends at once.
pub fn kill_all() {
    std::mem::take(&mut *lock(&RUNNING)).into_iter().for_each(kill);
}

fn kill(id: u32) {
    #[cfg(unix)]
    if let Some(pid) = rustix::process::Pid::from_raw(id.cast_signed()) {
        // An error means that no process of the group is left.
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = id;
}
