//! The tables of the compilation: schemas, their constraints, patterns and formats, each translated once.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

use crate::constraint::{Atom, Constraint, SchemaId, negate};
use crate::error::GenerateError;
use crate::schema::dialect::Dialect;
use crate::schema::document::{Document, ResourceId};
use crate::schema::keywords;
use crate::string::format::Format;
use crate::string::pattern::Pattern;

/// A schema, with the dynamic scope in which it is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Applied {
    schema: *const Value,
    resource: ResourceId,
    scope: usize,
}

/// A mutation of a schema: some rules are replaced by other constraints.
#[derive(Clone, Debug)]
pub(crate) struct Mutation {
    pub(crate) schema: SchemaId,
    /// The indexes of the rules that are removed.
    pub(crate) removed: Vec<usize>,
    /// The constraints that replace the removed rules.
    pub(crate) replacement: Vec<Constraint>,
}

/// Interns schemas, and translates each of them once.
pub(crate) struct Compiler<'a> {
    pub(crate) document: Document<'a>,
    schemas: Vec<(&'a Value, Applied)>,
    ids: HashMap<Applied, SchemaId>,
    scopes: Vec<Vec<ResourceId>>,
    rules: HashMap<SchemaId, Rc<Vec<Constraint>>>,
    constraint_cache: HashMap<Atom, Rc<Vec<Constraint>>>,
    pub(crate) mutations: Vec<Mutation>,
    synthetic: Vec<Vec<Constraint>>,
    patterns: HashMap<String, Arc<Pattern>>,
    formats: HashMap<String, Option<Arc<Format>>>,
    pub(crate) has_unevaluated: bool,
    /// Whether the validator may round a number of the schema to a double, so that values have to be validated.
    pub(crate) rounds_numbers: bool,
    /// The first error in the document.
    pub(crate) error: Option<GenerateError>,
    /// The first alternative that was omitted. If any was, an empty result does not prove that the schema is
    /// unsatisfiable.
    pub(crate) omission: Option<String>,
    /// The steps left for all expansions, and for the current one.
    pub(crate) budget: usize,
    pub(crate) goal_budget: usize,
    /// The steps left for building the graph.
    pub(crate) graph_budget: usize,
}

impl<'a> Compiler<'a> {
    /// Indexes a document.
    ///
    /// # Errors
    ///
    /// Returns an error if the document exceeds the limits of depth.
    pub(crate) fn new(root: &'a Value) -> Result<Self, GenerateError> {
        let document = Document::index(root)?;
        document.check_depth()?;
        let text = root.to_string();
        Ok(Self {
            document,
            schemas: Vec::new(),
            ids: HashMap::new(),
            scopes: vec![vec![0]],
            rules: HashMap::new(),
            constraint_cache: HashMap::new(),
            mutations: Vec::new(),
            synthetic: Vec::new(),
            patterns: HashMap::new(),
            formats: HashMap::new(),
            has_unevaluated: text.contains("\"unevaluated"),
            rounds_numbers: false,
            error: None,
            omission: None,
            budget: 2_000_000,
            goal_budget: 0,
            graph_budget: 2_000_000,
        })
    }

    /// Returns the atom for the document itself.
    pub(crate) fn root(&mut self) -> Atom {
        let root = self.document.root;
        Atom::Schema(self.intern(root, 0, 0), true)
    }

    fn intern(&mut self, schema: &'a Value, resource: ResourceId, scope: usize) -> SchemaId {
        let key = Applied { schema: std::ptr::from_ref(schema), resource, scope };
        if let Some(id) = self.ids.get(&key) {
            return *id;
        }
        let id = SchemaId::try_from(self.schemas.len()).unwrap_or(SchemaId::MAX);
        self.schemas.push((schema, key));
        self.ids.insert(key, id);
        id
    }

