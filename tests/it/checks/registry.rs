//! The laws of the registry that need no run.

use std::collections::BTreeSet;

use ringtrue::__cli::checks::{Side, registry};
use ringtrue::__cli::client::faults as client_faults;
use ringtrue::__cli::mock::faults;

const AREAS: &[&str] = &["shape", "error", "auth", "cache", "fail-open", "balance", "robust"];

#[test]
fn ids_are_unique_and_name_their_area() {
    let mut seen = BTreeSet::new();
    for entry in registry() {
        let id = entry.check.id;
        assert!(seen.insert(id), "{id} stands twice");
        let (area, name) = id.split_once('.').unwrap();
        assert!(AREAS.contains(&area), "{id} is in no area");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{id}");
    }
}

#[test]
fn documentation_of_every_check_has_the_fixed_headings() {
    const HEADINGS: [&str; 3] = ["## What it checks", "## Why it matters", "## How"];
    let mut wrong = Vec::new();
    for entry in registry() {
        let (id, doc) = (entry.check.id, entry.doc());
        if !doc.starts_with("# ") || entry.title().is_empty() {
            wrong.push(format!("{id} has no title"));
        }
        let found: Vec<&str> = doc.lines().filter(|line| line.starts_with("## ")).collect();
        if found != HEADINGS {
            wrong.push(format!("{id} has the headings {found:?}"));
        }
        for section in doc.split("\n## ").skip(1) {
            let (heading, text) = section.split_once('\n').unwrap_or((section, ""));
            if text.trim().is_empty() {
                wrong.push(format!("{id}: the section {heading} is empty"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_server_fault_belongs_to_a_check_and_every_check_has_one() {
    let mut claimed = BTreeSet::new();
    for entry in registry().filter(|entry| entry.check.side == Side::Server) {
        assert!(!entry.check.faults.is_empty(), "{} has no fault", entry.check.id);
        for name in entry.check.faults {
            assert!(faults::find(name).is_some(), "{}: there is no fault {name}", entry.check.id);
            claimed.insert(*name);
        }
    }
    let mut names = BTreeSet::new();
    for fault in faults::all() {
        assert!(names.insert(fault.name), "the fault {} stands twice", fault.name);
        assert!(claimed.contains(fault.name), "the fault {} belongs to no check", fault.name);
    }
}

#[test]
fn every_client_fault_belongs_to_a_check_and_every_check_has_one() {
    let mut claimed = BTreeSet::new();
    for entry in registry().filter(|entry| entry.check.side == Side::Client) {
        assert!(!entry.check.faults.is_empty(), "{} has no fault", entry.check.id);
        for name in entry.check.faults {
            assert!(client_faults::named(name).is_some(), "{}: there is no fault {name}", entry.check.id);
            claimed.insert(*name);
        }
    }
    let unclaimed: Vec<&str> =
        client_faults::all().map(|fault| fault.name).filter(|name| !claimed.contains(name)).collect();
    assert!(unclaimed.is_empty(), "faults that belong to no check: {unclaimed:?}");
}
