//! Generated inputs.

mod sequences;
