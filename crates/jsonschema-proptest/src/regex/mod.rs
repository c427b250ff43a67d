//! Regular expressions as finite automata over characters.

pub(crate) mod determinize;
pub(crate) mod dfa;
pub(crate) mod equivalence_class;
pub(crate) mod nfa;
