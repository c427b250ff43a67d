//! Faults of the shape of responses: members, status, media type and header fields.

use serde_json::{Value, json};

use super::ServerFault;
use super::applies::{always, first_read_needs_members, header_required, refusals, rejects_other_bodies};
use super::balance_field::{breaks, edit_field, is_sum_of_rows};
use super::hooks::{every, is_zero, on_balance, on_errors, on_success, rewrite};
use crate::contract::{Contract, Role};

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "body-field-missing",
        about: "the balance response lacks its documented field",
        applies: |contract| breaks(contract, |_| None),
        install: |behaviour| on_balance(behaviour, |view, reply| edit_field(view, reply, |_| None)),
    },
    ServerFault {
        name: "paid-response-empty",
        about: "the successful response to a paid call lacks all documented fields",
        applies: paid_shape,
        install: |behaviour| {
            on_success(behaviour, |view, reply| {
                if view.succeeded(Role::Spend) {
                    rewrite(reply, |_| b"{}".to_vec());
                }
            });
        },
    },
    ServerFault {
        name: "paid-response-empty-for-long-body",
        about: "the response to a paid call lacks all documented fields if the request body is longer than 1000 bytes",
        applies: paid_shape,
        install: |behaviour| {
            on_success(behaviour, |view, reply| {
                let body = view.request.body.as_deref().unwrap_or_default();
                if view.succeeded(Role::Spend) && body.len() > 1000 {
                    rewrite(reply, |_| b"{}".to_vec());
                }
            });
        },
    },
    ServerFault {
        name: "body-value-as-string",
        about: "the balance is a string in place of the documented number or boolean",
        applies: |contract| breaks(contract, as_string),
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                edit_field(view, reply, as_string);
            });
        },
    },
    ServerFault {
        name: "body-null-at-zero",
        about: "the balance is null when no credits remain, and correct otherwise",
        applies: |contract| !is_sum_of_rows(contract) && breaks(contract, |_| Some(Value::Null)),
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if is_zero(view) {
                    edit_field(view, reply, |_| Some(Value::Null));
                }
            });
        },
    },
    ServerFault {
        name: "body-wrapped",
        about: "the documented body is wrapped in an undocumented object",
        applies: |contract| contract.operation(Role::Balance).is_some() && rejects_other_bodies(contract),
        install: |behaviour| {
            on_balance(behaviour, |_, reply| {
                let body = reply.json().unwrap_or_default();
                reply.set_json(&json!({ "code": "SUCCESS", "message": "success", "data": body }));
            });
        },
    },
    ServerFault {
        name: "read-body-empty",
        about: "the successful response to a read of a document without roles lacks all documented members",
        applies: |contract| contract.operation(Role::Balance).is_none() && first_read_needs_members(contract),
        install: |behaviour| on_success(behaviour, |_, reply| rewrite(reply, |_| b"{}".to_vec())),
    },
    ServerFault {
        name: "body-field-missing-every-seventh",
        about: "every seventh balance response lacks its documented field",
        applies: |contract| breaks(contract, |_| None),
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if view.n % 7 == 0 {
                    edit_field(view, reply, |_| None);
                }
            });
        },
    },
    ServerFault {
        name: "status-202",
        about: "successful responses have status 202",
        applies: always,
        install: |behaviour| on_success(behaviour, |_, reply| reply.status = 202),
    },
    ServerFault {
        name: "status-404-with-balance",
        about: "the balance response has status 404",
        // Where the path has parameters, 404 is for an unknown resource.
        applies: |contract| contract.operation(Role::Balance).is_some_and(|operation| !operation.path.contains('{')),
        install: |behaviour| on_balance(behaviour, |_, reply| reply.status = 404),
    },
    ServerFault {
        name: "media-type-html",
        about: "JSON is labelled as HTML",
        applies: always,
        install: |behaviour| {
            on_success(behaviour, |_, reply| reply.set_header("content-type", "text/html; charset=utf-8"));
        },
    },
    ServerFault {
        name: "media-type-absent",
        about: "successful responses have no `Content-Type`",
        applies: always,
        install: |behaviour| on_success(behaviour, |_, reply| reply.remove_header("content-type")),
    },
    ServerFault {
        name: "media-type-html-for-errors",
        about: "error responses are labelled as HTML",
        applies: |contract| {
            refusals(contract).any(|response| response.status.is_some() && response.media_type.is_some())
        },
        install: |behaviour| {
            on_errors(behaviour, |_, reply| reply.set_header("content-type", "text/html"));
        },
    },
    ServerFault {
        name: "header-absent",
        about: "documented header fields are missing",
        applies: header_required,
        install: |behaviour| every(behaviour, |_, reply| reply.headers.retain(|(name, _)| name == "content-type")),
    },
    ServerFault {
        name: "header-malformed",
        about: "documented header fields contain words in place of the documented numbers",
        applies: header_required,
        install: |behaviour| {
            every(behaviour, |_, reply| {
                let others = reply.headers.iter_mut().filter(|(name, _)| name != "content-type");
                others.for_each(|(_, value)| value.clone_from(&"plenty of them".to_owned()));
            });
        },
    },
    ServerFault {
        name: "header-forbidden",
        about: "responses have a header field that the contract says they never have",
        applies: |contract| forbidden(contract).next().is_some(),
        install: |behaviour| {
            every(behaviour, |view, reply| {
                let Some(documented) = view.operation.and_then(|operation| operation.response(reply.status)) else {
                    return;
                };
                for name in documented.absent_headers.clone() {
                    reply.set_header(&name, "x");
                }
            });
        },
    },
    ServerFault {
        name: "media-type-without-parameters",
        about: "the media type lacks the documented parameters, the charset for instance",
        applies: |contract| {
            let responses = contract.operations.iter().flat_map(|operation| &operation.responses);
            responses.flat_map(|response| &response.content).any(|content| !content.parameters.is_empty())
        },
        install: |behaviour| {
            every(behaviour, |_, reply| {
                let bare = reply.header("content-type").and_then(|label| Some(label.split_once(';')?.0.to_owned()));
                if let Some(bare) = bare {
                    reply.set_header("content-type", bare);
                }
            });
        },
    },
];

/// Whether the schema of the response to a paid call requires a member.
fn paid_shape(contract: &Contract) -> bool {
    let response = contract.operation(Role::Spend).and_then(|operation| operation.response(200));
    let schema = response.and_then(|response| response.content.first()).and_then(|content| content.schema.as_ref());
    schema.is_some_and(|schema| !schema.accepts(&serde_json::json!({})))
}

/// The header fields that successful reads and refusals of credentials never have.
fn forbidden(contract: &Contract) -> impl Iterator<Item = &String> {
    let operations = contract.operations.iter().filter(|operation| operation.role != Role::Other);
    operations.flat_map(|operation| &operation.responses).flat_map(|response| &response.absent_headers)
}

#[expect(clippy::unnecessary_wraps, reason = "a change may also remove the value")]
fn as_string(value: &Value) -> Option<Value> {
    Some(Value::String(value.to_string()))
}
