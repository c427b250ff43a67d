//! Faults of the form of responses: status, media type, header fields, JSON and framing.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ServerFault, always, has_balance_field};
use crate::contract::{Condition, Contract, DocumentedResponse, Role, StatusRange};
use crate::mock::behaviour::{EditView, ProviderBehaviour};
use crate::mock::reply::{Delivery, Reply};
use crate::model::Decision;
use crate::pointer;

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
        applies: |contract| !rows(contract) && breaks(contract, |_| Some(Value::Null)),
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
    ServerFault {
        name: "json-bom",
        about: "bodies begin with a byte order mark",
        applies: always,
        install: |behaviour| {
            on_json(behaviour, |_, reply| rewrite(reply, |text| format!("\u{feff}{text}").into_bytes()));
        },
    },
    ServerFault {
        name: "json-nan",
        about: "the balance is NaN",
        applies: in_body,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                edit_field(view, reply, |_| Some(json!("@NaN@")));
                rewrite(reply, |text| text.replace("\"@NaN@\"", "NaN").into_bytes());
            });
        },
    },
    ServerFault {
        name: "json-trailing-data",
        about: "text follows the JSON value",
        applies: always,
        install: |behaviour| {
            on_json(behaviour, |_, reply| rewrite(reply, |text| format!("{text}\n<!-- 3 ms -->").into_bytes()));
        },
    },
    ServerFault {
        name: "json-latin-1",
        about: "bodies are encoded in Latin-1",
        applies: always,
        install: |behaviour| {
            on_json(behaviour, |_, reply| {
                rewrite(reply, |text| {
                    let mut bytes = text.replacen('{', "{\"note\":\"\u{1}\",", 1).into_bytes();
                    bytes.iter_mut().filter(|byte| **byte == 1).for_each(|byte| *byte = 0xFC);
                    bytes
                });
            });
        },
    },
    ServerFault {
        name: "json-duplicate-name",
        about: "the balance occurs twice in the body, and only the second value is correct",
        applies: |contract| in_body(contract) && shows_object(contract),
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                let Some(pointer) = main_pointer(view.contract) else { return };
                let name = crate::pointer::tokens(&pointer).next_back().unwrap_or_default();
                let name = serde_json::Value::from(name).to_string();
                rewrite(reply, |text| text.replacen(&format!("{name}:"), &format!("{name}:0,{name}:"), 1).into_bytes());
            });
        },
    },
    ServerFault {
        name: "json-truncated-at-zero",
        about: "the JSON is truncated when no credits remain",
        applies: |contract| has_balance_field(contract) && shows_object(contract),
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if is_zero(view) {
                    rewrite(reply, |text| text.trim_end_matches('}').as_bytes().to_vec());
                }
            });
        },
    },
    ServerFault {
        name: "content-length-too-small",
        about: "`Content-Length` is one too small",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::WrongLength(-1)),
    },
    ServerFault {
        name: "content-length-too-large",
        about: "`Content-Length` is one too large",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::WrongLength(1)),
    },
    ServerFault {
        name: "bytes-after-content",
        about: "bytes follow after the end that `Content-Length` states",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::Trailing("\r\n0\r\n")),
    },
    ServerFault {
        name: "head-response-with-content",
        about: "the response to HEAD has content",
        applies: |contract| contract.operation(Role::Balance).is_some_and(|operation| operation.method == "GET"),
        install: |behaviour| {
            behaviour.edit.push(Arc::new(|view, reply| {
                if view.succeeded(Role::Balance) && view.request.method == "HEAD" {
                    reply.delivery = Delivery::Trailing("{\"content\":true}");
                }
            }));
        },
    },
    ServerFault {
        name: "two-kinds-of-framing",
        about: "balance responses have `Content-Length` and `Transfer-Encoding`",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::ChunkedWithLength),
    },
    ServerFault {
        name: "two-kinds-of-framing-in-errors",
        about: "error responses have `Content-Length` and `Transfer-Encoding`",
        applies: always,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if reply.status >= 400 && !reply.body.is_empty() && view.request.method != "HEAD" {
                    reply.delivery = Delivery::ChunkedWithLength;
                }
            });
        },
    },
    ServerFault {
        name: "two-content-lengths",
        about: "balance responses have two `Content-Length` fields with different values",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::TwoLengths),
    },
    ServerFault {
        name: "body-truncated",
        about: "the connection is closed in the middle of the body",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |_, reply| reply.delivery = Delivery::Truncated(reply.body.len() / 2));
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
];

