//! Generated inputs: JSON values from schemas, credentials, request noise, and sequences of actions.
//!
//! Values come from the crate `jsonschema-proptest`: values that conform to a JSON Schema, and values that break exactly
//! one of its keywords. The other modules belong to the harness.

mod amounts;
mod breaking_target;
mod compiled;
mod credential;
mod interactions;
mod json_edit;
mod random;
mod request_noise;
mod sampler;
pub mod sequence;
mod strict_numbers;
mod texts;
mod type_mutation;

pub use jsonschema_proptest::{
    Breaking, BreakingTree, BreakingValues, ConformingTree, ConformingValues, ErrorKind, GenerateError, Generator,
    Sample, sample, sample_breaking,
};

pub use amounts::{AmountDomain, SIZES, amounts, plain_amounts, sizes};
pub use breaking_target::one_target;
pub use compiled::CompiledSchema;
pub use credential::{CredentialChange, Edit, edited, edits};
pub use json_edit::{pointers, replaced, with_last_member, with_member, with_rows, with_text};
pub use request_noise::{KINDS as NOISE_KINDS, Noise, noise};
pub use sampler::Sampler;
pub use strict_numbers::has_strict_numbers;
pub use texts::{TEXTS, texts, texts_of};
pub use type_mutation::{MutationSite, TYPE_MUTATIONS, mutate_type, wrong_value, wrong_value_and_site};
