//! Faults that send the credential back.

use super::ServerFault;
use super::applies::{documents_refusal, has_credential};
use super::hooks::{every, on_success};
use crate::contract::Condition;
use crate::mock::admission::values;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "refused-key-in-body",
        about: "the error response to a refused credential contains the credential",
        applies: documents_refusal,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialUnknown) || view.refused(Condition::CredentialRevoked) {
                    let key = values(view.contract, view.request).into_iter().next().unwrap_or_default();
                    let key = String::from_utf8_lossy(&key).into_owned();
                    let text = reply.text();
                    reply.body =
                        text.replacen('{', &format!("{{\"given\":{},", serde_json::Value::from(key)), 1).into();
                }
            });
        },
    },
    ServerFault {
        name: "valid-key-in-response-header",
        about: "successful responses contain the credential in a header field",
        applies: has_credential,
        install: |behaviour| {
            on_success(behaviour, |view, reply| {
                let key = values(view.contract, view.request).into_iter().next().unwrap_or_default();
                reply.set_header("x-debug-key", String::from_utf8_lossy(&key).into_owned());
            });
        },
    },
];
