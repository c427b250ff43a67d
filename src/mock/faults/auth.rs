//! Faults of admission: who gets in, as whom, and what the refusal says.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Fault;
use super::error::{crash, has_code, other_code};
use super::shape::{every, refuses};
use crate::contract::{Condition, Contract, CredentialPlace, Role, StatusRange, Tenant};
use crate::exchange::Request;
use crate::mock::admission::{Admission, Presented, query};
use crate::mock::behaviour::{AdmitView, Behaviour, EditView};
use crate::model::Decision;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "missing-key-admitted",
        about: "requests without a credential get in as somebody",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                (*view.admission == Admission::Missing && *view.presented == Presented::Nothing)
                    .then(|| anyone(view))
                    .flatten()
            });
        },
    },
    Fault {
        name: "missing-key-other-status",
        about: "without a credential the status is 403",
        applies: |contract| has_status(contract, Condition::CredentialMissing),
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialMissing) {
                    reply.status = 403;
                }
            });
        },
    },
    Fault {
        name: "missing-key-other-code",
        about: "without a credential the code is another one",
        applies: |contract| has_code(contract, Condition::CredentialMissing),
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialMissing) {
                    other_code(view, reply);
                }
            });
        },
    },
    Fault {
        name: "paid-call-without-key",
        about: "the paid call forgets to ask for the credential",
        applies: |contract| has_credential(contract) && contract.operation(Role::Spend).is_some(),
        install: |behaviour| {
            admit(behaviour, |view| {
                (*view.admission == Admission::Missing && is_paid(view)).then(|| anyone(view)).flatten()
            });
        },
    },
    Fault {
        name: "empty-key-admitted",
        about: "an empty credential gets in as somebody",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                (*view.presented == Presented::Value(String::new())).then(|| anyone(view)).flatten()
            });
        },
    },
    Fault {
        name: "unknown-key-admitted",
        about: "any credential gets in",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| (*view.admission == Admission::Unknown).then(|| anyone(view)).flatten());
        },
    },
    Fault {
        name: "unknown-key-other-status",
        about: "with a wrong credential the status is 404",
        applies: |contract| has_status(contract, Condition::CredentialUnknown),
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialUnknown) {
                    reply.status = 404;
                }
            });
        },
    },
    Fault {
        name: "unknown-key-other-code",
        about: "with a wrong credential the code is another one",
        applies: |contract| has_code(contract, Condition::CredentialUnknown),
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialUnknown) {
                    other_code(view, reply);
                }
            });
        },
    },
    Fault {
        name: "unknown-key-crashes",
        about: "a wrong credential answers 500",
        applies: has_credential,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialUnknown) {
                    *reply = crash();
                }
            });
        },
    },
    Fault {
        name: "paid-call-with-any-key",
        about: "the paid call takes any credential",
        applies: |contract| has_credential(contract) && contract.operation(Role::Spend).is_some(),
        install: |behaviour| {
            admit(behaviour, |view| {
                (*view.admission == Admission::Unknown && is_paid(view)).then(|| anyone(view)).flatten()
            });
        },
    },
    Fault {
        name: "key-in-query-admitted",
        about: "a credential in the query counts",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                anywhere(view, |view, key| query(&view.request.target).any(|(_, value)| value == key))
            });
        },
    },
    Fault {
        name: "key-in-cookie-admitted",
        about: "a credential in a cookie counts",
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
    Fault {
        name: "key-in-other-header-admitted",
        about: "a credential in any field counts",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                anywhere(view, |view, key| view.request.headers.iter().any(|(_, value)| value == key.as_bytes()))
            });
        },
    },
    Fault {
        name: "key-under-other-scheme-admitted",
        about: "a credential under any auth scheme counts",
        applies: has_credential,
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
    Fault {
        name: "key-without-scheme-admitted",
        about: "a credential without its auth scheme counts",
        applies: by_scheme,
        install: |behaviour| {
            admit(behaviour, |view| anywhere(view, |view, key| authorization(view).is_some_and(|value| value == key)));
        },
    },
    Fault {
        name: "scheme-in-any-case-admitted",
        about: "the auth scheme is compared without regard to case",
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
    Fault {
        name: "two-keys-admitted",
        about: "two credentials count as one",
        applies: has_credential,
        install: |behaviour| {
            admit(behaviour, |view| {
                (*view.presented == Presented::Unreadable && values(view.contract, view.request).len() == 2)
                    .then(|| anyone(view))
                    .flatten()
            });
        },
    },
    Fault {
        name: "two-keys-crash",
        about: "two credentials answer 500",
        applies: in_field,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if credentials(view) == 2 {
                    *reply = crash();
                }
            });
        },
    },
    Fault {
        name: "long-key-admitted",
        about: "a credential that does not fit the column gets in",
        applies: in_field,
        install: |behaviour| {
            admit(behaviour, |view| {
                (values(view.contract, view.request).iter().any(|value| value.len() > 4096))
                    .then(|| anyone(view))
                    .flatten()
            });
        },
    },
    Fault {
        name: "long-key-crashes",
        about: "a very long credential answers 500",
        applies: in_field,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.request.headers.iter().any(|(_, value)| value.len() > 4096) {
                    *reply = crash();
                }
            });
        },
    },
    Fault {
        name: "non-ascii-key-crashes",
        about: "a credential beyond ASCII answers 500",
        applies: in_field,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.request.headers.iter().any(|(_, value)| !value.is_ascii()) {
                    *reply = crash();
                }
            });
        },
    },
    Fault {
        name: "quote-in-key-admitted",
        about: "a quote in the credential ends the comparison",
        applies: in_field,
        install: |behaviour| {
            admit(behaviour, |view| {
                (values(view.contract, view.request).iter().any(|value| value.contains(&b'\'')))
                    .then(|| anyone(view))
                    .flatten()
            });
        },
    },
    Fault {
        name: "revoked-key-works",
        about: "a credential works on after it was withdrawn",
        applies: has_credential,
        install: |behaviour| behaviour.deviation.revoked_works = true,
    },
    Fault {
        name: "expired-key-works",
        about: "a credential works on past its time",
        applies: has_credential,
        install: |behaviour| behaviour.deviation.expired_works = true,
    },
    Fault {
        name: "revoked-key-works-if-used-before",
        about: "the balance is shown on to a credential that was seen before it was revoked",
        applies: |contract| contract.operation(Role::Balance).is_some_and(|operation| operation.secured),
        install: |behaviour| {
            let seen = Mutex::new(HashMap::new());
            behaviour.edit.push(Arc::new(move |view, reply| {
                let key: Vec<u8> = values(view.contract, view.request).into_iter().next().unwrap_or_default();
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                if view.succeeded(Role::Balance) {
                    seen.insert(key, reply.clone());
                } else if view.refused(Condition::CredentialRevoked)
                    && view.operation.is_some_and(|operation| operation.role == Role::Balance)
                    && let Some(old) = seen.get(&key)
                {
                    *reply = old.clone();
                }
            }));
        },
    },
    Fault {
        name: "expired-key-works-if-used-before",
        about: "the balance is shown on to a credential that was seen before it was expired",
        applies: |contract| contract.operation(Role::Balance).is_some_and(|operation| operation.secured),
        install: |behaviour| {
            let seen = Mutex::new(HashMap::new());
            behaviour.edit.push(Arc::new(move |view, reply| {
                let key: Vec<u8> = values(view.contract, view.request).into_iter().next().unwrap_or_default();
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                if view.succeeded(Role::Balance) {
                    seen.insert(key, reply.clone());
                } else if view.refused(Condition::CredentialExpired)
                    && view.operation.is_some_and(|operation| operation.role == Role::Balance)
                    && let Some(old) = seen.get(&key)
                {
                    *reply = old.clone();
                }
            }));
        },
    },
    Fault {
        name: "bad-key-in-message",
        about: "the refusal repeats the credential",
        applies: refuses,
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
    Fault {
        name: "good-key-in-header",
        about: "answers repeat the credential in a header field",
        applies: has_credential,
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if matches!(view.decision, Some(Decision::Success { .. })) {
                    let key = values(view.contract, view.request).into_iter().next().unwrap_or_default();
                    reply.set_header("x-debug-key", String::from_utf8_lossy(&key).into_owned());
                }
            });
        },
    },
    Fault {
        name: "field-name-in-one-case-only",
        about: "the credential's field is found only if its name is written in one way",
        applies: in_field,
        install: |behaviour| behaviour.case_sensitive_names = true,
    },
    Fault {
        name: "bad-key-locks-out",
        about: "after three wrong credentials nobody gets in",
        applies: has_credential,
        install: |behaviour| {
            let wrong = AtomicU64::new(0);
            behaviour.admit = Some(Arc::new(move |view| {
                if *view.admission == Admission::Unknown {
                    wrong.fetch_add(1, Ordering::Relaxed);
                }
                (wrong.load(Ordering::Relaxed) >= 3).then_some(Admission::Unknown)
            }));
        },
    },
    Fault {
        name: "tenants-mixed-up",
        about: "the balance shown is that of whoever asked before",
        applies: tenants,
        install: |behaviour| {
            let before = Mutex::new(None);
            behaviour.admit = Some(Arc::new(move |view| {
                let Admission::Tenant(now) = view.admission else { return None };
                let before = before.lock().unwrap_or_else(PoisonError::into_inner).replace(now.clone());
                before.map(Admission::Tenant)
            }));
        },
    },
    Fault {
        name: "tenants-mixed-up-now-and-then",
        about: "every eleventh answer shows another tenant's balance",
        applies: tenants,
        install: |behaviour| {
            admit(behaviour, |view| {
                let Admission::Tenant(now) = view.admission else { return None };
                let mut others: Vec<&String> = view.keys.values().filter(|tenant| *tenant != now).collect();
                others.sort();
                let other = others.get(usize::try_from(view.n / 11).unwrap_or(0) % others.len().max(1));
                (view.n % 11 == 0).then(|| other.map(|tenant| Admission::Tenant((*tenant).clone()))).flatten()
            });
        },
    },
    Fault {
        name: "first-tenant-for-all",
        about: "whoever asks first is who everybody is",
        applies: tenants,
        install: |behaviour| {
            let first = Mutex::new(None);
            behaviour.admit = Some(Arc::new(move |view| {
                let Admission::Tenant(now) = view.admission else { return None };
                let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                Some(Admission::Tenant(first.get_or_insert_with(|| now.clone()).clone()))
            }));
        },
    },
];

