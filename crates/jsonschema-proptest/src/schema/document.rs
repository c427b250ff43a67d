//! An index of a schema document: its subschemas, identifiers and references.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::error::GenerateError;
use crate::schema::depth::check_nesting;

/// A draft of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dialect {
    Draft4,
    Draft6,
    Draft7,
    Draft201909,
    Draft202012,
}

impl Dialect {
    fn of(schema: &Value) -> Self {
        let uri = schema.get("$schema").and_then(Value::as_str).unwrap_or("");
        if uri.contains("draft-04") {
            Self::Draft4
        } else if uri.contains("draft-06") {
            Self::Draft6
        } else if uri.contains("draft-07") {
            Self::Draft7
        } else if uri.contains("2019-09") {
            Self::Draft201909
        } else {
            Self::Draft202012
        }
    }

    /// Returns whether keywords next to `$ref` are ignored, as in drafts up to 7.
    pub(crate) fn ref_hides_siblings(self) -> bool {
        self <= Self::Draft7
    }

    fn id_keyword(self) -> &'static str {
        if self == Self::Draft4 { "id" } else { "$id" }
    }
}

/// The way in which a keyword contains subschemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubschemaLocation {
    /// The value is a schema.
    Schema,
    /// The value is an object of schemas.
    Map,
    /// The value is an array of schemas, or one schema.
    List,
    /// The value contains no schema.
    None,
}

/// Returns the way in which a keyword contains subschemas.
pub(crate) fn subschema_location(keyword: &str) -> SubschemaLocation {
    match keyword {
        "additionalItems"
        | "additionalProperties"
        | "contains"
        | "else"
        | "if"
        | "not"
        | "propertyNames"
        | "then"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "contentSchema" => SubschemaLocation::Schema,
        "$defs" | "definitions" | "dependencies" | "dependentSchemas" | "patternProperties" | "properties" => {
            SubschemaLocation::Map
        }
        "allOf" | "anyOf" | "items" | "oneOf" | "prefixItems" => SubschemaLocation::List,
        _ => SubschemaLocation::None,
    }
}

pub(crate) type ResourceId = usize;

/// The location of a schema in the document.
#[derive(Clone, Debug)]
struct SchemaLocation {
    resource: ResourceId,
    pointer: String,
}

/// A schema resource: the document, or a subschema with an `$id`.
#[derive(Debug)]
struct Resource<'a> {
    root: &'a Value,
    base: Option<url::Url>,
    anchors: HashMap<&'a str, &'a Value>,
    dynamic: HashMap<&'a str, &'a Value>,
    recursive: bool,
}

/// An indexed document.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) root: &'a Value,
    pub(crate) dialect: Dialect,
    locations: HashMap<*const Value, SchemaLocation>,
    resources: Vec<Resource<'a>>,
    by_uri: HashMap<String, ResourceId>,
    /// Whether any reference depends on the dynamic scope.
    pub(crate) has_dynamic: bool,
}

impl<'a> Document<'a> {
    /// Indexes a document.
    ///
    /// # Errors
    ///
    /// Returns an error if the document is nested too deeply.
    pub(crate) fn index(root: &'a Value) -> Result<Self, GenerateError> {
        let dialect = Dialect::of(root);
        let mut document = Self {
            root,
            dialect,
            locations: HashMap::new(),
            resources: Vec::new(),
            by_uri: HashMap::new(),
            has_dynamic: false,
        };
        check_nesting(root)?;
        document.add_resource(root, url::Url::parse("json-schema:///").ok());
        let mut open = vec![(root, 0, String::new())];
        while let Some((schema, resource, pointer)) = open.pop() {
            document.index_schema(schema, resource, pointer, &mut open);
        }
        Ok(document)
    }

    fn add_resource(&mut self, root: &'a Value, base: Option<url::Url>) -> ResourceId {
        let id = self.resources.len();
        if let Some(base) = &base {
            let mut key = base.clone();
            key.set_fragment(None);
            self.by_uri.entry(key.to_string()).or_insert(id);
        }
        self.resources.push(Resource {
            root,
            base,
            anchors: HashMap::new(),
            dynamic: HashMap::new(),
            recursive: false,
        });
        id
    }

