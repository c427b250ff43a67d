//! Faults of placeholders: texts that stand for a credential are accepted as one.

use super::ServerFault;
use super::auth::{admit, anyone, has_credential};
use crate::mock::admission::{Admission, Presented};
use crate::mock::behaviour::AdmitView;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "placeholder-of-documentation-admitted",
        about: "the credential `YOUR_API_KEY` is accepted",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| any_account(view, |key| key.ends_with("YOUR_API_KEY"))),
    },
    ServerFault {
        name: "placeholder-of-scripts-admitted",
        about: "the credentials `undefined` and `None` are accepted",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| any_account(view, |key| matches!(key, "undefined" | "None"))),
    },
    ServerFault {
        name: "wildcard-key-admitted",
        about: "the credential `*` is accepted",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| any_account(view, |key| key == "*")),
    },
    ServerFault {
        name: "percent-wildcard-key-admitted",
        about: "a credential is looked up as a pattern in which `%` stands for any text",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| any_account(view, |key| key.ends_with('%'))),
    },
    ServerFault {
        name: "test-key-admitted",
        about: "a credential that ends with `test` is accepted",
        applies: has_credential,
        install: |behaviour| admit(behaviour, |view| any_account(view, |key| key.ends_with("test"))),
    },
];

/// Admits any account if the credential is such a text.
fn any_account(view: &AdmitView<'_>, is_placeholder: fn(&str) -> bool) -> Option<Admission> {
    let Presented::Value(given) = view.presented else { return None };
    if is_placeholder(given) { anyone(view) } else { None }
}
