//! The three layers of options. Precedence: command line, then environment, then ringtrue.toml.
//!
//! Options of the lower layers are inserted before those of the command line, as if they had been typed there. So each option
//! has one parser and one set of messages, and a new option is available in all layers.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::config::{ConfigFile, Setting};
use super::error::CliError;
use super::nearest::nearest;

/// Permissions, which must be given for each run: they must not come from a file or from the environment.
const COMMAND_LINE_ONLY: [&str; 3] = ["live", "allow-spend", "run-commands"];

/// An option of a lower layer: its origin, and its form on the command line.
struct Layer {
    origin: String,
    args: Vec<OsString>,
}

/// Reads an environment variable.
#[expect(clippy::disallowed_methods, reason = "only the program reads the environment")]
pub(crate) fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Parses the options of all three layers.
pub(crate) fn matches(
    command: &mut Command,
    args: &[OsString],
    environment: impl Fn(&str) -> Option<OsString>,
    file: Option<&ConfigFile>,
) -> Result<ArgMatches, CliError> {
    let parsed = command.try_get_matches_from_mut(args).map_err(CliError::Usage)?;
    command.build();
    let Some((name, given)) = parsed.subcommand() else { return Ok(parsed) };
    refuse_permissions(&environment, file)?;
    refuse_unknown(command, file)?;
    let options = command.find_subcommand(name).into_iter().flat_map(Command::get_arguments);
    let mut layers = Vec::new();
    for option in options.filter(|option| is_setting(option)) {
        if given.value_source(option.get_id().as_str()) != Some(ValueSource::CommandLine) {
            layers.extend(layer(option, &environment, file)?);
        }
    }
    if layers.is_empty() {
        return Ok(parsed);
    }
    let at = args.iter().position(|arg| arg == name).map_or(args.len(), |at| at + 1);
    let with = |layers: &[Layer]| {
        let mut all = args.to_vec();
        all.splice(at..at, layers.iter().flat_map(|layer| layer.args.clone()));
        all
    };
    command.try_get_matches_from_mut(with(&layers)).map_err(|error| {
        // The command line alone is valid, so the error is in a lower layer: the first one that fails alone.
        let invalid = layers.iter().find_map(|layer| {
            let error = command.try_get_matches_from_mut(with(std::slice::from_ref(layer))).err()?;
            Some(CliError::Setting { origin: layer.origin.clone(), message: summary(&error) })
        });
        invalid.unwrap_or(CliError::Usage(error))
    })
}

fn is_setting(option: &Arg) -> bool {
    option.get_long().is_some() && !matches!(option.get_action(), ArgAction::Help | ArgAction::Version)
}

fn variable(long: &str) -> String {
    format!("RINGTRUE_{}", long.to_uppercase().replace('-', "_"))
}

fn refuse_permissions(
    environment: &impl Fn(&str) -> Option<OsString>,
    file: Option<&ConfigFile>,
) -> Result<(), CliError> {
    for long in COMMAND_LINE_ONLY {
        let message = || format!("--{long} is a permission and is accepted on the command line only");
        if environment(&variable(long)).is_some() {
            return Err(CliError::Setting { origin: variable(long), message: message() });
        }
        if let Some(entry) = file.and_then(|file| file.entries.iter().find(|entry| entry.name == long)) {
            return Err(CliError::Setting { origin: entry.origin(), message: message() });
        }
    }
    Ok(())
}

/// Refuses keys of the file that are not options of any subcommand; all subcommands share the file.
fn refuse_unknown(command: &Command, file: Option<&ConfigFile>) -> Result<(), CliError> {
    let known: Vec<&str> = command
        .get_subcommands()
        .flat_map(Command::get_arguments)
        .filter(|option| is_setting(option))
        .filter_map(Arg::get_long)
        .collect();
    for entry in file.iter().flat_map(|file| &file.entries) {
        if !known.contains(&entry.name.as_str()) {
            let mut similar = nearest(&entry.name, known.iter().copied());
            similar.dedup();
            let hint = similar.first().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            let message = format!("there is no option `{}`{hint}", entry.name);
            return Err(CliError::Setting { origin: entry.origin(), message });
        }
    }
    Ok(())
}

/// Reads an option from the environment, or else from the file.
fn layer(
    option: &Arg,
    environment: &impl Fn(&str) -> Option<OsString>,
    file: Option<&ConfigFile>,
) -> Result<Option<Layer>, CliError> {
    let long = option.get_long().unwrap_or_default();
    if let Some(value) = environment(&variable(long)) {
        let origin = variable(long);
        let args = from_environment(option, long, value)
            .map_err(|message| CliError::Setting { origin: origin.clone(), message })?;
        return Ok(Some(Layer { origin, args }));
    }
    let Some(entry) = file.and_then(|file| file.entries.iter().find(|entry| entry.name == long)) else {
        return Ok(None);
    };
    let args = from_file(option, long, &entry.value)
        .map_err(|message| CliError::Setting { origin: entry.origin(), message })?;
    Ok(Some(Layer { origin: entry.origin(), args }))
}

fn from_environment(option: &Arg, long: &str, value: OsString) -> Result<Vec<OsString>, String> {
    let boolean = value.to_str().and_then(boolean);
    if takes_no_value(option) {
        let on = boolean.ok_or("the value must be true or false")?;
        return Ok(if on { vec![flag(long)] } else { Vec::new() });
    }
    if let (true, Some(on)) = (has_optional_value(option), boolean) {
        return Ok(if on { vec![flag(long)] } else { Vec::new() });
    }
    match (option.get_action(), value.to_str()) {
        (ArgAction::Append, Some(list)) => {
            Ok(list.split_whitespace().map(|item| with_value(long, item.into())).collect())
        }
        _ => Ok(vec![with_value(long, value)]),
    }
}

fn from_file(option: &Arg, long: &str, value: &Setting) -> Result<Vec<OsString>, String> {
    match value {
        Setting::Flag(on) if takes_no_value(option) || has_optional_value(option) => {
            Ok(if *on { vec![flag(long)] } else { Vec::new() })
        }
        Setting::Flag(_) => Err(format!("`{long}` needs a value, not true or false")),
        Setting::Values(_) if takes_no_value(option) => Err(format!("`{long}` must be true or false")),
        Setting::Values(values) if values.len() != 1 && !matches!(option.get_action(), ArgAction::Append) => {
            Err(format!("`{long}` must be one value"))
        }
        Setting::Values(values) => Ok(values.iter().map(|value| with_value(long, value.into())).collect()),
    }
}

fn takes_no_value(option: &Arg) -> bool {
    !option.get_action().takes_values()
}

fn has_optional_value(option: &Arg) -> bool {
    option.get_num_args().is_some_and(|range| range.min_values() == 0) && !takes_no_value(option)
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "" | "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn flag(long: &str) -> OsString {
    format!("--{long}").into()
}

fn with_value(long: &str, value: OsString) -> OsString {
    let mut arg = OsString::from(format!("--{long}="));
    arg.push(value);
    arg
}

/// Returns the message of an error without label and usage.
fn summary(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    first.trim_start_matches("error: ").trim_end().to_owned()
}
