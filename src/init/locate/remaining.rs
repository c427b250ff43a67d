//! Members that are what is left.

use super::names::{LEFT, OTHER, TOTAL, UNITS, USED};
use super::{Member, any, is_amount, place_cost};
use crate::init::words::words;

/// How much a member looks like what is left; `None` if it does not.
pub(super) fn score(member: &Member<'_>, about: &[String]) -> Option<f64> {
    let name = &member.words;
    if !is_amount(member) || any(name, &OTHER) {
        return None;
    }
    let has_left = any(name, &LEFT);
    let has_unit = any(name, &UNITS);
    let unit_above = any(&member.above, &UNITS);
    if !has_left && (any(name, &USED) || any(name, &["initial", "lifetime", "ever"])) && !is_count_of_units(name) {
        return None;
    }
    let mut score = if any(name, &["remaining", "remain", "left"]) {
        8.0
    } else if has_left && (has_unit || unit_above) {
        7.5
    } else if any(name, &["balance"]) {
        7.0
    } else if is_unit_alone(name) || is_count_of_units(name) {
        6.0
    } else if name.len() <= 2
        && any(name, &["amount", "value", "current"])
        && (unit_above || any(about, &["balance", "credit"]))
    {
        5.0
    } else {
        return None;
    };
    if has_unit && has_left {
        score += 1.0;
    }
    // "Total remaining" and "total balance" are what is left; a limit is not.
    if any(name, &["limit", "max", "maximum", "cap"]) {
        score -= if has_left { 1.0 } else { 5.0 };
    } else if any(name, &TOTAL) && !has_left {
        score -= if any(name, &["balance"]) { 0.2 } else { 4.0 };
    } else if any(name, &["grant", "total"]) && !any(name, &["remaining", "remain", "left"]) {
        score -= 1.0;
    }
    // Parts of a balance go behind the whole.
    if any(
        name,
        &[
            "granted",
            "free",
            "bonus",
            "monthly",
            "daily",
            "plan",
            "ongoing",
            "purchased",
            "reward",
            "promotional",
            "gift",
        ],
    ) {
        score -= 1.5;
    }
    if any(name, &["previous", "opening", "next", "last", "projected", "target", "usage"]) {
        score -= 3.0;
    }
    if any(name, &["cent", "nano", "micro"]) {
        score -= 0.3;
    }
    // The unit of the API goes before money beside it.
    if any(name, &["credit"]) {
        score += 0.4;
    }
    score += description_score(&member.description);
    if any(&member.above, &["rate", "pagination", "paging", "meta", "header"]) || any(name, &["page", "retry"]) {
        score -= 5.0;
    }
    if any(&member.above, &["history", "transaction", "grant", "invoice", "item", "event", "breakdown"]) {
        score -= 3.0;
    }
    if any(&member.above, &["usage", "used", "consumed", "cost", "spent"]) && !has_left {
        score -= 2.0;
    }
    Some(score - place_cost(member))
}

/// What the description of a member adds to its score.
fn description_score(description: &str) -> f64 {
    let said = words(description);
    let mut score = 0.0;
    if any(&said, &["remaining", "left", "available"]) {
        score += 1.0;
    }
    if any(&said, &["balance", "credit"]) {
        score += 0.5;
    }
    let used =
        any(&said, &["used", "consumed", "spent"]) && !any(&said, &["remaining", "left", "available", "balance"]);
    if used || any(&said, &["overdrawn", "deprecated"]) {
        score -= 3.0;
    }
    score
}

/// `credits`, `tokens`, `api_credits`: a unit, with words that only say whose.
fn is_unit_alone(name: &[String]) -> bool {
    const WHOSE: [&str; 6] = ["api", "user", "account", "team", "current", "my"];
    let rest: Vec<&String> = name.iter().filter(|word| !WHOSE.contains(&word.as_str())).collect();
    let units = ["credit", "fund", "coin", "point", "token", "quota", "wallet"];
    matches!(rest.as_slice(), [unit] if units.contains(&unit.as_str()))
}

/// `creditCount`, `number_of_credits`.
fn is_count_of_units(name: &[String]) -> bool {
    any(name, &["credit", "coin", "point", "token"])
        && any(name, &["count", "number"])
        && name.len() <= 3
        && !any(name, &["used", "usage"])
}
