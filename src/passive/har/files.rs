//! The files of a recording.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::HarError;

/// How deep folders are searched.
const MAX_DEPTH: usize = 16;

/// The recordings that are meant by paths of files and folders: each file itself, and of a folder every file with the extension
/// `.har` in it and below, in the order of their names.
///
/// # Errors
/// If a path does not exist, a folder cannot be read, or contains no recording.
pub fn har_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, HarError> {
    let mut found = Vec::new();
    for path in paths {
        let read = |source| HarError::Read { path: path.clone(), source };
        if !fs::metadata(path).map_err(read)?.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        search(path, MAX_DEPTH, &mut found)?;
        if found.len() == before {
            return Err(HarError::EmptyFolder(path.clone()));
        }
    }
    Ok(found)
}

fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), HarError> {
    let read = |source| HarError::Read { path: folder.to_owned(), source };
    let entries = fs::read_dir(folder).map_err(read)?.collect::<Result<Vec<_>, _>>().map_err(read)?;
    let mut entries: Vec<_> = entries.iter().map(|entry| (entry.path(), entry.file_type())).collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (path, kind) in entries {
        // Links to folders may form a circle.
        if kind.is_ok_and(|kind| kind.is_dir()) {
            if depth > 0 {
                search(&path, depth - 1, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("har")) && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}
