//! Dates, times and durations (RFC 3339, ISO 8601).

use std::fmt::Write as _;

use crate::strategy::draw::Draw;

/// Years at the limits of common representations, and years with special leap rules.
const YEARS: [u64; 12] = [2000, 1970, 2024, 2025, 2038, 1900, 1, 9999, 2100, 1969, 0, 1582];

pub(crate) fn date(draw: &mut Draw, out: &mut String) {
    let year = match draw.below(4) {
        0..=1 => draw.pick(&YEARS).copied().unwrap_or(2000),
        2 => draw.between(2000, 2040),
        _ => draw.between(0, 9999),
    };
    let month = draw.between(1, 12);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let day = if draw.one_in(4) { last } else { draw.between(1, last) };
    push_digits(out, year, 4);
    out.push('-');
    push_digits(out, month, 2);
    out.push('-');
    push_digits(out, day, 2);
}

pub(crate) fn time(draw: &mut Draw, out: &mut String) {
    push_time_of_day(draw, out, true);
}

pub(crate) fn date_time(draw: &mut Draw, out: &mut String) {
    date(draw, out);
    let upper_case = !draw.one_in(16);
    out.push(if upper_case { 'T' } else { 't' });
    push_time_of_day(draw, out, upper_case);
}

fn push_time_of_day(draw: &mut Draw, out: &mut String, upper_case: bool) {
    let utc = if upper_case { 'Z' } else { 'z' };
    // Start and end of a day, and a leap second.
    match draw.below(32) {
        0 => {
            out.push_str("00:00:00");
            out.push(utc);
            return;
        }
        30 => {
            out.push_str("23:59:59");
            out.push(utc);
            return;
        }
        31 => {
            out.push_str("23:59:60");
            out.push(utc);
            return;
        }
        _ => {}
    }
    let (hour, minute, second) = (draw.below(24), draw.below(60), draw.below(60));
    push_digits(out, hour, 2);
    out.push(':');
    push_digits(out, minute, 2);
    out.push(':');
    push_digits(out, second, 2);
    match draw.below(4) {
        0..=1 => {}
        2 => {
            out.push('.');
            push_digits(out, draw.below(1_000), 3);
        }
        _ => {
            out.push('.');
            push_digits(out, draw.below(1_000_000_000), 9);
        }
    }
    match draw.below(8) {
        0..=4 => out.push(utc),
        5 => out.push_str("+00:00"),
        6 => out.push_str("-00:00"),
        _ => {
            out.push(if draw.below(2) == 0 { '+' } else { '-' });
            push_digits(out, draw.below(24), 2);
            out.push(':');
            push_digits(out, draw.below(60), 2);
        }
    }
}

pub(crate) fn duration(draw: &mut Draw, out: &mut String) {
    out.push('P');
    let mut units = [false; 6];
    // One of seven forms. The units of a form follow each other without a gap (RFC 3339, appendix A).
    match draw.below(7) {
        0 => units[2] = true,
        1 => {
            push_amount(draw, out, 'W');
            return;
        }
        2 => units[..3].fill(true),
        3 => units[3..6].fill(true),
        4 => units[..6].fill(true),
        5 => units[5] = true,
        _ => units[1..5].fill(true),
    }
    for (position, unit) in ['Y', 'M', 'D', 'H', 'M', 'S'].into_iter().enumerate() {
        if position == 3 && units[3..].contains(&true) {
            out.push('T');
        }
        if units[position] {
            push_amount(draw, out, unit);
        }
    }
}

fn push_amount(draw: &mut Draw, out: &mut String, unit: char) {
    let amount = match draw.below(4) {
        0 => 0,
        1 => 1,
        2 => draw.below(100),
        _ => draw.below(100_000),
    };
    // Writing to a string cannot fail.
    let _ = write!(out, "{amount}{unit}");
}

/// Writes a number with a fixed number of digits. Several times as fast as the formatter.
fn push_digits(out: &mut String, number: u64, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10_u64.pow(place) % 10;
        out.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
    }
}
