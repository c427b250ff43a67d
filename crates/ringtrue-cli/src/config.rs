//! The configuration file `ringtrue.toml`: options by name, with their lines.

use std::io;
use std::path::PathBuf;

use toml::de::{DeTable, DeValue};

use super::error::CliError;

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

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Setting {
    /// A flag, on or off.
    Flag(bool),
    /// One value, or several for a repeatable option.
    Values(Vec<String>),
}

impl Entry {
    /// Returns file and line, for messages.
    pub(crate) fn origin(&self) -> String {
        format!("{NAME}:{}", self.line)
    }
}

impl ConfigFile {
    /// Reads the file in the current folder, if there is one.
    pub(crate) fn read() -> Result<Option<Self>, CliError> {
        match std::fs::read_to_string(NAME) {
            Ok(text) => Self::parse(&text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(CliError::Read { path: PathBuf::from(NAME), source }),
        }
    }

    fn parse(text: &str) -> Result<Self, CliError> {
        let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
        let table = DeTable::parse(text).map_err(|error| CliError::Setting {
            origin: format!("{NAME}:{}", line(error.span().map_or(0, |span| span.start))),
            message: error.message().to_owned(),
        })?;
        let mut entries = Vec::new();
        for (key, value) in table.get_ref() {
            let mut entry =
                Entry { name: key.get_ref().to_string(), line: line(key.span().start), value: Setting::Flag(true) };
            entry.value = setting(value.get_ref()).ok_or_else(|| CliError::Setting {
                origin: entry.origin(),
                message: format!("`{}` must be a text, a number, true, false or a list of texts", entry.name),
            })?;
            entries.push(entry);
        }
        entries.sort_by_key(|entry| entry.line);
        Ok(Self { entries })
    }
}

fn setting(value: &DeValue<'_>) -> Option<Setting> {
    match value {
        DeValue::Boolean(on) => Some(Setting::Flag(*on)),
        DeValue::Array(items) => {
            items.iter().map(|item| scalar(item.get_ref())).collect::<Option<_>>().map(Setting::Values)
        }
        other => scalar(other).map(|value| Setting::Values(vec![value])),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
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
