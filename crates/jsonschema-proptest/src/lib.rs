#![doc = include_str!("crate_docs.md")]

mod constraint;
mod error;
mod generator;
mod graph;
mod normalize;
mod number;
mod regex;
mod sample;
mod schema;
mod strategy;
mod string;

pub use error::{ErrorKind, GenerateError};
pub use generator::{Generator, sample, sample_breaking};
pub use sample::Sample;
pub use strategy::breaking::{Breaking, BreakingTree, BreakingValues};
pub use strategy::conforming::{ConformingTree, ConformingValues};

pub use proptest;
pub use serde_json;

/// Runs the examples of the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
