//! Byte-level delivery: what no HTTP library would send, put on the socket in place of what hyper wrote.

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

/// More than anybody waits for.
const ENDLESS: usize = 1 << 18;

/// What is to be sent in place of the next response of a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct PendingDelivery(Arc<Mutex<Option<Script>>>);

/// The bytes of the request that is being read, for the fault that looks at how names are written: hyper does not say.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Option<Arc<Mutex<Vec<u8>>>>);

impl Heard {
    /// Listens only if somebody wants to know.
    pub(super) fn listening(wanted: bool) -> Self {
        Self(wanted.then(Arc::default))
    }

    /// The bytes since this was asked last.
    pub(super) fn take(&self) -> Vec<u8> {
        let heard = self.0.as_ref();
        heard.map(|heard| std::mem::take(&mut *lock(&heard))).unwrap_or_default()
    }

    fn hear(&self, bytes: &[u8]) {
        if let Some(heard) = &self.0 {
            lock(&heard).extend_from_slice(bytes);
        }
    }
}

/// Bytes, and what happens behind them.
#[derive(Debug)]
struct Script {
    bytes: Vec<u8>,
    sent: usize,
    then: Then,
    drip: Option<Drip>,
}

/// Bytes that come slowly.
#[derive(Debug)]
struct Drip {
    /// From here on.
    from: usize,
    pause: Duration,
    until: Option<Pin<Box<Sleep>>>,
}

impl Script {
    /// How many bytes may be sent now.
    fn due(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        let left = self.bytes.len() - self.sent;
        let Some(drip) = &mut self.drip else { return Poll::Ready(left) };
        if self.sent < drip.from {
            return Poll::Ready(drip.from - self.sent);
        }
        let pause = drip.until.get_or_insert_with(|| Box::pin(tokio::time::sleep(drip.pause)));
        ready!(pause.as_mut().poll(cx));
        drip.until = None;
        if left == 0 {
            // What stands behind a JSON text may be white space, without end.
            self.bytes.push(b' ');
        }
        Poll::Ready(1)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Close,
    Reset,
    Stall,
    KeepOpen,
}

impl PendingDelivery {
    /// Plans the delivery of a reply that hyper cannot send.
    pub(super) fn set(&self, reply: &Reply) {
        let whole = reply.body.len();
        let body = |upto: usize| reply.body.get(..upto.min(whole)).unwrap_or_default();
        let (length, body, tail, then) = match reply.delivery {
            Delivery::Whole | Delivery::Chunked(_) => return,
            Delivery::Dripped(_) => (whole + ENDLESS, body(whole), "", Then::Stall),
            Delivery::Truncated(upto) => (whole, body(upto), "", Then::Close),
            Delivery::Stalled(upto) => (whole, body(upto), "", Then::Stall),
            Delivery::Reset => (whole, body(0), "", Then::Reset),
            Delivery::WrongLength(by) => {
                let length = usize::try_from(i64::try_from(whole).unwrap_or(i64::MAX) + by).unwrap_or(0);
                (length, body(whole), "", if by > 0 { Then::Close } else { Then::KeepOpen })
            }
            Delivery::Trailing(tail) => (whole, body(whole), tail, Then::KeepOpen),
            Delivery::Garbage => (0, body(0), "", Then::Close),
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
            bytes.extend_from_slice(format!("content-length: {length}\r\n\r\n").as_bytes());
            head = bytes.len();
            bytes.extend_from_slice(body);
            bytes.extend_from_slice(tail.as_bytes());
        }
        let drip = match reply.delivery {
            Delivery::Dripped(ms) => Some(Drip { from: head, pause: Duration::from_millis(ms), until: None }),
            _ => None,
        };
        *lock(&self.0) = Some(Script { bytes, sent: 0, then, drip });
    }
}

/// A connection on which a [`PendingDelivery`] takes the place of what is written.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    plan: PendingDelivery,
    heard: Heard,
    over: Option<Then>,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, plan: PendingDelivery, heard: Heard) -> Self {
        Self { stream, plan, heard, over: None }
    }

    /// Sends what is planned; ready once all of it is on the socket.
    fn poll_script(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Then>>> {
        let mut plan = lock(&self.plan.0);
        let Some(script) = plan.as_mut() else { return Poll::Ready(Ok(None)) };
        while script.drip.is_some() || script.sent < script.bytes.len() {
            let due = ready!(script.due(cx));
            let rest = script.bytes.get(script.sent..script.sent + due).unwrap_or_default();
            script.sent += ready!(Pin::new(&mut self.stream).poll_write(cx, rest))?;
        }
        let then = script.then;
        *plan = None;
        Poll::Ready(Ok(Some(then)))
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.heard.hear(buf.filled().get(before..).unwrap_or_default());
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.over.is_none()
            && let Some(then) = ready!(self.poll_script(cx))?
        {
            // hyper's own bytes for this response are swallowed here and, if it writes on, below.
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
