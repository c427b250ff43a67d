//! A generator in a process of its own. Jobs and replies are lines of JSON.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use serde_json::{Value, json};

/// The time limit for one schema.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// The values to generate from one schema.
pub struct Job {
    pub schema: Value,
    pub count: u32,
    pub seed: u64,
}

/// The result of a job.
pub enum Reply {
    /// The values as JSON texts, and the seconds that it took after the schema was compiled.
    Values {
        texts: Vec<String>,
        seconds: f64,
    },
    /// The generator reported an error.
    Refused(String),
    TimedOut,
    Crashed,
}

/// A worker process. It is started again after a crash or a time-out.
pub struct Worker {
    pub generator: &'static str,
    python: String,
    process: Option<(Child, ChildStdin, Receiver<String>)>,
}

impl Worker {
    pub fn new(generator: &'static str, python: &str) -> Self {
        Self { generator, python: python.to_owned(), process: None }
    }

    pub fn run(&mut self, job: &Job) -> Reply {
        let reply = self.exchange(job);
        if matches!(reply, Reply::TimedOut | Reply::Crashed) {
            self.stop();
        }
        reply
    }

    fn exchange(&mut self, job: &Job) -> Reply {
        let (_, stdin, lines) = match &mut self.process {
            Some(process) => process,
            none => none.insert(start(self.generator, &self.python)),
        };
        let line = json!({ "schema": job.schema, "count": job.count, "seed": job.seed });
        if writeln!(stdin, "{line}").is_err() {
            return Reply::Crashed;
        }
        let line = match lines.recv_timeout(TIME_LIMIT) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => return Reply::TimedOut,
            Err(RecvTimeoutError::Disconnected) => return Reply::Crashed,
        };
        let reply: Value = serde_json::from_str(&line).expect("a reply is JSON");
        if let Some(reason) = reply["refused"].as_str() {
            return Reply::Refused(reason.to_owned());
        }
        let texts = reply["values"].as_array().into_iter().flatten();
        Reply::Values {
            texts: texts.filter_map(|text| text.as_str().map(str::to_owned)).collect(),
            seconds: reply["seconds"].as_f64().unwrap_or(0.0),
        }
    }

    fn stop(&mut self) {
        if let Some((mut child, ..)) = self.process.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
    }
}

fn start(generator: &str, python: &str) -> (Child, ChildStdin, Receiver<String>) {
    let mut command = if generator == "hypothesis-jsonschema" {
        let mut command = Command::new(python);
        command.args(["-c", include_str!("hypothesis_worker.py")]);
        command
    } else {
        let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
        command.args(["worker", generator]);
        command
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{generator} does not start: {error}"));
    let (stdin, stdout) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    (child, stdin, receiver)
}

/// Serves jobs from standard input until it ends.
pub fn serve(generator: &str) {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let job: Value = serde_json::from_str(&line).expect("a job is JSON");
        let count = u32::try_from(job["count"].as_u64().unwrap_or(0)).unwrap_or(0);
        let seed = job["seed"].as_u64().unwrap_or(0);
        let made = match generator {
            "jsonschema-proptest" => own(&job["schema"], count, seed),
            _ => json_schema_fuzz(&job["schema"], count, seed),
        };
        match made {
            Ok((values, seconds)) => println!("{}", json!({ "values": values, "seconds": seconds })),
            Err(reason) => println!("{}", json!({ "refused": reason })),
        }
    }
}

type Made = Result<(Vec<String>, f64), String>;

fn own(schema: &Value, count: u32, seed: u64) -> Made {
    let generator = jsonschema_proptest::Generator::compile(schema).map_err(|error| error.to_string())?;
    let start = Instant::now();
    let values = (0..u64::from(count)).map(|n| generator.nth(seed, n).map(|value| value.into_text()));
    let values = values.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    Ok((values, start.elapsed().as_secs_f64()))
}

fn json_schema_fuzz(schema: &Value, count: u32, seed: u64) -> Made {
    use json_schema_fuzz::{GenerationConfig, ValueGenerator};
    let document = json_schema_ast::SchemaDocument::from_json(schema).map_err(|error| error.to_string())?;
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let start = Instant::now();
    let mut values = Vec::new();
    for _ in 0..count {
        let value = ValueGenerator::generate(&document, GenerationConfig::default(), &mut random);
        values.push(value.map_err(|error| error.to_string())?.to_string());
    }
    Ok((values, start.elapsed().as_secs_f64()))
}
