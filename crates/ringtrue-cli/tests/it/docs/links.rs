//! Links in the Markdown files, and what each of these files has to hold.

use std::path::{Component, Path, PathBuf};

use super::{files, markdown, root};

/// The README's limit, in bytes.
const README_LIMIT: usize = 9 * 1024;

/// Folders of one machine, which mean nothing on another.
const MACHINE_PATHS: [&str; 3] = ["/home/", "/Users/", "C:\\"];

fn read(file: &Path) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

/// What is wrong with a link in a file.
fn flaw(file: &Path, target: &str) -> Option<String> {
    if let Some((scheme, rest)) = target.split_once("://") {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let valid = matches!(scheme, "http" | "https") && host.contains('.') && !host.contains(['@', '<', '"']);
        return (!valid).then(|| "is not an http or https URL".to_owned());
    }
    if target.starts_with('/') {
        return Some("is an absolute path".to_owned());
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let aim = if path.is_empty() { Some(file.to_owned()) } else { within_root(&file.with_file_name(path)) };
    let Some(aim) = aim else { return Some("leads out of the repository".to_owned()) };
    if !root().join(&aim).exists() {
        return Some("leads to no file".to_owned());
    }
    let anchor = anchor?;
    let is_markdown = aim.extension().is_some_and(|extension| extension == "md");
    if is_markdown && !markdown::anchors(&read(&aim)).iter().any(|have| have == anchor) {
        return Some(format!("{} has no heading for `#{anchor}`", aim.display()));
    }
    None
}

/// A relative path without `.` and `..`; `None` if it leads out of the repository.
fn within_root(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::ParentDir => clean.pop().then_some(())?,
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(clean)
}

#[test]
fn links_in_markdown_lead_somewhere() {
    let mut wrong = Vec::new();
    for file in files() {
        let text = read(&file);
        for (n, line) in markdown::split(&text).0 {
            let flaws = markdown::targets(line).into_iter().filter_map(|target| Some((flaw(&file, &target)?, target)));
            wrong.extend(flaws.map(|(flaw, target)| format!("{}:{n}: `{target}` {flaw}", file.display())));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn broken_links_are_noticed() {
    let flaw = |target: &str| flaw(Path::new("docs/README.md"), target);
    for good in ["../README.md", "checks.md", "#guides", "https://example.com/a#b", "../schemas"] {
        assert_eq!(flaw(good), None, "{good}");
    }
    for bad in ["nothing.md", "/etc/hosts", "../../outside.md", "#no-such-heading", "ftp://example.com", "http://"] {
        assert!(flaw(bad).is_some(), "{bad}");
    }
}

#[test]
fn markdown_names_no_folder_of_one_machine() {
    for file in files() {
        let text = read(&file);
        for (n, line) in text.lines().enumerate() {
            let named = MACHINE_PATHS.iter().find(|path| line.contains(*path));
            assert_eq!(named, None, "{}:{}: {line}", file.display(), n + 1);
        }
    }
}

#[test]
fn readme_is_short_and_has_both_commands() {
    let text = read(Path::new("README.md"));
    assert!(text.len() <= README_LIMIT, "README.md has {} bytes, more than {README_LIMIT}", text.len());
    for command in ["cargo run --release -- selftest", "cargo test"] {
        assert!(text.lines().any(|line| line.starts_with(command)), "README.md does not have `{command}`");
    }
}

#[test]
fn every_guide_is_listed_in_the_index() {
    let index = read(Path::new("docs/README.md"));
    let listed: Vec<String> = index.lines().flat_map(markdown::targets).collect();
    for file in files() {
        let Ok(guide) = file.strip_prefix("docs") else { continue };
        // The pages of providers have an index of their own.
        if guide.starts_with("providers") && guide != Path::new("providers/README.md") {
            continue;
        }
        let listed = listed.iter().any(|target| Path::new(target) == guide);
        assert!(listed || guide == Path::new("README.md"), "docs/README.md does not list {}", guide.display());
    }
}
