//! Conversions between hyper and the mock: requests in, replies out.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{Either, Full, StreamBody};
use hyper::body::Frame;

use super::delivery::PendingDelivery;
use super::reply::{Delivery, Reply};
use crate::exchange::Request;

/// The largest request body in bytes. Larger ones answer 413.
pub(super) const LARGEST_BODY: usize = 1024 * 1024;

type Chunks = StreamBody<stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>>>;

/// A body of known length, or a chunked one.
pub(super) type Body = Either<Full<Bytes>, Chunks>;

/// Converts a request; `target` replaces its own target.
pub(super) fn request_of(parts: &http::request::Parts, target: &str, body: Bytes) -> Request {
    let headers = parts.headers.iter();
    Request {
        method: parts.method.as_str().to_owned(),
        target: target.to_owned(),
        headers: headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect(),
        body: (!body.is_empty()).then_some(body),
    }
}

/// Converts a reply. A delivery that hyper cannot send is put into `pending`, which then replaces what hyper writes.
pub(super) fn response_of(pending: &PendingDelivery, reply: &Reply) -> hyper::Response<Body> {
    let body = match reply.delivery {
        Delivery::Whole => Either::Left(Full::new(reply.body.clone())),
        Delivery::Chunked(size) => Either::Right(chunks(&reply.body, size)),
        _ => {
            pending.set(reply);
            Either::Left(Full::new(reply.body.clone()))
        }
    };
    let mut response = hyper::Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &reply.headers {
        let name = http::HeaderName::from_bytes(name.as_bytes());
        let value = http::HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn chunks(body: &Bytes, size: usize) -> Chunks {
    let parts = body.chunks(size.max(1)).map(|part| Ok(Frame::data(body.slice_ref(part))));
    StreamBody::new(stream::iter(parts.collect::<Vec<_>>()))
}
