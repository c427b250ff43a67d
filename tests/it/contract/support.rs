//! Contracts written down on the spot.

use std::path::PathBuf;

use ringtrue::__cli::contract::{Contract, Lint, LoadError, lint};

/// A contract's folder that is gone after the test.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// A folder with these files, by name.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text.as_bytes());
        }
        folder
    }

    /// A folder with a main document only.
    pub(crate) fn yaml(text: &str) -> Self {
        Self::of(&[("openapi.yaml", text)])
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    pub(crate) fn load(&self) -> Result<Contract, LoadError> {
        Contract::load(self.path())
    }

    pub(crate) fn lint(&self) -> Lint {
        lint(self.path())
    }

    /// The diagnostics as text, without the folder's own path.
    pub(crate) fn diagnostics(&self) -> Vec<String> {
        let prefix = format!("{}/", self.path());
        self.lint().diagnostics.iter().map(|diagnostic| diagnostic.to_string().replace(&prefix, "")).collect()
    }
}

/// A document with one operation, `GET /credits`, and whatever else is given, which begins at the left margin.
pub(crate) fn document(rest: &str) -> String {
    format!(
        "openapi: 3.1.0
info: {{title: Credits, version: '1'}}
servers: [{{url: 'https://api.example.com/v1/'}}]
paths:
  /credits:
    get:
      operationId: getCredits
      summary: What is left
      responses:
        '200':
          description: The balance
          content:
            application/json:
              schema: {{$ref: '#/components/schemas/Balance'}}
              example: {{credits: 5}}
components:
  schemas:
    Balance:
      type: object
      required: [credits]
      properties: {{credits: {{type: number}}}}
{rest}"
    )
}

/// A JSON document of about this many bytes, made of many operations and schemas.
pub(crate) fn large(bytes: usize) -> String {
    use serde_json::{Map, Value, json};

    let mut schemas = Map::new();
    let mut paths = Map::new();
    let mut size = 0;
    let mut number = 0;
    while size < bytes {
        let properties: Map<String, Value> = (0..12)
            .map(|index| {
                let text = "What this property is for, at some length, as documents have it.";
                let schema = json!({"type": "string", "maxLength": index + 10, "pattern": "^[a-z0-9 ]*$", "description": text, "example": "abc"});
                (format!("property_{index}"), schema)
            })
            .chain([("next".to_owned(), json!({"$ref": format!("#/components/schemas/Model{}", number / 2)}))])
            .chain([("list".to_owned(), json!({"type": "array", "items": {"$ref": format!("#/components/schemas/Model{}", number / 3)}}))])
            .collect();
        let schema = json!({"type": "object", "required": ["property_0"], "properties": properties});
        let content = json!({"application/json": {
            "schema": {"$ref": format!("#/components/schemas/Model{number}")},
            "example": {"property_0": "abc", "property_1": "def", "list": []}
        }});
        let operation = json!({
            "operationId": format!("operation{number}"),
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "It", "content": content}, "404": {"description": "No"}}
        });
        size += schema.to_string().len() + operation.to_string().len();
        schemas.insert(format!("Model{number}"), schema);
        paths.insert(format!("/things{number}/{{id}}"), json!({"get": operation}));
        number += 1;
    }
    let info = json!({"title": "Large", "version": "1"});
    json!({"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": schemas}}).to_string()
}
