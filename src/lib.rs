//! ringtrue: the conformance harness for credit-balance APIs.
//!
//! Rooms, from left to right; each imports only from its left:
//! contract ▸ model ▸ generate ▸ exchange ▸ mock, client ▸ subject ▸ checks ▸ run ▸ report ▸ testing (and the command line).

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
mod exchange;
#[cfg(feature = "harness")]
mod generate;
mod hash;
#[cfg(feature = "harness")]
pub mod mock;
#[cfg(feature = "harness")]
mod model;
#[cfg(feature = "harness")]
pub mod report;
#[cfg(feature = "harness")]
mod run;
#[cfg(feature = "harness")]
mod subject;
#[cfg(feature = "client")]
mod pointer;
mod sync;
#[cfg(feature = "harness")]
mod testing;
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
    pub mod model {
        pub use crate::model::*;
    }
    pub mod report {
        pub use crate::report::baseline::*;
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
    }
    pub mod subject {
        pub use crate::subject::*;
    }
}
