//! Properties of the public interface that users rely on.

use ringtrue::client::{Balance, Cache, ClientError, Config, ReferenceClient};
use ringtrue::mock::{Provider, ProviderServer};
use ringtrue::{CheckResult, ClientTest, Contract, Error, LoadError, Report, ServerTest};

fn crosses_threads<T: Send + Sync + Unpin + 'static>() {}

#[test]
fn public_types_are_send_sync_and_unpin() {
    crosses_threads::<Contract>();
    crosses_threads::<LoadError>();
    crosses_threads::<Error>();
    crosses_threads::<Report>();
    crosses_threads::<CheckResult>();
    crosses_threads::<ServerTest>();
    crosses_threads::<ClientTest>();
    crosses_threads::<Provider>();
    crosses_threads::<ProviderServer>();
    crosses_threads::<ReferenceClient>();
    crosses_threads::<Cache>();
    crosses_threads::<Config>();
    crosses_threads::<Balance>();
    crosses_threads::<ClientError>();
}

#[tokio::test]
async fn unreachable_server_is_an_error_with_a_predicate() {
    let contract = crate::with_paid_calls().remove(0);
    let error = ringtrue::server(contract).url("http://127.0.0.1:1").run().await.unwrap_err();
    assert!(error.is_unreachable() && !error.is_usage() && !error.is_contract(), "{error}");
}

#[tokio::test]
async fn invalid_glob_is_a_usage_error() {
    let contract = crate::with_paid_calls().remove(0);
    let error = ringtrue::server(contract).only("a[").run().await.unwrap_err();
    assert!(error.is_usage() && !error.is_unreachable(), "{error}");
}

#[tokio::test]
async fn unknown_contract_is_a_contract_error() {
    let error = ringtrue::server("no-such-contract").run().await.unwrap_err();
    assert!(error.is_contract(), "{error}");
}
