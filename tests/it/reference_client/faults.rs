//! The names of the ways for a client to be wrong. That each of them shows is a law of the registry.

use std::collections::BTreeSet;

use ringtrue::__cli::client::faults;

#[test]
fn fault_names_are_unique_and_found() {
    let mut names = BTreeSet::new();
    for fault in faults::all() {
        assert!(names.insert(fault.name), "{}", fault.name);
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(fault.name.bytes().all(plain), "{}", fault.name);
        assert!(!fault.about.ends_with('.') && !fault.about.is_empty());
        assert!(faults::named(fault.name).is_some());
    }
}
