//! Rules of the architecture that the compiler does not enforce.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules in the order of their imports. Modules on one line do not import each other. Files directly below `src`, such as `sync.rs`,
/// belong to no module: every module may import them.
const MODULES: &[&[&str]] = &[
    &["contract"],
    &["model", "diff"],
    &["generate"],
    &["exchange"],
    &["mock", "client", "init"],
    &["subject"],
    &["checks"],
    &["run"],
    &["report"],
    &["passive"],
    &["proxy"],
    &["testing"],
];

/// The modules of `checks` in the order of their imports.
const CHECKS: &[&[&str]] = &[
    &[
        "finding",
        "lateness",
        "verdict",
        "settings",
        "applies",
        "standards",
        "stub",
        "class",
        "account",
        "amounts",
        "progress",
    ],
    &["records"],
    &["case_scope"],
    &["evidence", "exchange_judge", "client_session"],
    &["trial_core", "time", "traffic"],
    &["property"],
    &["server_trial", "client_trial"],
    &["check"],
    &["registry"],
    &["server", "client"],
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn place(room: &str) -> Option<usize> {
    MODULES.iter().position(|line| line.contains(&room))
}

#[test]
fn module_imports_only_modules_before_it() {
    let mut wrong = Vec::new();
    for path in sources(&source_folder()) {
        let relative = path.strip_prefix(source_folder()).unwrap();
        let own = relative.components().next().unwrap().as_os_str().to_str().unwrap();
        let Some(here) = place(own) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        // Examples in documentation are written from outside, and use what they like.
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for (n, line) in code.enumerate() {
            for (at, _) in line.match_indices("crate::") {
                if line[..at].ends_with('$') || line[..at].ends_with("in ") {
                    continue;
                }
                let rest = &line[at + "crate::".len()..];
                let room: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let Some(there) = place(&room) else { continue };
                if room != own && there >= here {
                    wrong.push(format!("{}: line {} of code: {own} imports {room}", relative.display(), n + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn module_of_checks_imports_only_modules_before_it() {
    let folder = source_folder().join("checks");
    let layer = |module: &str| CHECKS.iter().position(|layer| layer.contains(&module));
    let mut wrong = Vec::new();
    for path in sources(&folder) {
        let relative = path.strip_prefix(&folder).unwrap();
        let top = relative.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        if top == "mod" || top == "registry" {
            // The registry names the checks, which is its purpose.
            continue;
        }
        let here = layer(top).unwrap_or_else(|| panic!("{top} has no layer in `CHECKS`"));
        let is_file = relative.components().count() == 1;
        for line in
            fs::read_to_string(&path).unwrap().lines().map(str::trim_start).filter(|line| line.starts_with("use "))
        {
            let path_in_checks = line.strip_prefix("use crate::checks::");
            let path_in_checks = path_in_checks.or_else(|| line.strip_prefix("use super::").filter(|_| is_file));
            let module: String = path_in_checks
                .unwrap_or_default()
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            if module != top && layer(&module).is_some_and(|there| there >= here) {
                wrong.push(format!("{}: {top} imports {module}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn source_code_names_no_provider() {
    let contracts = ringtrue::__cli::contract::bundled();
    let contracts = contracts.iter().map(|name| ringtrue::Contract::load(name).unwrap());
    let mut names = Vec::new();
    for contract in contracts {
        // The parts of a name may be ordinary words.
        names.extend(["-", "_", " ", ""].map(|between| contract.name().replace('-', between)));
        let host = contract.server_url.split("//").nth(1).unwrap_or_default().split('/').next().unwrap();
        let labels: Vec<&str> = host.rsplit('.').take(2).collect();
        names.extend(labels.get(1).map(|second| format!("{second}.{}", labels[0])));
    }
    for path in sources(&source_folder()) {
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        for name in &names {
            assert!(!has_word(&text, name), "{} names {name}: contracts are data", path.display());
        }
    }
}

/// Whether a word stands in a text with no letter before and behind it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + word.len()..].chars().next();
        [before, behind].into_iter().flatten().all(|letter| !letter.is_alphanumeric())
    })
}

#[test]
fn words_are_found_as_a_whole() {
    assert!(has_word("is acme here", "acme") && has_word("(acme)", "acme") && has_word("acme_key", "acme"));
    assert!(!has_word("false", "fal") && !has_word("acmes", "acme"));
}

#[test]
fn every_source_file_has_module_documentation() {
    for path in sources(&source_folder()) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//!"), "{} has no module documentation", path.display());
    }
}

#[test]
fn program_imports_only_the_public_interface_and_the_hidden_module() {
    const PUBLIC: [&str; 4] = ["__cli", "exit_code", "Contract", "bundled_contracts"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/ringtrue-cli/src");
    for path in sources(&folder) {
        let text = fs::read_to_string(&path).unwrap();
        for (at, _) in text.match_indices("ringtrue::") {
            let rest = &text[at + "ringtrue::".len()..];
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            assert!(PUBLIC.contains(&name.as_str()), "{} imports ringtrue::{name}", path.display());
        }
    }
}
