//! Traffic with a mock provider, at any time.

use std::sync::Arc;
use std::time::Duration;

use ringtrue::__cli::checks::{Known, Side, Verdict};
use ringtrue::__cli::contract::{Contract, CredentialPlace, Operation, Role, Tenant};
use ringtrue::__cli::exchange::{Failure, Request, Response};
use ringtrue::__cli::mock::{AccountNames, Delivery, Provider, Reply};
use ringtrue::__cli::model::BalanceValues;
use ringtrue::__cli::passive::{Connection, Ended, Exchanged, Started, TrafficJudge, TrafficOptions};
use ringtrue::__cli::run::CheckResult;

/// Every bundled contract with a paid call.
pub(super) fn contracts() -> Vec<Arc<Contract>> {
    crate::with_paid_calls().iter().map(|name| Arc::new(Contract::load(name).unwrap())).collect()
}

pub(super) fn contract(name: &str) -> Arc<Contract> {
    Arc::new(Contract::load(name).unwrap())
}

/// A client and a server, and what is judged of them.
pub(super) struct Session {
    pub(super) provider: Provider,
    pub(super) judge: TrafficJudge,
    pub(super) now_ms: u64,
    /// The page that sends the requests.
    pub(super) page: Option<&'static str>,
    n: u64,
}

impl Session {
    pub(super) fn new(contract: &Arc<Contract>, side: Side, faults: &[&str]) -> Self {
        let options = TrafficOptions { side: Some(side), ..TrafficOptions::default() };
        Self {
            provider: Provider::with_faults(contract.clone(), faults).unwrap(),
            judge: TrafficJudge::new(contract.clone(), &options).unwrap(),
            now_ms: 1_764_320_400_000,
            page: Some("page_1"),
            n: 0,
        }
    }

    pub(super) fn contract(&self) -> Arc<Contract> {
        self.provider.contract().clone()
    }

    pub(super) fn account(&self, remaining: i64) -> AccountNames {
        let contract = self.contract();
        let fields = contract.operation(Role::Balance).map(|operation| operation.fields.clone()).unwrap_or_default();
        // A total belongs to rows that the mock shows as they are.
        let balance = BalanceValues { total: None, ..BalanceValues::of(remaining.into(), &fields) };
        self.provider.create_account(balance)
    }

    /// The documented request of a role, with the credential or the tenant of an account.
    pub(super) fn request(&self, role: Role, account: &AccountNames) -> Request {
        let contract = self.contract();
        let operation = contract.operation(role).unwrap();
        present(&contract, bare(&contract, operation), account)
    }

    /// The documented request of a role, with nothing in it that says who sends it.
    pub(super) fn bare(&self, role: Role) -> Request {
        let contract = self.contract();
        let operation = contract.operation(role).unwrap();
        bare(&contract, operation)
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, by: Duration) {
        self.now_ms += u64::try_from(by.as_millis()).unwrap();
        self.provider.advance(by);
    }

    /// Sends a request to the provider.
    pub(super) fn send(&mut self, request: Request) -> Reply {
        let reply = self.provider.respond(&request);
        self.pass(request, result_of(&reply));
        reply
    }

    /// Judges an exchange that takes 20 ms.
    pub(super) fn pass(&mut self, request: Request, result: Result<Response, Failure>) -> Vec<CheckResult> {
        self.pass_altered(request, result, None)
    }

    /// Judges an exchange whose response was changed on the way.
    pub(super) fn pass_altered(
        &mut self,
        request: Request,
        result: Result<Response, Failure>,
        altered: Option<Result<Response, Failure>>,
    ) -> Vec<CheckResult> {
        self.n += 1;
        let exchanged = Exchanged {
            n: self.n,
            base: "https://api.example".into(),
            connection: Connection { peer: "client".into(), number: None, page: self.page.map(Into::into) },
            at_ms: Some(self.now_ms),
        };
        self.judge.started(&Started { exchanged: &exchanged, request: &request });
        self.wait(Duration::from_millis(20));
        let elapsed = Duration::from_millis(20);
        self.judge.ended(Ended { exchanged, request, result, altered, elapsed, known: Known::ALL })
    }

    /// The findings so far, each as its check and its reason.
    pub(super) fn findings(&self) -> Vec<(String, String)> {
        let found = [Verdict::Fail, Verdict::Warn, Verdict::Info, Verdict::Error];
        let report = self.judge.report("traffic", Vec::new());
        let of =
            |check: CheckResult| found.contains(&check.verdict).then(|| (check.id, check.reason.unwrap_or_default()));
        report.checks.into_iter().filter_map(of).collect()
    }

    /// Everything that was found and is more than a remark.
    pub(super) fn accusations(&self) -> Vec<(String, String)> {
        let report = self.judge.report("traffic", Vec::new());
        let accuses = |check: &CheckResult| matches!(check.verdict, Verdict::Fail | Verdict::Warn | Verdict::Error);
        let of = |check: CheckResult| accuses(&check).then(|| (check.id, check.reason.unwrap_or_default()));
        report.checks.into_iter().filter_map(of).collect()
    }

    pub(super) fn has_found(&self, id: &str) -> bool {
        self.findings().iter().any(|(have, _)| have == id)
    }

    pub(super) fn assert_sound(&self, what: &str) {
        assert!(self.findings().is_empty(), "{} {what}: {:#?}", self.contract().name, self.findings());
    }
}

fn bare(contract: &Contract, operation: &Operation) -> Request {
    let mut request = operation.example_request();
    // The example of a path may have the tenant in it.
    if let Tenant::Query { .. } = &contract.tenant {
        let end = request.target.find('?').unwrap_or(request.target.len());
        request.target.truncate(end);
    }
    request.header("Accept", "*/*").header("User-Agent", "Mozilla/5.0")
}

pub(super) fn present(contract: &Contract, request: Request, account: &AccountNames) -> Request {
    match (&contract.tenant, &account.tenant, contract.credential_place(), &account.key) {
        (Tenant::Query { name, .. }, Some(tenant), ..) => request.query(name, tenant),
        (_, _, Some(CredentialPlace::Query { name }), Some(key)) => request.query(name, key),
        (_, _, Some(place), Some(key)) => request.header(place.field_name().unwrap(), place.value(key)),
        _ => request,
    }
}

/// What a client makes of a reply.
pub(super) fn result_of(reply: &Reply) -> Result<Response, Failure> {
    if !matches!(reply.delivery, Delivery::Whole | Delivery::Chunked(_)) {
        return Err(Failure::Closed("the connection".to_owned()));
    }
    let headers = reply.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone().into_bytes()));
    Ok(Response { status: reply.status, headers: headers.collect(), body: reply.body.clone() })
}

/// A response in JSON.
#[expect(clippy::unnecessary_wraps, reason = "exchanges have a response or a failure")]
pub(super) fn json(status: u16, body: &str) -> Result<Response, Failure> {
    let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    Ok(Response { status, headers, body: body.to_owned().into() })
}
