//! Byte-level delivery: bytes that no HTTP library would send, written in place of hyper's.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::reply::{Delivery, Reply};
use crate::sync::lock;

/// The bytes that `Content-Length` promises beyond a slow body: more than any client waits for.
const ENDLESS: usize = 1 << 18;

/// The bytes to send in place of the next response of a connection, if any.
#[derive(Debug, Clone, Default)]
pub(super) struct PendingDelivery(Arc<Mutex<Option<RawResponse>>>);

/// The bytes of the current request. hyper does not report how field names are written, and one fault depends on it.
#[derive(Debug, Clone, Default)]
pub(super) struct RequestBytes(Option<Arc<Mutex<Vec<u8>>>>);

impl RequestBytes {
    /// Records bytes only if they are needed.
    pub(super) fn recorded_if(needed: bool) -> Self {
        Self(needed.then(Arc::default))
    }

    /// Takes the bytes recorded since the last call.
    pub(super) fn take(&self) -> Vec<u8> {
        self.0.as_deref().map(|bytes| std::mem::take(&mut *lock(bytes))).unwrap_or_default()
    }

    fn record(&self, read: &[u8]) {
        if let Some(bytes) = &self.0 {
            lock(bytes).extend_from_slice(read);
        }
    }
}

/// The bytes of a response, and what happens after them.
#[derive(Debug)]
struct RawResponse {
    bytes: Vec<u8>,
    sent: usize,
    then: Then,
    pacing: Option<Pacing>,
}

/// Slow delivery: one byte at a time.
#[derive(Debug)]
struct Pacing {
    /// The first slow byte.
    from: usize,
    pause: Duration,
    until: Option<Pin<Box<Sleep>>>,
}

/// A response that hyper cannot send.
#[derive(Debug)]
pub(crate) struct Broken {
    /// The bytes of the response.
    pub(crate) bytes: Vec<u8>,
    /// The first byte that is sent slowly, and the pause before each.
    pub(crate) slow: Option<(usize, Duration)>,
    /// What happens after the bytes.
    pub(crate) then: Then,
}

impl RawResponse {
    /// The number of bytes that may be sent now.
    fn due(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        let left = self.bytes.len() - self.sent;
        let Some(pacing) = &mut self.pacing else { return Poll::Ready(left) };
        if self.sent < pacing.from {
            return Poll::Ready(pacing.from - self.sent);
        }
        let pause = pacing.until.get_or_insert_with(|| Box::pin(tokio::time::sleep(pacing.pause)));
        ready!(pause.as_mut().poll(cx));
        pacing.until = None;
        if left == 0 {
            // White space may follow a JSON text, without end.
            self.bytes.push(b' ');
        }
        Poll::Ready(1)
    }
}

/// What happens to the connection after the bytes are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It is closed.
    Close,
    /// It is reset.
    Reset,
    /// Nothing more is sent.
    Stall,
    /// It carries on.
    KeepOpen,
}

impl PendingDelivery {
    /// Prepares the bytes of a reply that hyper cannot send.
    pub(super) fn set(&self, reply: &Reply) {
        let Some(Broken { bytes, slow, then }) = broken(reply) else { return };
        let pacing = slow.map(|(from, pause)| Pacing { from, pause, until: None });
        *lock(&self.0) = Some(RawResponse { bytes, sent: 0, then, pacing });
    }
}

