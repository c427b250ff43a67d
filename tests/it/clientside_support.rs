//! What the tests of judging clients share.

use std::path::PathBuf;
use std::process::Command;

use ringtrue::ClientTest;

/// A file of the repository.
pub(crate) fn file(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join(path).to_str().unwrap().to_owned()
}

/// Says that a test is skipped.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// Whether a program is there; says so if it is not, so that a skipped test is seen to be one.
pub(crate) fn is_here(program: &str) -> bool {
    let here = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !here {
        skip(&format!("there is no {program} on this machine"));
    }
    here
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
