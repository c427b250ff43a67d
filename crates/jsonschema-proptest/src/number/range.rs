//! The ranges of multiples and decimals that satisfy the constraints on a number.

use std::collections::HashSet;

use crate::constraint::Bound;
use crate::constraint::by_type::NumberConstraints;
use crate::constraint::types::TypeSet;
use crate::number::decimal::Decimal;

/// The largest mantissa whose digits a double represents exactly.
const SAFE_DIGITS: i128 = 999_999_999_999_999;

/// The size up to which a range is listed completely.
pub(crate) const MAX_LISTED: i128 = 64;

/// A range of multiples of a step, by factor.
#[derive(Debug)]
pub(crate) struct MultipleRange {
    pub(crate) step: Decimal,
    pub(crate) low: i128,
    pub(crate) high: i128,
}

/// The constraints on a number, checked where the construction does not guarantee them.
#[derive(Debug)]
pub(crate) struct NumberFilter {
    pub(crate) numbers: NumberConstraints,
    pub(crate) excluded: HashSet<Decimal>,
    pub(crate) types: TypeSet,
    pub(crate) plain: bool,
    pub(crate) needs_check: bool,
}

/// Returns the double that is closest to a number: as its shortest spelling, and as its exact value if it is an integer.
/// The validator tells multiples by either, unless both the number and the step are integers.
fn as_double(number: &serde_json::Number) -> impl Iterator<Item = Decimal> {
    let double = number.as_f64().filter(|double| double.is_finite());
    let texts = double.into_iter().flat_map(|double| {
        let exact = (double.fract() == 0.0).then(|| format!("{double:.0}"));
        [Some(format!("{double:e}")), exact]
    });
    texts.flatten().filter_map(|text| Decimal::parse(&text))
}

impl NumberFilter {
    /// Returns an upper bound for the number of values, if bounds and a step limit it.
    pub(crate) fn max_count(&self, step: Option<Decimal>) -> Option<u64> {
        let (first, last) = self.extremes(self.effective_step(step)?)?;
        u64::try_from(last.checked_sub(first)?.checked_add(1)?.max(0)).ok()
    }

    /// Returns whether it is certain that no number satisfies the constraints.
    pub(crate) fn proves_empty(&self, step: Option<Decimal>) -> bool {
        let Some(step) = self.effective_step(step) else {
            return false;
        };
        self.extremes(step).is_some_and(|(first, last)| {
            last.saturating_sub(first) < MAX_LISTED
                && (first..=last).all(|factor| step.times(factor).is_some_and(|number| self.refutes(number)))
        })
    }

    /// Returns whether it is certain that a number within the bounds does not satisfy the constraints.
    fn refutes(&self, number: Decimal) -> bool {
        let kind = if number.is_integer() { TypeSet::INTEGER } else { TypeSet::NON_INTEGER };
        !self.types.intersects(kind)
            || self.excluded.contains(&number)
            || self.numbers.multiples.iter().any(|of| number.is_multiple_of(*of) == Some(false))
            || self.numbers.not_multiples.iter().any(|of| number.is_multiple_of(*of) == Some(true))
    }

    /// Returns the smallest and the largest multiple of a step within the bounds, by factor. If there is none, the first is
    /// larger than the second.
    pub(crate) fn extremes(&self, step: Decimal) -> Option<(i128, i128)> {
        let (lower, upper) = (self.numbers.lower?, self.numbers.upper?);
        let is_excluded = |factor: i128, bound: Bound| step.times(factor).is_some_and(|number| bound.excludes(number));
        let first = lower.at.ceil_div(step)?;
        let last = upper.at.floor_div(step)?;
        Some((first + i128::from(is_excluded(first, lower)), last - i128::from(is_excluded(last, upper))))
    }

