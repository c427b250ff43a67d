//! Correct clients of different kinds, none of which may get a finding.

use std::sync::Arc;
use std::time::Duration;

use ringtrue::__cli::checks::Verdict;
use ringtrue::__cli::client::{
    Balance, CallResult, Capabilities, ClientError, Clock, Config, CreditClient, ErrorClass, ReferenceClient,
};
use ringtrue::__cli::contract::Contract;
use ringtrue::__cli::run::Report;
use rust_decimal::Decimal;

/// The reference client, with another last word, and other things that it says of itself.
struct Way {
    inner: ReferenceClient,
    says: fn(Capabilities) -> Capabilities,
    told: fn(CallResult) -> CallResult,
}

impl CreditClient for Way {
    fn capabilities(&self) -> Capabilities {
        (self.says)(CreditClient::capabilities(&self.inner))
    }

    async fn check(&self) -> CallResult {
        (self.told)(self.inner.check().await)
    }

    async fn spend(&self) -> CallResult {
        self.inner.spend().await
    }

    async fn invalidate(&self) {
        self.inner.invalidate();
    }

    fn advance(&self, by: Duration) {
        CreditClient::advance(&self.inner, by);
    }
}

/// The reference client, with two further attempts after failures that may pass, as SDKs make them.
struct Retrying {
    inner: ReferenceClient,
    pauses: [Duration; 2],
}

impl CreditClient for Retrying {
    fn capabilities(&self) -> Capabilities {
        CreditClient::capabilities(&self.inner)
    }

    async fn check(&self) -> CallResult {
        let mut result = self.inner.check().await;
        for pause in self.pauses {
            let passing = [ErrorClass::Timeout, ErrorClass::Network, ErrorClass::Server];
            if !result.as_ref().is_err_and(|error| passing.contains(&error.class)) {
                break;
            }
            tokio::time::sleep(pause).await;
            result = self.inner.check().await;
        }
        result
    }

    async fn spend(&self) -> CallResult {
        self.inner.spend().await
    }

    async fn invalidate(&self) {
        self.inner.invalidate();
    }

    fn advance(&self, by: Duration) {
        CreditClient::advance(&self.inner, by);
    }
}

fn retrying(name: &str, pauses: [u64; 2]) -> ringtrue::ClientTest {
    let contract = Arc::new(Contract::load(name).unwrap());
    let open = move |config| Retrying {
        inner: ReferenceClient::builder(contract.clone(), config).clock(Clock::manual()).open().unwrap(),
        pauses: pauses.map(Duration::from_millis),
    };
    ringtrue::client(name, open).skip("shape.any-*").seed(3)
}

#[tokio::test(flavor = "multi_thread")]
async fn client_with_two_retries_has_no_findings() {
    for name in crate::with_paid_calls() {
        assert_spared(&retrying(&name, [2, 4]).run().await.unwrap());
    }
}

/// The waits of the usual SDKs, with a deadline for each exchange.
#[tokio::test(flavor = "multi_thread")]
async fn client_with_the_waits_of_sdks_gives_up_in_time() {
    let report = retrying("leadmagic", [500, 1000]).only("robust.gives-up").run().await.unwrap();
    assert_eq!(report.counts.pass, 1, "{report:?}");
}

/// What is found of such a client, with a clock of its own for each session unless one is given.
async fn judge(
    name: &str,
    clock: Option<Clock>,
    ttl: Option<Duration>,
    says: fn(Capabilities) -> Capabilities,
    told: fn(CallResult) -> CallResult,
) -> Report {
    let contract = Arc::new(Contract::load(name).unwrap());
    let open = move |mut config: Config| {
        config.cache_ttl = config.cache_ttl.or(ttl);
        let clock = clock.clone().unwrap_or_else(Clock::manual);
        Way { inner: ReferenceClient::builder(contract.clone(), config).clock(clock).open().unwrap(), says, told }
    };
    // Generated bodies are another matter.
    ringtrue::client(name, open).skip("shape.any-*").seed(3).run().await.unwrap()
}

fn assert_spared(report: &Report) {
    let wrong = |verdict| !matches!(verdict, Verdict::Pass | Verdict::NotApplicable | Verdict::Info);
    let accused: Vec<_> = report.checks.iter().filter(|check| wrong(check.verdict)).collect();
    assert!(accused.is_empty(), "{}: {accused:?}", report.contract.name);
}

#[tokio::test(flavor = "multi_thread")]
async fn client_with_one_clock_for_all_sessions_has_no_findings() {
    for name in crate::with_paid_calls() {
        assert_spared(&judge(&name, Some(Clock::manual()), None, |can| can, |outcome| outcome).await);
    }
}

