//! A server that gives the same response to every request of a kind.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The start line of a request, and the response to it: status and body.
pub(crate) type Route = (&'static str, u16, &'static str);

pub(crate) struct Server {
    pub(crate) url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves JSON until the test process ends.
    pub(crate) fn start(routes: &'static [Route]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = respond(&stream.unwrap(), routes, &seen);
            }
        });
        Self { url, heads }
    }

    /// The heads of the requests since the last call, in lower case.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().unwrap())
    }
}

fn respond(stream: &TcpStream, routes: &[Route], heads: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head)? > 2 {}
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    reader.read_exact(&mut vec![0; length.map_or(0, |length| length.trim().parse().unwrap())])?;
    let route = routes.iter().find(|(start, _, _)| head.starts_with(&format!("{start} ").to_lowercase()));
    let (_, status, body) = route.copied().unwrap_or(("", 404, "{}"));
    heads.lock().unwrap().push(head);
    write!(
        &*stream,
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
