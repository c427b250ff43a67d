//! The members of a balance response that say what is left, what there was, and whether use is allowed.

use super::members::{Kind, Member};
use super::words::{any, words};

/// What can be left.
pub(super) const UNITS: [&str; 15] = [
    "credit",
    "balance",
    "quota",
    "token",
    "fund",
    "point",
    "coin",
    "unit",
    "character",
    "allowance",
    "wallet",
    "money",
    "request",
    "usd",
    "amount",
];
/// Names that mean "what is left".
pub(super) const LEFT: [&str; 4] = ["remaining", "remain", "left", "available"];
/// Names that mean "what there was in all".
const TOTAL: [&str; 13] = [
    "total",
    "limit",
    "max",
    "maximum",
    "cap",
    "allowance",
    "included",
    "allotted",
    "granted",
    "purchased",
    "quota",
    "assigned",
    "allocated",
];
/// Names that mean "what was used".
const USED: [&str; 6] = ["used", "usage", "consumed", "spent", "count", "use"];
/// Names of amounts that are neither of them.
const OTHER: [&str; 47] = [
    "id",
    "time",
    "date",
    "timestamp",
    "reset",
    "unix",
    "second",
    "minute",
    "hour",
    "day",
    "expired",
    "expiration",
    "price",
    "cost",
    "fee",
    "tax",
    "discount",
    "overage",
    "overdue",
    "debt",
    "threshold",
    "alert",
    "minimum",
    "min",
    "reserved",
    "pending",
    "hold",
    "held",
    "frozen",
    "rate",
    "refunded",
    "charged",
    "page",
    "offset",
    "version",
    "slot",
    "seat",
    "memory",
    "concurrent",
    "priority",
    "percent",
    "percentage",
    "month",
    "interval",
    "history",
    "transaction",
    "attempt",
];

/// How sure a conclusion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    Guess,
    Likely,
    Certain,
}

impl Sure {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Guess => "a guess",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }

    fn of(score: f64) -> Self {
        if score >= 8.0 {
            Self::Certain
        } else if score >= 6.0 {
            Self::Likely
        } else {
            Self::Guess
        }
    }
}

/// Where an amount or a flag stands in a response.
#[derive(Debug, Clone)]
pub(super) struct Located<'a> {
    pub(super) member: Member<'a>,
    /// What is taken off: a balance that is a limit less what was used.
    pub(super) minus: Option<Member<'a>>,
    pub(super) score: f64,
    pub(super) sure: Sure,
}

/// The locators of a response.
#[derive(Debug, Clone, Default)]
pub(super) struct Locators<'a> {
    pub(super) remaining: Option<Located<'a>>,
    pub(super) total: Option<Located<'a>>,
    pub(super) allowed: Option<Located<'a>>,
    /// Further members that might be what is left, the best first.
    pub(super) rejected: Vec<Located<'a>>,
}

impl Locators<'_> {
    /// How well the response looks like a balance.
    pub(super) fn score(&self) -> f64 {
        let remaining = self.remaining.as_ref().map_or(0.0, |found| found.score);
        remaining.max(self.allowed.as_ref().map_or(0.0, |found| found.score * 0.8))
    }
}

/// Finds the locators among the members of a response. `about` are the words of the operation, which a member called `amount`
/// needs to mean anything.
pub(super) fn locate<'a>(members: &[Member<'a>], about: &[String]) -> Locators<'a> {
    let mut found: Vec<Located<'a>> = Vec::new();
    for member in members {
        if let Some(score) = remaining_score(member, about) {
            found.push(Located { member: member.clone(), minus: None, score, sure: Sure::of(score) });
        }
    }
    found.extend(differences(members));
    found.sort_by(|left, right| right.score.total_cmp(&left.score));
    let mut found = found.into_iter();
    let remaining = found.next();
    let total = remaining.as_ref().and_then(|remaining| total(members, remaining));
    Locators { remaining, total, allowed: allowed(members), rejected: found.take(5).collect() }
}

fn is_amount(member: &Member<'_>) -> bool {
    match member.kind {
        Kind::Number | Kind::Decimal => true,
        // A string of which nothing else is known may hold money; its name has to say so.
        Kind::Text => any(&member.words, &["balance", "credit", "amount", "remaining"]) && !has_other_format(member),
        Kind::Boolean | Kind::Other => false,
    }
}

fn has_other_format(member: &Member<'_>) -> bool {
    ["format", "enum", "pattern"].iter().any(|keyword| member.item.get(keyword).is_some())
}

/// How much a member looks like what is left; `None` if it does not.
fn remaining_score(member: &Member<'_>, about: &[String]) -> Option<f64> {
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

fn place_cost(member: &Member<'_>) -> f64 {
    let depth = member.pointer.matches('/').count();
    let depth = f64::from(u32::try_from(depth.saturating_sub(1)).unwrap_or(u32::MAX));
    let mut cost = depth * 0.3;
    for (applies, amount) in [
        (member.in_list, if any(&member.above, &["balance", "wallet", "credit"]) { 0.5 } else { 1.0 }),
        (member.is_nullable, 0.5),
        (!member.is_required, 0.2),
        (member.kind == Kind::Text, 1.5),
        (member.kind == Kind::Decimal, 0.1),
    ] {
        if applies {
            cost += amount;
        }
    }
    cost
}

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

/// What is left as a limit less what was used.
fn differences<'a>(members: &[Member<'a>]) -> Vec<Located<'a>> {
    let amounts: Vec<&Member<'a>> = members
        .iter()
        .filter(|member| is_amount(member) && !any(&member.words, &OTHER) && member.kind != Kind::Text)
        .collect();
    let mut found = Vec::new();
    for limit in amounts.iter().filter(|member| any(&member.words, &TOTAL)) {
        for used in amounts.iter().filter(|member| any(&member.words, &USED)) {
            let (Some(score), false) = (difference_score(limit, used), limit.pointer == used.pointer) else { continue };
            found.push(Located {
                member: (*limit).clone(),
                minus: Some((*used).clone()),
                score,
                sure: Sure::of(score),
            });
        }
    }
    found
}