/// Nobody says for how long such answers are kept, so that their end is not judged.
#[tokio::test(flavor = "multi_thread")]
async fn client_with_an_undeclared_cache_has_no_findings() {
    let silent = |can| Capabilities {
        cache: false,
        invalidate: false,
        shared_cache: false,
        virtual_clock: false,
        ttl: false,
        ..can
    };
    let declared = |can| Capabilities {
        cache: true,
        invalidate: true,
        shared_cache: false,
        virtual_clock: false,
        ttl: true,
        ..can
    };
    for name in ["genlook", "pollo", "stablecog"] {
        for says in [silent as fn(Capabilities) -> Capabilities, declared] {
            assert_spared(
                &judge(name, Some(Clock::default()), Some(Duration::from_mins(5)), says, |outcome| outcome).await,
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_rejects_negative_or_inexact_amounts_has_no_findings() {
    let told = |outcome: CallResult| {
        let odd = |left: Decimal| left < Decimal::ZERO || left.abs() > Decimal::from(1_u64 << 53);
        match outcome {
            Ok(told) if told.remaining.is_some_and(odd) => Err(ClientError::new(ErrorClass::Malformed, "odd")),
            other => other,
        }
    };
    for name in ["genlook", "pollo", "leadmagic"] {
        assert_spared(&judge(name, None, None, |can| can, told).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_reports_only_allowed_has_no_findings() {
    let told = |outcome: CallResult| {
        outcome.map(|told| {
            let allowed = told.allowed.or(told.remaining.map(|left| left >= Decimal::ONE));
            Balance { remaining: None, total: None, allowed, ..told }
        })
    };
    for name in crate::with_paid_calls() {
        assert_spared(&judge(&name, None, None, |can| can, told).await);
    }
}

/// The classes that say least, where no source says more.
#[tokio::test(flavor = "multi_thread")]
async fn client_with_server_errors_of_class_other_has_no_findings() {
    let told = |outcome: CallResult| {
        outcome.map_err(|mut error| {
            if error.class == ErrorClass::Server {
                error.class = ErrorClass::Other;
            }
            error
        })
    };
    for name in ["genlook", "leadmagic", "stablecog", "pollo"] {
        assert_spared(&judge(name, None, None, |can| can, told).await);
    }
}

/// A client that makes no paid calls has less to be judged, and no gap.
#[tokio::test(flavor = "multi_thread")]
async fn client_without_paid_calls_has_no_findings() {
    for name in crate::with_paid_calls() {
        assert_spared(&judge(&name, None, None, |can| Capabilities { spend: false, ..can }, |outcome| outcome).await);
    }
}

/// The reference client, which checks the balance before each paid call and reports what is left after it.
struct Cautious(ReferenceClient);

impl CreditClient for Cautious {
    fn capabilities(&self) -> Capabilities {
        CreditClient::capabilities(&self.0)
    }

    async fn check(&self) -> CallResult {
        self.0.check().await
    }

    async fn spend(&self) -> CallResult {
        // Its own cache may be old, so that only a fresh balance is reported.
        self.0.invalidate();
        let before = self.0.check().await.ok().and_then(|balance| balance.remaining);
        let spent = self.0.spend().await?;
        Ok(Balance { remaining: before.map(|before| before - Decimal::ONE), ..spent })
    }

    async fn invalidate(&self) {
        self.0.invalidate();
    }

    fn advance(&self, by: Duration) {
        CreditClient::advance(&self.0, by);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_that_checks_before_it_pays_has_no_findings() {
    for name in crate::with_paid_calls() {
        let contract = Arc::new(Contract::load(&name).unwrap());
        let open = move |config| {
            Cautious(ReferenceClient::builder(contract.clone(), config).clock(Clock::manual()).open().unwrap())
        };
        assert_spared(&ringtrue::client(&name, open).skip("shape.any-*").seed(3).run().await.unwrap());
    }
}

/// A gateway's time-out is a time-out, and a request that the server cannot process is malformed.
#[tokio::test(flavor = "multi_thread")]
async fn client_with_other_classes_for_504_and_422_has_no_findings() {
    let told = |outcome: CallResult| {
        outcome.map_err(|mut error| {
            match error.status {
                Some(504) => error.class = ErrorClass::Timeout,
                Some(422) => error.class = ErrorClass::Malformed,
                _ => {}
            }
            error
        })
    };
    for name in ["genlook", "leadmagic", "stablecog", "pollo"] {
        assert_spared(&judge(name, None, None, |can| can, told).await);
    }
}
