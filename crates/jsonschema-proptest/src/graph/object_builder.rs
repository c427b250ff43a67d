//! Builds the generator for objects from a clause.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::constraint::by_type::ObjectConstraints;
use crate::constraint::clause::Clause;
use crate::constraint::{Atom, Constraint, NameClass};
use crate::graph::builder::GraphBuilder;
use crate::graph::object::{Candidate, ObjectGenerator, Property, UnlistedProperty};
use crate::graph::similar_names;
use crate::normalize::compiler::Compiler;
use crate::string::pattern::Pattern;
use crate::string::push_json;

/// The maximum number of patterns for which names that match several of them are generated.
const MAX_OVERLAPPING: usize = 3;

/// The maximum number of patterns for which matching names are generated.
const MAX_PATTERNS: usize = 40;

/// Indexes of the patterns that a name matches. It matches no others.
type Subset = Vec<usize>;

impl<'a> GraphBuilder<'a> {
    pub(crate) fn object(&mut self, clause: &Clause) -> ObjectGenerator {
        let object = &clause.object;
        let known = known_names(object);
        let patterns = all_patterns(object);
        // The work on very large objects is limited.
        let subsets = subsets(patterns.len());
        let work = (known.len() + 4 * subsets.len()) * (1 + patterns.len()) * 8;
        if !self.compiler.use_graph_budget(work) {
            return ObjectGenerator::impossible();
        }
        let required = required_closure(object);
        let mut listed = Vec::with_capacity(known.len());
        for name in &known {
            let goal = Self::value_goal(object, name);
            let name_value = Value::String(name.to_string());
            let allowed = !object.absent.contains(name)
                && self.holds_or_unknown(|compiler| compiler.accepts(&object.property_names, &name_value));
            let mut key = String::new();
            push_json(&mut key, name);
            key.push(':');
            listed.push(Property {
                key: key.into_boxed_str(),
                node: self.node_for(goal),
                required: required.contains(name),
                allowed,
                requires: requires(object, &known, name),
            });
        }
        if patterns.len() > MAX_OVERLAPPING {
            self.compiler.note_omission("names that match several of many patterns");
        }
        let mut unlisted = Vec::new();
        for subset in &subsets {
            unlisted.extend(self.unlisted(object, &known, &patterns, subset, None));
        }
        let mut demanded = Vec::new();
        for (class, value) in &object.exists {
            demanded.push(self.candidates(object, &known, &patterns, &subsets, (class, *value)));
        }
        ObjectGenerator {
            properties: listed,
            unlisted,
            demanded,
            min: object.min,
            max: object.max,
            excluded: Arc::new(
                clause
                    .not_values
                    .iter()
                    .flat_map(|list| list.iter().filter(|value| value.is_object()).cloned())
                    .collect(),
            ),
        }
    }

    /// Returns whether an evaluation gives true or is unknown. If it is unknown, values have to be validated.
    fn holds_or_unknown(&mut self, evaluate: impl FnOnce(&mut Compiler<'a>) -> Option<bool>) -> bool {
        let result = evaluate(&mut self.compiler);
        self.needs_validation |= result.is_none();
        result.unwrap_or(true)
    }

    /// Returns all atoms that the value of a named property must satisfy.
    fn value_goal(object: &ObjectConstraints, name: &Arc<str>) -> Vec<Atom> {
        let mut goal: Vec<Atom> = object.properties.get(name).cloned().unwrap_or_default();
        for (pattern, atom, except) in &object.pattern_properties {
            if pattern.is_match(name) && !except.iter().any(|known| **known == **name) {
                goal.push(*atom);
            }
        }
        for additional in &object.additional {
            let outside = !additional.names.iter().any(|known| **known == **name)
                && !additional.patterns.iter().any(|pattern| pattern.is_match(name));
            if outside {
                goal.push(additional.value);
            }
        }
        goal
    }

    /// Returns properties whose names match the patterns of a subset.
    fn unlisted(
        &mut self,
        object: &ObjectConstraints,
        known: &[Arc<str>],
        patterns: &[Arc<Pattern>],
        subset: &Subset,
        demanded: Option<(&NameClass, Option<Atom>)>,
    ) -> Option<UnlistedProperty> {
        let matches = |pattern: &Pattern| {
            let mut chosen = subset.iter();
            chosen.any(|number| patterns[*number].source == pattern.source)
        };
        let mut value = Vec::new();
        for (pattern, atom, _) in &object.pattern_properties {
            if matches(pattern) {
                value.push(*atom);
            }
        }
        for additional in &object.additional {
            if !additional.patterns.iter().any(|pattern| matches(pattern)) {
                value.push(additional.value);
            }
        }
        let mut excluded = known.to_vec();
        let mut names: Vec<Atom> = object.property_names.clone();
        if let Some((class, wanted)) = demanded {
            let fits = class.matches.as_ref().is_none_or(|pattern| matches(pattern))
                && !class.not_matching.iter().any(|pattern| matches(pattern));
            if !fits {
                return None;
            }
            value.extend(wanted);
            excluded.extend(class.not_named.iter().map(|name| Arc::from(name.as_str())));
            names.extend(&class.satisfies);
        }
        // In closed objects, which are common, no such property is possible.
        let is_impossible = value.iter().any(|atom| {
            let constraints = self.compiler.constraints_of(*atom);
            constraints.iter().any(|constraint| matches!(constraint, Constraint::Nothing))
        });
        if is_impossible {
            return None;
        }
        let constraints = patterns
            .iter()
            .enumerate()
            .map(|(number, pattern)| Constraint::Pattern(Arc::clone(pattern), subset.contains(&number)));
        let constraints = constraints.collect();
        names.push(self.name_atom(constraints, &excluded));
        let mut example_names = Vec::new();
        for name in similar_names::similar_names(known) {
            let text = Value::String(name);
            if self.compiler.accepts(&names, &text) == Some(true) {
                example_names.push(crate::graph::json_text(&text));
            }
        }
        Some(UnlistedProperty { names: self.node_for(names), value: self.node_for(value), example_names })
    }

    /// Returns all ways to have a property whose name is of a class and whose value satisfies an atom.
    fn candidates(
        &mut self,
        object: &ObjectConstraints,
        known: &[Arc<str>],
        patterns: &[Arc<Pattern>],
        subsets: &[Subset],
        (class, value): (&NameClass, Option<Atom>),
    ) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for (position, name) in known.iter().enumerate() {
            if object.absent.contains(name) {
                continue;
            }
            let in_class = self.holds_or_unknown(|compiler| compiler.is_in_class(class, name));
            let allowed = self.compiler.accepts(&object.property_names, &Value::String(name.to_string()));
            if in_class && allowed != Some(false) {
                let mut goal = Self::value_goal(object, name);
                goal.extend(value);
                candidates.push(Candidate::Listed(position, self.node_for(goal)));
            }
        }
        for subset in subsets {
            let unlisted = self.unlisted(object, known, patterns, subset, Some((class, value)));
            candidates.extend(unlisted.map(Candidate::Unlisted));
        }
        candidates
    }
}

