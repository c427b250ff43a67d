//! The example server in Python, which writes head and body of a response separately, and Schemathesis on the same server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Opens an account with many credits.
const ACCOUNT: &str = "{\"action\":\"setup\",\"state\":\"account\",\"params\":{\"remaining\":\"1000000\"}}";

/// Runs until it is dropped.
pub(crate) struct PythonServer {
    process: Child,
    pub(crate) url: String,
}

impl PythonServer {
    /// Starts the server; `None` without Python.
    pub(crate) fn start() -> Option<Self> {
        let script = format!("{ROOT}/examples/server/server.py");
        let mut process =
            Command::new("python3").arg(script).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().ok()?;
        let mut url = String::new();
        BufReader::new(process.stdout.take()?).read_line(&mut url).ok()?;
        Some(Self { process, url: url.trim().to_owned() })
    }
}

impl PythonServer {
    /// Opens an account, and returns its credential.
    fn account(&self) -> Option<String> {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).ok()?;
        let length = ACCOUNT.len();
        let head =
            format!("POST /states HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{ACCOUNT}").as_bytes()).ok()?;
        // The server keeps the connection, so the response ends with its object.
        let mut response = Vec::new();
        let mut buffer = [0; 1024];
        while !response.ends_with(b"}}") {
            let n = stream.read(&mut buffer).ok().filter(|n| *n > 0)?;
            response.extend_from_slice(&buffer[..n]);
        }
        let text = String::from_utf8(response).ok()?;
        let values: serde_json::Value = serde_json::from_str(text.split("\r\n\r\n").nth(1)?).ok()?;
        values["values"]["key"].as_str().map(str::to_owned)
    }
}

impl Drop for PythonServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What Schemathesis did: its version, how long it took, and the last lines of its output.
pub(crate) struct Schemathesis {
    pub(crate) version: String,
    pub(crate) took: Duration,
    pub(crate) summary: Vec<String>,
}

/// Runs Schemathesis on the document of a contract; `None` if it is not installed. `SCHEMATHESIS` names the program.
pub(crate) fn schemathesis(server: &PythonServer, contract: &str) -> Option<Schemathesis> {
    let program = std::env::var("SCHEMATHESIS").unwrap_or_else(|_| "schemathesis".to_owned());
    let version = Command::new(&program).arg("--version").stderr(Stdio::null()).output().ok()?;
    let key = server.account()?;
    let document = format!("{ROOT}/schemas/{contract}/openapi.yaml");
    let begun = Instant::now();
    let run = Command::new(&program)
        .args(["run", &document, "--url", &server.url, "--header", &format!("x-api-key: {key}"), "--seed", "1"])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let took = begun.elapsed();
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    let is_count = |line: &&str| line.contains("generated") || line.contains("passed") || line.contains("Operations");
    Some(Schemathesis {
        version: String::from_utf8_lossy(&version.stdout).trim().to_owned(),
        took,
        summary: text.lines().filter(is_count).map(|line| line.trim().to_owned()).collect(),
    })
}
