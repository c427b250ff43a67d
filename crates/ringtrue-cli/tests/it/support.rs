//! Runs the program as a process, without the settings of the user.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

pub(crate) type Outcomes = Result<(), Box<dyn std::error::Error>>;

/// The program in a folder of its own.
pub(crate) struct Program {
    pub(crate) folder: tempfile::TempDir,
}

impl Program {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self { folder: tempfile::tempdir()? })
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringtrue"));
        command.args(args).current_dir(self.folder.path()).env_clear().env("COLUMNS", "100");
        if let Some(path) = option_env!("PATH") {
            command.env("PATH", path);
        }
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> std::io::Result<Ran> {
        self.command(args).output().map(Ran::from)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> std::io::Result<()> {
        std::fs::write(self.folder.path().join(name), text)
    }

    pub(crate) fn read(&self, name: impl AsRef<Path>) -> std::io::Result<String> {
        std::fs::read_to_string(self.folder.path().join(name))
    }
}

/// The result of a process.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// A process that runs until it is interrupted.
pub(crate) struct Running {
    child: Child,
    pub(crate) first_lines: Vec<String>,
}

impl Running {
    /// Starts a command and waits for that many lines.
    pub(crate) fn start(mut command: Command, lines: usize) -> std::io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut first_lines = Vec::new();
        if lines > 0 {
            let stdout = child.stdout.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
            let mut reader = BufReader::with_capacity(1, stdout).lines();
            for _ in 0..lines {
                first_lines.extend(reader.next().transpose()?);
            }
        }
        Ok(Self { child, first_lines })
    }

    /// Interrupts it as Ctrl-C does, and waits for its end.
    #[cfg(unix)]
    pub(crate) fn interrupt(self) -> std::io::Result<Ran> {
        self.signals(&["-INT"])
    }

    /// Sends it signals, and waits for its end.
    #[cfg(unix)]
    pub(crate) fn signals(mut self, signals: &[&str]) -> std::io::Result<Ran> {
        for signal in signals {
            Command::new("kill").args([*signal, &self.child.id().to_string()]).status()?;
        }
        let stdout = self.child.stdout.take();
        let stderr = self.child.stderr.take();
        let code = self.ended()?.code();
        Ok(Ran { code, stdout: all(stdout)?, stderr: all(stderr)? })
    }

    /// Waits for its end, for two minutes at most: a program that does not obey must not hold up the tests.
    #[cfg(unix)]
    fn ended(&mut self) -> std::io::Result<ExitStatus> {
        for _ in 0..12_000 {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(std::io::Error::other("the program runs on after the signals"))
    }
}

/// The signal at the end of a session, or another one where these tests run under `nohup`, which the program respects.
#[cfg(unix)]
pub(crate) fn hangup() -> &'static str {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    if mask & 1 == 1 { "-TERM" } else { "-HUP" }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn all(from: Option<impl std::io::Read>) -> std::io::Result<String> {
    let mut text = String::new();
    if let Some(mut from) = from {
        from.read_to_string(&mut text)?;
    }
    Ok(text)
}

/// The snapshots of the command line stand together.
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/cli"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