fn without<'a>(words: &'a [String], roles: &[&str]) -> Vec<&'a String> {
    words.iter().filter(|word| !roles.contains(&word.as_str()) && *word != "available").collect()
}

/// How much two amounts look like a limit and what was used of it.
fn difference_score(limit: &Member<'_>, used: &Member<'_>) -> Option<f64> {
    // A limit may repeat the word of what it limits: maximal usage, and usage.
    let limited = without(&limit.words, &TOTAL);
    let spent = without(&used.words, &USED);
    let is_used_too = any(&limit.words, &USED);
    let is_total_too = any(&used.words, &["total"]);
    let plain = |words: Vec<&String>| -> Vec<String> { words.into_iter().cloned().collect() };
    let (limited, spent) = (plain(limited), plain(spent));
    let spent_plain = plain(without(&spent, &["total"]));
    let all_used = plain(without(&used.words, &[]));
    let same_parent = limit.parent() == used.parent();
    let matches = if is_used_too { limited == all_used } else { limited == spent || limited == spent_plain };
    let one_is_bare = same_parent && !is_used_too && (limited.is_empty() || spent_plain.is_empty());
    if !(matches || one_is_bare) || is_used_too && !any(&limit.words, &["max", "maximum", "limit", "cap"]) {
        return None;
    }
    let units: Vec<String> =
        limit.words.iter().chain(&used.words).chain(&limit.above).chain(&used.above).cloned().collect();
    let named: Vec<String> = limit.words.iter().chain(&used.words).cloned().collect();
    let mut score = 6.0;
    if any(&named, &["credit", "character", "token", "quota", "usd", "balance"]) {
        score += 1.5;
    } else if !any(&units, &UNITS) {
        score -= 2.5;
    }
    if same_parent {
        score += 0.5;
    } else if limit.in_list || used.in_list {
        return None;
    }
    if any(&used.words, &["count"]) {
        score -= 0.2;
    }
    if !is_total_too && any(&limit.words, &["total"]) && limited.is_empty() && spent_plain.is_empty() {
        score -= 0.5;
    }
    Some(score - f64::midpoint(place_cost(limit), place_cost(used)))
}

/// What there was in all, beside what is left.
fn total<'a>(members: &[Member<'a>], remaining: &Located<'a>) -> Option<Located<'a>> {
    if remaining.minus.is_some() {
        let member = remaining.member.clone();
        // What is added to a plan stands in no limit.
        return Some(Located { member, minus: None, score: remaining.score, sure: remaining.sure });
    }
    let unit = |words: &[String]| -> Vec<String> {
        let roles: Vec<&str> = TOTAL.iter().chain(&LEFT).chain(&["balance", "current"]).copied().collect();
        without(words, &roles).into_iter().cloned().collect()
    };
    let mut found: Vec<Located<'a>> = Vec::new();
    for member in members.iter().filter(|member| {
        member.parent() == remaining.member.parent() && member.pointer != remaining.member.pointer && is_amount(member)
    }) {
        let name = &member.words;
        if !any(name, &TOTAL) || any(name, &LEFT) || any(name, &USED) || any(name, &OTHER) || any(name, &["balance"]) {
            continue;
        }
        let same = unit(name) == unit(&remaining.member.words);
        let score = if same {
            7.0
        } else if unit(name).is_empty() || any(name, &UNITS) && name.len() == 2 {
            6.0
        } else {
            4.0
        };
        let parts = any(name, &["granted", "purchased", "monthly", "daily", "plan"]);
        let score = score - if parts { 3.0 } else { 0.0 } - if member.is_nullable { 3.0 } else { 0.0 };
        found.push(Located { member: member.clone(), minus: None, score, sure: Sure::of(score) });
    }
    found.into_iter().max_by(|left, right| left.score.total_cmp(&right.score)).filter(|found| found.score >= 3.0)
}

/// A flag that says whether use is allowed.
fn allowed<'a>(members: &[Member<'a>]) -> Option<Located<'a>> {
    let mut found: Vec<Located<'a>> = Vec::new();
    for member in members.iter().filter(|member| member.kind == Kind::Boolean) {
        let name = &member.words;
        let mut score = if matches!(name.as_slice(), [only] if only == "allowed" || only == "sufficient") {
            8.0
        } else if any(name, &["access"]) && any(name, &["has"])
            || any(name, &["credit", "balance", "fund"]) && any(name, &["has", "enough", "sufficient"])
        {
            7.5
        } else if any(name, &["allowed"]) && name.len() <= 2 {
            6.5
        } else if any(name, &["available"]) && name.len() <= 2 {
            6.0
        } else {
            continue;
        };
        if any(name, &["extend", "voice", "feature", "overage"]) {
            score -= 4.0;
        }
        score -= place_cost(member);
        found.push(Located { member: member.clone(), minus: None, score, sure: Sure::of(score) });
    }
    found.into_iter().max_by(|left, right| left.score.total_cmp(&right.score)).filter(|found| found.score >= 4.0)
}
