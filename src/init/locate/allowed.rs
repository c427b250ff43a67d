//! Whether use is allowed.

use super::{Kind, Located, Member, Sure, any, place_cost};

/// A flag that says whether use is allowed.
pub(super) fn flag<'a>(members: &[Member<'a>]) -> Option<Located<'a>> {
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
