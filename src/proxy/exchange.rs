//! One exchange: the request to the server, the response to the client, and copies of both to the judge.
//!
//! Both directions run at the same time: a server may respond before it has received everything, and a client may wait for
//! `100 Continue`. Each direction writes what it has before it reads more, so that the slower side sets the pace.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Buf;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::Instant;

use super::capture::Capture;
use super::connection::{Client, Shared};
use super::cors::{local_origin, permit, preflight};
use super::deliver::received_of;
use super::framing::{Ambiguous, Follow, Framing, framing};
use super::head::{Field, Head, Kind};
use super::input::{Input, Received};
use super::pass::{End, Pass, observe};
use super::upstream::Server;
use crate::exchange::Failure;
use crate::sync::lock;

/// How long a response is waited for after the client has ended its side.
const ABANDONED: Duration = Duration::from_mins(1);
/// How much a client may send ahead.
const AHEAD: usize = 64 * 1024;

/// What becomes of the connection of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Another,
    Close,
}

/// Forwards a request whose head has come, and the response to it.
pub(super) async fn exchange(shared: &Shared, client: &mut Client, server: &mut Option<Server>, bytes: &[u8]) -> Next {
    let Some(mut head) = Head::of_request(bytes) else {
        client.refuse(400, "this is not a request of HTTP/1.1").await;
        return Next::Close;
    };
    let Kind::Request { method, target } = head.kind.clone() else { return Next::Close };
    if method == "CONNECT" {
        client.refuse(501, "this proxy forwards to one server only").await;
        return Next::Close;
    }
    let Ok(request_framing) = framing(&head, &method) else {
        client.refuse(400, "the end of the request is ambiguous").await;
        return Next::Close;
    };
    let persists = head.keeps_connection() && !head.is_old;
    let origin = local_origin(&head).filter(|_| shared.cors);
    if method == "OPTIONS"
        && let Some(reply) = origin.as_ref().and_then(|origin| preflight(&head, origin))
    {
        let written = client.output.write_all(&reply).await.is_ok();
        return if written && persists && request_framing == Framing::Empty { Next::Another } else { Next::Close };
    }
    let path = origin_form(&target);
    let pass = Pass {
        shared,
        begun: Instant::now(),
        observed: observe(shared, client, &head, path),
        sent: Mutex::default(),
        sent_all: AtomicBool::new(false),
        left: AtomicBool::new(false),
        reported: AtomicBool::new(false),
        method,
        persists,
        origin,
    };
    if pass.observed.is_none() {
        shared.judging.count_elsewhere();
    }
    let path = path.to_owned();
    head.remove_hop_by_hop();
    head.set("Host", &shared.upstream.host);
    head.set_target(&shared.upstream.target(&path));
    // A request without content may be sent again if a connection was closed that had been idle (RFC 9110, section 9.2.2).
    let repeatable = request_framing == Framing::Empty && matches!(pass.method.as_str(), "GET" | "HEAD" | "OPTIONS");
    let mut tries = 0;
    loop {
        tries += 1;
        let reused = server.as_mut().is_some_and(Server::is_idle);
        if !reused {
            *server = None;
        }
        let connected = match server.take() {
            Some(server) => Ok(server),
            None => shared.upstream.connect().await,
        };
        let connection = match connected {
            Ok(connection) => server.insert(connection),
            Err(error) => {
                shared.judging.upstream_failed(&error);
                pass.ended(Err(Failure::Connect(error.to_string())), None, true);
                client.refuse(502, &format!("the server cannot be reached: {error}")).await;
                return Next::Close;
            }
        };
        let end = pass.run(client, connection, &head, request_framing).await;
        match end {
            End::Idle if reused && repeatable && tries == 1 => *server = None,
            End::Idle => {
                pass.ended(Err(Failure::Closed("no response".to_owned())), None, true);
                client.refuse(502, "the server closed the connection without a response").await;
                return Next::Close;
            }
            End::Done { server_persists, client_persists } => {
                if !server_persists {
                    *server = None;
                }
                let whole = pass.sent_all.load(Ordering::Relaxed);
                return if client_persists && whole { Next::Another } else { Next::Close };
            }
            End::Broken => {
                if !pass.reported.load(Ordering::Relaxed) && pass.observed.is_some() {
                    shared.judging.count_aborted();
                }
                *server = None;
                return Next::Close;
            }
        }
    }
}

