//! What the tests of judging clients share.

use std::path::PathBuf;

use ringtrue::ClientTest;

/// A file of the repository.
pub(crate) fn file(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join(path).to_str().unwrap().to_owned()
}

/// A client behind the adapter for Node.
pub(crate) fn node(contract: &str, client: Option<&str>) -> ClientTest {
    let test = ringtrue::adapter(contract, "node").arg(file("examples/adapters/node/adapter.mjs")).seed(1);
    client.into_iter().fold(test, |test, client| test.arg(file(client)))
}

/// An adapter out of a few lines of Python.
pub(crate) fn python(contract: &str, script: &str) -> ClientTest {
    ringtrue::adapter(contract, "python3").arg("-c").arg(script).seed(1)
}
