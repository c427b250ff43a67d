//! Programs that some tests need beside a Rust toolchain.

use std::process::Command;

/// Reports that a test is skipped, and panics on a CI machine: there, every test must run.
#[expect(clippy::print_stderr, reason = "a skipped test must be visible")]
#[expect(clippy::disallowed_methods, reason = "the variable `CI` marks a CI machine")]
pub(crate) fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "skipped although CI is set: {reason}");
    eprintln!("skipped: {reason}");
}

/// Whether a program is installed. Where it is missing, reports that the calling test is skipped.
pub(crate) fn is_installed(program: &str) -> bool {
    let installed = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !installed {
        skip(&format!("{program} is not installed"));
    }
    installed
}
