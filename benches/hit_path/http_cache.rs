//! A cache in the HTTP layer, as a client without one of its own would use it.

use std::sync::Arc;

use http_cache_reqwest::{Cache, CacheMode, HttpCache, HttpCacheOptions, MokaManager};
use reqwest_middleware::ClientBuilder;
use ringtrue::bench::{Contender, LookupKey};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Filling it takes one exchange per tenant, so that 100,000 are left out.
pub(crate) const SIZES: [usize; 2] = [1, 1_000];

pub(crate) fn contender(tenants: usize) -> Contender {
    let runtime = Arc::new(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());
    let server = runtime.block_on(MockServer::start());
    let reply = ResponseTemplate::new(200)
        .insert_header("cache-control", "max-age=86400")
        .set_body_raw(r#"{"credits":15432.50}"#, "application/json");
    runtime.block_on(Mock::given(any()).respond_with(reply).mount(&server));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = ClientBuilder::new(reqwest::Client::builder().no_proxy().build().unwrap())
        .with(Cache(HttpCache {
            mode: CacheMode::Default,
            manager: MokaManager::default(),
            options: HttpCacheOptions::default(),
        }))
        .build();
    Contender::by_key("http-cache-reqwest", tenants, move |tenants| {
        let base = server.uri();
        // Its key is method and URL: the credential is no part of it, so that the tenant has to be.
        let get = {
            let client = client.clone();
            move |tenant: &LookupKey| {
                client.get(format!("{base}/{}", tenant.name)).header("x-api-key", &tenant.key).send()
            }
        };
        for tenant in tenants {
            runtime.block_on(get(tenant)).unwrap();
        }
        let runtime = Arc::clone(&runtime);
        let keep = server.address().to_owned();
        move |tenant: &LookupKey| {
            let _ = keep;
            runtime.block_on(async { get(tenant).await.unwrap().bytes().await.unwrap() })
        }
    })
}
