//! Reads the schemas of the official test suite.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// One schema of the suite.
pub struct Group {
    /// The file and the description.
    pub name: String,
    pub schema: Value,
    /// Whether the suite contains a value that the schema accepts.
    pub satisfiable: bool,
}

/// Reads the required tests for a draft, and adds `$schema` where it is missing.
pub fn load(suite: &Path, draft: &str, uri: &str) -> Vec<Group> {
    let folder = suite.join("tests").join(draft);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut groups = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a readable file");
        let list: Value = serde_json::from_str(&text).expect("JSON");
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for group in list.as_array().into_iter().flatten() {
            let tests = group["tests"].as_array().cloned().unwrap_or_default();
            let mut schema = group["schema"].clone();
            if let Value::Object(keywords) = &mut schema {
                keywords.entry("$schema").or_insert_with(|| uri.into());
            }
            groups.push(Group {
                name: format!("{stem}: {}", group["description"].as_str().unwrap_or("")),
                schema,
                satisfiable: tests.iter().any(|test| test["valid"] == true),
            });
        }
    }
    groups
}
