//! Regular expressions as finite automata over characters.

pub(crate) mod char_class;
pub(crate) mod determinize;
pub(crate) mod dfa;
pub(crate) mod nfa;
