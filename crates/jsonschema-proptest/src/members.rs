//! From a clause's demands on objects to a plan of their properties.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::build::Builder;
use crate::clause::{Clause, Members};
use crate::compile::Compiler;
use crate::constraint::{Atom, Constraint, NameClass};
use crate::names;
use crate::object::{Candidate, Fresh, Member, ObjectPlan};
use crate::pattern::Pattern;
use crate::text::push_json;

/// Up to so many patterns, names that match several at once are looked for.
const OVERLAPPING: usize = 3;

/// Of so many patterns each is given names of its own.
const SINGLES: usize = 40;

/// Names that match these patterns of a list and no others.
type Subset = Vec<usize>;

impl<'a> Builder<'a> {
    pub(crate) fn object(&mut self, clause: &Clause) -> ObjectPlan {
        let members = &clause.members;
        let known = known_names(members);
        let patterns = all_patterns(members);
        // Very large objects are not followed very often.
        let subsets = subsets(patterns.len());
        let work = (known.len() + 4 * subsets.len()) * (1 + patterns.len()) * 8;
        if !self.compiler.spend(work) {
            return ObjectPlan::impossible();
        }
        let required = closure(members);
        let mut listed = Vec::with_capacity(known.len());
        for name in &known {
            let goal = Self::value_goal(members, name);
            let refused = members.names.clone();
            let name_value = Value::String(name.to_string());
            let allowed =
                !members.absent.contains(name) && self.judged(|compiler| compiler.admits(&refused, &name_value));
            let mut key = String::new();
            push_json(&mut key, name);
            key.push(':');
            listed.push(Member {
                key: key.into_boxed_str(),
                node: self.node(goal),
                required: required.contains(name),
                allowed,
                brings: brings(members, &known, name),
            });
        }
        if patterns.len() > OVERLAPPING {
            self.compiler.left_out("names that match several of many patterns");
        }
        let mut fresh = Vec::new();
        for subset in &subsets {
            fresh.extend(self.fresh(members, &known, &patterns, subset, None));
        }
        let mut demanded = Vec::new();
        for (class, value) in &members.some {
            demanded.push(self.candidates(members, &known, &patterns, &subsets, (class, *value)));
        }
        ObjectPlan {
            members: listed,
            fresh,
            demanded,
            min: members.min,
            max: members.max,
            not: clause
                .not_values
                .iter()
                .flat_map(|list| list.iter().filter(|value| value.is_object()).cloned())
                .collect(),
        }
    }

