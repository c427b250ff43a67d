//! Faults of the JSON text of bodies.

use serde_json::json;

use super::ServerFault;
use super::applies::{always, has_balance_field, shows_object};
use super::balance_field::{edit_field, in_body, main_pointer};
use super::hooks::{is_zero, on_balance, on_json, rewrite};

pub(super) const FAULTS: &[ServerFault] = &[
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
];