pub(super) fn has_credential(contract: &Contract) -> bool {
    contract.credential.is_some()
}

fn in_field(contract: &Contract) -> bool {
    matches!(contract.credential_place(), Some(CredentialPlace::Header { .. } | CredentialPlace::Authorization { .. }))
}

fn in_cookie(contract: &Contract) -> bool {
    matches!(contract.credential_place(), Some(CredentialPlace::Cookie { .. }))
}

fn by_scheme(contract: &Contract) -> bool {
    matches!(contract.credential_place(), Some(CredentialPlace::Authorization { .. }))
}

fn tenants(contract: &Contract) -> bool {
    contract.operation(Role::Balance).is_some()
        && (contract.credential.is_some() || contract.tenant != Tenant::Credential)
}

/// Whether a status is documented for the condition.
fn has_status(contract: &Contract, condition: Condition) -> bool {
    let answers = contract.operations.iter().filter_map(|operation| operation.conditions.get(&condition));
    answers.into_iter().any(|answer| matches!(answer.status, Some(StatusRange::Exact(_))))
}

pub(super) fn admit(behaviour: &mut Behaviour, hook: fn(&AdmitView<'_>) -> Option<Admission>) {
    behaviour.admit = Some(Arc::new(hook));
}

/// Some tenant with an account, the same one every time; a stranger if there is none.
#[expect(clippy::unnecessary_wraps, reason = "it is what a hook of admission answers with")]
fn anyone(view: &AdmitView<'_>) -> Option<Admission> {
    Some(Admission::Tenant(view.keys.values().min().cloned().unwrap_or_default()))
}

fn is_paid(view: &AdmitView<'_>) -> bool {
    view.contract
        .operation(Role::Spend)
        .is_some_and(|operation| view.request.target.starts_with(operation.path.as_str()))
}

/// Whoever has a credential that is found in the request.
fn anywhere(view: &AdmitView<'_>, found: fn(&AdmitView<'_>, &str) -> bool) -> Option<Admission> {
    let (_, tenant) = view.keys.iter().find(|(key, _)| found(view, key))?;
    Some(Admission::Tenant(tenant.clone()))
}

