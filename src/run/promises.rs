//! The promises of a contract, for reports, lists and documentation: what could be judged, and where each sentence is published.

use super::judged_check::{JudgedCheck, source};
use super::report::{ContractPromise, PromiseSource};
use crate::contract::{Contract, Promise};

/// Lists the promises of a contract, each once, with all that it is about.
#[must_use]
pub fn promises(contract: &Contract) -> Vec<ContractPromise> {
    let mut list = List { contract, promises: Vec::new() };
    for operation in &contract.operations {
        let name = format!("{} {}", operation.method, operation.path);
        list.add(&name, Some(&operation.promise));
        list.add(&format!("{name}: costs nothing"), operation.free.as_ref());
        list.add(&format!("{name}: not limited in rate"), operation.unlimited.as_ref());
        list.add(
            &format!("{name}: limited by another amount"),
            operation.capped_by.as_ref().map(|capped| &capped.promise),
        );
        for repeated in &operation.fields.remaining_repeated {
            list.add(&format!("{name}: repeats what is left"), Some(&repeated.promise));
        }
        list.add(&format!("{name}: reserved credits"), operation.fields.held.as_ref().map(|held| &held.promise));
        list.add(&format!("{name}: reset"), operation.fields.resets.as_ref().map(|resets| &resets.promise));
        if let Some(cost) = &operation.cost {
            list.add(&format!("{name}: cost"), Some(&cost.promise));
        }
        for response in &operation.responses {
            list.add(&format!("{name}: responses"), response.promise.as_ref());
        }
        for (condition, documented) in &operation.conditions {
            for documented in documented.each() {
                list.add(&format!("{name}: {condition}"), Some(&documented.promise));
            }
        }
        for rule in &operation.invariants {
            list.add(&format!("{name}: {}", rule.id), Some(&rule.promise));
        }
    }
    for (condition, documented) in &contract.conditions {
        list.add(&condition.to_string(), Some(&documented.promise));
    }
    list.add("order of conditions", contract.precedence.as_ref().map(|precedence| &precedence.promise));
    if let Some(credential) = &contract.credential {
        list.add("credential", Some(&credential.required));
        list.add("case of the scheme", credential.scheme_case_sensitive.as_ref());
    }
    let caching = &contract.caching;
    for (side, rule) in [("caching by servers", &caching.server), ("caching by clients", &caching.client)] {
        if let Some(rule) = rule {
            list.add(side, Some(&rule.promise));
            list.add(&format!("{side}: scope"), rule.scope.as_ref());
            for (role, promise) in &rule.invalidated_by {
                list.add(&format!("{side}: {role} invalidates"), Some(promise));
            }
        }
    }
    if let Some(failure) = &contract.failure {
        list.add("failure of the store, servers", failure.server.as_ref());
        list.add("failure of the store, clients", failure.client.as_ref());
        list.add("failure of the store, paid calls", failure.enforced_on_spend.as_ref());
    }
    list.promises
}

/// Adds to each promise which checks found that it held.
pub(super) fn count_judged(promises: &mut [ContractPromise], judged: &[JudgedCheck]) {
    for promise in promises {
        let held = |check: &&JudgedCheck| {
            check.promises.iter().any(|judged| {
                judged.held && judged.quote == promise.source.quote && judged.document == promise.source.document
            })
        };
        promise.held_in = judged.iter().filter(held).map(|check| check.result.id.clone()).collect();
    }
}

struct List<'c> {
    contract: &'c Contract,
    promises: Vec<ContractPromise>,
}

impl List<'_> {
    fn add(&mut self, about: &str, promise: Option<&Promise>) {
        let Some(promise) = promise else { return };
        let same = |have: &&mut ContractPromise| {
            have.source.document == promise.document
                && have.source.quote == promise.quote
                && have.level == promise.level
        };
        if let Some(have) = self.promises.iter_mut().find(same) {
            if !have.about.iter().any(|have| have == about) {
                have.about.push(about.to_owned());
            }
            return;
        }
        let mut source = source(promise);
        publish(self.contract, &mut source);
        self.promises.push(ContractPromise {
            level: promise.level,
            about: vec![about.to_owned()],
            held_in: Vec::new(),
            source,
        });
    }
}

/// Adds where the document of a source is published.
pub(super) fn publish(contract: &Contract, source: &mut PromiseSource) {
    let declared = contract.sources.get(&source.document).and_then(|document| document.url.clone());
    source.url = declared.or_else(|| rfc(&source.document)).filter(|url| is_web_address(url));
}

/// Returns the address of a section of an RFC: `RFC 9110, 15.5.2`.
fn rfc(document: &str) -> Option<String> {
    let rest = document.strip_prefix("RFC ")?;
    let (number, section) = rest.split_once(", ").map_or((rest, None), |(number, section)| (number, Some(section)));
    let is_number = |text: &str| !text.is_empty() && text.split('.').all(|part| part.parse::<u32>().is_ok());
    let page = is_number(number).then(|| format!("https://www.rfc-editor.org/rfc/rfc{number}"))?;
    Some(match section.and_then(|section| section.split([' ', ',', ';']).next()).filter(|section| is_number(section)) {
        Some(section) => format!("{page}#section-{section}"),
        None => page,
    })
}

/// Whether a link to it is a link to a page, and nothing that a browser would run.
pub(super) fn is_web_address(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::{is_web_address, rfc};

    #[test]
    fn section_of_an_rfc_has_an_address() {
        let address = |document| rfc(document).unwrap_or_default();
        assert_eq!(address("RFC 9110, 15.5.2"), "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2");
        assert_eq!(address("RFC 9111, 4.2.1 and 5.2"), "https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1");
        assert_eq!(address("RFC 8259"), "https://www.rfc-editor.org/rfc/rfc8259");
        assert_eq!(address("acme"), "");
    }

    #[test]
    fn only_pages_are_linked() {
        assert!(is_web_address("https://docs.example.com/a"));
        assert!(!is_web_address("javascript:alert(1)"));
        assert!(!is_web_address("docs/a.md"));
    }
}