/// The bytes of a reply that hyper cannot send; `None` for the others.
pub(crate) fn broken(reply: &Reply) -> Option<Broken> {
    let whole = reply.body.len();
    let body = |length: usize| reply.body.get(..length.min(whole)).unwrap_or_default();
    let (length, body, tail, then) = match reply.delivery {
        Delivery::Whole | Delivery::Chunked(_) => return None,
        Delivery::Dripped(_) => (whole + ENDLESS, body(whole), "", Then::Stall),
        Delivery::Truncated(length) => (whole, body(length), "", Then::Close),
        Delivery::Stalled(length) => (whole, body(length), "", Then::Stall),
        Delivery::Reset => (whole, body(0), "", Then::Reset),
        Delivery::WrongLength(by) => {
            let length = usize::try_from(i64::try_from(whole).unwrap_or(i64::MAX) + by).unwrap_or(0);
            (length, body(whole), "", if by > 0 { Then::Close } else { Then::KeepOpen })
        }
        Delivery::Trailing(tail) => (whole, body(whole), tail, Then::KeepOpen),
        Delivery::Garbage => (0, body(0), "", Then::Close),
        Delivery::ChunkedWithLength => (whole, body(whole), "\r\n0\r\n\r\n", Then::Close),
        Delivery::TwoLengths => (whole, body(whole), "", Then::Close),
    };
    let mut bytes = Vec::new();
    let mut head = 0;
    if reply.delivery == Delivery::Garbage {
        bytes.extend_from_slice(b"\x00\x01 this is not HTTP \xff\r\n\r\n");
    } else if reply.delivery != Delivery::Reset {
        bytes.extend_from_slice(format!("HTTP/1.1 {} Whatever\r\n", reply.status).as_bytes());
        for (name, value) in &reply.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        if reply.delivery == Delivery::ChunkedWithLength {
            bytes.extend_from_slice(b"transfer-encoding: chunked\r\n");
        }
        if reply.delivery == Delivery::TwoLengths {
            bytes.extend_from_slice(format!("content-length: {}\r\n", length + 1).as_bytes());
        }
        bytes.extend_from_slice(format!("content-length: {length}\r\n\r\n").as_bytes());
        if reply.delivery == Delivery::ChunkedWithLength {
            bytes.extend_from_slice(format!("{length:x}\r\n").as_bytes());
        }
        head = bytes.len();
        bytes.extend_from_slice(body);
        bytes.extend_from_slice(tail.as_bytes());
    }
    let slow = match reply.delivery {
        Delivery::Dripped(ms) => Some((head, Duration::from_millis(ms))),
        _ => None,
    };
    Some(Broken { bytes, slow, then })
}

/// A connection on which a [`PendingDelivery`] replaces the bytes that hyper writes.
#[derive(Debug)]
pub(super) struct DeliveryStream {
    stream: TcpStream,
    pending: PendingDelivery,
    request_bytes: RequestBytes,
    over: Option<Then>,
}

impl DeliveryStream {
    pub(super) fn new(stream: TcpStream, pending: PendingDelivery, request_bytes: RequestBytes) -> Self {
        Self { stream, pending, request_bytes, over: None }
    }

    /// Sends the pending bytes. Ready when all of them are written.
    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Then>>> {
        let mut pending = lock(&self.pending.0);
        let Some(response) = pending.as_mut() else { return Poll::Ready(Ok(None)) };
        while response.pacing.is_some() || response.sent < response.bytes.len() {
            let due = ready!(response.due(cx));
            let rest = response.bytes.get(response.sent..response.sent + due).unwrap_or_default();
            response.sent += ready!(Pin::new(&mut self.stream).poll_write(cx, rest))?;
        }
        let then = response.then;
        *pending = None;
        Poll::Ready(Ok(Some(then)))
    }
}

impl AsyncRead for DeliveryStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.request_bytes.record(buf.filled().get(before..).unwrap_or_default());
        read
    }
}

impl AsyncWrite for DeliveryStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.over.is_none()
            && let Some(then) = ready!(self.poll_pending(cx))?
        {
            // hyper's bytes for this response are discarded here and, if it continues to write, below.
            if then == Then::KeepOpen {
                return Poll::Ready(Ok(buf.len()));
            }
            self.over = Some(then);
        }
        match self.over {
            None => Pin::new(&mut self.stream).poll_write(cx, buf),
            Some(Then::Stall | Then::KeepOpen) => Poll::Ready(Ok(buf.len())),
            Some(Then::Close) => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            Some(Then::Reset) => {
                // With a linger time of zero, closing sends RST.
                self.stream.set_zero_linger()?;
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
