//! Numbers: integers and fractions within bounds, multiples, and the spellings JSON allows.

use super::clause::Numbers;
use super::decimal::{Decimal, render_fixed};
use super::draw::{Draw, Reject};
use super::types::TypeSet;

/// Numbers at which programs change their minds, in spellings that differ.
const NOTABLE: [&str; 58] = [
    "0",
    "1",
    "-1",
    "2",
    "10",
    "100",
    "127",
    "255",
    "32767",
    "65535",
    "99999",
    "999999",
    "2147483646",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740991",
    "-9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "-0",
    "1e3",
    "1E+2",
    "100.0",
    "5e0",
    "0.5",
    "-0.5",
    "0.1",
    "0.01",
    "0.001",
    "1.5",
    "15432.50",
    "15432.5",
    "99.99",
    "0.10",
    "1.10e1",
    "1e-3",
    "1.25e-7",
    "-0.0",
    "0.0",
    "0e0",
    "123456.789",
    "0.30000000000000004",
    "2147483647.5",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e15",
    "1e21",
    "1.5e300",
    "-1e-300",
    "-9223372036854775809",
];
/// Those from here on are for `number`; for `integer`, odd spellings stay rare.
const FOR_NUMBERS: usize = 31;
/// So many numbers are listed one by one.
const FEW: u64 = 64;
/// Digits that survive the way through a double.
const SAFE: i128 = 999_999_999_999_999;

/// How numbers of one kind are made.
#[derive(Debug)]
pub(super) struct NumberPlan {
    /// Texts that are tried often.
    notable: Vec<Box<str>>,
    /// Multiples of a step: the exponent-free step and the range of factors.
    whole: Option<Range>,
    /// Decimals by number of places.
    places: Vec<(u32, i128, i128)>,
    rules: Rules,
}

#[derive(Debug)]
struct Range {
    step: Decimal,
    low: i128,
    high: i128,
}

/// What a number has to be, to be checked where it is not so by construction.
#[derive(Debug)]
struct Rules {
    numbers: Numbers,
    not: Vec<Decimal>,
    types: TypeSet,
    plain: bool,
    checked: bool,
}

