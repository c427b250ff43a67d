//! Names for properties that a schema does not list: common ones, and ones that resemble listed names.

use std::sync::Arc;

/// Names that occur in many schemas, or that programs often handle wrongly.
const COMMON_NAMES: [&str; 14] = [
    "x",
    "extra",
    "id",
    "data",
    "is_frozen",
    "",
    "0",
    "__proto__",
    "constructor",
    "$ref",
    "a/b~c",
    "\u{e9}",
    "\u{1F4B3}",
    " ",
];

/// Returns the names to try, the simplest first.
pub(crate) fn similar_names(known: &[Arc<str>]) -> Vec<String> {
    let mut names: Vec<String> = COMMON_NAMES.iter().map(|name| (*name).to_owned()).collect();
    for name in known.iter().take(6) {
        names.push(name.to_lowercase());
        names.push(name.to_uppercase());
        names.push(to_snake_case(name));
        names.push(to_camel_case(name));
        names.push(format!("{name}s"));
        names.push(format!("{name} "));
        names.push(format!("_{name}"));
        names.push(format!("{name}\u{200B}"));
        // Cyrillic letters that resemble Latin ones.
        let cyrillic = name.replace('a', "\u{430}").replace('e', "\u{435}").replace('o', "\u{43E}");
        names.push(cyrillic);
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn to_snake_case(name: &str) -> String {
    let mut out = String::new();
    for char in name.chars() {
        if char.is_uppercase() {
            out.push('_');
        }
        out.extend(char.to_lowercase());
    }
    out
}

fn to_camel_case(name: &str) -> String {
    let mut out = String::new();
    let mut is_word_start = false;
    for char in name.chars() {
        if char == '_' {
            is_word_start = true;
        } else if std::mem::take(&mut is_word_start) {
            out.extend(char.to_uppercase());
        } else {
            out.push(char);
        }
    }
    out
}
