//! Faults of the form of answers.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Fault, always};
use crate::contract::{Contract, CredentialPlace, Role, StatusRange, Tenant};
use crate::mock::behaviour::{Behaviour, EditView};
use crate::mock::reply::{Delivery, Reply};
use crate::model::Decision;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "body-field-missing",
        about: "the balance answer lacks its documented field",
        applies: always,
        install: |behaviour| on_balance(behaviour, |view, reply| edit_field(view, reply, |_| None)),
    },
    Fault {
        name: "paid-answer-empty",
        about: "the answer to a paid call that succeeds lacks all documented fields",
        applies: paid_shape,
        install: |behaviour| {
            on_success(behaviour, |view, reply| {
                if view.succeeded(Role::Spend) {
                    rewrite(reply, |_| b"{}".to_vec());
                }
            });
        },
    },
    Fault {
        name: "body-value-as-string",
        about: "the balance is a string where a number or a flag is documented",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                edit_field(view, reply, |value| Some(Value::String(value.to_string())));
            });
        },
    },
    Fault {
        name: "body-null-when-empty",
        about: "the balance is null once nothing is left, and right before",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if is_empty(view) {
                    edit_field(view, reply, |_| Some(Value::Null));
                }
            });
        },
    },
    Fault {
        name: "body-wrapped",
        about: "the documented body is wrapped in an envelope of its own",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |_, reply| {
                let body = reply.json().unwrap_or_default();
                reply.set_json(&json!({ "code": "SUCCESS", "message": "success", "data": body }));
            });
        },
    },
    Fault {
        name: "body-seventh-answer",
        about: "every seventh answer lacks its documented field",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if view.n % 7 == 0 {
                    edit_field(view, reply, |_| None);
                }
            });
        },
    },
    Fault {
        name: "status-accepted",
        about: "successful answers have the status 202",
        applies: always,
        install: |behaviour| on_success(behaviour, |_, reply| reply.status = 202),
    },
    Fault {
        name: "status-error-with-balance",
        about: "the balance comes with the status 404",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.status = 404),
    },
    Fault {
        name: "media-type-html",
        about: "JSON is labelled as HTML",
        applies: always,
        install: |behaviour| {
            on_success(behaviour, |_, reply| reply.set_header("content-type", "text/html; charset=utf-8"));
        },
    },
    Fault {
        name: "media-type-absent",
        about: "bodies come without a media type",
        applies: always,
        install: |behaviour| on_success(behaviour, |_, reply| reply.remove_header("content-type")),
    },
    Fault {
        name: "media-type-of-errors",
        about: "errors are labelled as HTML",
        applies: |contract| contract.credential.is_some(),
        install: |behaviour| {
            on_errors(behaviour, |_, reply| reply.set_header("content-type", "text/html"));
        },
    },
    Fault {
        name: "header-absent",
        about: "documented header fields are missing",
        applies: header_required,
        install: |behaviour| every(behaviour, |_, reply| reply.headers.retain(|(name, _)| name == "content-type")),
    },
    Fault {
        name: "header-malformed",
        about: "documented header fields hold words where numbers are documented",
        applies: header_required,
        install: |behaviour| {
            every(behaviour, |_, reply| {
                let others = reply.headers.iter_mut().filter(|(name, _)| name != "content-type");
                others.for_each(|(_, value)| value.clone_from(&"plenty of them".to_owned()));
            });
        },
    },
    Fault {
        name: "json-bom",
        about: "bodies begin with a byte order mark",
        applies: always,
        install: |behaviour| {
            on_json(behaviour, |_, reply| rewrite(reply, |text| format!("\u{feff}{text}").into_bytes()));
        },
    },
    Fault {
        name: "json-nan",
        about: "the balance is NaN",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                edit_field(view, reply, |_| Some(json!("@NaN@")));
                rewrite(reply, |text| text.replace("\"@NaN@\"", "NaN").into_bytes());
            });
        },
    },
    Fault {
        name: "json-trailing",
        about: "something stands behind the JSON",
        applies: always,
        install: |behaviour| {
            on_json(behaviour, |_, reply| rewrite(reply, |text| format!("{text}\n<!-- 3 ms -->").into_bytes()));
        },
    },
    Fault {
        name: "json-latin-1",
        about: "bodies are in Latin-1",
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
    Fault {
        name: "json-name-twice",
        about: "the balance stands twice in the body, and only the second one counts",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                let Some(pointer) = main_pointer(view.contract) else { return };
                let name = pointer.rsplit('/').next().unwrap_or_default().to_owned();
                rewrite(reply, |text| {
                    text.replacen(&format!("\"{name}\":"), &format!("\"{name}\":0,\"{name}\":"), 1).into_bytes()
                });
            });
        },
    },
    Fault {
        name: "json-broken-when-empty",
        about: "the body is cut short once nothing is left",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if is_empty(view) {
                    rewrite(reply, |text| text.trim_end_matches('}').as_bytes().to_vec());
                }
            });
        },
    },
    Fault {
        name: "length-too-small",
        about: "Content-Length is one byte short",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::WrongLength(-1)),
    },
    Fault {
        name: "length-too-large",
        about: "Content-Length is one byte too many",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::WrongLength(1)),
    },
    Fault {
        name: "bytes-behind-the-content",
        about: "bytes follow beyond the Content-Length",
        applies: always,
        install: |behaviour| on_balance(behaviour, |_, reply| reply.delivery = Delivery::Trailing("\r\n0\r\n")),
    },
    Fault {
        name: "content-after-head",
        about: "an answer to HEAD has the content of the one to GET",
        applies: always,
        install: |behaviour| {
            behaviour.edit.push(Arc::new(|view, reply| {
                if view.succeeded(Role::Balance) && view.request.method == "HEAD" {
                    reply.delivery = Delivery::Trailing("{\"content\":true}");
                }
            }));
        },
    },
    Fault {
        name: "truncated",
        about: "the connection ends in the middle of the body",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |_, reply| reply.delivery = Delivery::Truncated(reply.body.len() / 2));
        },
    },
    Fault {
        name: "html-for-browsers",
        about: "whoever would take HTML as well gets a page",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if accept(view).contains("text/html") {
                    *reply = Reply::new(200, "text/html", "<!doctype html><p>Credits");
                }
            });
        },
    },
    Fault {
        name: "wrapped-for-ajax",
        about: "requests that come from scripts in browsers get another shape",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if view.request.header_value("x-requested-with").is_some() {
                    let body = reply.json().unwrap_or_default();
                    reply.set_json(&json!({ "data": body }));
                }
            });
        },
    },
    Fault {
        name: "error-on-media-range",
        about: "only two spellings of Accept are understood",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if !["", "*/*", "application/json"].contains(&accept(view).as_str()) {
                    *reply = Reply::new(500, "application/json", "{}");
                }
            });
        },
    },
    Fault {
        name: "least-weight-is-none",
        about: "a media range with the least weight there is counts as refused",
        applies: always,
        install: |behaviour| unacceptable(behaviour, |view| accept(view).contains("q=0.001")),
    },
    Fault {
        name: "first-accept-line-only",
        about: "of several Accept fields only the first counts",
        applies: always,
        install: |behaviour| {
            unacceptable(behaviour, |view| {
                let lines = view.request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("accept"));
                lines.count() > 1 && accept(view) == "text/html"
            });
        },
    },
    Fault {
        name: "media-range-in-one-case",
        about: "media ranges are compared with regard to case",
        applies: always,
        install: |behaviour| {
            unacceptable(behaviour, |view| {
                let accept = accept(view);
                let mut ranges = accept.split(',').filter_map(|element| element.split(';').next());
                ranges.any(|range| range.contains(|c: char| c.is_ascii_uppercase()))
            });
        },
    },
    Fault {
        name: "comma-in-field-refused",
        about: "a field that nobody knows is refused if there is a comma in it",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if foreign(view).any(|value| value.contains(&b',')) {
                    *reply = Reply::new(400, "application/json", "{}");
                }
            });
        },
    },
    Fault {
        name: "query-not-decoded",
        about: "a parameter of the query is not found if some letter of it is percent-encoded",
        applies: has_query,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                let query = view.request.target.split_once('?').map_or("", |(_, query)| query);
                let octets = query.split('%').skip(1).filter_map(|rest| u8::from_str_radix(rest.get(..2)?, 16).ok());
                if octets.into_iter().any(|octet| octet.is_ascii_alphabetic()) {
                    *reply = Reply::new(400, "application/json", "{}");
                }
            });
        },
    },
    Fault {
        name: "long-field-refused",
        about: "a field that nobody knows is refused beyond 200 bytes",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if foreign(view).any(|value| value.len() > 200) {
                    *reply = Reply::new(431, "text/plain", "too long");
                }
            });
        },
    },
    Fault {
        name: "many-fields-refused",
        about: "requests with more than a dozen fields are refused",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if view.request.headers.len() > 12 {
                    *reply = Reply::new(431, "text/plain", "too many");
                }
            });
        },
    },
    Fault {
        name: "non-ascii-field-crashes",
        about: "a field that nobody knows answers 500 if it goes beyond ASCII",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if foreign(view).any(|value| !value.is_ascii()) {
                    *reply = Reply::new(500, "text/html", "<h1>Internal Server Error</h1>");
                }
            });
        },
    },
    Fault {
        name: "empty-when-a-field-is",
        about: "the balance is nothing if a field that nobody knows is empty",
        applies: always,
        install: |behaviour| {
            on_balance(behaviour, |view, reply| {
                if foreign(view).any(<[u8]>::is_empty) {
                    edit_field(view, reply, |value| {
                        Some(if value.is_boolean() { Value::Bool(false) } else { json!(0) })
                    });
                }
            });
        },
    },
    Fault {
        name: "paid-answer-empty-for-long-texts",
        about: "the answer to a paid call lacks all documented fields if the request has a long text in it",
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

/// The values of fields that begin with `X-` and are none that everybody knows.
fn foreign<'v>(view: &'v EditView<'_>) -> impl Iterator<Item = &'v [u8]> {
    let documented = ["x-api-key", "x-requested-with", "x-forwarded-for", "x-forwarded-proto"];
    let fields = view.request.headers.iter().filter(move |(name, _)| {
        let name = name.to_ascii_lowercase();
        name.starts_with("x-") && !documented.contains(&name.as_str())
    });
    fields.map(|(_, value)| value.as_slice())
}

/// Answers that the balance is not to be had in an acceptable form.
fn unacceptable(behaviour: &mut Behaviour, hook: fn(&EditView<'_>) -> bool) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if view.succeeded(Role::Balance) && hook(view) {
            *reply = Reply::new(406, "text/plain", "not acceptable");
        }
    }));
}

