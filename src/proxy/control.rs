//! The control port: the report so far, at `GET /-/report`.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::judging::Judging;
use crate::mock::state_access::foreign;

/// The path of the report.
pub(super) const REPORT_PATH: &str = "/-/report";

/// Serves the report until it is aborted.
pub(super) async fn serve(listener: TcpListener, judging: Judging) {
    // Dropping the set ends every connection.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(super::server::PAUSE).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let judging = judging.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let judging = judging.clone();
                async move { Ok::<_, Infallible>(respond(&request, &judging).await) }
            });
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new());
            // An error here is the client's, and the client sees it.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond(request: &hyper::Request<Incoming>, judging: &Judging) -> hyper::Response<Full<Bytes>> {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    (parts.method, parts.headers) = (request.method().clone(), request.headers().clone());
    if let Some(why) = foreign(&parts) {
        return text(403, why);
    }
    if request.uri().path() != REPORT_PATH {
        return text(404, "the report is at /-/report");
    }
    if !matches!(*request.method(), http::Method::GET | http::Method::HEAD) {
        return text(405, "the report is read with GET");
    }
    let Some(report) = judging.report().await else { return text(500, "the judge has ended") };
    match serde_json::to_vec(&report) {
        Ok(json) => response(200, "application/json", json.into()),
        Err(error) => text(500, &error.to_string()),
    }
}

fn text(status: u16, text: &str) -> hyper::Response<Full<Bytes>> {
    response(status, "text/plain", text.to_owned().into())
}

fn response(status: u16, media_type: &'static str, body: Bytes) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::new(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(media_type));
    headers.insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    response
}