impl NumberPlan {
    /// `plainly` allows integers in their plain spelling only.
    ///
    /// # Errors
    ///
    /// If no such number was found; true if it is proven that there is none.
    pub(super) fn build(
        numbers: &Numbers,
        types: TypeSet,
        not: Vec<Decimal>,
        plainly: bool,
    ) -> Result<Self, bool> {
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
        let mut plan = Self {
            notable: Vec::new(),
            whole,
            places,
            rules,
        };
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
    pub(super) fn few(&self) -> Option<u64> {
        match &self.whole {
            Some(range) if self.places.is_empty() => {
                u64::try_from(range.high.saturating_sub(range.low))
                    .ok()?
                    .checked_add(1)
            }
            _ => None,
        }
    }

    /// Notable numbers, and those at the bounds, that are in.
    fn candidates(&self) -> Vec<Box<str>> {
        let mut texts: Vec<String> = Vec::new();
        let fractions = self.rules.types.meets(TypeSet::FRACTION);
        let known = if fractions {
            NOTABLE.len()
        } else {
            FOR_NUMBERS
        };
        texts.extend(NOTABLE[..known].iter().map(|text| (*text).to_owned()));
        let bounds = [self.rules.numbers.lower, self.rules.numbers.upper];
        let tiny = [
            Decimal::integer(1),
            Decimal::new(1, -1),
            Decimal::new(1, -2),
            Decimal::new(1, -6),
        ];
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
            let factors: Vec<i128> = if span < i128::from(FEW) {
                (*low..=*high).collect()
            } else {
                vec![*low, *high, 0, 1, -1, 2, 3]
            };
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

    pub(super) fn draw(&self, draw: &mut Draw, out: &mut String) -> Result<(), Reject> {
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
                // Writing to a string cannot fail.
                let _ = write!(out, "{factor}");
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

impl Rules {
    /// Whether an empty range of multiples is proof that there are none.
    fn is_computed(&self, step: Option<Decimal>) -> bool {
        let step = match step {
            Some(step) => step,
            None if !self.types.meets(TypeSet::FRACTION) => Decimal::integer(1),
            None => return false,
        };
        let low = self.numbers.lower.map(|bound| bound.at.ceil_div(step));
        let high = self.numbers.upper.map(|bound| bound.at.floor_div(step));
        matches!((low, high), (Some(Some(low)), Some(Some(high))) if high - low <= 1)
    }

    /// The factors of a step that stay within the bounds.
    fn range(&self, step: Decimal) -> Option<Range> {
        // Multiples of anything but one are kept to digits that a double holds exactly.
        let one = step == Decimal::integer(1);
        let limit = if one {
            Decimal::integer(i128::from(i64::MAX))
        } else {
            let digits = Decimal::integer(SAFE);
            if step.is_integer() {
                digits
            } else {
                Decimal::new(SAFE, step.exponent())
            }
        };
        let limit = if limit < step {
            step.times(1000)?
        } else {
            limit
        };
        let lower = self.numbers.lower.map_or(limit.negated(), |bound| bound.at);
        let upper = self.numbers.upper.map_or(limit, |bound| bound.at);
        let mut low = lower.max(limit.negated()).ceil_div(step)?;
        let mut high = upper.min(limit).floor_div(step)?;
        let is_at = |factor: i128, at: Option<super::constraint::Bound>| {
            at.is_some_and(|bound| !bound.inclusive && step.times(factor) == Some(bound.at))
        };
        low += i128::from(is_at(low, self.numbers.lower));
        high -= i128::from(is_at(high, self.numbers.upper));
        (low <= high).then_some(Range { step, low, high })
    }

    /// For how many decimal places there are numbers within the bounds, and which.
    fn places(&self) -> Vec<(u32, i128, i128)> {
        let mut all = Vec::new();
        for places in 1..=15_u32 {
            let step = Decimal::new(1, -i32::try_from(places).unwrap_or(0));
            let Some(limit) = step.times(SAFE) else {
                continue;
            };
            let at = |bound: Option<super::constraint::Bound>, none| {
                bound.map_or(none, |bound: super::constraint::Bound| bound.at)
            };
            let lower = at(self.numbers.lower, limit.negated()).max(limit.negated());
            let upper = at(self.numbers.upper, limit).min(limit);
            let (Some(mut low), Some(mut high)) = (lower.ceil_div(step), upper.floor_div(step))
            else {
                continue;
            };
            // Keeping off the bounds altogether is simpler than asking whether they are in; the
            // notable numbers have them.
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

    /// Whether a spelling is in, also after it was rounded to a double.
    fn admit(&self, text: &str) -> bool {
        let Some(number) = Decimal::parse(text) else {
            return false;
        };
        if self.plain && number.is_integer() && (text.contains(['.', 'e', 'E']) || text == "-0") {
            return false;
        }
        let kind = if number.is_integer() {
            TypeSet::INTEGER
        } else {
            TypeSet::FRACTION
        };
        if !self.types.meets(kind) || self.not.contains(&number) {
            return false;
        }
        let Ok(parsed) = serde_json::from_str::<serde_json::Number>(text) else {
            return false;
        };
        let rounded = Decimal::of(&parsed).unwrap_or(number);
        if !self.numbers.multiples.is_empty() && rounded.digits() > 15 && parsed.is_f64() {
            return false;
        }
        let rounded_kind = if rounded.is_integer() {
            TypeSet::INTEGER
        } else {
            TypeSet::FRACTION
        };
        rounded_kind == kind
            && self.numbers.admit(number)
            && (rounded == number || self.numbers.admit(rounded))
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
    let offset = draw.below(
        1_u64
            .checked_shl(u32::try_from(bits).unwrap_or(0))
            .unwrap_or(u64::MAX),
    );
    let offset = i128::from(offset).min(i128::try_from(room).unwrap_or(i128::MAX));
    if upwards {
        origin + offset
    } else {
        origin - offset
    }
}
