//! Exact decimal numbers.

use std::cmp::Ordering;

/// A number `mantissa × 10^exponent`, without trailing zeros in the mantissa. Bounds and multiples are computed exactly,
/// without binary rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Decimal {
    mantissa: i128,
    exponent: i32,
}

const EXPONENT_LIMIT: i32 = 100_000;

impl Decimal {
    pub(crate) const ZERO: Self = Self { mantissa: 0, exponent: 0 };

    pub(crate) fn new(mantissa: i128, exponent: i32) -> Self {
        let (mut mantissa, mut exponent) = (mantissa, exponent);
        if mantissa == 0 {
            return Self::ZERO;
        }
        while mantissa % 10 == 0 {
            mantissa /= 10;
            exponent += 1;
        }
        Self { mantissa, exponent }
    }

    pub(crate) fn integer(value: i128) -> Self {
        Self::new(value, 0)
    }

    /// Parses a JSON number. `None` if it has too many digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let negative = whole.starts_with('-');
        let mut mantissa: i128 = 0;
        for byte in whole.trim_start_matches('-').bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return None;
            }
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
        }
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        if exponent.abs() > EXPONENT_LIMIT {
            return None;
        }
        Some(Self::new(if negative { -mantissa } else { mantissa }, exponent))
    }

    pub(crate) fn of(number: &serde_json::Number) -> Option<Self> {
        Self::parse(&number.to_string())
    }

    pub(crate) fn is_integer(self) -> bool {
        self.exponent >= 0
    }

    pub(crate) fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    pub(crate) fn mantissa(self) -> i128 {
        self.mantissa
    }

    pub(crate) fn exponent(self) -> i32 {
        self.exponent
    }

    /// Returns the number of significant digits.
    pub(crate) fn digits(self) -> i32 {
        let mut rest = self.mantissa.unsigned_abs();
        let mut count = 0;
        while rest > 0 {
            rest /= 10;
            count += 1;
        }
        count
    }

    /// Returns the mantissa for a smaller or equal exponent. `None` on overflow.
    pub(crate) fn scaled(self, exponent: i32) -> Option<i128> {
        if self.mantissa == 0 {
            return Some(0);
        }
        let places = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        self.mantissa.checked_mul(10_i128.checked_pow(places)?)
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let sum = self.scaled(exponent)?.checked_add(other.scaled(exponent)?)?;
        Some(Self::new(sum, exponent))
    }

    pub(crate) fn times(self, factor: i128) -> Option<Self> {
        Some(Self::new(self.mantissa.checked_mul(factor)?, self.exponent))
    }

    pub(crate) fn negated(self) -> Self {
        Self { mantissa: -self.mantissa, exponent: self.exponent }
    }

    /// Returns whether the number is an integral multiple of `step`. `None` on overflow.
    pub(crate) fn is_multiple_of(self, step: Self) -> Option<bool> {
        if self.is_zero() {
            return Some(true);
        }
        // The mantissa has no trailing zeros, so a multiple has no more decimal places than the step.
        if step.is_zero() || self.exponent < step.exponent {
            return Some(false);
        }
        Some(self.scaled(step.exponent)? % step.mantissa == 0)
    }

    /// Returns the largest `k` with `k × step ≤ self`, for a positive step. `None` on overflow.
    pub(crate) fn floor_div(self, step: Self) -> Option<i128> {
        if step.mantissa <= 0 {
            return None;
        }
        let exponent = self.exponent.min(step.exponent);
        let Some(divisor) = step.scaled(exponent) else {
            // The step does not fit into 128 bits at the exponent of this number, so its magnitude is larger.
            return Some(if self.mantissa < 0 { -1 } else { 0 });
        };
        Some(self.scaled(exponent)?.div_euclid(divisor))
    }

    /// Returns the smallest `k` with `k × step ≥ self`, for a positive step. `None` on overflow.
    pub(crate) fn ceil_div(self, step: Self) -> Option<i128> {
        self.negated().floor_div(step).map(|quotient| -quotient)
    }

    /// Returns the least common multiple. `None` on overflow.
    pub(crate) fn common_multiple(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let (left, right) = (self.scaled(exponent)?, other.scaled(exponent)?);
        let (mut a, mut b) = (left, right);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        if a == 0 {
            return None;
        }
        Some(Self::new((left / a).checked_mul(right)?, exponent))
    }

    /// Writes the number, with an exponent if it would be long otherwise.
    pub(crate) fn render(self, out: &mut String) {
        use std::fmt::Write as _;
        // Writing to a string cannot fail.
        if self.exponent >= 0 && self.exponent <= 21 {
            let _ = write!(out, "{}", self.mantissa);
            out.extend(std::iter::repeat_n('0', usize::try_from(self.exponent).unwrap_or(0)));
        } else if self.exponent < 0 && self.exponent >= -20 {
            render_fixed(self.mantissa, self.exponent.unsigned_abs(), out);
        } else {
            let _ = write!(out, "{}e{}", self.mantissa, self.exponent);
        }
    }
}

