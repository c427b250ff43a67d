//! Faults of a client in several processes that share a cache.

use super::ClientFault;
use super::applies::{drops_on_spend, keeps, keeps_by_credential, keeps_by_tenant};
use super::cache::truncated;
use crate::client::behaviour::InvalidationReason;
use crate::client::config::{ClientAccount, Secret};

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "fleet-store-unused",
        about: "caches in each process alone",
        applies: keeps,
        install: |b| b.fleet.uses_store = false,
    },
    ClientFault {
        name: "fleet-spend-not-shared",
        about: "drops the cached balance after a paid call in the process that made it, and not in the shared cache",
        applies: drops_on_spend,
        install: |b| b.fleet.shares_invalidation = |reason| reason == InvalidationReason::Requested,
    },
    ClientFault {
        name: "fleet-invalidate-not-shared",
        about: "drops the cached balance on `invalidate` in the process that called it, and not in the shared cache",
        applies: keeps,
        install: |b| b.fleet.shares_invalidation = |reason| reason != InvalidationReason::Requested,
    },
    ClientFault {
        name: "fleet-notifications-ignored",
        about: "keeps a balance in the cache of a process that another process has dropped from the shared cache",
        applies: keeps,
        install: |b| b.fleet.listens = false,
    },
    ClientFault {
        name: "fleet-ttl-restarts",
        about: "starts the TTL again when a process takes a balance from the shared cache",
        applies: keeps,
        install: |b| b.fleet.keeps_age = false,
    },
    ClientFault {
        name: "fleet-shared-between-credentials",
        about: "uses the tenant alone as the key of the shared cache",
        applies: keeps_by_credential,
        install: |b| b.fleet.key = |account| ClientAccount { key: None, ..account },
    },
    ClientFault {
        name: "fleet-shared-between-tenants",
        about: "uses the credential alone as the key of the shared cache",
        applies: keeps_by_tenant,
        install: |b| {
            b.fleet.key = |account| ClientAccount { tenant: None, ..account };
            // Where the base URL identifies the tenant, too.
            b.fleet.keyed_by_base_url = false;
        },
    },
    ClientFault {
        name: "fleet-shared-between-truncated-credentials",
        about: "uses the first 12 bytes of the credential in the key of the shared cache",
        applies: keeps_by_credential,
        install: |b| {
            b.fleet.key = |account| {
                let key = account.key.as_ref().map(|key| Secret::from(truncated(key.expose())));
                ClientAccount { key, ..account }
            };
        },
    },
    ClientFault {
        name: "fleet-shared-between-servers",
        about: "omits the base URL from the key of the shared cache",
        applies: keeps,
        install: |b| b.fleet.keyed_by_base_url = false,
    },
    ClientFault {
        name: "fleet-no-single-flight",
        about: "sends a request while another process is requesting the same balance",
        applies: keeps,
        install: |b| b.fleet.waits = false,
    },
    ClientFault {
        name: "fleet-lease-kept-after-failure",
        about: "lets other processes wait for a request that has failed",
        applies: keeps,
        install: |b| b.fleet.releases = false,
    },
    ClientFault {
        name: "fleet-late-response-stored",
        about: "stores a balance in the shared cache that was requested before another process dropped it",
        applies: keeps,
        install: |b| b.fleet.refuses_late_responses = false,
    },
];
