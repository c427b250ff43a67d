//! Reads a schema document: its subschemas, its references, and its keywords.

pub(crate) mod depth;
pub(crate) mod document;
pub(crate) mod keywords;
