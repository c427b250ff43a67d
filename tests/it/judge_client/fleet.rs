//! Clients whose key is replaced, and clients in two processes that share a cache.

use std::path::Path;

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::client::{
    CallResult, Capabilities, ClientAccount, ClientError, Clock, CreditClient, ErrorClass, ReferenceClient,
    RotatingClient, Secret,
};
use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::run::{Outcome, Report};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::judge_client::support::{file, python, target_folder};
use crate::programs::{is_installed, skip};
use crate::redis_server::RedisServer;

fn assert_spared(report: &Report) {
    let wrong = |verdict| !matches!(verdict, Verdict::Pass | Verdict::NotApplicable | Verdict::Info);
    let accused: Vec<_> = report.checks.iter().filter(|check| wrong(check.verdict)).collect();
    assert!(accused.is_empty(), "{}: {accused:?}", report.contract.name);
}

fn verdict(report: &Report, id: &str) -> Verdict {
    report.checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("{id} did not run: {report:?}")).verdict
}

/// The adapter for Python with the client in this file, and a cache of its own.
fn with_shared_cache(folder: &Path, client: &str) -> ringtrue::ClientTest {
    let cache = folder.join("cache.db");
    let adapter = file("examples/adapters/python/adapter.py");
    ringtrue::adapter("leadmagic", "env")
        .arg(format!("CACHE={}", cache.display()))
        .arg("PYTHONDONTWRITEBYTECODE=1")
        .arg(format!("PYTHONPATH={}", file("examples/adapters/python")))
        .arg("python3")
        .arg(adapter)
        .arg(client)
        .seed(1)
}