/// Writes `mantissa × 10^-places` with exactly that many decimal places, trailing zeros included.
pub(crate) fn render_fixed(mantissa: i128, places: u32, out: &mut String) {
    use std::fmt::Write as _;
    if mantissa < 0 {
        out.push('-');
    }
    let places = places as usize;
    let start = out.len();
    let _ = write!(out, "{:0width$}", mantissa.unsigned_abs(), width = places + 1);
    if places > 0 {
        let point = out.len() - places;
        debug_assert!(point > start);
        out.insert(point, '.');
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_sign = self.mantissa.signum().cmp(&other.mantissa.signum());
        if by_sign != Ordering::Equal || self.mantissa == 0 {
            return by_sign;
        }
        // The position of the leading digit decides, unless it is equal.
        let magnitude = (self.digits() + self.exponent).cmp(&(other.digits() + other.exponent));
        let magnitude = match magnitude {
            Ordering::Equal => {
                let exponent = self.exponent.min(other.exponent);
                match (self.scaled(exponent), other.scaled(exponent)) {
                    (Some(left), Some(right)) => return left.cmp(&right),
                    // One of them does not fit into 128 bits at the common exponent. It is the one with fewer digits, and
                    // its magnitude is larger.
                    _ => other.digits().cmp(&self.digits()),
                }
            }
            unequal => unequal,
        };
        if self.mantissa < 0 { magnitude.reverse() } else { magnitude }
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn number_that_overflows_at_the_common_exponent_is_the_larger_one() {
        let larger = Decimal::new(2, 38);
        let smaller = Decimal::integer(120_000_000_000_000_000_000_000_000_000_000_000_001);
        assert!(larger > smaller);
        assert!(smaller < larger);
        assert!(larger.negated() < smaller.negated());
        assert!(smaller.negated() > larger.negated());
    }

    #[test]
    fn order_is_that_of_the_values_for_all_signs_and_exponents() {
        let mut ascending = Vec::new();
        for exponent in [-300, -39, -38, -1, 0, 1, 38, 39, 300] {
            for mantissa in [1, 9, 11, 99, 120_000_000_000_000_000_000_000_000_000_000_000_001_i128] {
                ascending.push(Decimal::new(mantissa, exponent - Decimal::integer(mantissa).digits()));
            }
        }
        // Within a group of equal magnitude: 0.1, 0.11, 0.12…, 0.9, 0.99.
        for group in ascending.chunks_mut(5) {
            group.copy_from_slice(&[group[0], group[2], group[4], group[1], group[3]]);
        }
        let negative: Vec<Decimal> = ascending.iter().rev().map(|number| number.negated()).collect();
        let all = [negative, vec![Decimal::ZERO], ascending].concat();
        for (position, number) in all.iter().enumerate() {
            for (other_position, other) in all.iter().enumerate() {
                assert_eq!(number.cmp(other), position.cmp(&other_position), "{number:?} {other:?}");
            }
        }
    }

    #[test]
    fn quotient_of_a_tiny_number_is_zero_or_minus_one() {
        let tiny = Decimal::new(1, -300);
        assert_eq!(tiny.floor_div(Decimal::integer(1)), Some(0));
        assert_eq!(tiny.ceil_div(Decimal::integer(1)), Some(1));
        assert_eq!(tiny.negated().floor_div(Decimal::integer(1)), Some(-1));
        assert_eq!(tiny.negated().ceil_div(Decimal::integer(1)), Some(0));
        assert_eq!(Decimal::ZERO.floor_div(Decimal::new(1, 300)), Some(0));
    }

    #[test]
    fn number_with_more_decimal_places_than_the_step_is_no_multiple() {
        assert_eq!(Decimal::new(1, -300).is_multiple_of(Decimal::integer(1)), Some(false));
        assert_eq!(Decimal::new(-5, -1).is_multiple_of(Decimal::new(1, 300)), Some(false));
        assert_eq!(Decimal::new(-21, -1).is_multiple_of(Decimal::new(7, -1)), Some(true));
        assert_eq!(Decimal::integer(-22).is_multiple_of(Decimal::integer(7)), Some(false));
        assert_eq!(Decimal::ZERO.is_multiple_of(Decimal::new(1, -300)), Some(true));
    }
}