    /// Returns the step of the values: that of the multiples, combined with one if all values are integers.
    pub(crate) fn effective_step(&self, step: Option<Decimal>) -> Option<Decimal> {
        if self.types.intersects(TypeSet::NON_INTEGER) {
            return step;
        }
        let one = Decimal::integer(1);
        // If the common multiple overflows, the step alone still gives an upper bound.
        step.map_or(Some(one), |step| step.common_multiple(one).or(Some(step)))
    }

    /// Returns the multiples of a step within the bounds.
    pub(crate) fn range(&self, step: Decimal) -> Option<MultipleRange> {
        // Multiples of other steps than one are limited to digits that a double represents exactly.
        let is_one = step == Decimal::integer(1);
        let limit = if is_one {
            Decimal::integer(i128::from(i64::MAX))
        } else {
            let digits = Decimal::integer(SAFE_DIGITS);
            if step.is_integer() { digits } else { Decimal::new(SAFE_DIGITS, step.exponent()) }
        };
        let limit = if limit < step { step.times(1000)? } else { limit };
        let lower = self.numbers.lower.map_or(limit.negated(), |bound| bound.at);
        let upper = self.numbers.upper.map_or(limit, |bound| bound.at);
        let mut low = lower.max(limit.negated()).ceil_div(step)?;
        let mut high = upper.min(limit).floor_div(step)?;
        let is_excluded = |factor: i128, bound: Option<Bound>| {
            bound.is_some_and(|bound| step.times(factor).is_some_and(|number| bound.excludes(number)))
        };
        low += i128::from(is_excluded(low, self.numbers.lower));
        high -= i128::from(is_excluded(high, self.numbers.upper));
        (low <= high).then_some(MultipleRange { step, low, high })
    }

    /// Returns the ranges of decimals within the bounds, by number of decimal places.
    pub(crate) fn decimal_ranges(&self) -> Vec<(u32, i128, i128)> {
        let mut all = Vec::new();
        for places in 1..=15_u32 {
            let step = Decimal::new(1, -i32::try_from(places).unwrap_or(0));
            let Some(limit) = step.times(SAFE_DIGITS) else {
                continue;
            };
            let lower = self.numbers.lower.map_or(limit.negated(), |bound| bound.at.max(limit.negated()));
            let upper = self.numbers.upper.map_or(limit, |bound| bound.at.min(limit));
            let (Some(mut low), Some(mut high)) = (lower.ceil_div(step), upper.floor_div(step)) else {
                continue;
            };
            // The bounds themselves are excluded here. They are boundary values, which are listed separately.
            low += i128::from(step.times(low) == Some(lower));
            high -= i128::from(step.times(high) == Some(upper));
            if low <= high && !(low == high && low % 10 == 0) {
                all.push((places, low, high));
            }
            if all.len() == 4 {
                break;
            }
        }
        all
    }

    /// Returns whether a spelling satisfies the constraints, before and after rounding to a double.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        let Some(number) = Decimal::parse(text) else {
            return false;
        };
        if self.plain && number.is_integer() && (text.contains(['.', 'e', 'E']) || text == "-0") {
            return false;
        }
        let kind = if number.is_integer() { TypeSet::INTEGER } else { TypeSet::NON_INTEGER };
        if !self.types.intersects(kind) || self.excluded.contains(&number) {
            return false;
        }
        let Ok(parsed) = serde_json::from_str::<serde_json::Number>(text) else {
            return false;
        };
        let rounded = Decimal::of(&parsed).unwrap_or(number);
        if !self.numbers.multiples.is_empty() && rounded.digits() > 15 && parsed.is_f64() {
            return false;
        }
        let rounded_kind = if rounded.is_integer() { TypeSet::INTEGER } else { TypeSet::NON_INTEGER };
        rounded_kind == kind
            && self.numbers.accepts(number)
            && (rounded == number || self.numbers.accepts(rounded))
            && ((!parsed.is_f64() && self.numbers.has_integer_steps())
                || as_double(&parsed).all(|double| double == number || self.numbers.accepts_as_multiple(double)))
    }
}
