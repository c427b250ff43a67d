//! Console samples: the commands in them are run, and what the program prints takes the place of what stood there.
//!
//! A sample is a block of code marked `console`. Lines that begin with `$ ` are commands, everything else is output. All
//! samples of a file run in one folder, one after the other. A command that ends with `&` goes on until the file ends; its
//! address is replaced by a free one, and shown as it is written. What differs from run to run (times, ports, numbers of
//! exchanges, the version) is shown in one form.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::{Outcomes, program, root};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Programs that a sample may need and a machine may lack.
const OTHERS: [&str; 3] = ["node", "python3", "curl"];

/// A terminal in a folder of its own.
pub(super) struct Terminal {
    folder: tempfile::TempDir,
    path: String,
    background: Vec<Child>,
    /// Ports as they are written, and as they are.
    ports: Vec<(String, String)>,
    status: i32,
}

impl Terminal {
    pub(super) fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        #[cfg(unix)]
        for name in ["examples", "schemas", "tests"] {
            std::os::unix::fs::symlink(root().join(name), folder.path().join(name))?;
        }
        let own = program().parent().map(PathBuf::from).unwrap_or_default();
        let path = format!("{}:{}", own.display(), option_env!("PATH").unwrap_or_default());
        Ok(Self { folder, path, background: Vec::new(), ports: Vec::new(), status: 0 })
    }

    /// The block with the output of its commands as it is now.
    pub(super) fn run(&mut self, block: &str) -> Result<String> {
        let lines: Vec<&str> = block.trim().lines().collect();
        let [first, inner @ .., last] = lines.as_slice() else { return Err("a sample is empty".into()) };
        if *first != "```console" || *last != "```" {
            return Err("a sample is a block of code marked `console`".into());
        }
        if !cfg!(unix) || !OTHERS.iter().all(|other| !uses(inner, other) || is_here(other)) {
            return Ok(format!("{}\n", block.trim()));
        }
        let mut out = format!("{first}\n");
        let mut rest = inner.iter().peekable();
        while let Some(line) = rest.next() {
            let Some(typed) = line.strip_prefix("$ ") else { continue };
            writeln!(out, "{line}")?;
            let mut command = typed.to_owned();
            while command.ends_with('\\') {
                let Some(more) = rest.next() else { return Err("a command does not end".into()) };
                writeln!(out, "{more}")?;
                command.truncate(command.len() - 1);
                command.push_str(more.trim());
            }
            let printed = self.execute(&command)?;
            out.push_str(&self.normalised(&printed));
        }
        writeln!(out, "{last}")?;
        Ok(out)
    }

    fn execute(&mut self, command: &str) -> Result<String> {
        if command == "echo $?" {
            return Ok(format!("{}\n", self.status));
        }
        let mut command = command.to_owned();
        for (written, actual) in &self.ports {
            command = command.replace(written, actual);
        }
        if let Some(command) = command.strip_suffix('&') {
            return self.start(command.trim());
        }
        let output = self.shell(&format!("{{ {command}\n}} 2>&1")).output()?;
        self.status = output.status.code().unwrap_or(-1);
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Starts a server: on a free port, which it prints.
    fn start(&mut self, command: &str) -> Result<String> {
        let written = command.split([' ', ':']).rfind(|word| word.len() == 4 && word.parse::<u16>().is_ok());
        let written = written.ok_or("a command in the background names a port of four digits")?;
        let free = command.replace(written, "0");
        let mut child = self.shell(&format!("exec {free}")).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        self.background.push(child);
        let mut printed = String::new();
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            writeln!(printed, "{line}")?;
            if line.starts_with("states ") || !free.starts_with("ringtrue ") {
                break;
            }
        }
        let actual = printed.split("127.0.0.1:").nth(1).ok_or("a command in the background prints its address")?;
        let actual = actual.chars().take_while(char::is_ascii_digit).collect();
        self.ports.push((written.to_owned(), actual));
        Ok(printed)
    }

    fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("PATH", &self.path).env("COLUMNS", "100");
        command
    }

    fn normalised(&self, printed: &str) -> String {
        let mut exchanges = HashMap::new();
        let mut out = String::new();
        for line in printed.trim_end().lines() {
            let line = self.with_written_ports(line);
            let line = with_own_numbers(&line, &mut exchanges);
            let line = without_times(&line).replace(env!("CARGO_PKG_VERSION"), "0.1.x");
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    fn with_written_ports(&self, line: &str) -> String {
        replaced(line, "127.0.0.1:", |port| {
            if port == "0" {
                return port.to_owned();
            }
            let known = self.ports.iter().find(|(_, actual)| actual == port);
            known.map_or("PORT", |(written, _)| written).to_owned()
        })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        for child in &mut self.background {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Numbers of exchanges, counted from 1 in the order in which they are printed.
fn with_own_numbers(line: &str, seen: &mut HashMap<String, usize>) -> String {
    replaced(line, " #", |number| {
        let next = seen.len() + 1;
        seen.entry(number.to_owned()).or_insert(next).to_string()
    })
}

/// A line whose times are left out.
fn without_times(line: &str) -> String {
    let mut line = line.to_owned();
    for (before, behind) in [("(", " ms)"), (" · ", " ms · seed")] {
        if let Some((start, rest)) = line.rsplit_once(behind)
            && let Some((start, time)) = start.rsplit_once(before)
            && time.chars().all(|c| c.is_ascii_digit() || c == '.')
        {
            line = format!("{start}{before}…{behind}{rest}");
        }
    }
    for member in ["\"duration_ms\": ", "\"elapsed_us\": "] {
        line = replaced(&line, member, |_| "…".to_owned());
    }
    match line.split_once("\"started_at\": \"") {
        Some((start, rest)) => format!("{start}\"started_at\": \"…{}", &rest[rest.find('"').unwrap_or(0)..]),
        None => line,
    }
}

/// A line in which each number right behind `before` is replaced.
fn replaced(line: &str, before: &str, mut with: impl FnMut(&str) -> String) -> String {
    let mut parts = line.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = &part[..part.len() - rest.len()];
        out.push_str(before);
        out.push_str(&if number.is_empty() { String::new() } else { with(number) });
        out.push_str(rest);
    }
    out
}

fn uses(lines: &[&str], program: &str) -> bool {
    let mut commands = lines.iter().filter(|line| line.starts_with("$ "));
    commands.any(|line| line.split_whitespace().any(|word| word == program))
}

/// Whether a program is on this machine. Where it must be, in continuous integration, its absence is a failure.
#[expect(clippy::print_stderr, reason = "a sample that is skipped says so")]
fn is_here(program: &str) -> bool {
    let here = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    #[expect(clippy::disallowed_methods, reason = "whether this is continuous integration only the environment says")]
    let required = std::env::var_os("CI").is_some();
    assert!(here || !required, "{program} is missing, and CI is set");
    if !here {
        eprintln!("SKIPPED: a console sample needs {program}");
    }
    here
}

#[test]
fn times_and_numbers_of_exchanges_are_shown_in_one_form() {
    let mut seen = HashMap::new();
    assert_eq!(with_own_numbers("  exchange  #169 GET", &mut seen), "  exchange  #1 GET");
    assert_eq!(with_own_numbers("            #170 GET, #169", &mut seen), "            #2 GET, #1");
    assert_eq!(without_times("#1 GET http://x → 200 (0.2 ms)"), "#1 GET http://x → 200 (… ms)");
    assert_eq!(without_times("conformant: 3 passed · 559 ms · seed 7"), "conformant: 3 passed · … ms · seed 7");
    assert_eq!(without_times("  \"duration_ms\": 812,"), "  \"duration_ms\": …,");
    assert_eq!(without_times("a deadline of 300 ms: none"), "a deadline of 300 ms: none");
}

#[test]
#[cfg(unix)]
fn samples_get_the_output_of_their_commands() -> Outcomes {
    let mut terminal = Terminal::open()?;
    let block = "```console\n$ ringtrue mock genlook --listen 127.0.0.1:4010 &\nold\n$ echo one \\\n    two | tr o 0\n$ false\n$ echo $?\n```";
    let shown = "```console\n$ ringtrue mock genlook --listen 127.0.0.1:4010 &\ngenlook http://127.0.0.1:4010\n\
                 states http://127.0.0.1:4010/-/states\n$ echo one \\\n    two | tr o 0\n0ne tw0\n$ false\n$ echo $?\n1\n```\n";
    assert_eq!(terminal.run(block)?, shown);
    assert!(terminal.run("```sh\n$ true\n```").is_err());
    Ok(())
}
