//! The process of an adapter: a process group of its own, lines in and out, and a reliable end.

use std::collections::VecDeque;
use std::fmt;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::subject::process_group::ProcessGroup;
use crate::sync::lock;

/// The maximum length of a line, in bytes.
const LONGEST_LINE: u64 = 1024 * 1024;
/// The number of bytes at the end of standard error that are kept.
const TAIL: usize = 2048;

/// A command with its arguments.
#[derive(Debug, Clone)]
pub struct AdapterCommand {
    /// The program.
    pub program: String,
    /// The arguments.
    pub args: Vec<String>,
}

impl fmt::Display for AdapterCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}

/// A running process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: ProcessGroup,
}

/// The end of what the process wrote to standard error.
#[derive(Debug, Clone, Default)]
pub(in crate::subject) struct StderrTail(Arc<Mutex<VecDeque<u8>>>);

/// The lines that the process prints.
pub(super) struct Lines(BufReader<ChildStdout>);

impl Process {
    /// Starts the command in a process group of its own.
    pub(super) fn start(command: &AdapterCommand) -> std::io::Result<(Self, ChildStdin, Lines, StderrTail)> {
        let mut process = tokio::process::Command::new(&command.program);
        process.args(&command.args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        ProcessGroup::prepare(&mut process);
        let mut child = process.spawn()?;
        let group = ProcessGroup::of(&child);
        let missing = || std::io::Error::other("a pipe is missing");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let tail = StderrTail::default();
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(drain(stderr, tail.clone()));
        }
        Ok((Self { child, group }, stdin, Lines(BufReader::new(stdout)), tail))
    }

    /// Waits until the process exits.
    pub(super) async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// How the process ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// The process group.
    pub(super) fn group(&self) -> ProcessGroup {
        self.group.clone()
    }
}

impl Lines {
    /// Reads the next line, without its line end; `None` at the end of output.
    pub(super) async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.0).take(LONGEST_LINE);
        if limited.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        Ok(Some(line))
    }
}

impl StderrTail {
    /// The text.
    pub(in crate::subject) fn text(&self) -> String {
        let bytes: Vec<u8> = lock(&self.0).iter().copied().collect();
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }
}

pub(in crate::subject) async fn drain(mut stderr: impl AsyncRead + Unpin, tail: StderrTail) {
    let mut buffer = vec![0; 8192];
    while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
        let mut kept = lock(&tail.0);
        kept.extend(buffer.iter().take(read));
        let excess = kept.len().saturating_sub(TAIL);
        kept.drain(..excess);
    }
}

/// Writes one line.
pub(super) async fn write_line(stdin: &mut ChildStdin, mut line: String) -> std::io::Result<()> {
    line.push('\n');
    stdin.write_all(line.as_bytes()).await?;
    stdin.flush().await
}
