//! proptest strategies for conforming and breaking values, on top of a recorded choice sequence.

pub(crate) mod breaking;
pub(crate) mod conforming;
pub(crate) mod draw;
pub(crate) mod shrink;
pub(crate) mod violation;
