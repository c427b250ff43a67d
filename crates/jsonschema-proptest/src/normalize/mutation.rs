//! Mutations of a schema. Each replaces one rule by its negation, so that values of the mutant break that rule.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::constraint::by_type::StringConstraints;
use crate::constraint::types::TypeSet;
use crate::constraint::{Atom, Constraint, SchemaId, negate};
use crate::graph::similar_names;
use crate::normalize::compiler::{Compiler, Mutation};
use crate::strategy::draw::Draw;
use crate::string::StringGenerator;
use crate::string::pattern::Pattern;

/// The maximum number of mutations.
const MAX_MUTATIONS: usize = 240;
/// The maximum length of a path from the root.
const MAX_PATH: usize = 24;
/// The maximum number of paths on which one schema is visited.
const MAX_VISITS: usize = 4;
/// The maximum number of branches for which near misses are generated.
const MAX_NEAR_MISSES: usize = 8;
/// The maximum number of branches that are negated explicitly. Beyond it, candidates are validated.
const MAX_NEGATED_BRANCHES: usize = 40;

/// A placeholder for the atom of the next schema on the path.
const PLACEHOLDER: Atom = Atom::Synthetic(u32::MAX);

/// A step from a schema to a subschema: the rule that applies it, and the constraints that replace the rule.
#[derive(Clone)]
struct PathStep {
    schema: SchemaId,
    rule: usize,
    replacement: Vec<Constraint>,
}

/// A schema, and the path to it from the root.
#[derive(Clone)]
struct SchemaPath {
    steps: Vec<PathStep>,
    schema: SchemaId,
}

/// Returns atoms for values that are invalid under the root schema, for one reason each.
pub(crate) fn mutations_of(compiler: &mut Compiler<'_>, root: SchemaId) -> Vec<Atom> {
    let mut found = Vec::new();
    let mut visits: HashMap<SchemaId, usize> = HashMap::new();
    let mut open = VecDeque::from([SchemaPath { steps: Vec::new(), schema: root }]);
    while let Some(path) = open.pop_front() {
        let visit = visits.entry(path.schema).or_default();
        *visit += 1;
        if *visit > MAX_VISITS || found.len() >= MAX_MUTATIONS {
            continue;
        }
        let schema = path.schema;
        let rules = compiler.rules(schema);
        for (position, rule) in rules.iter().enumerate() {
            for replacement in negations_of(compiler, schema, &rules, position) {
                if found.len() < MAX_MUTATIONS {
                    let mutated = compiler.mutated(Mutation { schema, removed: vec![position], replacement });
                    found.push(at_path(compiler, &path.steps, mutated));
                }
            }
            if path.steps.len() >= MAX_PATH {
                continue;
            }
            for (inner, replacement) in subschema_replacements(rule) {
                let mut steps = path.steps.clone();
                steps.push(PathStep { schema, rule: position, replacement });
                open.push_back(SchemaPath { steps, schema: inner });
            }
        }
    }
    found
}

/// Returns the negations of a rule, if the validator reports a broken rule for its own keyword.
fn negations_of(
    compiler: &mut Compiler<'_>,
    schema: SchemaId,
    rules: &[Constraint],
    position: usize,
) -> Vec<Vec<Constraint>> {
    match &rules[position] {
        // These are reported for the keywords of the subschema.
        Constraint::Apply(Atom::Schema(_, true))
        | Constraint::Property(..)
        | Constraint::Item(..)
        | Constraint::ItemsFrom(..)
        | Constraint::PatternProperty(..)
        | Constraint::AdditionalProperties { .. } => Vec::new(),
        Constraint::AnyOf(alternatives) => {
            let mut all = Vec::new();
            if alternatives.len() <= MAX_NEGATED_BRANCHES {
                all.extend(near_misses(compiler, alternatives));
                all.extend(rules[position].negated().into_iter().flatten());
            }
            if all.is_empty() {
                // The negation is unknown, so candidates are validated.
                all.push(vec![Constraint::Opaque]);
            }
            all
        }
        Constraint::Opaque => vec![vec![Constraint::Opaque]],
        _ => compiler.rule_negation(schema, rules, position).unwrap_or_default(),
    }
}

/// Returns constraints for near misses: values that break one rule of one branch, and are invalid under all other branches.
fn near_misses(compiler: &mut Compiler<'_>, alternatives: &[Vec<Constraint>]) -> Vec<Vec<Constraint>> {
    let schemas: Option<Vec<SchemaId>> = alternatives
        .iter()
        .map(|alternative| match alternative.first() {
            Some(Constraint::Apply(Atom::Schema(schema, true))) => Some(*schema),
            _ => None,
        })
        .collect();
    let Some(schemas) = schemas else {
        return Vec::new();
    };
    let mut near_misses = Vec::new();
    for schema in schemas.iter().take(MAX_NEAR_MISSES) {
        let rules = compiler.rules(*schema);
        for position in 0..rules.len() {
            let negations = compiler.rule_negation(*schema, &rules, position);
            let Some(replacement) = negations.and_then(|alternatives| alternatives.into_iter().next()) else {
                continue;
            };
            let mutated = compiler.mutated(Mutation { schema: *schema, removed: vec![position], replacement });
            let mut near_miss = vec![Constraint::Apply(mutated)];
            let others = schemas.iter().filter(|other| *other != schema);
            near_miss.extend(others.map(|other| Constraint::Apply(Atom::Schema(*other, false))));
            near_misses.push(near_miss);
        }
    }
    near_misses
}