    fn index_schema(
        &mut self,
        schema: &'a Value,
        resource: ResourceId,
        pointer: String,
        open: &mut Vec<(&'a Value, ResourceId, String)>,
    ) {
        let mut resource = resource;
        if let Value::Object(keywords) = schema {
            resource = self.register_identifiers(schema, keywords, resource);
            for (keyword, value) in keywords {
                let below = format!("{pointer}/{}", escape_pointer(keyword));
                match (subschema_location(keyword), value) {
                    (SubschemaLocation::Map, Value::Object(map)) => {
                        for (name, sub) in map {
                            if sub.is_object() || sub.is_boolean() {
                                open.push((sub, resource, format!("{below}/{}", escape_pointer(name))));
                            }
                        }
                    }
                    (SubschemaLocation::List, Value::Array(list)) => {
                        for (position, sub) in list.iter().enumerate() {
                            open.push((sub, resource, format!("{below}/{position}")));
                        }
                    }
                    (SubschemaLocation::Schema | SubschemaLocation::List, Value::Object(_) | Value::Bool(_)) => {
                        open.push((value, resource, below));
                    }
                    _ => {}
                }
            }
        }
        self.locations.insert(std::ptr::from_ref(schema), SchemaLocation { resource, pointer });
    }

    /// Registers the identifiers of a schema, and returns the resource that it belongs to.
    fn register_identifiers(
        &mut self,
        schema: &'a Value,
        keywords: &'a Map<String, Value>,
        outer: ResourceId,
    ) -> ResourceId {
        let mut resource = outer;
        let hidden = self.dialect.ref_hides_siblings() && keywords.contains_key("$ref");
        let id = keywords.get(self.dialect.id_keyword()).and_then(Value::as_str).filter(|_| !hidden);
        if let Some(id) = id {
            if let Some(anchor) = id.strip_prefix('#') {
                self.resources[resource].anchors.insert(anchor, schema);
            } else {
                let base = match &self.resources[resource].base {
                    Some(base) => base.join(id).ok(),
                    None => url::Url::parse(id).ok(),
                };
                if std::ptr::eq(schema, self.root) {
                    self.resources[0].base.clone_from(&base);
                    if let Some(mut base) = base {
                        base.set_fragment(None);
                        self.by_uri.insert(base.to_string(), 0);
                    }
                } else {
                    resource = self.add_resource(schema, base);
                }
            }
        }
        let entry = &mut self.resources[resource];
        if let Some(Value::String(anchor)) = keywords.get("$anchor") {
            entry.anchors.insert(anchor, schema);
        }
        if let Some(Value::String(anchor)) = keywords.get("$dynamicAnchor") {
            entry.anchors.insert(anchor, schema);
            entry.dynamic.insert(anchor, schema);
            self.has_dynamic = true;
        }
        if keywords.get("$recursiveAnchor") == Some(&Value::Bool(true)) {
            entry.recursive = true;
            self.has_dynamic = true;
        }
        resource
    }

    /// Returns the resource of a schema. `None` if the schema is reached by a JSON pointer only.
    pub(crate) fn resource_of(&self, schema: &Value) -> Option<ResourceId> {
        self.locations.get(&std::ptr::from_ref(schema)).map(|place| place.resource)
    }

    /// Returns the JSON pointer to a schema.
    pub(crate) fn pointer_of(&self, schema: &Value) -> &str {
        self.locations.get(&std::ptr::from_ref(schema)).map_or("", |place| &place.pointer)
    }

    /// Resolves a `$ref`. `None` if the target is not in the document.
    pub(crate) fn resolve(&self, reference: &str, from: ResourceId) -> Option<(&'a Value, ResourceId)> {
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let resource = if uri.is_empty() {
            from
        } else {
            let mut target = match &self.resources[from].base {
                Some(base) => base.join(uri).ok()?,
                None => url::Url::parse(uri).ok()?,
            };
            target.set_fragment(None);
            *self.by_uri.get(&target.to_string())?
        };
        let fragment = percent_decode(fragment)?;
        let root = self.resources[resource].root;
        if fragment.is_empty() {
            return Some((root, resource));
        }
        let Some(pointer) = fragment.strip_prefix('/') else {
            let target = self.resources[resource].anchors.get(fragment.as_str())?;
            return Some((target, resource));
        };
        let (mut at, mut within) = (root, resource);
        for segment in pointer.split('/') {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            at = match at {
                Value::Object(map) => map.get(&segment)?,
                Value::Array(list) => list.get(segment.parse::<usize>().ok()?)?,
                _ => return None,
            };
            within = self.resource_of(at).unwrap_or(within);
        }
        Some((at, within))
    }

    /// Resolves a `$dynamicRef` in a dynamic scope, whose first resource is the outermost.
    pub(crate) fn resolve_dynamic(
        &self,
        reference: &str,
        from: ResourceId,
        scope: &[ResourceId],
    ) -> Option<(&'a Value, ResourceId)> {
        let (target, resource) = self.resolve(reference, from)?;
        let anchor = reference.split_once('#').map_or("", |(_, anchor)| anchor);
        let is_dynamic = target.get("$dynamicAnchor").and_then(Value::as_str) == Some(anchor);
        if !is_dynamic {
            return Some((target, resource));
        }
        let outermost = scope.iter().find_map(|candidate| {
            let found = self.resources[*candidate].dynamic.get(anchor)?;
            Some((*found, *candidate))
        });
        Some(outermost.unwrap_or((target, resource)))
    }

    /// Resolves `"$recursiveRef": "#"` in a dynamic scope.
    pub(crate) fn resolve_recursive(&self, from: ResourceId, scope: &[ResourceId]) -> (&'a Value, ResourceId) {
        let resource = if self.resources[from].recursive {
            let outermost = scope.iter().find(|candidate| self.resources[**candidate].recursive);
            outermost.copied().unwrap_or(from)
        } else {
            from
        };
        (self.resources[resource].root, resource)
    }
}

/// Escapes one segment of a JSON pointer.
pub(crate) fn escape_pointer(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

fn percent_decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let hex = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}
