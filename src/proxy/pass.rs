//! An exchange on its way: what is known of it, and what the judge is told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

use super::capture::Capture;
use super::connection::{Client, Shared};
use super::head::Head;
use crate::checks::Known;
use crate::contract::Operation;
use crate::exchange::{Failure, Request, Response};
use crate::passive::{Connection, Ended, Exchanged, route};
use crate::sync::lock;

/// How a try ended.
pub(super) enum End {
    /// The connection to the server ended before the first byte of a response.
    Idle,
    /// The response is with the client.
    Done { server_persists: bool, client_persists: bool },
    /// One of the connections ended in the middle.
    Broken,
}

/// An exchange with the API.
pub(super) struct ApiExchange {
    pub(super) exchanged: Exchanged,
    pub(super) request: Request,
    pub(super) operation: Option<Arc<Operation>>,
}

/// An exchange on its way.
pub(super) struct Pass<'p> {
    pub(super) shared: &'p Shared,
    pub(super) begun: Instant,
    pub(super) observed: Option<ApiExchange>,
    /// The content of the request so far.
    pub(super) sent: Mutex<Capture>,
    pub(super) sent_all: AtomicBool,
    /// Whether the client has ended its side.
    pub(super) left: AtomicBool,
    pub(super) reported: AtomicBool,
    pub(super) method: String,
    /// Whether the connection of the client may carry another exchange.
    pub(super) persists: bool,
    pub(super) origin: Option<String>,
}

impl Pass<'_> {
    /// Tells the judge how the exchange ended, once.
    pub(super) fn ended(
        &self,
        result: Result<Response, Failure>,
        altered: Option<Result<Response, Failure>>,
        response_body: bool,
    ) {
        let Some(observed) = &self.observed else { return };
        if self.reported.swap(true, Ordering::Relaxed) {
            return;
        }
        // What the client made of it is not known.
        if self.left.load(Ordering::Relaxed) {
            self.shared.judging.count_aborted();
            return;
        }
        let body = lock(&self.sent).take();
        let request_body = body.is_some() && self.sent_all.load(Ordering::Relaxed);
        let request = Request { body: body.filter(|body| !body.is_empty()), ..observed.request.clone() };
        self.shared.judging.ended(Ended {
            exchanged: observed.exchanged.clone(),
            request,
            result,
            altered,
            elapsed: self.begun.elapsed(),
            known: Known { request_body, response_body, from_server: true },
        });
    }
}

/// Tells the judge that a request for the API was sent. `None` if it is for something else.
pub(super) fn observe(shared: &Shared, client: &Client, head: &Head, path: &str) -> Option<ApiExchange> {
    let below = path.strip_prefix(shared.upstream.base.as_str()).filter(|rest| rest.starts_with('/'))?;
    let request = head.request(below.to_owned());
    let at_ms = u64::try_from(shared.clock.elapsed().as_millis()).unwrap_or(u64::MAX);
    let exchanged = Exchanged {
        n: shared.exchanges.fetch_add(1, Ordering::Relaxed) + 1,
        base: shared.base_url.clone(),
        connection: Connection { peer: client.peer.clone(), number: Some(client.number), page: None },
        at_ms: Some(at_ms),
    };
    shared.judging.started(&exchanged, &request);
    let operation = if shared.injector.is_empty() { None } else { route(&shared.contract, &request) };
    Some(ApiExchange { exchanged, request, operation })
}
