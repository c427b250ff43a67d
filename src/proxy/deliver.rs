//! Responses with injected faults, and their delivery byte by byte.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;

use super::pass::{End, Pass};
use crate::exchange::{Failure, Response};
use crate::mock::delivery::{Broken, Then, broken};
use crate::mock::{Delivery, Reply};

/// How often it is looked whether a client still waits for a response that never comes.
const LOOK: Duration = Duration::from_millis(50);

impl Pass<'_> {
    /// Whether a fault may be put into the response.
    pub(super) fn may_inject(&self) -> bool {
        let operation = self.observed.as_ref().and_then(|observed| observed.operation.as_ref());
        operation.is_some() && !self.shared.injector.is_empty()
    }

    /// The response with injected faults, if they change it.
    pub(super) fn altered(&self, response: &Response) -> Option<Reply> {
        let observed = self.observed.as_ref()?;
        let mut decoded = response.clone();
        decoded.decode_content().ok()?;
        self.shared.injector.apply(observed.operation.as_ref()?, &observed.request, &decoded)
    }

    /// Delivers a response with faults.
    pub(super) async fn deliver(&self, mut reply: Reply, server_persists: bool, client: &mut OwnedWriteHalf) -> End {
        if let Some(origin) = &self.origin {
            reply.set_header("access-control-allow-origin", origin.clone());
            reply.set_header("access-control-allow-credentials", "true");
        }
        if self.method == "HEAD" {
            reply.body = Bytes::new();
        }
        let done = End::Done { server_persists, client_persists: self.persists };
        let Some(Broken { bytes, slow, then }) = broken(&reply) else {
            let mut text = format!("HTTP/1.1 {} Injected\r\n", reply.status);
            for (name, value) in &reply.headers {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            if self.method != "HEAD" && !matches!(reply.status, 204 | 304) {
                text.push_str(&format!("content-length: {}\r\n", reply.body.len()));
            }
            text.push_str(if self.persists { "\r\n" } else { "connection: close\r\n\r\n" });
            let written = client.write_all(&[text.as_bytes(), &reply.body].concat()).await;
            return if written.is_ok() { done } else { End::Broken };
        };
        let (at_once, slowly) = bytes.split_at(slow.map_or(bytes.len(), |(from, _)| from.min(bytes.len())));
        if client.write_all(at_once).await.is_err() {
            return End::Broken;
        }
        if let Some((_, pause)) = slow {
            // White space may follow a JSON text, without end.
            for byte in slowly.iter().copied().chain(std::iter::repeat(b' ')) {
                tokio::time::sleep(pause).await;
                if self.left.load(Ordering::Relaxed) || client.write_all(&[byte]).await.is_err() {
                    return End::Broken;
                }
            }
        }
        match then {
            Then::KeepOpen => return done,
            Then::Stall => {
                while !self.left.load(Ordering::Relaxed) {
                    tokio::time::sleep(LOOK).await;
                }
            }
            Then::Reset => {
                // With a linger time of zero, closing sends RST.
                let _ = client.as_ref().set_zero_linger();
            }
            Then::Close => {}
        }
        End::Broken
    }
}

/// What the client makes of a response with faults.
pub(super) fn received_of(reply: &Reply) -> Result<Response, Failure> {
    match reply.delivery {
        Delivery::Whole | Delivery::Chunked(_) | Delivery::Trailing(_) => {
            let field = |(name, value): &(String, String)| (name.to_ascii_lowercase(), value.clone().into_bytes());
            let headers = reply.headers.iter().map(field).collect();
            Ok(Response { status: reply.status, headers, body: reply.body.clone() })
        }
        Delivery::Garbage => Err(Failure::Malformed("an injected fault".to_owned())),
        _ => Err(Failure::Closed("an injected fault".to_owned())),
    }
}
