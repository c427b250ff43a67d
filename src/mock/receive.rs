//! Receives the content of a request, within bounds of size and time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::convert::LARGEST_BODY;

/// How long content may take to arrive.
const CONTENT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long content that is too large is still read. A client that is sending does not see the response if the connection closes.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);
/// How many bytes of content that is too large are read.
const MAX_DRAINED: usize = 64 * LARGEST_BODY;

/// The result of receiving content.
pub(super) enum Received {
    /// It arrived.
    Whole(Bytes),
    /// It is too large.
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// The connection ended, or the framing is wrong.
    Broken,
}

/// Receives the content of a request.
pub(super) async fn receive(mut body: Incoming) -> Received {
    let mut content = BytesMut::new();
    let mut size = 0;
    let mut deadline = Instant::now() + CONTENT_TIMEOUT;
    loop {
        match timeout_at(deadline, body.frame()).await {
            Err(_) | Ok(None) if size > LARGEST_BODY => return Received::TooLarge,
            Err(_) => return Received::TooSlow,
            Ok(None) => return Received::Whole(content.freeze()),
            Ok(Some(Err(_))) => return Received::Broken,
            Ok(Some(Ok(frame))) => {
                let Some(data) = frame.data_ref() else { continue };
                if size <= LARGEST_BODY && size + data.len() > LARGEST_BODY {
                    deadline = Instant::now() + DRAIN_TIMEOUT;
                }
                size += data.len();
                if size <= LARGEST_BODY {
                    content.extend_from_slice(data);
                } else if size > MAX_DRAINED {
                    return Received::TooLarge;
                }
            }
        }
    }
}
