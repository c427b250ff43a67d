//! Faults of the area.

use super::Fault;

pub(super) const FAULTS: &[Fault] = &[];
