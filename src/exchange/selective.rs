//! Refusals that look like a limit on the rate of requests and are none: they go to some accounts alone, while others are served.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use super::message::Request;
use crate::sync::lock;

/// How long a request waits that is limited at an operation with such refusals.
pub(super) const MAX_SELECTIVE_WAIT: Duration = Duration::from_secs(1);

/// The operations with such refusals, by method and path.
#[derive(Debug, Default)]
pub(super) struct Selective(Mutex<HashSet<String>>);

impl Selective {
    /// Records an operation with such refusals.
    pub(super) fn found(&self, request: &Request) {
        lock(&self.0).insert(key(request));
    }

    /// Whether the operation of this request has such refusals.
    pub(super) fn is_known(&self, request: &Request) -> bool {
        lock(&self.0).contains(&key(request))
    }
}

fn key(request: &Request) -> String {
    let path = request.target.split('?').next().unwrap_or_default();
    format!("{} {path}", request.method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_told_apart_by_method_and_path() {
        let known = Selective::default();
        known.found(&Request::new("POST", "/paid?a=1"));
        assert!(known.is_known(&Request::new("POST", "/paid")) && !known.is_known(&Request::new("GET", "/paid")));
    }
}
