//! The generator for numbers: ranges, multiples, boundary values, and the spellings that JSON permits.

pub(crate) mod boundary;
pub(crate) mod decimal;
pub(crate) mod range;

use std::collections::HashSet;

use crate::constraint::by_type::NumberConstraints;
use crate::constraint::types::TypeSet;
use crate::number::boundary::{INTEGER_COUNT, NUMBERS};
use crate::number::decimal::{Decimal, render_fixed};
use crate::number::range::{MAX_LISTED, MultipleRange, NumberFilter};
use crate::strategy::draw::{Draw, Reject};

/// Generates numbers that satisfy the constraints of one clause.
#[derive(Debug)]
pub(crate) struct NumberGenerator {
    /// The texts of boundary values, which are generated often.
    boundary: Vec<Box<str>>,
    /// A range of multiples of a step.
    multiples: Option<MultipleRange>,
    /// Ranges of decimals: the number of decimal places, and the mantissas.
    decimal_ranges: Vec<(u32, i128, i128)>,
    filter: NumberFilter,
    /// An upper bound for the number of values, if bounds and a step limit it.
    max_count: Option<u64>,
}

impl NumberGenerator {
    /// With `plain`, integers are spelled without fraction and exponent.
    ///
    /// # Errors
    ///
    /// Returns an error if no number is found: true if it is certain that none exists.
    pub(crate) fn build(
        numbers: &NumberConstraints,
        types: TypeSet,
        not: HashSet<Decimal>,
        plain: bool,
    ) -> Result<Self, bool> {
        let step = numbers.multiples.iter().try_fold(None, |step, of| {
            let of = if of.mantissa() < 0 { of.negated() } else { *of };
            match step {
                None => Some(Some(of)),
                Some(step) => of.common_multiple(step).map(Some),
            }
        });
        let filter = NumberFilter {
            numbers: numbers.clone(),
            types,
            plain,
            needs_check: !not.is_empty()
                || !numbers.not_multiples.is_empty()
                || types.intersection(TypeSet::NUMBER) == TypeSet::NON_INTEGER,
            excluded: not,
        };
        let mut multiples = None;
        let mut decimal_ranges = Vec::new();
        // If the common step overflows, only boundary values are left. Zero is a multiple of everything.
        match step {
            None => {}
            Some(step) => {
                let integers = match step {
                    _ if !types.intersects(TypeSet::INTEGER) => None,
                    None => Some(Decimal::integer(1)),
                    Some(step) => step.common_multiple(Decimal::integer(1)),
                };
                multiples = integers.and_then(|step| filter.range(step));
                if types.intersects(TypeSet::NON_INTEGER) {
                    match step {
                        None => decimal_ranges = filter.decimal_ranges(),
                        Some(step) if !step.is_integer() => {
                            let places = u32::try_from(-step.exponent()).unwrap_or(0);
                            // Multiples of a non-integral step include the integers.
                            if places <= 15
                                && let Some(range) = filter.range(step)
                            {
                                multiples = Some(range);
                            }
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        let max_count = filter.max_count(step.flatten());
        let mut generator = Self { boundary: Vec::new(), multiples, decimal_ranges, filter, max_count };
        generator.boundary = generator.boundary_texts(step.flatten());
        let has_ranges = generator.multiples.is_some() || !generator.decimal_ranges.is_empty();
        if generator.boundary.is_empty() && !has_ranges {
            return Err(generator.filter.proves_empty(step.flatten()));
        }
        if generator.boundary.is_empty() {
            let mut out = String::new();
            let found = (0..20).any(|seed| generator.draw(&mut Draw::seeded(seed), &mut out).is_ok());
            if !found {
                return Err(generator.filter.proves_empty(step.flatten()));
            }
        }
        Ok(generator)
    }

    /// Returns an upper bound for the number of values, if bounds and a step limit it.
    pub(crate) fn max_count(&self) -> Option<u64> {
        self.max_count
    }

    /// Returns the boundary values that satisfy the constraints, with the bounds and their neighbours.
    fn boundary_texts(&self, step: Option<Decimal>) -> Vec<Box<str>> {
        let mut texts: Vec<String> = Vec::new();
        let fractions = self.filter.types.intersects(TypeSet::NON_INTEGER);
        let count = if fractions { NUMBERS.len() } else { INTEGER_COUNT };
        texts.extend(NUMBERS[..count].iter().map(|text| (*text).to_owned()));
        let bounds = [self.filter.numbers.lower, self.filter.numbers.upper];
        let offsets = [Decimal::integer(1), Decimal::new(1, -1), Decimal::new(1, -2), Decimal::new(1, -6)];
        for bound in bounds.into_iter().flatten() {
            let mut near = vec![bound.at];
            for step in offsets.iter().chain(&self.filter.numbers.multiples) {
                near.extend(bound.at.plus(*step));
                near.extend(bound.at.plus(step.negated()));
            }
            near.extend(bound.at.times(2));
            near.extend(bound.at.times(10));
            texts.extend(near.into_iter().map(text_of));
        }
        let mut others = Vec::new();
        for of in &self.filter.numbers.multiples {
            others.extend([*of, of.negated()]);
            others.extend(of.times(2));
        }
        if let [Some(lower), Some(upper)] = bounds {
            // A number between bounds that are very close to each other.
            let sum = lower.at.plus(upper.at).and_then(|sum| sum.times(5));
            others.extend(sum.map(|sum| Decimal::new(sum.mantissa(), sum.exponent() - 1)));
        }
        texts.extend(others.into_iter().map(text_of));
        if let Some(MultipleRange { step, low, high }) = &self.multiples {
            let span = high.saturating_sub(*low);
            // Small ranges are listed completely, so that exclusions are exact.
            let factors: Vec<i128> =
                if span < MAX_LISTED { (*low..=*high).collect() } else { vec![*low, *high, 0, 1, -1, 2, 3] };
            for factor in factors {
                if factor < *low || factor > *high {
                    continue;
                }
                texts.extend(step.times(factor).map(text_of));
            }
        }
        if self.multiples.is_none()
            && let Some(step) = self.filter.effective_step(step)
            && let Some((first, last)) = self.filter.extremes(step)
        {
            // No range of these multiples can be drawn from, so those next to the bounds are listed.
            texts.extend([first, last].into_iter().filter_map(|factor| step.times(factor)).map(text_of));
        }
        let mut seen = std::collections::HashSet::new();
        texts.retain(|text| self.filter.accepts(text) && seen.insert(text.clone()));
        texts.into_iter().map(String::into_boxed_str).collect()
    }

    pub(crate) fn draw(&self, draw: &mut Draw, out: &mut String) -> Result<(), Reject> {
        let has_ranges = self.multiples.is_some() || !self.decimal_ranges.is_empty();
        if !self.boundary.is_empty() && (!has_ranges || draw.below(8) >= 5) {
            out.push_str(draw.pick(&self.boundary).ok_or(Reject)?);
            return Ok(());
        }
        let start = out.len();
        for _ in 0..16 {
            self.draw_from_range(draw, out)?;
            if !self.filter.needs_check || self.filter.accepts(&out[start..]) {
                return Ok(());
            }
            out.truncate(start);
        }
        out.push_str(draw.pick(&self.boundary).ok_or(Reject)?);
        Ok(())
    }

    fn draw_from_range(&self, draw: &mut Draw, out: &mut String) -> Result<(), Reject> {
        use std::fmt::Write as _;
        let kinds = self.decimal_ranges.len() + usize::from(self.multiples.is_some());
        let kind = draw.index(kinds);
        if let (Some(MultipleRange { step, low, high }), 0) = (&self.multiples, kind) {
            let factor = draw_between(draw, *low, *high);
            if *step == Decimal::integer(1) {
                // Writing to a string cannot fail. Formatting an i64 is faster.
                let _ = match i64::try_from(factor) {
                    Ok(small) => write!(out, "{small}"),
                    Err(_) => write!(out, "{factor}"),
                };
            } else {
                step.times(factor).ok_or(Reject)?.render(out);
            }
            return Ok(());
        }
        let kind = kind - usize::from(self.multiples.is_some());
        let (places, low, high) = self.decimal_ranges.get(kind).ok_or(Reject)?;
        let mantissa = draw_between(draw, *low, *high);
        render_fixed(mantissa, *places, out);
        Ok(())
    }
}

fn text_of(number: Decimal) -> String {
    let mut text = String::new();
    number.render(&mut text);
    text
}

/// Returns a number of any magnitude within a range. The simplest is the one closest to zero.
fn draw_between(draw: &mut Draw, low: i128, high: i128) -> i128 {
    let origin = low.max(0.min(high));
    let up = (high - origin).unsigned_abs();
    let down = (origin - low).unsigned_abs();
    let upwards = if down == 0 {
        true
    } else if up == 0 {
        false
    } else {
        draw.below(2) == 0
    };
    let room = if upwards { up } else { down };
    let bits = u64::from(128 - room.leading_zeros()).min(63);
    let bits = draw.below(bits + 1);
    let offset = draw.below(1_u64.checked_shl(u32::try_from(bits).unwrap_or(0)).unwrap_or(u64::MAX));
    let offset = i128::from(offset).min(i128::try_from(room).unwrap_or(i128::MAX));
    if upwards { origin + offset } else { origin - offset }
}
