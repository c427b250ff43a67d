//! Generated inputs: JSON values from schemas, credentials, request noise, and sequences of actions.
//!
//! Values come from the crate `jsonschema-proptest`: values that conform to a JSON Schema, and values that break exactly
//! one of its keywords. The other modules belong to the harness.

mod amounts;
mod breaking_target;
mod credential;
mod deal;
mod encounter;
mod memo;
mod misfits;
mod overlay;
mod random;
mod request_noise;
pub mod sequence;
mod texts;

pub use jsonschema_proptest::{
    Breaking, BreakingTree, BreakingValues, ConformingTree, ConformingValues, ErrorKind, GenerateError, Generator,
    Sample, sample, sample_breaking,
};

pub use amounts::{AmountDomain, SIZES, amounts, plain_amounts, sizes};
pub use breaking_target::one_target;
pub use credential::{CredentialChange, Edit, edited, edits};
pub use deal::Sampler;
pub use memo::CompiledSchema;
pub use misfits::{MISFITS, MutationSite, misfit, other, other_somewhere};
pub use overlay::{pointers, replaced, with_last_member, with_member, with_rows, with_text};
pub use request_noise::{Noise, noise};
pub use texts::{TEXTS, texts, texts_of};
