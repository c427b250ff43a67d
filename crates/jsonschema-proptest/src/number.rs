//! Numbers: integers and fractions within bounds, multiples, and the spellings JSON allows.

use crate::decimal::{Decimal, render_fixed};
use crate::demands::Numbers;
use crate::draw::{Draw, Reject};
use crate::notable::{FOR_INTEGERS, NUMBERS};
use crate::number_rules::{Range, Rules};
use crate::types::TypeSet;

/// So many numbers are listed one by one.
const FEW: u64 = 64;
/// How numbers of one kind are made.
#[derive(Debug)]
pub(crate) struct NumberPlan {
    /// Texts that are tried often.
    notable: Vec<Box<str>>,
    /// Multiples of a step: the exponent-free step and the range of factors.
    whole: Option<Range>,
    /// Decimals by number of places.
    places: Vec<(u32, i128, i128)>,
    rules: Rules,
}

impl NumberPlan {
    /// `plainly` allows integers in their plain spelling only.
    ///
    /// # Errors
    ///
    /// If no such number was found; true if it is proven that there is none.
    pub(crate) fn build(numbers: &Numbers, types: TypeSet, not: Vec<Decimal>, plainly: bool) -> Result<Self, bool> {
        let step = numbers.multiples.iter().try_fold(None, |step, of| {
            let of = if of.mantissa() < 0 { of.negated() } else { *of };
            match step {
                None => Some(Some(of)),
                Some(step) => of.common_multiple(step).map(Some),
            }
        });
        let rules = Rules {
            numbers: numbers.clone(),
            types,
            plain: plainly,
            checked: !not.is_empty()
                || !numbers.not_multiples.is_empty()
                || types.and(TypeSet::NUMBER) == TypeSet::FRACTION,
            not,
        };
        let mut whole = None;
        let mut places = Vec::new();
        // A step too large to compute leaves zero, which is a multiple of everything.
        match step {
            None => {}
            Some(step) => {
                let integers = match step {
                    _ if !types.meets(TypeSet::INTEGER) => None,
                    None => Some(Decimal::integer(1)),
                    Some(step) => step.common_multiple(Decimal::integer(1)),
                };
                whole = integers.and_then(|step| rules.range(step));
                if types.meets(TypeSet::FRACTION) {
                    match step {
                        None => places = rules.places(),
                        Some(step) if !step.is_integer() => {
                            let places = u32::try_from(-step.exponent()).unwrap_or(0);
                            // Multiples of a fractional step include the integral ones.
                            if places <= 15
                                && let Some(range) = rules.range(step)
                            {
                                whole = Some(range);
                            }
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        let mut plan = Self { notable: Vec::new(), whole, places, rules };
        plan.notable = plan.candidates();
        let makes = plan.whole.is_some() || !plan.places.is_empty();
        if plan.notable.is_empty() && !makes {
            return Err(plan.rules.is_computed(step.flatten()));
        }
        if plan.notable.is_empty() {
            let mut out = String::new();
            let found = (0..20).any(|seed| plan.draw(&mut Draw::seeded(seed), &mut out).is_ok());
            if !found {
                return Err(plan.few().is_some_and(|count| count <= FEW));
            }
        }
        Ok(plan)
    }

    /// How many there are at most, if that is limited by a step.
    pub(crate) fn few(&self) -> Option<u64> {
        match &self.whole {
            Some(range) if self.places.is_empty() => {
                u64::try_from(range.high.saturating_sub(range.low)).ok()?.checked_add(1)
            }
            _ => None,
        }
    }

    /// Notable numbers, and those at the bounds, that are in.
    fn candidates(&self) -> Vec<Box<str>> {
        let mut texts: Vec<String> = Vec::new();
        let fractions = self.rules.types.meets(TypeSet::FRACTION);
        let known = if fractions { NUMBERS.len() } else { FOR_INTEGERS };
        texts.extend(NUMBERS[..known].iter().map(|text| (*text).to_owned()));
        let bounds = [self.rules.numbers.lower, self.rules.numbers.upper];
        let tiny = [Decimal::integer(1), Decimal::new(1, -1), Decimal::new(1, -2), Decimal::new(1, -6)];
        for bound in bounds.into_iter().flatten() {
            let mut near = vec![bound.at];
            for step in tiny.iter().chain(&self.rules.numbers.multiples) {
                near.extend(bound.at.plus(*step));
                near.extend(bound.at.plus(step.negated()));
            }
            near.extend(bound.at.times(2));
            near.extend(bound.at.times(10));
            for number in near {
                let mut text = String::new();
                number.render(&mut text);
                texts.push(text);
            }
        }
        let mut others = Vec::new();
        for of in &self.rules.numbers.multiples {
            others.extend([*of, of.negated()]);
            others.extend(of.times(2));
        }
        if let [Some(lower), Some(upper)] = bounds {
            // Between bounds that are very close.
            let sum = lower.at.plus(upper.at).and_then(|sum| sum.times(5));
            others.extend(sum.map(|sum| Decimal::new(sum.mantissa(), sum.exponent() - 1)));
        }
        for number in others {
            let mut text = String::new();
            number.render(&mut text);
            texts.push(text);
        }
        if let Some(Range { step, low, high }) = &self.whole {
            let span = high.saturating_sub(*low);
            // Small ranges are listed whole, so that what is excluded leaves an exact rest.
            let factors: Vec<i128> =
                if span < i128::from(FEW) { (*low..=*high).collect() } else { vec![*low, *high, 0, 1, -1, 2, 3] };
            for factor in factors {
                if factor < *low || factor > *high {
                    continue;
                }
                if let Some(number) = step.times(factor) {
                    let mut text = String::new();
                    number.render(&mut text);
                    texts.push(text);
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        texts.retain(|text| self.rules.admit(text) && seen.insert(text.clone()));
        texts.into_iter().map(String::into_boxed_str).collect()
    }

    pub(crate) fn draw(&self, draw: &mut Draw, out: &mut String) -> Result<(), Reject> {
        let makes = self.whole.is_some() || !self.places.is_empty();
        if !self.notable.is_empty() && (!makes || draw.below(8) >= 5) {
            out.push_str(draw.pick(&self.notable).ok_or(Reject)?);
            return Ok(());
        }
        let start = out.len();
        for _ in 0..16 {
            self.make(draw, out)?;
            if !self.rules.checked || self.rules.admit(&out[start..]) {
                return Ok(());
            }
            out.truncate(start);
        }
        out.push_str(draw.pick(&self.notable).ok_or(Reject)?);
        Ok(())
    }

    fn make(&self, draw: &mut Draw, out: &mut String) -> Result<(), Reject> {
        use std::fmt::Write as _;
        let places = self.places.len();
        let kinds = places + usize::from(self.whole.is_some());
        let kind = draw.index(kinds);
        if let (Some(Range { step, low, high }), 0) = (&self.whole, kind) {
            let factor = within(draw, *low, *high);
            if *step == Decimal::integer(1) {
                // Writing to a string cannot fail, and small numbers are written faster.
                let _ = match i64::try_from(factor) {
                    Ok(small) => write!(out, "{small}"),
                    Err(_) => write!(out, "{factor}"),
                };
            } else {
                step.times(factor).ok_or(Reject)?.render(out);
            }
            return Ok(());
        }
        let kind = kind - usize::from(self.whole.is_some());
        let (places, low, high) = self.places.get(kind).ok_or(Reject)?;
        let mantissa = within(draw, *low, *high);
        render_fixed(mantissa, *places, out);
        Ok(())
    }
}

/// A number of any magnitude within a range; the simplest is the one closest to zero.
fn within(draw: &mut Draw, low: i128, high: i128) -> i128 {
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
