//! Faults of kept connections: what the second and later requests on one connection get.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::ServerFault;
use super::applies::{always, has_credential, header_required, rejects_other_bodies};
use super::balance_field::{edit_field, in_body};
use super::hooks::{crash, every, on_success, rewrite};
use crate::contract::{Contract, Role, Tenant};
use crate::mock::admission::Admission;
use crate::mock::reply::{Delivery, Reply};
use crate::sync::lock;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "kept-connection-remembers-tenant",
        about: "all requests on one connection are handled as those of the tenant of the first one",
        applies: |contract| in_body(contract) && (has_credential(contract) || contract.tenant != Tenant::Credential),
        install: |behaviour| {
            let first: Mutex<HashMap<u64, String>> = Mutex::default();
            behaviour.admit = Some(Arc::new(move |view| {
                let Admission::Tenant(tenant) = view.admission else { return None };
                let mut first = lock(&first);
                let first = first.entry(view.connection.number).or_insert_with(|| tenant.clone());
                Some(Admission::Tenant(first.clone()))
            }));
        },
    },
    ServerFault {
        name: "kept-connection-admits-any-key",
        about: "after a request with a valid credential, the connection needs none",
        applies: |contract| in_body(contract) && has_credential(contract),
        install: |behaviour| {
            let last: Mutex<HashMap<u64, String>> = Mutex::default();
            behaviour.admit = Some(Arc::new(move |view| {
                let mut last = lock(&last);
                if let Admission::Tenant(tenant) = view.admission {
                    last.insert(view.connection.number, tenant.clone());
                }
                last.get(&view.connection.number).cloned().map(Admission::Tenant)
            }));
        },
    },
    ServerFault {
        name: "kept-connection-refuses-after-refusal",
        about: "after a request with an unknown credential, all requests on the connection are refused",
        applies: |contract| in_body(contract) && has_credential(contract),
        install: |behaviour| {
            let refused: Mutex<HashSet<u64>> = Mutex::default();
            behaviour.admit = Some(Arc::new(move |view| {
                let mut refused = lock(&refused);
                if *view.admission == Admission::Unknown {
                    refused.insert(view.connection.number);
                }
                refused.contains(&view.connection.number).then_some(Admission::Unknown)
            }));
        },
    },
    ServerFault {
        name: "kept-connection-zero-from-third",
        about: "from the third request on a connection on, the balance is zero",
        applies: |contract| in_body(contract) && has_amount(contract),
        install: |behaviour| {
            on_success(behaviour, |view, reply| {
                if view.succeeded(Role::Balance) && view.connection.nth > 2 {
                    edit_field(view, reply, |_| Some(json!(0)));
                }
            });
        },
    },
    ServerFault {
        name: "kept-connection-other-media-type",
        about: "from the second request on a connection on, the media type is that of plain text",
        applies: always,
        install: |behaviour| {
            on_success(behaviour, |view, reply| {
                if view.connection.nth > 1 && !reply.body.is_empty() {
                    reply.set_header("content-type", "text/plain");
                }
            });
        },
    },
    ServerFault {
        name: "kept-connection-header-absent",
        about: "only the first response on a connection has the documented header fields",
        applies: header_required,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.connection.nth > 1 {
                    reply.headers.retain(|(name, _)| name == "content-type");
                }
            });
        },
    },
    ServerFault {
        name: "kept-connection-body-empty-after-error",
        about: "the first response after an error on the same connection has no body",
        applies: |contract| contract.operation(Role::Balance).is_none() || rejects_other_bodies(contract),
        install: |behaviour| {
            let failed: Mutex<HashSet<u64>> = Mutex::default();
            behaviour.edit.push(Arc::new(move |view, reply: &mut Reply| {
                let number = view.connection.number;
                if reply.status >= 400 {
                    lock(&failed).insert(number);
                } else if lock(&failed).remove(&number) {
                    rewrite(reply, |_| Vec::new());
                }
            }));
        },
    },
    ServerFault {
        name: "kept-connection-crashes",
        about: "from the fifth request on a connection on, every response is 500",
        applies: always,
        install: |behaviour| {
            on_success(behaviour, |view, reply| {
                if view.connection.nth > 4 {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "kept-connection-two-kinds-of-framing",
        about: "from the second request on a connection on, responses have `Content-Length` and `Transfer-Encoding`",
        applies: always,
        install: |behaviour| {
            on_success(behaviour, |view, reply| {
                if view.connection.nth > 1 && view.request.method != "HEAD" && !reply.body.is_empty() {
                    reply.delivery = Delivery::ChunkedWithLength;
                }
            });
        },
    },
];

/// Whether the balance is an amount.
fn has_amount(contract: &Contract) -> bool {
    contract.operation(Role::Balance).is_some_and(|operation| operation.fields.remaining.is_some())
}