    pub(crate) fn schema_value(&self, schema: SchemaId) -> &'a Value {
        self.schemas[schema as usize].0
    }

    pub(crate) fn pointer_of(&self, schema: SchemaId) -> &str {
        self.document.pointer_of(self.schema_value(schema))
    }

    /// Returns the pointer to the first schema among some atoms, for error messages.
    pub(crate) fn pointer_of_goal(&self, atoms: &[Atom]) -> String {
        let schema = atoms.iter().find_map(|atom| match atom {
            Atom::Schema(schema, true) => Some(*schema),
            _ => None,
        });
        schema.map_or_else(String::new, |schema| self.pointer_of(schema).to_owned())
    }

    pub(crate) fn invalid(&self, schema: SchemaId, reason: &str) -> GenerateError {
        GenerateError::invalid(self.pointer_of(schema), reason)
    }

    fn extend_scope(&mut self, scope: usize, resource: ResourceId) -> usize {
        if !self.document.has_dynamic || self.scopes[scope].contains(&resource) {
            return scope;
        }
        let mut longer = self.scopes[scope].clone();
        longer.push(resource);
        if let Some(known) = self.scopes.iter().position(|known| *known == longer) {
            return known;
        }
        self.scopes.push(longer);
        self.scopes.len() - 1
    }

    /// Interns a subschema.
    pub(crate) fn subschema(&mut self, of: SchemaId, schema: &'a Value) -> SchemaId {
        let outer = self.schemas[of as usize].1;
        let resource = self.document.resource_of(schema).unwrap_or(outer.resource);
        let scope = self.extend_scope(outer.scope, resource);
        self.intern(schema, resource, scope)
    }

    /// Interns the target of a reference.
    pub(crate) fn resolve_reference(&mut self, from: SchemaId, keyword: &str, reference: &str) -> Option<SchemaId> {
        let outer = self.schemas[from as usize].1;
        let scope = &self.scopes[outer.scope];
        let (target, resource) = match keyword {
            "$dynamicRef" => self.document.resolve_dynamic(reference, outer.resource, scope)?,
            "$recursiveRef" => self.document.resolve_recursive(outer.resource, scope),
            _ => self.document.resolve(reference, outer.resource)?,
        };
        let scope = self.extend_scope(outer.scope, resource);
        Some(self.intern(target, resource, scope))
    }

    /// # Errors
    ///
    /// Returns an error if the validator refuses the pattern.
    pub(crate) fn pattern(&mut self, schema: SchemaId, source: &str) -> Result<Arc<Pattern>, GenerateError> {
        if let Some(pattern) = self.patterns.get(source) {
            return Ok(Arc::clone(pattern));
        }
        let Some(pattern) = Pattern::new(source) else {
            return Err(self.invalid(schema, "its pattern is no regular expression of ECMA-262"));
        };
        let pattern = Arc::new(pattern);
        self.patterns.insert(source.to_owned(), Arc::clone(&pattern));
        Ok(pattern)
    }

    fn schema_uri(&self) -> Option<&'a str> {
        self.document.root.get("$schema").and_then(Value::as_str)
    }

    pub(crate) fn format(&mut self, name: &str) -> Option<Arc<Format>> {
        if let Some(format) = self.formats.get(name) {
            return format.clone();
        }
        let format = Format::named(name, self.schema_uri()).map(Arc::new);
        self.formats.insert(name.to_owned(), format.clone());
        format
    }

    pub(crate) fn content(&mut self, media_type: Option<&Value>, encoding: Option<&Value>) -> Option<Arc<Format>> {
        let uri = self.schema_uri()?;
        Format::content(media_type, encoding, uri).map(Arc::new)
    }

    /// Returns whether integers must be spelled without fraction and exponent, as in draft 4.
    pub(crate) fn requires_plain_integers(&self) -> bool {
        self.document.dialect == Dialect::Draft4
    }

    /// Returns the rules of a schema: the constraints that its keywords state.
    pub(crate) fn rules(&mut self, schema: SchemaId) -> Rc<Vec<Constraint>> {
        if let Some(rules) = self.rules.get(&schema) {
            return Rc::clone(rules);
        }
        let rules = keywords::read(self, schema).unwrap_or_else(|error| {
            self.error.get_or_insert(error);
            vec![Constraint::Nothing]
        });
        let rules = Rc::new(rules);
        self.rules.insert(schema, Rc::clone(&rules));
        rules
    }

    /// Creates an atom from constraints.
    pub(crate) fn synthetic(&mut self, constraints: Vec<Constraint>) -> Atom {
        self.synthetic.push(constraints);
        Atom::Synthetic(u32::try_from(self.synthetic.len() - 1).unwrap_or(u32::MAX))
    }

    pub(crate) fn mutated(&mut self, mutation: Mutation) -> Atom {
        self.mutations.push(mutation);
        Atom::Mutated(u32::try_from(self.mutations.len() - 1).unwrap_or(u32::MAX))
    }

    /// Returns the constraints that an atom stands for.
    pub(crate) fn constraints_of(&mut self, atom: Atom) -> Rc<Vec<Constraint>> {
        if let Atom::Schema(schema, true) = atom {
            return self.rules(schema);
        }
        if let Some(constraints) = self.constraint_cache.get(&atom) {
            return Rc::clone(constraints);
        }
        let constraints = match atom {
            Atom::Schema(schema, _) => self.schema_negation(schema),
            Atom::Synthetic(number) => self.synthetic[number as usize].clone(),
            Atom::Mutated(number) => {
                let mutation = self.mutations[number as usize].clone();
                let rules = self.rules(mutation.schema);
                let kept = rules
                    .iter()
                    .enumerate()
                    .filter(|(position, _)| !mutation.removed.contains(position))
                    .map(|(_, rule)| rule.clone());
                kept.chain(mutation.replacement).collect()
            }
        };
        let constraints = Rc::new(constraints);
        self.constraint_cache.insert(atom, Rc::clone(&constraints));
        constraints
    }

    /// Returns the negation of a schema: any of its rules is broken.
    fn schema_negation(&mut self, schema: SchemaId) -> Vec<Constraint> {
        let rules = self.rules(schema);
        let mut alternatives = Vec::new();
        let mut complete = true;
        for position in 0..rules.len() {
            match self.rule_negation(schema, &rules, position) {
                Some(negations) => alternatives.extend(negations),
                None => complete = false,
            }
        }
        if !complete {
            self.note_omission("the negation of a keyword");
            if alternatives.is_empty() {
                return vec![Constraint::Opaque];
            }
        }
        vec![Constraint::AnyOf(alternatives)]
    }

    /// Returns the negation of one rule of a schema, as a disjunction of conjunctions.
    pub(crate) fn rule_negation(
        &mut self,
        schema: SchemaId,
        rules: &[Constraint],
        position: usize,
    ) -> Option<Vec<Vec<Constraint>>> {
        match &rules[position] {
            Constraint::UnevaluatedItems(item) => {
                let unwanted = negate(*item)?;
                self.unevaluated_item(schema, position, unwanted)
            }
            Constraint::UnevaluatedProperties(value) => {
                let unwanted = negate(*value)?;
                Some(self.unevaluated_property(schema, position, unwanted))
            }
            rule => rule.negated(),
        }
    }

    /// Counts work on the graph. Returns false if the budget is used up.
    pub(crate) fn use_graph_budget(&mut self, work: usize) -> bool {
        if self.graph_budget < work {
            self.note_omission("a schema of such a size");
            return false;
        }
        self.graph_budget -= work;
        true
    }

    pub(crate) fn note_omission(&mut self, what: &str) {
        self.omission.get_or_insert_with(|| what.to_owned());
    }
}
