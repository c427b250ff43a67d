//! What there was in all.

use super::names::{LEFT, OTHER, TOTAL, UNITS, USED};
use super::{Located, Member, Sure, any, is_amount, without};

/// The amount that there was in all, beside what is left.
pub(super) fn beside<'a>(members: &[Member<'a>], remaining: &Located<'a>) -> Option<Located<'a>> {
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