/// Returns the subschemas that a rule applies, with the constraints that replace the rule if the subschema is mutated.
fn subschema_replacements(rule: &Constraint) -> Vec<(SchemaId, Vec<Constraint>)> {
    use Constraint as C;
    let object = C::Types(TypeSet::OBJECT);
    let array = C::Types(TypeSet::ARRAY);
    match rule {
        C::Apply(Atom::Schema(inner, true)) => vec![(*inner, vec![C::Apply(PLACEHOLDER)])],
        C::Property(name, Atom::Schema(inner, true)) => {
            vec![(*inner, vec![object, C::Required(Arc::clone(name)), C::Property(Arc::clone(name), PLACEHOLDER)])]
        }
        C::Item(index, Atom::Schema(inner, true)) => {
            vec![(*inner, vec![array, C::MinItems(*index as u64 + 1), C::Item(*index, PLACEHOLDER)])]
        }
        C::ItemsFrom(from, item @ Atom::Schema(inner, true)) => {
            let alternatives = [0, 1].map(|further| {
                let mutated = from + further;
                let mut replacement = vec![array.clone(), C::MinItems(mutated as u64 + 1)];
                replacement.extend((*from..mutated).map(|index| C::Item(index, *item)));
                replacement.push(C::Item(mutated, PLACEHOLDER));
                replacement.push(C::ItemsFrom(mutated + 1, *item));
                (*inner, replacement)
            });
            alternatives.to_vec()
        }
        C::PatternProperty(pattern, value @ Atom::Schema(inner, true), except) => {
            let Some(name) = matching_name(pattern) else {
                return Vec::new();
            };
            let mut except = except.clone();
            except.push(name.clone());
            let name: Arc<str> = Arc::from(name.as_str());
            vec![(
                *inner,
                vec![
                    object,
                    C::Required(Arc::clone(&name)),
                    C::Property(name, PLACEHOLDER),
                    C::PatternProperty(Arc::clone(pattern), *value, except),
                ],
            )]
        }
        C::AdditionalProperties { names: listed, patterns, value: value @ Atom::Schema(inner, true) } => {
            let known: Vec<Arc<str>> = listed.iter().map(|name| Arc::from(name.as_str())).collect();
            let unlisted = similar_names::similar_names(&known)
                .into_iter()
                .filter(|name| !listed.contains(name) && !patterns.iter().any(|pattern| pattern.is_match(name)));
            let alternatives = unlisted.take(6).map(|name| {
                let mut listed = listed.clone();
                listed.push(name.clone());
                let name: Arc<str> = Arc::from(name.as_str());
                let replacement = vec![
                    object.clone(),
                    C::Required(Arc::clone(&name)),
                    C::Property(name, PLACEHOLDER),
                    C::AdditionalProperties { names: listed, patterns: patterns.clone(), value: *value },
                ];
                (*inner, replacement)
            });
            alternatives.collect()
        }
        C::AnyOf(alternatives) => conditional_replacements(alternatives),
        _ => Vec::new(),
    }
}

/// Handles `then`, `else` and dependent schemas. The validator reports their keywords, unlike those of the branches of
/// `anyOf`.
fn conditional_replacements(alternatives: &[Vec<Constraint>]) -> Vec<(SchemaId, Vec<Constraint>)> {
    let exclusive = match alternatives {
        [first, second] => match (first.first(), second.first()) {
            (Some(Constraint::Apply(one)), Some(Constraint::Apply(other))) => negate(*one) == Some(*other),
            (Some(Constraint::Absent(_)), _) => true,
            _ => false,
        },
        _ => false,
    };
    if !exclusive {
        return Vec::new();
    }
    let mut found = Vec::new();
    for alternative in alternatives {
        for position in 1..alternative.len() {
            if let Constraint::Apply(Atom::Schema(inner, true)) = alternative[position] {
                let mut replacement = alternative.clone();
                replacement[position] = Constraint::Apply(PLACEHOLDER);
                found.push((inner, replacement));
            }
        }
    }
    found
}

/// Returns a name that matches a pattern.
fn matching_name(pattern: &Arc<Pattern>) -> Option<String> {
    let constraints = StringConstraints { patterns: vec![(Arc::clone(pattern), true)], ..StringConstraints::default() };
    let generator = StringGenerator::build(&constraints, HashSet::new()).ok()?;
    let mut out = String::new();
    generator.draw(&mut Draw::seeded(7), &mut out).ok()?;
    serde_json::from_str(&out).ok()
}

/// Applies a mutation of a subschema along the path from the root.
fn at_path(compiler: &mut Compiler<'_>, steps: &[PathStep], mutated: Atom) -> Atom {
    steps.iter().rev().fold(mutated, |inner_atom, step| {
        let replacement = step.replacement.iter().map(|constraint| match constraint {
            Constraint::Apply(PLACEHOLDER) => Constraint::Apply(inner_atom),
            Constraint::Property(name, PLACEHOLDER) => Constraint::Property(Arc::clone(name), inner_atom),
            Constraint::Item(index, PLACEHOLDER) => Constraint::Item(*index, inner_atom),
            other => other.clone(),
        });
        let replacement = replacement.collect();
        compiler.mutated(Mutation { schema: step.schema, removed: vec![step.rule], replacement })
    })
}
