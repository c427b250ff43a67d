//! Helpers for tests that judge clients.

use std::path::PathBuf;

use ringtrue::ClientTest;

/// The path of a file in the repository.
pub(crate) fn file(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join(path).to_str().unwrap().to_owned()
}

/// A test of a client behind the Node adapter.
pub(crate) fn node(contract: &str, client: Option<&str>) -> ClientTest {
    let test = ringtrue::adapter(contract, "node").arg(file("examples/adapters/node/adapter.mjs")).seed(1);
    client.into_iter().fold(test, |test, client| test.arg(file(client)))
}

/// A test of an adapter that is a Python script.
pub(crate) fn python(contract: &str, script: &str) -> ClientTest {
    ringtrue::adapter(contract, "python3").arg("-c").arg(script).seed(1)
}

/// The folder that cargo builds into. The test binary is in its subfolder `deps`.
pub(crate) fn target_folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}
