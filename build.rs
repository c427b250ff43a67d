//! Has the crate rebuilt when a bundled contract is added or changed.

fn main() {
    println!("cargo::rerun-if-changed=schemas");
    println!("cargo::rerun-if-changed=build.rs");
}
