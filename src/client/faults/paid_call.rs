//! Faults of the request of a paid call.

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderValue};
use rust_decimal::Decimal;

use super::ClientFault;
use super::applies::{amounts, pays_with_body};
use crate::client::balance::Balance;
use crate::client::error::ErrorClass;
use crate::client::message::RequestTemplate;
use crate::contract::{Contract, Role, Schema};

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "paid-call-by-get",
        about: "makes paid calls by GET",
        applies: pays_with_body,
        install: |b| b.sending.prepare = |request, _| paid(request, |request| request.method = Method::GET),
    },
    ClientFault {
        name: "paid-call-by-put",
        about: "makes paid calls by PUT",
        applies: pays_with_body,
        install: |b| b.sending.prepare = |request, _| paid(request, |request| request.method = Method::PUT),
    },
    ClientFault {
        name: "paid-call-to-another-path",
        about: "makes paid calls to a path with an additional segment",
        applies: pays_with_body,
        install: |b| {
            b.sending.prepare = |request, _| {
                paid(request, |request| {
                    let path = format!("{}/create", request.url.path());
                    request.url.set_path(&path);
                });
            };
        },
    },
    ClientFault {
        name: "paid-call-without-body",
        about: "makes paid calls without a body",
        applies: pays_with_body,
        install: |b| b.sending.prepare = |request, _| paid(request, |request| request.body = None),
    },
    ClientFault {
        name: "paid-call-with-empty-object",
        about: "makes paid calls with an empty object as the body",
        applies: |contract| pays_with_body(contract) && refuses_empty_object(contract),
        install: |b| b.sending.prepare = |request, _| paid(request, |request| request.body = Some(Bytes::from("{}"))),
    },
    ClientFault {
        name: "paid-call-as-form",
        about: "declares the body of paid calls as a form",
        applies: pays_with_body,
        install: |b| {
            b.sending.prepare = |request, _| {
                paid(request, |request| {
                    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
                    request.headers.insert(CONTENT_TYPE, form);
                });
            };
        },
    },
    ClientFault {
        name: "paid-call-without-media-type",
        about: "does not declare the media type of the body of paid calls",
        applies: pays_with_body,
        install: |b| {
            b.sending.prepare = |request, _| paid(request, |request| drop(request.headers.remove(CONTENT_TYPE)));
        },
    },
    ClientFault {
        name: "paid-call-reports-another-balance",
        about: "reports a balance of 1 after every paid call",
        applies: |contract| pays_with_body(contract) && amounts(contract),
        install: |b| {
            b.reporting.after_spend =
                |result, _| result.map(|balance| Balance { remaining: Some(Decimal::ONE), ..balance });
        },
    },
    ClientFault {
        name: "paid-call-repeated-after-timeout",
        about: "sends every request again if no response comes in time",
        applies: pays_with_body,
        install: |b| {
            b.sending.retry = |attempts, result| {
                attempts < 2 && result.as_ref().is_err_and(|error| error.class == ErrorClass::Timeout)
            };
        },
    },
    ClientFault {
        name: "paid-call-repeated-after-gateway-error",
        about: "sends every request again if a gateway reports a failure (502, 503 or 504)",
        applies: pays_with_body,
        install: |b| {
            b.sending.retry = |attempts, result| {
                attempts < 2 && result.as_ref().is_err_and(|error| matches!(error.status, Some(502..=504)))
            };
        },
    },
    ClientFault {
        name: "paid-call-repeated-after-malformed-response",
        about: "sends every request again if the response cannot be read",
        applies: pays_with_body,
        install: |b| {
            b.sending.retry = |attempts, result| {
                attempts < 2 && result.as_ref().is_err_and(|error| error.class == ErrorClass::Malformed)
            };
        },
    },
];

fn refuses_empty_object(contract: &Contract) -> bool {
    let body = contract.operation(Role::Spend).and_then(|operation| operation.request.as_ref());
    let schema = body.and_then(|body| body.content.first()?.schema.as_ref());
    let document = schema.map(Schema::document);
    let lists = |keyword: &str| {
        document.and_then(|document| document.get(keyword)?.as_array()).is_some_and(|list| !list.is_empty())
    };
    // Alternatives of which each requires something are usual.
    lists("required") || lists("oneOf") || lists("anyOf")
}

/// Changes a request if it is that of a paid call.
fn paid(request: &mut RequestTemplate, change: impl FnOnce(&mut RequestTemplate)) {
    if request.body.is_some() {
        change(request);
    }
}
