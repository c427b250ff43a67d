//! Where a contract's files come from: the bundled ones, or a folder.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

// Written by the build script: `BUNDLED`, names of contracts with their files.
include!(concat!(env!("OUT_DIR"), "/bundled_contracts.rs"));

/// The name of a bundled contract, and its files by their paths within the folder.
type BundledContract = (&'static str, &'static [(&'static str, &'static [u8])]);

/// The files of a bundled contract, by their paths within its folder.
type BundledFiles = &'static [(&'static str, &'static [u8])];

/// Names that the main document of a contract's folder may have.
const MAIN_NAMES: [&str; 3] = ["openapi.yaml", "openapi.yml", "openapi.json"];
/// Bytes that one file may have.
const MAX_BYTES: u64 = 64 << 20;

/// The folder that a contract's files lie in, and the name of the main one.
#[derive(Debug, Clone)]
pub(super) struct Source {
    place: Place,
    /// The contract's short name.
    pub(super) name: String,
    /// The main document's name within the folder.
    pub(super) main: String,
    /// What goes before a file's name in messages.
    label: String,
}

#[derive(Debug, Clone)]
enum Place {
    Bundled(BundledFiles),
    Folder(PathBuf),
    Memory(BTreeMap<String, Vec<u8>>),
}

/// The names of the bundled contracts, sorted.
#[must_use]
pub fn bundled() -> Vec<String> {
    let contracts = BUNDLED.iter().filter(|(_, files)| main_of(files).is_some());
    contracts.map(|(name, _)| (*name).to_owned()).collect()
}

fn main_of(files: BundledFiles) -> Option<&'static str> {
    MAIN_NAMES.into_iter().find(|main| files.iter().any(|(name, _)| name == main))
}

impl Source {
    /// Finds a contract by the name of a bundled one, or by path.
    pub(super) fn find(name_or_path: &str) -> Result<Self, String> {
        let bundled_files = BUNDLED.iter().find(|(name, _)| *name == name_or_path).map(|(_, files)| *files);
        if let Some((files, main)) = bundled_files.and_then(|files| Some((files, main_of(files)?))) {
            let label = format!("schemas/{name_or_path}/");
            return Ok(Self {
                place: Place::Bundled(files),
                name: name_or_path.to_owned(),
                main: main.to_owned(),
                label,
            });
        }
        let path = Path::new(name_or_path);
        let Ok(metadata) = path.metadata() else {
            let known = bundled().join(", ");
            return Err(format!("no bundled contract, file or folder has this name (bundled are: {known})"));
        };
        let absolute = path.canonicalize().map_err(|error| error.to_string())?;
        if metadata.is_dir() {
            let main = MAIN_NAMES.into_iter().find(|main| path.join(main).is_file()).ok_or_else(|| {
                format!("the folder holds none of {}: a contract's main document is called so", MAIN_NAMES.join(", "))
            })?;
            let label = format!("{}/", name_or_path.trim_end_matches('/'));
            Ok(Self { name: stem(&absolute), place: Place::Folder(absolute), main: main.to_owned(), label })
        } else {
            let main = path.file_name().and_then(|name| name.to_str()).ok_or("the file's name is not UTF-8")?;
            let label = name_or_path.strip_suffix(main).unwrap_or_default().to_owned();
            // The parent of the path as given: a link is read where it stands, not where it leads.
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = parent.canonicalize().map_err(|error| error.to_string())?;
            Ok(Self { name: stem(Path::new(main)), place: Place::Folder(folder), main: main.to_owned(), label })
        }
    }

    /// A contract of files that are in memory.
    pub(super) fn in_memory(name: &str, main: &str, files: BTreeMap<String, Vec<u8>>) -> Self {
        Self { place: Place::Memory(files), name: name.to_owned(), main: main.to_owned(), label: String::new() }
    }

    /// How a file is named in messages.
    pub(super) fn label(&self, file: &str) -> String {
        format!("{}{file}", self.label)
    }

    /// Reads a file by its name within the folder, which has been checked not to lead out of it.
    pub(super) fn read(&self, file: &str) -> Result<Vec<u8>, String> {
        let folder = match &self.place {
            Place::Bundled(files) => {
                let found = files.iter().find(|(name, _)| *name == file);
                return found.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| "there is no such file".to_owned());
            }
            Place::Memory(files) => {
                return files.get(file).cloned().ok_or_else(|| "there is no such file".to_owned());
            }
            Place::Folder(folder) => folder,
        };
        let path = folder.join(file);
        if file != self.main {
            let leads_to = path.canonicalize().map_err(|_| "there is no such file".to_owned())?;
            if !leads_to.starts_with(folder) {
                return Err("the file is a link that leads out of the contract's folder".to_owned());
            }
        }
        let metadata = path.metadata().map_err(|_| "there is no such file".to_owned())?;
        if !metadata.is_file() {
            return Err("not a regular file".to_owned());
        }
        let mut bytes = Vec::new();
        let opened = File::open(&path).map_err(|error| format!("the file cannot be read: {error}"))?;
        opened
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| format!("the file cannot be read: {error}"))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(format!("the file is larger than {} MiB", MAX_BYTES >> 20));
        }
        Ok(bytes)
    }
}

fn stem(path: &Path) -> String {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("contract");
    let known = [".yaml", ".yml", ".json"].into_iter().find_map(|ending| name.strip_suffix(ending));
    known.filter(|stem| !stem.is_empty()).unwrap_or(name).to_owned()
}
