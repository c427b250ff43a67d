//! ringtrue tests whether a credit-balance API, or a client of one, conforms to its contract: an OpenAPI document in which each
//! promise has a level (`must`, `should` or `may`) and a quoted source.
//!
//! The tests cover response shapes, error codes, authentication, caching, behaviour when the store fails, the arithmetic of
//! balances, and robustness. A finding names the promise, quotes its source, and shows how to reproduce it.
//!
//! # Install
//!
//! ```toml
//! [dev-dependencies]
//! ringtrue = { version = "0.1", features = ["harness"] }
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//! ```
//!
//! The program `ringtrue` is in the package `ringtrue-cli`.
//!
//! # Test a server
//!
//! [`server`](server()) takes the name of a bundled contract, or the path of a contract folder or of an OpenAPI document.
//! [`ServerTest`] has the options.
//!
#![cfg_attr(feature = "harness", doc = "```no_run")]
#![cfg_attr(not(feature = "harness"), doc = "```ignore")]
//! #[tokio::main]
//! async fn main() -> Result<(), ringtrue::Error> {
//!     let report = ringtrue::server("contracts/acme")
//!         .url("http://127.0.0.1:8080")
//!         .key("test-key")
//!         .states("http://127.0.0.1:8080/_states")
//!         .run()
//!         .await?;
//!     report.assert_conformant();
//!     Ok(())
//! }
//! ```
//!
//! # Test a client
//!
//! Implement [`CreditClient`](client::CreditClient) for the client, or drive a client in any language through an
//! [`adapter`](adapter()). The harness plays the server.
//!
#![cfg_attr(feature = "harness", doc = "```no_run")]
#![cfg_attr(not(feature = "harness"), doc = "```ignore")]
//! use ringtrue::client::{Balance, CallResult, Config, CreditClient};
//!
//! struct MyClient(Config);
//!
//! impl CreditClient for MyClient {
//!     async fn check(&self) -> CallResult {
//!         // Send the request to the base URL of the configuration, and return what your application would see.
//!         Ok(Balance::default())
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), ringtrue::Error> {
//!     let report = ringtrue::client("contracts/acme", MyClient).run().await?;
//!     report.assert_conformant();
//!     Ok(())
//! }
//! ```
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | content |
//! |---|---|
//! | `client` | the [reference client](client::ReferenceClient) with its cache, and the trait [`CreditClient`](client::CreditClient) |
//! | `expressions` | CEL expressions and `JSONPath`s in contracts; without it, a contract is refused in which a client evaluates one |
//! | `redis` | a second cache level of the reference client in Redis or Valkey; implies `client` |
//! | `harness` | tests of servers and of clients, and the [mock server](mock); implies `client` and `expressions` |
//! | `html` | reports in HTML |
//! | `junit` | reports in JUnit XML |
//! | `wiremock` | the mock server as a `wiremock::Mock`: [`mock::mocks`] |
//! | `libtest` | each check as a test of its own: [`tests`](tests()) |
//! | `bench` | benchmarks of a client beside the reference client, with criterion |
//!
//! # More
//!
//! - [`client`](mod@client): the trait for clients, and the reference client
//! - [`mock`]: the mock server
//! - [`report`]: the report and its parts
//! - [`exit_code`]: the exit codes of the program
//! - [Documentation](https://github.com/ringtrue/ringtrue/tree/main/docs): guides, contracts, and the adapter and state protocols
#![cfg_attr(
    not(feature = "cli"),
    allow(
        clippy::allow_attributes,
        dead_code,
        unreachable_pub,
        unused_imports,
        reason = "the rest is for the program, through the hidden module"
    )
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "harness")]
mod checks;
#[cfg(feature = "client")]
pub mod client;
#[cfg_attr(
    not(feature = "harness"),
    expect(dead_code, unused_imports, unreachable_pub, reason = "the harness alone uses the rest")
)]
mod contract;
#[cfg(feature = "harness")]
mod diff;
#[cfg(feature = "harness")]
mod exchange;
#[cfg(feature = "harness")]
mod generate;
mod hash;
#[cfg(feature = "harness")]
mod hidden;
#[cfg(feature = "harness")]
mod init;
#[cfg(feature = "harness")]
pub mod mock;
#[cfg(feature = "harness")]
mod model;
#[cfg(feature = "harness")]
mod passive;
mod pointer;
#[cfg(feature = "harness")]
mod proxy;
#[cfg(feature = "harness")]
pub mod report;
#[cfg(feature = "harness")]
mod run;
#[cfg(feature = "harness")]
mod subject;
mod sync;
#[cfg(feature = "harness")]
mod testing;
#[cfg(feature = "harness")]
mod text_file;
mod words;

pub mod exit_code;

#[cfg(feature = "harness")]
pub use checks::Verdict;
#[cfg(feature = "bench")]
pub use client::bench;
pub use contract::{Contract, Level, LoadError, bundled as bundled_contracts};
#[cfg(feature = "harness")]
pub use run::{CheckResult, Outcome, Report};
#[cfg(feature = "harness")]
pub use testing::{ClientTest, Error, ServerTest, Test, adapter, client, server};
#[cfg(feature = "libtest")]
pub use testing::{Subject, tests};

/// What the program `ringtrue` and the tests of this package use beyond the public interface; it may change at any time.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod __cli {
    pub mod checks {
        pub use crate::checks::*;
    }
    pub mod client {
        pub use crate::client::credit_client::*;
        pub use crate::client::*;
        pub mod faults {
            pub use crate::client::faults::*;
        }
    }
    pub mod contract {
        pub use crate::contract::*;
    }
    pub mod exchange {
        pub use crate::exchange::*;
    }
    pub mod generate {
        pub use crate::generate::*;
    }
    pub mod mock {
        pub use crate::mock::admission::*;
        pub use crate::mock::behaviour::*;
        pub use crate::mock::endpoint::*;
        pub use crate::mock::recording_server::*;
        pub use crate::mock::response_override::*;
        pub use crate::mock::*;
        pub mod faults {
            pub use crate::mock::faults::*;
        }
    }
    pub mod diff {
        pub use crate::diff::*;
    }
    pub mod init {
        pub use crate::init::*;
    }
    pub mod model {
        pub use crate::model::*;
    }
    pub mod passive {
        pub use crate::passive::*;
    }
    pub mod proxy {
        pub use crate::proxy::*;
    }
    pub mod report {
        pub use crate::report::baseline::*;
        pub use crate::report::comparison::*;
        pub use crate::report::escape::block as printable;
        pub use crate::report::format::*;
        pub use crate::report::formats::FORMATS;
        pub use crate::report::*;
        pub use crate::run::{Disposition, Policy};
        pub mod human {
            pub use crate::report::human::render;
        }
    }
    pub mod run {
        pub use crate::run::*;
        pub use crate::text_file::read_text;
    }
    pub mod subject {
        pub use crate::subject::*;
    }
}
