//! Translates schemas into clauses in disjunctive normal form.

pub(crate) mod compiler;
pub(crate) mod evaluate;
pub(crate) mod expand;
pub(crate) mod mutation;
pub(crate) mod unevaluated;
