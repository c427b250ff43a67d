//! Names in the Markdown files are names that exist: ids of checks, options of commands.

use std::path::Path;
use std::process::Command;

use ringtrue::__cli::checks::registry;

use super::{files, markdown, program, root};

/// Areas of check ids.
const AREAS: [&str; 7] = ["shape", "error", "auth", "cache", "fail-open", "balance", "robust"];

/// Files that may use names of the past.
fn is_history(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "CHANGELOG.md")
}

/// Whether a word has the form of a check id.
fn looks_like_id(word: &str) -> bool {
    let Some((area, name)) = word.split_once('.') else { return false };
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    AREAS.contains(&area) && plain && !name.is_empty() && name != "rs" && name != "md"
}

#[test]
fn check_ids_in_markdown_exist() {
    let known: Vec<&str> = registry().map(|entry| entry.check.id).collect();
    for file in files().into_iter().filter(|file| !is_history(file)) {
        let text = std::fs::read_to_string(root().join(&file)).unwrap();
        for (n, line) in text.lines().enumerate() {
            let words = markdown::code(line).flat_map(str::split_whitespace).filter(|word| looks_like_id(word));
            for word in words {
                assert!(known.contains(&word), "{}:{}: there is no check `{word}`", file.display(), n + 1);
            }
        }
    }
}

/// The commands of a block of code, with lines that end in `\` joined.
fn commands(fence: &markdown::Fence<'_>) -> Vec<String> {
    let prompt = fence.language == "console";
    let mut found: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in &fence.lines {
        let command = if prompt { line.strip_prefix("$ ") } else { Some(*line) };
        match (command, goes_on) {
            (_, true) => {
                if let Some(last) = found.last_mut() {
                    last.push(' ');
                    last.push_str(line.trim());
                }
            }
            (Some(command), false) => found.push(command.trim().to_owned()),
            (None, false) => {}
        }
        goes_on = line.ends_with('\\') && (goes_on || command.is_some());
    }
    found
}

/// The options of a subcommand, out of its help.
fn options(subcommand: &str) -> Vec<String> {
    let output = Command::new(program()).args([subcommand, "--help"]).output().unwrap();
    assert!(output.status.success(), "there is no subcommand `{subcommand}`");
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = help.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.starts_with("--")).map(str::to_owned).collect()
}

#[test]
fn options_in_markdown_exist() {
    for file in files().into_iter().filter(|file| !is_history(file)) {
        let text = std::fs::read_to_string(root().join(&file)).unwrap();
        let (_, fences) = markdown::split(&text);
        let shell = fences.iter().filter(|fence| matches!(fence.language, "sh" | "console"));
        for command in shell.flat_map(commands) {
            let mut words = command.split_whitespace();
            let (Some("ringtrue"), Some(subcommand)) = (words.next(), words.next()) else { continue };
            let known = options(subcommand);
            // What stands behind `--` belongs to another program.
            for word in words.take_while(|word| !matches!(*word, "--" | "|" | "&&" | "#")) {
                let option = word.split('=').next().unwrap_or(word);
                let exists = !option.starts_with("--") || known.iter().any(|have| have == option);
                assert!(exists, "{}: `{command}`: there is no option `{option}`", file.display());
            }
        }
    }
}