impl Pass<'_> {
    async fn run(&self, client: &mut Client, server: &mut Server, head: &Head, request: Framing) -> End {
        let Client { input: client_in, output: client_out, .. } = client;
        let Server { input: server_in, output: server_out } = server;
        tokio::select! {
            biased;
            end = self.receive(server_in, client_out) => end,
            () = self.send(head, request, client_in, server_out) => End::Broken,
        }
    }

    /// Sends the request, and then looks whether the client leaves. Returns if it did.
    async fn send(
        &self,
        head: &Head,
        framing: Framing,
        client: &mut Input<OwnedReadHalf>,
        server: &mut (dyn AsyncWrite + Send + Unpin),
    ) {
        let mut out = head.bytes();
        let mut follow = Follow::new(framing);
        loop {
            let followed = follow.advance(&client.buffer, |data| lock(&self.sent).add(data));
            let Ok(used) = followed else { return };
            out.extend_from_slice(client.buffer.get(..used).unwrap_or_default());
            client.buffer.advance(used);
            if !out.is_empty() && (server.write_all(&out).await.is_err() || server.flush().await.is_err()) {
                // The server may have responded before it closed its side.
                return std::future::pending().await;
            }
            out.clear();
            if follow.is_done() {
                break;
            }
            if !matches!(client.fill().await, Ok(true)) {
                return;
            }
        }
        self.sent_all.store(true, Ordering::Relaxed);
        while client.buffer.len() < AHEAD {
            if !matches!(client.fill().await, Ok(true)) {
                self.left.store(true, Ordering::Relaxed);
                tokio::time::sleep(ABANDONED).await;
                return;
            }
        }
        std::future::pending::<()>().await;
    }

    /// Receives the response, and passes it on.
    async fn receive(&self, server: &mut Input<Box<dyn AsyncRead + Send + Unpin>>, client: &mut OwnedWriteHalf) -> End {
        let mut any = false;
        let (mut head, framing) = loop {
            let bytes = match server.head().await {
                Ok(Received::Head(bytes)) => bytes,
                Ok(Received::End) | Err(_) if !any && server.buffer.is_empty() => return End::Idle,
                _ => return self.raw(&[], server, client).await,
            };
            let Some(head) = Head::of_response(&bytes) else { return self.raw(&bytes, server, client).await };
            let Kind::Response { status } = head.kind else { return End::Broken };
            if (100..200).contains(&status) && status != 101 {
                any = true;
                if client.write_all(&bytes).await.is_err() {
                    return End::Broken;
                }
                continue;
            }
            match framing(&head, &self.method) {
                Ok(framing) => break (head, framing),
                Err(Ambiguous) => return self.raw(&bytes, server, client).await,
            }
        };
        let mut response = head.response();
        let server_persists = head.keeps_connection() && framing != Framing::UntilEnd;
        head.remove_hop_by_hop();
        if let Some(origin) = &self.origin {
            permit(&mut head, origin);
        }
        let client_persists = self.persists && framing != Framing::UntilEnd;
        if !client_persists {
            head.fields.push(Field::new("Connection", b"close"));
        }
        let mut follow = Follow::new(framing);
        let mut capture = Capture::default();
        let mut out = head.bytes();
        let mut held = self.may_inject();
        loop {
            let followed = follow.advance(&server.buffer, |data| capture.add(data));
            let Ok(used) = followed else {
                out.extend_from_slice(&server.buffer.split());
                return self.raw(&out, server, client).await;
            };
            out.extend_from_slice(server.buffer.get(..used).unwrap_or_default());
            server.buffer.advance(used);
            held &= !capture.is_too_long();
            if follow.is_done() {
                break;
            }
            if !held && !out.is_empty() {
                if client.write_all(&out).await.is_err() {
                    return End::Broken;
                }
                out.clear();
            }
            match server.fill().await {
                Ok(true) => {}
                Ok(false) if framing == Framing::UntilEnd => break,
                Ok(false) | Err(_) => {
                    let failure = Failure::Closed("it ended in the middle of the body".to_owned());
                    self.ended(Err(failure), None, true);
                    let _ = client.write_all(&out).await;
                    return End::Broken;
                }
            }
        }
        let body = capture.take();
        let known = body.is_some();
        response.body = body.unwrap_or_default();
        if held && let Some(reply) = self.altered(&response) {
            self.shared.judging.count_injected();
            let received = received_of(&reply);
            self.ended(Ok(response), Some(received), known);
            return self.deliver(reply, server_persists, client).await;
        }
        // The judge is told first: the client may react to the last byte at once.
        self.ended(Ok(response), None, known);
        if client.write_all(&out).await.is_err() {
            return End::Broken;
        }
        End::Done { server_persists, client_persists }
    }

    /// Passes on what is not HTTP, until the server ends it.
    async fn raw(
        &self,
        begun: &[u8],
        server: &mut Input<Box<dyn AsyncRead + Send + Unpin>>,
        client: &mut OwnedWriteHalf,
    ) -> End {
        self.ended(Err(Failure::Malformed("no HTTP/1.1, or its end is ambiguous".to_owned())), None, false);
        if client.write_all(begun).await.is_err() {
            return End::Broken;
        }
        loop {
            let bytes = server.buffer.split();
            if client.write_all(&bytes).await.is_err() || !matches!(server.fill().await, Ok(true)) {
                return End::Broken;
            }
        }
    }
}

/// Path and query of a target. A client that takes this for its HTTP proxy sends a whole URL.
fn origin_form(target: &str) -> &str {
    let Some((_, rest)) = target.split_once("://").filter(|_| !target.starts_with('/')) else { return target };
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}