/// Whether a schema of the answer to a paid call asks for anything.
fn paid_shape(contract: &Contract) -> bool {
    let answer = contract.operation(Role::Spend).and_then(|operation| operation.response(200));
    let schema = answer.and_then(|answer| answer.content.first()).and_then(|content| content.schema.as_ref());
    schema.is_some_and(|schema| !schema.accepts(&serde_json::json!({})))
}

/// Whether the query says whose balance it is.
fn has_query(contract: &Contract) -> bool {
    let place = contract.credential.as_ref().map(|credential| &credential.place);
    matches!(place, Some(CredentialPlace::Query { .. })) || matches!(contract.tenant, Tenant::Query { .. })
}

/// The Accept field of the request.
fn accept(view: &EditView<'_>) -> String {
    view.request.header_value("accept").map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

fn header_required(contract: &Contract) -> bool {
    let reachable = contract.operations.iter().filter(|operation| operation.role != Role::Other);
    let mut headers = reachable
        .flat_map(|operation| &operation.responses)
        .filter(|response| response.status == StatusRange::Exact(200) || response.status == StatusRange::Exact(401));
    headers.any(|response| response.headers.iter().any(|field| field.required && field.schema.is_some()))
}

/// Edits every reply.
pub(super) fn every(behaviour: &mut Behaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(edit));
}

