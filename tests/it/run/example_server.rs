//! The example server with its state handler conforms, run as its README describes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::programs::is_installed;

/// Ends with the test, whatever becomes of it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn example_server_conforms() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/server/server.py");
    if !is_installed("python3") {
        return;
    }
    let child = Command::new("python3").arg(script).stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
    let mut server = Running(child);
    let mut url = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let url = url.trim();
    let report = ringtrue::server("genlook").url(url).states(format!("{url}/states")).run().await.unwrap();
    report.assert_conformant();
    assert!(report.counts.pass >= 30, "{:?}", report.counts);
}