fn authorization(view: &AdmitView<'_>) -> Option<String> {
    let value = view.request.header_value("authorization")?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// What both views show of a request.
/// The values at the place of the credential, as they stand in the request.
fn values(contract: &Contract, request: &Request) -> Vec<Vec<u8>> {
    let fields = |name: &str| {
        let fields = request.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name));
        fields.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    match contract.credential_place() {
        None => Vec::new(),
        Some(CredentialPlace::Header { name }) => fields(name),
        Some(CredentialPlace::Authorization { scheme }) => {
            let scheme = format!("{scheme} ").into_bytes();
            let rest = |value: Vec<u8>| value.strip_prefix(scheme.as_slice()).map(<[u8]>::to_vec).unwrap_or(value);
            fields("authorization").into_iter().map(rest).collect()
        }
        Some(CredentialPlace::Query { name }) => {
            let pairs = query(&request.target).filter(|(have, _)| have == name);
            pairs.map(|(_, value)| value.into_owned().into_bytes()).collect()
        }
        Some(CredentialPlace::Cookie { name }) => {
            let start = format!("{name}=").into_bytes();
            let all = fields("cookie");
            let pairs = all.iter().flat_map(|value| value.split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
            pairs.filter_map(|pair| pair.strip_prefix(start.as_slice()).map(<[u8]>::to_vec)).collect()
        }
    }
}

fn credentials(view: &EditView<'_>) -> usize {
    values(view.contract, view.request).len()
}
