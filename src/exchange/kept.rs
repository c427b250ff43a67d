//! A connection that carries several requests, one after the other, and nothing else.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::addresses::Addresses;
use super::bounds::{Body, MAX_FIELDS};
use super::coding::decode;
use super::message::{Failure, Request, Response};

/// A connection of its own, opened with the first request, and again whenever the server has closed it.
#[derive(Debug, Default)]
pub struct KeptConnection {
    open: Option<(SendRequest<Full<Bytes>>, JoinHandle<()>)>,
    /// How many requests the present connection has carried.
    carried: u64,
}

impl KeptConnection {
    /// How many requests the present connection has carried.
    #[must_use]
    pub fn carried(&self) -> u64 {
        self.carried
    }

    /// Sends a request on this connection.
    ///
    /// # Errors
    /// If no whole response comes back. Only `http://` can be spoken.
    pub(super) async fn send(
        &mut self,
        addresses: &Addresses,
        base_url: &str,
        request: &Request,
        deadline: Duration,
    ) -> Result<Response, Failure> {
        let sent = timeout(deadline, self.exchange(addresses, base_url, request)).await;
        let result = sent.unwrap_or(Err(Failure::Timeout(deadline)));
        if result.is_err() {
            self.close();
        }
        result
    }

    async fn exchange(
        &mut self,
        addresses: &Addresses,
        base_url: &str,
        request: &Request,
    ) -> Result<Response, Failure> {
        let url = url::Url::parse(base_url).map_err(|error| Failure::Unsendable(error.to_string()))?;
        if url.scheme() != "http" {
            return Err(Failure::Unsendable("a connection of its own needs an http:// URL".to_owned()));
        }
        // The server may have closed the connection after the response before.
        let ready = match &mut self.open {
            Some((sender, _)) => sender.ready().await.is_ok(),
            None => false,
        };
        if !ready {
            self.close();
            self.open = Some(connect(addresses, &url).await?);
        }
        let Some((sender, _)) = &mut self.open else { return Err(Failure::Closed("no connection".to_owned())) };
        self.carried += 1;
        let response = sender.send_request(converted(&url, request)?).await.map_err(|error| failure(&error))?;
        let (head, mut body) = response.into_parts();
        let mut received = Body::default();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| failure(&error))?;
            if !received.add(frame.data_ref().map_or(&[][..], |data| data)) {
                break;
            }
        }
        let headers = head.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
        let mut response = Response { status: head.status.as_u16(), headers, body: received.finish() };
        if request.method != "HEAD" {
            decode(&mut response)?;
        }
        Ok(response)
    }

    fn close(&mut self) {
        if let Some((_, task)) = self.open.take() {
            task.abort();
        }
        self.carried = 0;
    }
}

impl Drop for KeptConnection {
    fn drop(&mut self) {
        self.close();
    }
}

async fn connect(addresses: &Addresses, url: &url::Url) -> Result<(SendRequest<Full<Bytes>>, JoinHandle<()>), Failure> {
    let stream = addresses.connect(url).await;
    let stream = stream.map_err(|error| Failure::Connect(error.to_string()))?;
    let _ = stream.set_nodelay(true);
    let handshake = Builder::new().max_headers(MAX_FIELDS).handshake(TokioIo::new(stream)).await;
    let (sender, connection) = handshake.map_err(|error| failure(&error))?;
    let task = tokio::spawn(async move {
        // How it ended shows in the exchange.
        let _ = connection.await;
    });
    Ok((sender, task))
}

fn converted(url: &url::Url, request: &Request) -> Result<hyper::Request<Full<Bytes>>, Failure> {
    let base = url.path().trim_end_matches('/');
    let authority = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let builder = hyper::Request::builder()
        .method(request.method.as_str())
        .uri(format!("{base}{}", request.target))
        .header("host", authority);
    let fields = request.headers.iter();
    let builder = fields.fold(builder, |builder, (name, value)| builder.header(name.as_str(), value.as_slice()));
    let body = Full::new(request.body.clone().unwrap_or_default());
    builder.body(body).map_err(|error| Failure::Unsendable(error.to_string()))
}

fn failure(error: &hyper::Error) -> Failure {
    if error.is_parse_too_large() {
        Failure::HeadTooLarge
    } else if error.is_parse() {
        Failure::Malformed(error.to_string())
    } else {
        Failure::Closed(error.to_string())
    }
}
