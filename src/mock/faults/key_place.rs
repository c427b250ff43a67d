//! Faults of the place of the credential: elsewhere, under another scheme, twice.

use super::ServerFault;
use super::applies::{has_credential, key_in_header};
use super::hooks::{admit, anyone, crash, every};
use crate::contract::{Contract, Credential, CredentialPlace};
use crate::mock::admission::{Admission, Presented, query, values};
use crate::mock::behaviour::AdmitView;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "key-in-query-admitted",
        about: "a credential in the query string is accepted",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                anywhere(view, |view, key| query(&view.request.target).any(|(_, value)| value == key))
            });
        },
    },
    ServerFault {
        name: "key-in-cookie-admitted",
        about: "a credential in a cookie is accepted",
        applies: |contract| has_credential(contract) && !in_cookie(contract),
        install: |behaviour| {
            admit(behaviour, |view| {
                anywhere(view, |view, key| {
                    let cookie = view.request.header_value("cookie").map(String::from_utf8_lossy);
                    cookie.is_some_and(|cookie| cookie.split(['=', ';']).any(|value| value == key))
                })
            });
        },
    },
    ServerFault {
        name: "key-in-other-header-admitted",
        about: "a credential in any header field is accepted",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                anywhere(view, |view, key| view.request.headers.iter().any(|(_, value)| value == key.as_bytes()))
            });
        },
    },
    ServerFault {
        name: "key-under-other-scheme-admitted",
        about: "a credential under any authentication scheme is accepted",
        applies: |contract| has_credential(contract) && !in_whole_authorization(contract),
        install: |behaviour| {
            admit(behaviour, |view| {
                anywhere(view, |view, key| {
                    authorization(view)
                        .and_then(|value| value.split_once(' ').map(|(_, rest)| rest == key))
                        .unwrap_or(false)
                })
            });
        },
    },
    ServerFault {
        name: "key-without-scheme-admitted",
        about: "a credential without its authentication scheme is accepted",
        applies: by_scheme,
        install: |behaviour| {
            admit(behaviour, |view| anywhere(view, |view, key| authorization(view).is_some_and(|value| value == key)));
        },
    },
    ServerFault {
        name: "scheme-in-any-case-admitted",
        about: "the authentication scheme is compared without regard to letter case",
        applies: |contract| {
            contract.credential.as_ref().is_some_and(|credential| credential.scheme_case_sensitive.is_some())
        },
        install: |behaviour| {
            admit(behaviour, |view| {
                anywhere(view, |view, key| {
                    authorization(view).is_some_and(|value| {
                        value.to_ascii_lowercase().strip_prefix("bearer ") == Some(key.to_ascii_lowercase().as_str())
                    })
                })
            });
        },
    },
    ServerFault {
        name: "two-keys-admitted",
        about: "a request with two credentials is accepted",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                (*view.presented == Presented::Unreadable && values(view.contract, view.request).len() == 2)
                    .then(|| anyone(view))
                    .flatten()
            });
        },
    },
    ServerFault {
        name: "two-keys-crash",
        about: "a request with two credentials answers 500",
        applies: key_in_header,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if values(view.contract, view.request).len() == 2 {
                    *reply = crash();
                }
            });
        },
    },
    ServerFault {
        name: "field-name-case-sensitive",
        about: "the name of the credential's header field is compared with regard to letter case",
        applies: key_in_header,
        install: |behaviour| behaviour.case_sensitive_names = true,
    },
    ServerFault {
        name: "other-scheme-crashes",
        about: "another authentication scheme than the documented one answers 500",
        applies: |contract| {
            let mut places = contract.credential.iter().flat_map(Credential::places);
            places.any(|place| matches!(place, CredentialPlace::Authorization { scheme } if scheme != "Basic"))
        },
        install: |behaviour| {
            every(behaviour, |view, reply| {
                let value = view.request.header_value("authorization").unwrap_or_default();
                if value.starts_with(b"Basic ") {
                    *reply = crash();
                }
            });
        },
    },
];

fn in_cookie(contract: &Contract) -> bool {
    matches!(contract.credential_place(), Some(CredentialPlace::Cookie { .. }))
}

/// Whether the whole field `Authorization` is documented as the credential, so that no auth scheme is another one.
fn in_whole_authorization(contract: &Contract) -> bool {
    let mut places = contract.credential.iter().flat_map(crate::contract::Credential::places);
    places.any(|place| matches!(place, CredentialPlace::Header { name } if name.eq_ignore_ascii_case("authorization")))
}

fn by_scheme(contract: &Contract) -> bool {
    matches!(contract.credential_place(), Some(CredentialPlace::Authorization { .. }))
}

/// Admits the tenant whose credential is found in the request.
fn anywhere(view: &AdmitView<'_>, found: fn(&AdmitView<'_>, &str) -> bool) -> Option<Admission> {
    let (_, tenant) = view.keys.iter().find(|(key, _)| found(view, key))?;
    Some(Admission::Tenant(tenant.clone()))
}

fn authorization(view: &AdmitView<'_>) -> Option<String> {
    let value = view.request.header_value("authorization")?;
    Some(String::from_utf8_lossy(value).into_owned())
}
