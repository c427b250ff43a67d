//! That every fault does what its name says is shown by the checks; here, that the list is sound.

use std::collections::BTreeSet;

use ringtrue::client::faults;

#[test]
fn names_are_unique_and_found() {
    let mut names = BTreeSet::new();
    for fault in faults::all() {
        assert!(names.insert(fault.name), "{}", fault.name);
        assert!(fault.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{}", fault.name);
        assert!(!fault.about.ends_with('.') && !fault.about.is_empty());
        assert!(faults::named(fault.name).is_some());
    }
}
