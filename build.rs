//! Takes the documentation of the checks out of their files, and lists the files of the bundled contracts.
//!
//! `ringtrue explain` prints the module documentation of a check. Only that text goes into the binary, not the source.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[expect(clippy::disallowed_methods, reason = "Cargo passes the output folder in the environment")]
fn main() -> Outcome {
    for watched in ["schemas", "src/checks/server", "src/checks/client", "build.rs"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("check_docs.rs"), check_docs()?)?;
    fs::write(Path::new(&out).join("bundled_contracts.rs"), bundled_contracts()?)?;
    Ok(())
}

/// A table of the documentation of checks, by the paths of their modules.
fn check_docs() -> Result<String, Box<dyn std::error::Error>> {
    let mut code = "static CHECK_DOCS: &[(&str, &str)] = &[\n".to_owned();
    for side in ["server", "client"] {
        let mut files = sorted(&Path::new("src/checks").join(side))?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
        for path in files {
            let source = fs::read_to_string(&path)?;
            let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
            let doc = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n");
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            writeln!(code, "    (\"ringtrue::checks::{side}::{name}\", {doc:?}),")?;
        }
    }
    code.push_str("];\n");
    Ok(code)
}

/// A table of the bundled contracts: the name of each, and its files by their paths within the folder.
#[expect(clippy::disallowed_methods, reason = "Cargo passes the folder of the package in the environment")]
fn bundled_contracts() -> Result<String, Box<dyn std::error::Error>> {
    // Not `env!`: a build script that was compiled in a copy of this folder would read the files there.
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("schemas");
    let mut code = "static BUNDLED: &[BundledContract] = &[\n".to_owned();
    for folder in sorted(&root)?.iter().filter(|path| path.is_dir()) {
        let contract = folder.file_name().unwrap_or_default().to_string_lossy();
        writeln!(code, "    ({contract:?}, &[")?;
        let mut open = vec![folder.clone()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(sorted(&path)?);
                continue;
            }
            // Paths in references have slashes on every system.
            let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
            let file = path.to_string_lossy();
            writeln!(code, "        ({name:?}, include_bytes!({file:?})),")?;
        }
        code.push_str("    ]),\n");
    }
    code.push_str("];\n");
    Ok(code)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    paths.sort();
    Ok(paths)
}
