//! Refusals that look like a limit on the rate of requests and are none: they go to one request, however long it waits, while others
//! to the same operation pass.

use std::collections::HashMap;
use std::sync::Mutex;

use super::message::Request;
use crate::sync::lock;

/// What is known of each operation, by method and path.
#[derive(Debug, Default)]
pub(super) struct Selective {
    operations: Mutex<HashMap<String, Known>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Known {
    /// The requests that were not limited.
    passed: u64,
    /// Whether one request was limited throughout while others passed.
    selects: bool,
}

impl Selective {
    /// Records a request that was not limited.
    pub(super) fn passed(&self, request: &Request) {
        lock(&self.operations).entry(key(request)).or_default().passed += 1;
    }

    /// The requests to this operation that were not limited so far.
    pub(super) fn count(&self, request: &Request) -> u64 {
        lock(&self.operations).get(&key(request)).map_or(0, |known| known.passed)
    }

    /// Records that this request was limited throughout, while others passed.
    pub(super) fn found(&self, request: &Request) {
        lock(&self.operations).entry(key(request)).or_default().selects = true;
    }

    /// Whether that has happened with a request to this operation.
    pub(super) fn is_known(&self, request: &Request) -> bool {
        lock(&self.operations).get(&key(request)).is_some_and(|known| known.selects)
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
        let (paid, read) = (Request::new("POST", "/paid?a=1"), Request::new("GET", "/paid"));
        known.passed(&Request::new("POST", "/paid?a=2"));
        assert_eq!((known.count(&paid), known.count(&read)), (1, 0));
        known.found(&paid);
        assert!(known.is_known(&Request::new("POST", "/paid")) && !known.is_known(&read));
    }
}