    /// A judgement, where doubt counts as a yes that the validator has to confirm.
    fn judged(&mut self, judge: impl FnOnce(&mut Compiler<'a>) -> Option<bool>) -> bool {
        let judgement = judge(&mut self.compiler);
        self.inexact |= judgement.is_none();
        judgement.unwrap_or(true)
    }

    /// Everything that is asked of the value of a known name.
    fn value_goal(members: &Members, name: &Arc<str>) -> Vec<Atom> {
        let mut goal: Vec<Atom> = members.named.get(name).cloned().unwrap_or_default();
        for (pattern, atom, except) in &members.matching {
            if pattern.is_match(name) && !except.iter().any(|known| **known == **name) {
                goal.push(*atom);
            }
        }
        for others in &members.others {
            let outside = !others.names.iter().any(|known| **known == **name)
                && !others.patterns.iter().any(|like| like.is_match(name));
            if outside {
                goal.push(others.value);
            }
        }
        goal
    }

    /// Properties with names of which only their patterns are known.
    fn fresh(
        &mut self,
        members: &Members,
        known: &[Arc<str>],
        patterns: &[Arc<Pattern>],
        subset: &Subset,
        demanded: Option<(&NameClass, Option<Atom>)>,
    ) -> Option<Fresh> {
        let matches = |pattern: &Pattern| {
            let mut chosen = subset.iter();
            chosen.any(|number| patterns[*number].source == pattern.source)
        };
        let mut value = Vec::new();
        for (pattern, atom, _) in &members.matching {
            if matches(pattern) {
                value.push(*atom);
            }
        }
        for others in &members.others {
            if !others.patterns.iter().any(|like| matches(like)) {
                value.push(others.value);
            }
        }
        let mut excluded = known.to_vec();
        let mut names: Vec<Atom> = members.names.clone();
        if let Some((class, wanted)) = demanded {
            let fits = class.like.as_ref().is_none_or(|like| matches(like))
                && !class.not_like.iter().any(|like| matches(like));
            if !fits {
                return None;
            }
            value.extend(wanted);
            excluded.extend(class.not_named.iter().map(|name| Arc::from(name.as_str())));
            names.extend(&class.is);
        }
        // Closed objects are common; there is no need to look for names then.
        let never = |atom: &Atom| {
            let demands = self.compiler.demands(*atom);
            demands.iter().any(|demand| matches!(demand, Constraint::Never))
        };
        let mut never = never;
        if value.iter().any(&mut never) {
            return None;
        }
        let demands = patterns
            .iter()
            .enumerate()
            .map(|(number, pattern)| Constraint::Like(Arc::clone(pattern), subset.contains(&number)));
        let demands = demands.collect();
        let own = self.name_goal(demands, &excluded);
        names.push(own);
        let mut hints = Vec::new();
        for name in names::alike(known) {
            let text = Value::String(name);
            if self.compiler.admits(&names, &text) == Some(true) {
                hints.push(crate::plan::spell(&text));
            }
        }
        Some(Fresh { names: self.node(names), value: self.node(value), hints })
    }

    /// All ways to have a property of a class of names, with a value.
    fn candidates(
        &mut self,
        members: &Members,
        known: &[Arc<str>],
        patterns: &[Arc<Pattern>],
        subsets: &[Subset],
        (class, value): (&NameClass, Option<Atom>),
    ) -> Vec<Candidate> {
        let mut ways = Vec::new();
        for (position, name) in known.iter().enumerate() {
            if members.absent.contains(name) {
                continue;
            }
            let in_class = self.judged(|compiler| compiler.in_class(class, name));
            let allowed = self.compiler.admits(&members.names, &Value::String(name.to_string()));
            if in_class && allowed != Some(false) {
                let mut goal = Self::value_goal(members, name);
                goal.extend(value);
                ways.push(Candidate::Known(position, self.node(goal)));
            }
        }
        for subset in subsets {
            let fresh = self.fresh(members, known, patterns, subset, Some((class, value)));
            ways.extend(fresh.map(Candidate::Fresh));
        }
        ways
    }
}

/// All names that a clause mentions, in its order.
fn known_names(members: &Members) -> Vec<Arc<str>> {
    let mut known: Vec<Arc<str>> = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |name: &str| {
        if seen.insert(name.to_owned()) {
            known.push(Arc::from(name));
        }
    };
    let listed = members.named.names().chain(members.required.names());
    for name in listed.chain(&members.absent) {
        add(name);
    }
    for (name, others) in &members.dependent {
        add(name);
        for other in others {
            add(other);
        }
    }
    for (_, _, except) in &members.matching {
        for name in except {
            add(name);
        }
    }
    for others in &members.others {
        for name in &others.names {
            add(name);
        }
    }
    known
}

fn all_patterns(members: &Members) -> Vec<Arc<Pattern>> {
    let mut patterns: Vec<Arc<Pattern>> = Vec::new();
    let matching = members.matching.iter().map(|(pattern, _, _)| pattern);
    let others = members.others.iter().flat_map(|others| &others.patterns);
    let some = members.some.iter().flat_map(|(class, _)| class.like.iter().chain(&class.not_like));
    for pattern in matching.chain(others).chain(some) {
        if !patterns.iter().any(|known| known.source == pattern.source) {
            patterns.push(Arc::clone(pattern));
        }
    }
    patterns
}

/// Which patterns a fresh name may match: none, one, or (if they are few) any combination.
fn subsets(count: usize) -> Vec<Subset> {
    if count <= OVERLAPPING {
        let all = (0..1_usize << count).map(|bits| (0..count).filter(|number| bits >> number & 1 == 1).collect());
        return all.collect();
    }
    let singles = (0..count).step_by(count.div_ceil(SINGLES)).map(|number| vec![number]);
    std::iter::once(Vec::new()).chain(singles).collect()
}

/// Everything required, directly or because something required brings it.
fn closure(members: &Members) -> HashSet<Arc<str>> {
    let mut open: Vec<Arc<str>> = members.required.names().cloned().collect();
    let mut required: HashSet<Arc<str>> = open.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let brought = members.dependent.iter().filter(|(trigger, _)| *trigger == name);
        for other in brought.flat_map(|(_, others)| others) {
            if required.insert(Arc::clone(other)) {
                open.push(Arc::clone(other));
            }
        }
    }
    required
}

fn brings(members: &Members, known: &[Arc<str>], name: &Arc<str>) -> Vec<usize> {
    let others = members.dependent.iter().filter(|(trigger, _)| trigger == name).flat_map(|(_, others)| others);
    others.filter_map(|other| known.iter().position(|name| name == other)).collect()
}
