//! A Redis server for a test, on a free port.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::programs::is_installed;

/// How long the server may take to start.
const START: Duration = Duration::from_secs(20);

/// A running server. It ends with this value.
pub(crate) struct RedisServer {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl RedisServer {
    /// Starts a server; `None`, with a message, if there is no `redis-server`.
    pub(crate) async fn start() -> Option<Self> {
        if !is_installed("redis-server") {
            return None;
        }
        // Another process may take the port before the server does.
        for _ in 0..5 {
            let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let folder = tempfile::tempdir().unwrap();
            let mut server = Self { child: spawn(port, &folder), port, folder };
            if server.is_ready().await {
                return Some(server);
            }
        }
        panic!("redis-server does not start");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills the server.
    pub(crate) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts the server again, without what it contained.
    pub(crate) async fn restart(&mut self) {
        self.child = spawn(self.port, &self.folder);
        assert!(self.is_ready().await, "redis-server does not start again");
    }

    /// Sends a command, and returns its response.
    pub(crate) async fn command<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::cmd(words[0]);
        words[1..].iter().for_each(|word| _ = command.arg(word));
        command.query_async(&mut connection).await.unwrap()
    }

    async fn is_ready(&mut self) -> bool {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < START {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            let client = redis::Client::open(self.url()).unwrap();
            if client.get_multiplexed_async_connection().await.is_ok() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(port: u16, folder: &tempfile::TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .arg("--dir")
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
