//! The configuration file `ringtrue.toml` of the current folder.

use std::io;
use std::path::{Path, PathBuf};

use ringtrue::__cli::run::read_text;

use super::error::CliError;
use super::settings::{self, Setting};

const NAME: &str = "ringtrue.toml";

/// The configuration file of the current folder.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    pub(crate) entries: Vec<Entry>,
}

/// One setting.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) value: Setting,
}

impl Entry {
    /// Returns file and line, for messages.
    pub(crate) fn origin(&self) -> String {
        origin(self.line)
    }
}

impl ConfigFile {
    /// Reads the file in the current folder, if there is one.
    pub(crate) fn read() -> Result<Option<Self>, CliError> {
        match read_text(Path::new(NAME)) {
            Ok(text) => Self::parse(&text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(CliError::Read { path: PathBuf::from(NAME), source }),
        }
    }

    fn parse(text: &str) -> Result<Self, CliError> {
        let entries = settings::parse(text)
            .map_err(|invalid| CliError::Setting { origin: origin(invalid.line), message: invalid.message })?;
        let entry = |(name, line, value)| Entry { name, line, value };
        Ok(Self { entries: entries.into_iter().map(entry).collect() })
    }
}

fn origin(line: usize) -> String {
    format!("{NAME}:{line}")
}

#[cfg(test)]
mod tests {
    use super::{ConfigFile, Setting};

    #[test]
    fn parsed_entries_have_their_line_numbers() {
        let file = ConfigFile::parse("# mine\nseed = 42\n\nonly = [\"auth.*\", \"x\"]\nstrict = true\n").unwrap();
        let seen: Vec<_> = file.entries.iter().map(|entry| (entry.name.as_str(), entry.line)).collect();
        assert_eq!(seen, [("seed", 2), ("only", 4), ("strict", 5)]);
        assert_eq!(file.entries[1].value, Setting::Values(vec!["auth.*".to_owned(), "x".to_owned()]));
        assert_eq!(file.entries[2].value, Setting::Flag(true));
    }

    #[test]
    fn invalid_value_is_refused_with_its_line() {
        for (text, said) in [("a = 1\nb = {c = 1}", "ringtrue.toml:2: `b` must"), ("a = 1\n\nb = ", "ringtrue.toml:3")]
        {
            let error = ConfigFile::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
