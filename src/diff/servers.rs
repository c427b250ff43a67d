//! What the changes mean for a server that keeps the old contract: it breaks the new one where a client of the new contract breaks at
//! it. So the contracts are compared the other way round, and each effect is noted with the change that it belongs to.

use std::collections::BTreeMap;

use super::change::{Change, Effect};

/// Where a provider can be reached is nothing that a server keeps or breaks.
const OF_CLIENTS_ONLY: [&str; 2] = ["server.moved", "contract.plain"];

/// Notes what the changes mean for a server. `backward` are those from the new contract to the old one.
pub(super) fn note(changes: &mut Vec<Change>, backward: Vec<Change>) {
    let moved = changes.iter().filter(|change| change.id == "operation.moved");
    let former: BTreeMap<String, String> = moved.map(|change| (change.new.clone(), change.old.clone())).collect();
    let counts = |change: &Change| change.effect != Effect::Compatible && !OF_CLIENTS_ONLY.contains(&change.id);
    for change in backward.into_iter().filter(counts) {
        let operation = change.operation.as_ref().map(|name| former.get(name).unwrap_or(name).clone());
        // A server may have been written before an operation was added, and do all else as the new contract says.
        let server = match (change.id, change.effect) {
            ("operation.removed", _) => Effect::Check,
            // A member that may be missing is missed by clients only.
            ("member.removed", Effect::Check) => continue,
            (_, effect) => effect,
        };
        let same = changes.iter_mut().find(|other| other.operation == operation && other.about == change.about);
        match same {
            Some(same) => same.server = same.server.min(server),
            None => changes.push(added(change, operation, server)),
        }
    }
}

/// What the new contract has and the old one has not, and what no client of the old contract notices.
fn added(backward: Change, operation: Option<String>, server: Effect) -> Change {
    Change {
        id: "promise.added",
        effect: Effect::Compatible,
        server,
        operation,
        about: backward.about,
        old: backward.new,
        new: backward.old,
        meaning: String::new(),
        promised: backward.promises,
        promises: backward.promised,
    }
}