/// Returns all names that a clause mentions, in order.
fn known_names(object: &ObjectConstraints) -> Vec<Arc<str>> {
    let mut known: Vec<Arc<str>> = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |name: &str| {
        if seen.insert(name.to_owned()) {
            known.push(Arc::from(name));
        }
    };
    let listed = object.properties.names().chain(object.required.names());
    for name in listed.chain(&object.absent) {
        add(name);
    }
    for (name, others) in &object.dependent_required {
        add(name);
        for other in others {
            add(other);
        }
    }
    for (_, _, except) in &object.pattern_properties {
        for name in except {
            add(name);
        }
    }
    for additional in &object.additional {
        for name in &additional.names {
            add(name);
        }
    }
    known
}

/// Returns all patterns for names that a clause mentions, each once.
fn all_patterns(object: &ObjectConstraints) -> Vec<Arc<Pattern>> {
    let mut patterns: Vec<Arc<Pattern>> = Vec::new();
    let matching = object.pattern_properties.iter().map(|(pattern, _, _)| pattern);
    let of_additional = object.additional.iter().flat_map(|additional| &additional.patterns);
    let of_existing = object.exists.iter().flat_map(|(class, _)| class.matches.iter().chain(&class.not_matching));
    for pattern in matching.chain(of_additional).chain(of_existing) {
        if !patterns.iter().any(|known| known.source == pattern.source) {
            patterns.push(Arc::clone(pattern));
        }
    }
    patterns
}

/// Returns the combinations of patterns that a name may match: none, one, or any combination of a few.
fn subsets(count: usize) -> Vec<Subset> {
    if count <= MAX_OVERLAPPING {
        let all = (0..1_usize << count).map(|bits| (0..count).filter(|number| bits >> number & 1 == 1).collect());
        return all.collect();
    }
    let singles = (0..count).step_by(count.div_ceil(MAX_PATTERNS)).map(|number| vec![number]);
    std::iter::once(Vec::new()).chain(singles).collect()
}

/// Returns all required properties, directly required or by another required property.
fn required_closure(object: &ObjectConstraints) -> HashSet<Arc<str>> {
    let mut open: Vec<Arc<str>> = object.required.names().cloned().collect();
    let mut required: HashSet<Arc<str>> = open.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let required_with_it = object.dependent_required.iter().filter(|(trigger, _)| *trigger == name);
        for other in required_with_it.flat_map(|(_, others)| others) {
            if required.insert(Arc::clone(other)) {
                open.push(Arc::clone(other));
            }
        }
    }
    required
}

/// Returns the positions of the properties that must exist if a property does.
fn requires(object: &ObjectConstraints, known: &[Arc<str>], name: &Arc<str>) -> Vec<usize> {
    let others = object.dependent_required.iter().filter(|(trigger, _)| trigger == name).flat_map(|(_, others)| others);
    others.filter_map(|other| known.iter().position(|known_name| known_name == other)).collect()
}