#[tokio::test(flavor = "multi_thread")]
async fn client_in_two_processes_with_one_cache_has_no_findings() {
    if !is_installed("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let test = with_shared_cache(folder.path(), &file("examples/adapters/python/fleet_client.py"));
    let report = test.skip("shape.*").skip("robust.*").run().await.unwrap();
    assert_spared(&report);
    for id in [
        "auth.rekey",
        "cache.rekey",
        "cache.rekey-race",
        "cache.fleet-shared",
        "cache.fleet-invalidate",
        "cache.fleet-expiry",
        "cache.fleet-isolation",
        "cache.fleet-single-flight",
        "cache.fleet-race",
    ] {
        assert_eq!(verdict(&report, id), Verdict::Pass, "{id}");
    }
}

/// Each mistake is one method of the client that shares a cache.
#[tokio::test(flavor = "multi_thread")]
async fn mistakes_of_a_client_in_two_processes_are_found() {
    if !is_installed("python3") {
        return;
    }
    let mistakes = [
        ("cache.fleet-isolation", "def cache_key(self): return self.config['tenant'] or ''"),
        ("cache.fleet-shared", "def cache_key(self): return super().cache_key() + str(os.getpid())"),
        ("cache.fleet-invalidate", "def invalidate(self): return {'value': {}}"),
        ("cache.fleet-single-flight", "def claim(self, key, lease): return super().claim(key, lease) or None"),
        ("cache.rekey", "def rekey(self, key): self.config['tenant'] = key"),
        ("auth.rekey", "def rekey(self, key): self.config['tenant'] = key"),
    ];
    for (id, mistake) in mistakes {
        let folder = tempfile::tempdir().unwrap();
        let client = folder.path().join("mistaken.py");
        let code = format!(
            "import os\nimport fleet_client\nfrom fleet_client import Failure, capabilities, fleet\n\
             class Client(fleet_client.Client):\n    {mistake}\n"
        );
        std::fs::write(&client, code).unwrap();
        let report = with_shared_cache(folder.path(), client.to_str().unwrap()).only(id).run().await.unwrap();
        assert_eq!(verdict(&report, id), Verdict::Fail, "{mistake}: {report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_name_different_fleets_are_one_error() {
    if !is_installed("python3") {
        return;
    }
    for (fleet, quoted) in [("'fleet': str(os.getpid()), ", "the same `fleet`"), ("", "name none and none")] {
        let script = format!(
            "import json, os, sys\n\
             for line in sys.stdin:\n\
            \x20   request = json.loads(line)\n\
            \x20   ok = {{'protocol': 1, {fleet}'capabilities': ['cache', 'fleet'], 'clock': ['virtual'], 'parallel': 4}}\n\
            \x20   if request['op'] == 'call': ok = {{'kind': 'value', 'value': {{'remaining': 1}}}}\n\
            \x20   print(json.dumps({{'id': request['id'], 'ok': ok}}), flush=True)\n"
        );
        let report = python("leadmagic", &script).only("cache.fleet-shared").run().await.unwrap();
        assert_eq!(report.outcome, Outcome::Error, "{report:?}");
        let errors: Vec<_> = report.checks.iter().filter(|check| check.verdict == Verdict::Error).collect();
        assert_eq!(errors.len(), 1, "{errors:?}");
        let reason = errors[0].reason.as_deref().unwrap();
        assert!(reason.contains(quoted), "{reason}");
    }
}

/// What a client does when its credential is replaced.
#[derive(Clone, Copy, PartialEq)]
enum OnRekey {
    /// Requests the balance at once.
    Refetches,
    /// Keeps a client, with a cache of its own, for each credential.
    KeepsClients,
    /// Lets calls that are under way end first.
    WaitsForCalls,
}

struct Rotated {
    clients: Mutex<HashMap<String, Arc<ReferenceClient>>>,
    current: Mutex<Arc<ReferenceClient>>,
    calls: tokio::sync::RwLock<()>,
    on_rekey: OnRekey,
}

impl Rotated {
    fn new(client: ReferenceClient, on_rekey: OnRekey) -> Self {
        let current = Mutex::new(Arc::new(client));
        Self { clients: Mutex::default(), current, calls: tokio::sync::RwLock::default(), on_rekey }
    }

    fn current(&self) -> Arc<ReferenceClient> {
        self.current.lock().unwrap().clone()
    }
}

impl CreditClient for Rotated {
    fn capabilities(&self) -> Capabilities {
        // Without a cache that processes share, and therefore without the capability `fleet`.
        Capabilities { rekey: true, fleet: false, ..CreditClient::capabilities(&*self.current()) }
    }

    async fn check(&self) -> CallResult {
        let _call = self.calls.read().await;
        self.current().check().await
    }

    async fn spend(&self) -> CallResult {
        let _call = self.calls.read().await;
        self.current().spend().await
    }

    async fn invalidate(&self) {
        self.current().invalidate();
    }

    async fn rekey(&self, key: Secret) -> Result<(), ClientError> {
        let _alone = match self.on_rekey {
            OnRekey::WaitsForCalls => Some(self.calls.write().await),
            OnRekey::Refetches | OnRekey::KeepsClients => None,
        };
        let account = ClientAccount { tenant: None, key: Some(key.clone()) };
        let next = self.current().account(account);
        let next = next.map_err(|error| ClientError::new(ErrorClass::Other, error.to_string()))?;
        let next = match self.on_rekey {
            OnRekey::KeepsClients => {
                self.clients.lock().unwrap().entry(key.expose().to_owned()).or_insert_with(|| Arc::new(next)).clone()
            }
            OnRekey::Refetches | OnRekey::WaitsForCalls => Arc::new(next),
        };
        *self.current.lock().unwrap() = next.clone();
        if self.on_rekey == OnRekey::Refetches {
            // A failure shows in the next check, too.
            let _ = next.check().await;
        }
        Ok(())
    }

    fn advance(&self, by: Duration) {
        CreditClient::advance(&*self.current(), by);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn correct_clients_whose_key_is_replaced_have_no_findings() {
    for name in crate::with_paid_calls() {
        let contract = Arc::new(Contract::load(&name).unwrap());
        if contract.credential.is_none() {
            continue;
        }
        for on_rekey in [OnRekey::Refetches, OnRekey::KeepsClients, OnRekey::WaitsForCalls] {
            let contract = contract.clone();
            let open = move |config| {
                let client = ReferenceClient::builder(contract.clone(), config).clock(Clock::manual()).open().unwrap();
                Rotated::new(client, on_rekey)
            };
            let report = ringtrue::client(&name, open).only("auth.rekey").only("cache.*rekey*").only("cache.fleet-*");
            let report = report.seed(3).run().await.unwrap();
            assert_spared(&report);
            assert_eq!(verdict(&report, "cache.rekey"), Verdict::Pass);
            assert_eq!(verdict(&report, "cache.rekey-race"), Verdict::Pass);
            assert_eq!(verdict(&report, "cache.fleet-isolation"), Verdict::NotApplicable);
        }
    }
}

/// Without a cache there is nothing to mix up.
#[tokio::test(flavor = "multi_thread")]
async fn client_without_a_cache_whose_key_is_replaced_has_no_findings() {
    let contract = Arc::new(Contract::load("leadmagic").unwrap());
    let open = move |config: ringtrue::__cli::client::Config| {
        let config = config.cache_ttl(Duration::ZERO);
        RotatingClient::new(ReferenceClient::builder(contract.clone(), config).clock(Clock::manual()).open().unwrap())
    };
    let report =
        ringtrue::client("leadmagic", open).only("auth.rekey").only("cache.*rekey*").seed(3).run().await.unwrap();
    assert_spared(&report);
    assert_eq!(report.counts.pass, 3, "{report:?}");
}

/// The reference client in two processes, with a real Redis between them.
#[tokio::test(flavor = "multi_thread")]
async fn reference_client_with_redis_in_two_processes_has_no_findings() {
    let program = target_folder().join("examples").join("fleet");
    if !program.exists() {
        skip("the example `fleet` was not built");
        return;
    }
    let Some(redis) = RedisServer::start().await else { return };
    // The first contract has keys, and the second one promises that a paid call drops the balance.
    for (contract, own) in [("leadmagic", "cache.rekey"), ("genlook-storefront", "cache.fleet-after-spend")] {
        let test = ringtrue::adapter(contract, program.to_str().unwrap()).arg(contract).arg(redis.url()).seed(1);
        let test = test.only("auth.*").only("cache.*").only("balance.*").only("error.*").skip("*.any-*");
        let report = test.run().await.unwrap();
        assert_spared(&report);
        for id in [
            own,
            "cache.fleet-shared",
            "cache.fleet-invalidate",
            "cache.fleet-expiry",
            "cache.fleet-isolation",
            "cache.fleet-single-flight",
            "cache.fleet-race",
        ] {
            assert_eq!(verdict(&report, id), Verdict::Pass, "{contract}: {id}");
        }
    }
}