/// Edits the successful answers of every operation.
pub(super) fn on_success(behaviour: &mut Behaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if matches!(view.decision, Some(Decision::Success { .. })) {
            edit(view, reply);
        }
    }));
}

/// Edits the answers of operations that are no success.
pub(super) fn on_errors(behaviour: &mut Behaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if matches!(view.decision, Some(Decision::Refused { .. })) {
            edit(view, reply);
        }
    }));
}

/// Edits the answers with a JSON body.
fn on_json(behaviour: &mut Behaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if reply.header("content-type").is_some_and(|media_type| media_type.contains("json")) {
            edit(view, reply);
        }
    }));
}

fn rewrite(reply: &mut Reply, change: impl FnOnce(&str) -> Vec<u8>) {
    reply.body = change(&reply.text()).into();
}

/// Edits the successful answers of the balance operation.
pub(super) fn on_balance(behaviour: &mut Behaviour, edit: fn(&EditView<'_>, &mut Reply)) {
    behaviour.edit.push(Arc::new(move |view, reply| {
        if view.succeeded(Role::Balance) && view.request.method != "HEAD" {
            edit(view, reply);
        }
    }));
}

/// Whether the account of the answer has nothing left.
pub(super) fn is_empty(view: &EditView<'_>) -> bool {
    let Some(Decision::Success { balance, .. }) = view.decision else { return false };
    balance.remaining.map_or(balance.allowed == Some(false), |left| left.is_zero())
}

/// Changes or takes away the first field in which the contract finds the balance.
pub(super) fn edit_field(view: &EditView<'_>, reply: &mut Reply, change: impl Fn(&Value) -> Option<Value>) {
    let Some(mut body) = reply.json() else { return };
    let Some(pointer) = main_pointer(view.contract) else { return };
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    let Some(parent) = body.pointer_mut(parent).and_then(Value::as_object_mut) else { return };
    match parent.get(name).and_then(&change) {
        Some(value) => drop(parent.insert(name.to_owned(), value)),
        None => drop(parent.shift_remove(name)),
    }
    reply.set_json(&body);
}

/// Where the balance operation says what is left, or else whether use is allowed.
pub(super) fn main_pointer(contract: &Contract) -> Option<String> {
    let fields = &contract.operation(Role::Balance)?.fields;
    fields.remaining.iter().chain(&fields.allowed).find_map(|locator| locator.pointer.clone())
}