/// Whether the schema of the response to a paid call requires a member.
fn paid_shape(contract: &Contract) -> bool {
    let response = contract.operation(Role::Spend).and_then(|operation| operation.response(200));
    let schema = response.and_then(|response| response.content.first()).and_then(|content| content.schema.as_ref());
    schema.is_some_and(|schema| !schema.accepts(&serde_json::json!({})))
}

pub(super) fn header_required(contract: &Contract) -> bool {
    let reachable = contract.operations.iter().filter(|operation| operation.role != Role::Other);
    let mut headers = reachable
        .flat_map(|operation| &operation.responses)
        .filter(|response| response.status == StatusRange::Exact(200) || response.status == StatusRange::Exact(401));
    headers.any(|response| response.headers.iter().any(|field| field.required && field.schema.is_some()))
}

/// Edits every reply.
pub(super) fn every(behaviour: &mut ProviderBehaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(edit));
}

/// The header fields that successful reads and refusals of credentials never have.
fn forbidden(contract: &Contract) -> impl Iterator<Item = &String> {
    let operations = contract.operations.iter().filter(|operation| operation.role != Role::Other);
    operations.flat_map(|operation| &operation.responses).flat_map(|response| &response.absent_headers)
}

/// Edits the successful responses of every operation.
pub(super) fn on_success(behaviour: &mut ProviderBehaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if matches!(view.decision, Some(Decision::Success { .. })) {
            edit(view, reply);
        }
    }));
}

/// Edits the error responses of every operation.
pub(super) fn on_errors(behaviour: &mut ProviderBehaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if matches!(view.decision, Some(Decision::Refused { .. })) {
            edit(view, reply);
        }
    }));
}

/// Edits the responses with a JSON body.
fn on_json(behaviour: &mut ProviderBehaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if reply.header("content-type").is_some_and(|media_type| media_type.contains("json")) {
            edit(view, reply);
        }
    }));
}

pub(super) fn rewrite(reply: &mut Reply, change: impl FnOnce(&str) -> Vec<u8>) {
    reply.body = change(&reply.text()).into();
}

/// Edits the successful responses of the balance operation.
pub(super) fn on_balance(behaviour: &mut ProviderBehaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if view.succeeded(Role::Balance) && view.request.method != "HEAD" {
            edit(view, reply);
        }
    }));
}

/// Whether the balance of the response is zero, or use is not allowed.
pub(super) fn is_zero(view: &EditView<'_>) -> bool {
    let Some(Decision::Success { balance, .. }) = view.decision else { return false };
    balance.remaining.map_or(balance.allowed == Some(false), |left| left.is_zero())
}

/// Changes or (`None`) removes the main field of the balance.
pub(super) fn edit_field(view: &EditView<'_>, reply: &mut Reply, change: impl Fn(&Value) -> Option<Value>) {
    let Some(mut body) = reply.json() else { return };
    if edit_body(view.contract, &mut body, change) {
        reply.set_json(&body);
    }
}

