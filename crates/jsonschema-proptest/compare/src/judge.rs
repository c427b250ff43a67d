//! Decides whether a generated value is valid, with a validator that no generator uses.

use std::error::Error;
use std::path::{Path, PathBuf};

use boon::{Compiler, Draft, SchemaIndex, Schemas, UrlLoader};
use serde_json::Value;

/// A compiled schema.
pub struct Judge {
    schemas: Schemas,
    index: SchemaIndex,
}

/// Loads the documents that the suite refers to from its folder `remotes`.
struct Remotes(PathBuf);

impl UrlLoader for Remotes {
    fn load(&self, url: &str) -> Result<Value, Box<dyn Error>> {
        let path = url.strip_prefix("http://localhost:1234/").ok_or("not a document of the suite")?;
        Ok(serde_json::from_str(&std::fs::read_to_string(self.0.join(path))?)?)
    }
}

impl Judge {
    pub fn new(schema: &Value, suite: &Path) -> Self {
        const URL: &str = "json-schema:///judged";
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.use_loader(Box::new(Remotes(suite.join("remotes"))));
        compiler.add_resource(URL, schema.clone()).expect("a resource");
        let index = compiler.compile(URL, &mut schemas).unwrap_or_else(|error| panic!("{error:#}: {schema}"));
        Self { schemas, index }
    }

    pub fn accepts(&self, text: &str) -> bool {
        let Ok(value) = serde_json::from_str::<Value>(text) else { return false };
        self.schemas.validate(&value, self.index).is_ok()
    }
}
