//! What is left as a limit less what was used.

use super::names::{OTHER, TOTAL, UNITS, USED};
use super::{Kind, Located, Member, Sure, any, is_amount, place_cost, without};

/// All pairs of a limit and what was used of it.
pub(super) fn all<'a>(members: &[Member<'a>]) -> Vec<Located<'a>> {
    let amounts: Vec<&Member<'a>> = members
        .iter()
        .filter(|member| is_amount(member) && !any(&member.words, &OTHER) && member.kind != Kind::Text)
        .collect();
    let mut found = Vec::new();
    for limit in amounts.iter().filter(|member| any(&member.words, &TOTAL)) {
        for used in amounts.iter().filter(|member| any(&member.words, &USED)) {
            let (Some(score), false) = (score(limit, used), limit.pointer == used.pointer) else { continue };
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

/// How much two amounts look like a limit and what was used of it.
fn score(limit: &Member<'_>, used: &Member<'_>) -> Option<f64> {
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
