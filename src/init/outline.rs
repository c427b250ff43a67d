//! The operations of a document as it stands: their names, words, parameters, requests and responses.

use crate::contract::Item;

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "query"];

/// An operation of the document.
#[derive(Debug, Clone)]
pub(super) struct Outline<'a> {
    /// In upper case.
    pub(super) method: String,
    pub(super) path: String,
    pub(super) item: Item<'a>,
    /// The path item, for what stands there for all its operations.
    pub(super) path_item: Item<'a>,
}

/// A parameter of an operation.
#[derive(Debug, Clone)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    pub(super) place: &'a str,
    pub(super) required: bool,
    pub(super) item: Item<'a>,
}

/// The operations of a document, in its order.
pub(super) fn operations<'a>(root: &Item<'a>) -> Vec<Outline<'a>> {
    let mut found = Vec::new();
    for (path, entry) in root.get("paths").map(|paths| paths.members()).unwrap_or_default() {
        if !path.starts_with('/') {
            continue;
        }
        let path_item = entry.follow();
        for method in METHODS {
            let Some(item) = entry.get(method).or_else(|| path_item.get(method)).map(|item| item.follow()) else {
                continue;
            };
            if item.value().is_object() {
                found.push(Outline {
                    method: method.to_ascii_uppercase(),
                    path: path.to_owned(),
                    item,
                    path_item: path_item.clone(),
                });
            }
        }
    }
    found
}

impl<'a> Outline<'a> {
    /// `METHOD /path`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether a name given by a user means this operation: `operationId`, `METHOD /path`, or the path alone.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.item.text("operationId") == Some(name)
            || self.path == name
            || name
                .split_once(' ')
                .is_some_and(|(method, path)| method.eq_ignore_ascii_case(&self.method) && path.trim() == self.path)
    }

    /// The text of a member of the operation; empty if it has none.
    pub(super) fn text(&self, name: &str) -> &'a str {
        self.item.text(name).unwrap_or_default()
    }

    /// The tags.
    pub(super) fn tags(&self) -> Vec<&'a str> {
        let tags = self.item.get("tags").map(|tags| tags.elements()).unwrap_or_default();
        tags.into_iter().filter_map(|tag| tag.value().as_str()).collect()
    }

    /// The parameters of the path item and of the operation.
    pub(super) fn parameters(&self) -> Vec<Parameter<'a>> {
        let mut found: Vec<Parameter<'a>> = Vec::new();
        for list in [self.item.get("parameters"), self.path_item.get("parameters")].into_iter().flatten() {
            for item in list.elements() {
                let item = item.follow();
                let (Some(name), Some(place)) = (item.text("name"), item.text("in")) else { continue };
                if !found.iter().any(|known| known.name == name && known.place == place) {
                    let required = item.is_true("required") || place == "path";
                    found.push(Parameter { name, place, required, item });
                }
            }
        }
        found
    }

    /// The documented responses by key, references followed.
    pub(super) fn responses(&self) -> Vec<(&'a str, Item<'a>)> {
        let responses = self.item.get("responses").map(|responses| responses.follow().members()).unwrap_or_default();
        let responses = responses.into_iter().filter(|(key, _)| !key.starts_with("x-"));
        responses.map(|(key, response)| (key, response.follow())).collect()
    }

    /// The response under a key.
    pub(super) fn response(&self, key: &str) -> Option<Item<'a>> {
        self.responses().into_iter().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, response)| response)
    }

    /// The first response that is a success, with its key.
    pub(super) fn success(&self) -> Option<(&'a str, Item<'a>)> {
        self.responses().into_iter().find(|(key, _)| key.starts_with('2'))
    }

    /// The request body.
    pub(super) fn request(&self) -> Option<Item<'a>> {
        self.item.get("requestBody").map(|body| body.follow())
    }
}

/// The first JSON media type of a response or of a request body.
pub(super) fn json_content<'a>(owner: &Item<'a>) -> Option<Item<'a>> {
    let content = owner.get("content")?.follow();
    let members = content.members();
    let json = members.iter().find(|(name, _)| {
        let name = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        name == "application/json" || name.ends_with("+json") || name == "*/*"
    });
    json.map(|(_, content)| content.follow())
}

/// The examples that a media type shows, with the schema's own.
pub(super) fn examples<'a>(content: &Item<'a>) -> Vec<Item<'a>> {
    let mut found: Vec<Item<'a>> = content.get("example").into_iter().collect();
    for (_, example) in content.get("examples").map(|examples| examples.members()).unwrap_or_default() {
        found.extend(example.follow().get("value"));
    }
    let schema = content.get("schema").map(|schema| schema.follow());
    found.extend(schema.as_ref().and_then(|schema| schema.get("example")));
    found.extend(schema.and_then(|schema| schema.get("examples")).into_iter().flat_map(|list| list.elements()));
    found
}
