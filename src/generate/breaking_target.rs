//! The choice of the rule that a breaking value violates.

use super::Sampler;
use jsonschema_proptest::BreakingValues;

/// Restricts the values to one of the ways in which the schema can be broken. As many cases as there are ways cover all of
/// them.
#[must_use]
pub fn one_target(values: &BreakingValues, sampler: Sampler) -> BreakingValues {
    let card = sampler.stratum(u32::try_from(values.target_count()).unwrap_or(u32::MAX));
    usize::try_from(card).ok().and_then(|target| values.with_target(target)).unwrap_or_else(|| values.clone())
}
