//! An index of a schema document: its subschemas, identifiers and references.

use std::collections::HashMap;

use jsonschema::{Uri, uri};
use serde_json::{Map, Value};

use crate::error::GenerateError;
use crate::schema::depth::check_nesting;
use crate::schema::dialect::{Dialect, SubschemaLocation, subschema_location};
use crate::schema::reference::resolve_uri;

pub(crate) type ResourceId = usize;

/// The location of a schema in the document.
#[derive(Clone, Debug)]
struct SchemaLocation {
    resource: ResourceId,
    pointer: String,
}

/// A schema resource: the document, or a subschema with an `$id`.
#[derive(Debug)]
pub(crate) struct Resource<'a> {
    pub(super) root: &'a Value,
    pub(super) base: Option<Uri<String>>,
    pub(super) anchors: HashMap<&'a str, &'a Value>,
    /// The anchors that `$dynamicAnchor` defines.
    pub(super) dynamic: HashMap<&'a str, &'a Value>,
    /// Whether `$recursiveAnchor` is true.
    pub(super) recursive: bool,
}

/// An indexed document.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) root: &'a Value,
    pub(crate) dialect: Dialect,
    locations: HashMap<*const Value, SchemaLocation>,
    pub(super) resources: Vec<Resource<'a>>,
    pub(super) by_uri: HashMap<String, ResourceId>,
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
        document.add_resource(root, uri::from_str("json-schema:///").ok());
        let mut open = vec![(root, 0, String::new())];
        while let Some((schema, resource, pointer)) = open.pop() {
            document.index_schema(schema, resource, pointer, &mut open);
        }
        Ok(document)
    }

    fn add_resource(&mut self, root: &'a Value, base: Option<Uri<String>>) -> ResourceId {
        let id = self.resources.len();
        if let Some(base) = &base {
            self.by_uri.entry(base.strip_fragment().to_string()).or_insert(id);
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
                let inner_pointer = format!("{pointer}/{}", escape_pointer(keyword));
                match (subschema_location(keyword), value) {
                    (SubschemaLocation::Map, Value::Object(map)) => {
                        for (name, sub) in map {
                            if sub.is_object() || sub.is_boolean() {
                                open.push((sub, resource, format!("{inner_pointer}/{}", escape_pointer(name))));
                            }
                        }
                    }
                    (SubschemaLocation::List, Value::Array(list)) => {
                        for (position, sub) in list.iter().enumerate() {
                            open.push((sub, resource, format!("{inner_pointer}/{position}")));
                        }
                    }
                    (SubschemaLocation::Schema | SubschemaLocation::List, Value::Object(_) | Value::Bool(_)) => {
                        open.push((value, resource, inner_pointer));
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
                let base = resolve_uri(self.resources[resource].base.as_ref(), id);
                if std::ptr::eq(schema, self.root) {
                    self.resources[0].base.clone_from(&base);
                    if let Some(base) = base {
                        self.by_uri.insert(base.strip_fragment().to_string(), 0);
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
}

/// Escapes one segment of a JSON pointer.
pub(crate) fn escape_pointer(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}
