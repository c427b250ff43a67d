//! The members of a balance response that say what is left, what there was, and whether use is allowed.

mod allowed;
mod difference;
mod names;
mod remaining;
mod total;

use super::members::{Kind, Member};
use super::words::any;

pub(super) use names::LEFT;

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
        if let Some(score) = remaining::score(member, about) {
            found.push(Located { member: member.clone(), minus: None, score, sure: Sure::of(score) });
        }
    }
    found.extend(difference::all(members));
    found.sort_by(|left, right| right.score.total_cmp(&left.score));
    let mut found = found.into_iter();
    let remaining = found.next();
    let total = remaining.as_ref().and_then(|remaining| total::beside(members, remaining));
    Locators { remaining, total, allowed: allowed::flag(members), rejected: found.take(5).collect() }
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

/// What the place of a member takes off its score: its depth, and what makes it an unlikely balance.
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

/// The words of a name that name neither a role nor that an amount is available.
fn without<'a>(words: &'a [String], roles: &[&str]) -> Vec<&'a String> {
    words.iter().filter(|word| !roles.contains(&word.as_str()) && *word != "available").collect()
}
