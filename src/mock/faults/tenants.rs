//! Faults of tenant isolation: the balance of another tenant, or one for a credential that is no longer valid.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::ServerFault;
use super::applies::has_credential;
use super::charge::{cost_known, spends_amounts};
use super::hooks::{admit, every};
use super::refusal::has_status;
use crate::contract::{Condition, Contract, Role, Tenant};
use crate::mock::admission::{Admission, values};
use crate::mock::behaviour::ProviderBehaviour;
use crate::mock::render::documented;
use crate::sync::lock;

pub(super) const FAULTS: &[ServerFault] = &[
    ServerFault {
        name: "revoked-key-works",
        about: "a revoked credential is still accepted",
        applies: has_credential,
        install: |behaviour| behaviour.deviation.revoked_works = true,
    },
    ServerFault {
        name: "revoked-key-reported-as-missing",
        about: "a revoked credential gets the error for a missing one",
        applies: |contract| {
            let Some(operation) = contract.operation(Role::Balance) else { return false };
            let code = |condition| operation.conditions.get(&condition).and_then(|answer| answer.code.as_ref());
            let (missing, unknown) = (code(Condition::CredentialMissing), code(Condition::CredentialUnknown));
            missing.is_some() && missing != unknown
        },
        install: |behaviour| {
            every(behaviour, |view, reply| {
                let missing = view.operation.and_then(|op| op.conditions.get(&Condition::CredentialMissing));
                if let (true, Some(missing)) = (view.refused(Condition::CredentialRevoked), missing) {
                    *reply = documented(Condition::CredentialMissing, missing);
                }
            });
        },
    },
    ServerFault {
        name: "revoked-key-undocumented-status",
        about: "a revoked credential answers 410",
        applies: |contract| has_status(contract, Condition::CredentialRevoked),
        install: |behaviour| {
            every(behaviour, |view, reply| {
                if view.refused(Condition::CredentialRevoked) {
                    reply.status = 410;
                }
            });
        },
    },
    ServerFault {
        name: "expired-key-works",
        about: "an expired credential is still accepted",
        applies: has_credential,
        install: |behaviour| behaviour.deviation.expired_works = true,
    },
    ServerFault {
        name: "revoked-key-works-if-used-before",
        about: "a revoked credential still gets the balance if it was used before",
        applies: is_guarded,
        install: |behaviour| remember(behaviour, Condition::CredentialRevoked),
    },
    ServerFault {
        name: "expired-key-works-if-used-before",
        about: "an expired credential still gets the balance if it was used before",
        applies: is_guarded,
        install: |behaviour| remember(behaviour, Condition::CredentialExpired),
    },
    ServerFault {
        name: "tenants-mixed-up",
        about: "a response contains the balance of the tenant of the previous request",
        applies: tenants,
        install: |behaviour| {
            let before = Mutex::new(None);
            behaviour.admit = Some(Arc::new(move |view| {
                let Admission::Tenant(now) = view.admission else { return None };
                let before = lock(&before).replace(now.clone());
                before.map(Admission::Tenant)
            }));
        },
    },
    ServerFault {
        name: "tenants-mixed-up-every-eleventh",
        about: "every eleventh response contains the balance of another tenant",
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
    ServerFault {
        name: "first-tenant-for-all",
        about: "every request is handled as one of the tenant that sent the first request",
        applies: tenants,
        install: |behaviour| {
            let first = Mutex::new(None);
            behaviour.admit = Some(Arc::new(move |view| {
                let Admission::Tenant(now) = view.admission else { return None };
                let mut first = lock(&first);
                Some(Admission::Tenant(first.get_or_insert_with(|| now.clone()).clone()))
            }));
        },
    },
    ServerFault {
        name: "paid-calls-mixed-up-when-concurrent",
        about: "a paid call is handled as one of the account that made the paid call before it, if there was no other request between them",
        applies: |contract| has_credential(contract) && spends_amounts(contract) && cost_known(contract),
        install: |behaviour| {
            let last: Mutex<Option<String>> = Mutex::default();
            behaviour.admit = Some(Arc::new(move |view| {
                let path = view.request.target.split('?').next().unwrap_or_default();
                let pays = view.contract.operation(Role::Spend).is_some_and(|operation| operation.matches(path));
                let Admission::Tenant(own) = view.admission else { return None };
                let before = std::mem::replace(&mut *lock(&last), pays.then(|| own.clone()));
                before.filter(|before| pays && before != own).map(Admission::Tenant)
            }));
        },
    },
];

fn tenants(contract: &Contract) -> bool {
    contract.operation(Role::Balance).is_some()
        && (contract.credential.is_some() || contract.tenant != Tenant::Credential)
}

/// Whether the balance operation requires a credential.
fn is_guarded(contract: &Contract) -> bool {
    contract.operation(Role::Balance).is_some_and(|operation| operation.secured)
}

/// Repeats the last balance response to a credential that is now refused for this condition.
fn remember(behaviour: &mut ProviderBehaviour, condition: Condition) {
    let seen = Mutex::new(HashMap::new());
    behaviour.edit.push(Arc::new(move |view, reply| {
        let key: Vec<u8> = values(view.contract, view.request).into_iter().next().unwrap_or_default();
        let mut seen = lock(&seen);
        if view.succeeded(Role::Balance) {
            seen.insert(key, reply.clone());
        } else if view.refused(condition)
            && view.operation.is_some_and(|operation| operation.role == Role::Balance)
            && let Some(old) = seen.get(&key)
        {
            *reply = old.clone();
        }
    }));
}
