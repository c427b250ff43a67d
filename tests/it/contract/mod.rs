//! Reading contracts: documents, references, schemas, the extension, and the diagnostics.

mod document;
mod expression;
mod hostile;
mod lint;
mod load;
mod reference;
pub(crate) mod support;
