//! Takes the documentation of the checks out of their files, and rebuilds the crate when a bundled contract changes.
//!
//! `ringtrue explain` prints the module documentation of a check. Only that text goes into the binary, not the source.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    for watched in ["schemas", "src/checks/server", "src/checks/client", "build.rs"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("check_docs.rs"), check_docs()?)?;
    Ok(())
}

/// A function from the path of a check's module to its documentation.
fn check_docs() -> Result<String, Box<dyn std::error::Error>> {
    let mut code = "/// The module documentation of a check, by the path of its module.\n\
                    fn check_doc(module: &str) -> &'static str {\n    match module {\n"
        .to_owned();
    for side in ["server", "client"] {
        let mut files: Vec<_> = fs::read_dir(format!("src/checks/{side}"))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
        files.sort();
        for path in files {
            let source = fs::read_to_string(&path)?;
            let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
            let doc = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n");
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            writeln!(code, "        \"ringtrue::checks::{side}::{name}\" => {doc:?},")?;
        }
    }
    code.push_str("        _ => \"\",\n    }\n}\n");
    Ok(code)
}
