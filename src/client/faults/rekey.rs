//! Faults when the credential is replaced.

use super::ClientFault;
use super::applies::{keeps_by_credential, secured, shares_requests, spends_by_credential};
use crate::client::behaviour::AfterRekey;

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "rekey-ignored",
        about: "continues with the old credential after it was replaced",
        applies: secured,
        install: |b| b.caching.after_rekey = AfterRekey::Everything,
    },
    ClientFault {
        name: "rekey-not-for-paid-calls",
        about: "continues with the old credential in paid calls after it was replaced",
        applies: spends_by_credential,
        install: |b| b.caching.after_rekey = AfterRekey::PaidCalls,
    },
    ClientFault {
        name: "old-balance-after-rekey",
        about: "reports the balance that was cached under the old credential after it was replaced",
        applies: keeps_by_credential,
        install: |b| b.caching.after_rekey = AfterRekey::Balance,
    },
    ClientFault {
        name: "old-response-cached-after-rekey",
        about: "caches the late response to a request with the old credential for the new one",
        applies: keeps_by_credential,
        install: |b| b.caching.after_rekey = AfterRekey::LateResponse,
    },
    ClientFault {
        name: "old-request-joined-after-rekey",
        about: "lets checks with the new credential share a request that was made with the old one",
        applies: |contract| secured(contract) && shares_requests(contract),
        install: |b| b.caching.after_rekey = AfterRekey::Flight,
    },
];