fn edit_body(contract: &Contract, body: &mut Value, change: impl Fn(&Value) -> Option<Value>) -> bool {
    let Some(pointer) = main_pointer(contract) else { return false };
    let Some((parent, name)) = pointer::split_last(&pointer) else {
        // The body is the amount.
        return change(body).map(|changed| *body = changed).is_some();
    };
    let Some(parent) = body.pointer_mut(parent).and_then(Value::as_object_mut) else { return false };
    match parent.get(name.as_ref()).and_then(&change) {
        Some(value) => drop(parent.insert(name.into_owned(), value)),
        None => drop(parent.shift_remove(name.as_ref())),
    }
    true
}

/// The JSON Pointer of the main field of the balance: `remaining`, or else `allowed`. Of several rows it is the first.
pub(super) fn main_pointer(contract: &Contract) -> Option<String> {
    let fields = &contract.operation(Role::Balance)?.fields;
    let pointer = fields.remaining.iter().chain(&fields.allowed).find_map(|locator| locator.pointer.as_deref())?;
    Some(pointer.replace("/*", "/0"))
}

/// Whether the balance is in the body.
pub(super) fn in_body(contract: &Contract) -> bool {
    main_pointer(contract).is_some()
}

/// Whether another object in place of the body of the balance shows: it breaks the schema, or has no balance.
pub(super) fn rejects_other_bodies(contract: &Contract) -> bool {
    let response = contract.operation(Role::Balance).and_then(|operation| operation.response(200));
    let schema = response.and_then(|response| response.content.first()?.schema.as_ref());
    schema.is_some_and(|schema| !schema.accepts(&json!({ "code": "SUCCESS", "message": "success", "data": {} })))
}

/// Whether the body of the balance is an object.
fn shows_object(contract: &Contract) -> bool {
    let response = contract.operation(Role::Balance).and_then(|operation| operation.response(200));
    let example = response.and_then(|response| response.content.first()?.example());
    example.is_none_or(Value::is_object)
}

/// Whether the balance is the sum of rows.
fn rows(contract: &Contract) -> bool {
    let remaining = contract.operation(Role::Balance).and_then(|operation| operation.fields.remaining.as_ref());
    remaining.and_then(|at| at.pointer.as_deref()).is_some_and(|pointer| pointer.contains("/*"))
}

/// Whether the schema rejects a balance with this change.
fn breaks(contract: &Contract, change: impl Fn(&Value) -> Option<Value>) -> bool {
    let response = contract.operation(Role::Balance).and_then(|operation| operation.response(200));
    let content = response.and_then(|response| response.content.first());
    let Some((Some(schema), Some((_, example)))) = content.map(|content| (&content.schema, content.examples.first()))
    else {
        return false;
    };
    let mut body = example.clone();
    edit_body(contract, &mut body, change) && !schema.accepts(&body)
}

/// Whether the first read documents a body that an empty object does not conform to.
pub(super) fn first_read_needs_members(contract: &Contract) -> bool {
    let read = contract.operations.iter().find(|operation| operation.method == "GET");
    let content = read.and_then(|operation| operation.response(200)?.content.first());
    let content = content.filter(|content| content.is_json() && content.example().is_some());
    let schema = content.and_then(|content| content.schema.as_ref());
    schema.is_some_and(|schema| !schema.accepts(&json!({})))
}

#[expect(clippy::unnecessary_wraps, reason = "a change may also remove the value")]
fn as_string(value: &Value) -> Option<Value> {
    Some(Value::String(value.to_string()))
}

/// Whether the response to a missing or unknown credential is documented.
pub(super) fn documents_refusal(contract: &Contract) -> bool {
    // With a body that a member can be added to.
    refusals(contract).any(|answer| match &answer.example {
        Some(example) => example.is_object(),
        None => answer.media_type.as_ref().is_some_and(|media_type| media_type.contains("json")),
    })
}

fn refusals(contract: &Contract) -> impl Iterator<Item = &DocumentedResponse> {
    let known = [Condition::CredentialMissing, Condition::CredentialUnknown].into_iter();
    known.filter_map(|condition| contract.operation(Role::Balance)?.conditions.get(&condition))
}
