//! Parses JSON numbers as exact decimals.

use rust_decimal::Decimal;

/// Parses a JSON number (RFC 8259, section 6) without conversion to binary floating point.
///
/// Returns `None` if the text is not a JSON number, or if 96 bits with 28 decimal places cannot represent it exactly.
pub(super) fn parse_exact(text: &str) -> Option<Decimal> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (digits, exponent) = match rest.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, self::exponent(exponent)?),
        None => (rest, 0),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (digits, ""),
    };
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }

    let mut mantissa: i128 = 0;
    // Zeros count only when another digit follows, so that trailing zeros cost no precision.
    let mut zeros = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        match digit {
            b'0' => zeros += 1,
            b'1'..=b'9' => {
                mantissa = shift(mantissa, zeros + 1)?.checked_add(i128::from(digit - b'0'))?;
                zeros = 0;
            }
            _ => return None,
        }
    }
    let written_scale = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let max = i64::from(Decimal::MAX_SCALE);
    if mantissa == 0 {
        return Some(Decimal::new(0, u32::try_from(written_scale.clamp(0, max)).ok()?));
    }
    let least_scale = written_scale.checked_sub(zeros)?;
    if negative {
        mantissa = -mantissa;
    }
    // With the written number of decimal places if possible, so that 1.50 stays 1.50; else with as few as necessary.
    [written_scale.clamp(0, max).max(least_scale), least_scale.max(0)].into_iter().find_map(|scale| {
        let mantissa = shift(mantissa, scale - least_scale)?;
        Decimal::try_from_i128_with_scale(mantissa, u32::try_from(scale).ok()?).ok()
    })
}

fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| text.parse().ok())?
}

fn shift(number: i128, by: i64) -> Option<i128> {
    if number == 0 {
        return Some(0);
    }
    number.checked_mul(10_i128.checked_pow(u32::try_from(by).ok()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_numbers_are_parsed_exactly() {
        for (text, wanted) in [
            ("0", "0"),
            ("-0", "0"),
            ("15432.50", "15432.50"),
            ("9007199254740993", "9007199254740993"),
            ("1e3", "1000"),
            ("1E+2", "100"),
            ("12.5e-1", "1.25"),
            ("-1", "-1"),
            ("0e5", "0"),
            ("79228162514264337593543950335", "79228162514264337593543950335"),
            ("1.00000000000000000000000000000000000000000000", "1.0000000000000000000000000000"),
            ("100000000000000000000000000000000000000000000e-20", "1000000000000000000000000"),
            ("0.1", "0.1"),
        ] {
            assert_eq!(parse_exact(text).map(|amount| amount.to_string()).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn other_texts_and_unrepresentable_numbers_are_refused() {
        for text in [
            "",
            "-",
            "+1",
            "01",
            ".5",
            "1.",
            "1e",
            "1e+",
            "NaN",
            "Infinity",
            "1_000",
            " 1",
            "0x10",
            "1e99",
            "1e-99",
            "1e99999999999999999999",
            "79228162514264337593543950336",
            "\u{0661}",
            "1.0.0",
            "--1",
            "1e1e1",
        ] {
            assert_eq!(parse_exact(text), None, "{text}");
        }
    }
}
