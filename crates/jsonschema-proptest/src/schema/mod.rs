//! Reads a schema document: its subschemas, its references, and its keywords.

pub(crate) mod applicators;
pub(crate) mod depth;
pub(crate) mod dialect;
pub(crate) mod document;
pub(crate) mod keywords;
pub(crate) mod reference;
