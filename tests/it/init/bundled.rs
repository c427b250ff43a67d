//! The bundled contracts without their promises: what is drafted from the plain documents.

use std::fs;
use std::path::Path;

use ringtrue::__cli::contract::{Contract, Documents, Role};
use ringtrue::__cli::init::{self, InitOptions};
use serde_json::Value;

use super::{Folder, operation, shown};

/// Removes all extensions.
fn plain(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| name != "x-conformance");
            members.iter_mut().for_each(|(_, member)| plain(member));
        }
        Value::Array(elements) => elements.iter_mut().for_each(plain),
        _ => {}
    }
}

#[test]
fn plain_documents_give_back_the_operations_and_places_of_their_contracts() {
    for name in crate::with_paid_calls() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(&name);
        let folder = Folder::new();
        for entry in fs::read_dir(&source).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.path(path.file_name().unwrap().to_str().unwrap())).unwrap();
        }
        let mut document = Documents::open(&name).unwrap().root().value().clone();
        plain(&mut document);
        let path = folder.write("openapi.yaml", &document.to_string());
        let draft =
            init::init(&shown(&path), &InitOptions::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (made, true_one) = (super::contract(&draft), Contract::load(&name).unwrap());
        assert_eq!(operation(&made, Role::Balance), operation(&true_one, Role::Balance), "{name}");
        let place = |contract: &Contract| contract.credential_place().map(|place| place.describe().to_lowercase());
        assert_eq!(place(&made), place(&true_one), "{name}");
        let fields = |contract: &Contract| {
            let fields = contract.operation(Role::Balance).unwrap().fields.clone();
            fields.remaining.or(fields.allowed).and_then(|at| at.pointer)
        };
        assert_eq!(fields(&made), fields(&true_one), "{name}");
    }
}
