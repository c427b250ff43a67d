//! Parsers for the values of options: durations, secrets, globs, reports.

use std::path::PathBuf;
use std::time::Duration;

use globset::{Glob, GlobMatcher};
use jiff::SignedDuration;
use ringtrue::__cli::report::{self, FORMATS, Format};
use ringtrue::__cli::run::{Shard, ShardError, read_text};

use super::error::CliError;
use super::nearest::nearest;

/// Parses `500ms`, `2m` or `1h 30m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let example = "write it as 500ms, 30s, 2m or 1h 30m";
    let parsed: SignedDuration = text.trim().parse().map_err(|_| example.to_owned())?;
    Duration::try_from(parsed).map_err(|_| format!("the duration is negative; {example}"))
}

/// A number of requests per second; `None` for `auto`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate(pub(crate) Option<f64>);

/// Parses a positive number of requests per second, or `auto`.
pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    match text.parse() {
        _ if text == "auto" => Ok(Rate(None)),
        Ok(rate) if rate > 0.0 && f64::is_finite(rate) => Ok(Rate(Some(rate))),
        _ => Err("give a number of requests per second above 0, or auto".to_owned()),
    }
}

/// Parses `K/N`.
pub(crate) fn shard(text: &str) -> Result<Shard, String> {
    text.parse().map_err(|error: ShardError| error.to_string())
}

/// Parses a glob over check ids.
pub(crate) fn glob(text: &str) -> Result<GlobMatcher, String> {
    Glob::new(text).map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

/// A secret, or its location. Debug output does not show it. Parsing accepts every text, so that no error message quotes it.
#[derive(Clone)]
pub(crate) enum Secret {
    Literal(String),
    Environment(String),
    File(PathBuf),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        if let Some(name) = text.strip_prefix("env:") {
            Self::Environment(name.to_owned())
        } else if let Some(path) = text.strip_prefix("file:") {
            Self::File(path.into())
        } else {
            Self::Literal(text)
        }
    }
}

impl Secret {
    /// Returns the secret itself. `option` is the name of the option, for messages.
    pub(crate) fn reveal(&self, option: &'static str) -> Result<String, CliError> {
        let refuse = |message: String| CliError::Option { option, message };
        let (secret, origin) = match self {
            Self::Literal(secret) => (secret.clone(), "the value".to_owned()),
            Self::Environment(name) => {
                let value = super::layers::environment(name)
                    .ok_or_else(|| refuse(format!("the environment variable {name} is not set")))?;
                let value = value.into_string();
                (value.map_err(|_| refuse(format!("the environment variable {name} is not text")))?, name.clone())
            }
            Self::File(path) => {
                let text =
                    read_text(path).map_err(|error| refuse(format!("cannot read {}: {error}", path.display())))?;
                // Editors end a file with a line break, which is not part of the secret.
                (text.trim_end_matches(['\n', '\r']).to_owned(), path.display().to_string())
            }
        };
        if secret.is_empty() {
            return Err(refuse(format!("{origin} is empty")));
        }
        if secret.contains(|c: char| c.is_control()) {
            return Err(refuse(format!("{origin} contains a line break or another control character")));
        }
        Ok(secret)
    }
}

/// A requested report.
#[derive(Debug, Clone)]
pub(crate) struct ReportRequest {
    pub(crate) format: &'static Format,
    /// The file to write; standard output if absent.
    pub(crate) path: Option<PathBuf>,
}

/// Parses `FORMAT` or `FORMAT=PATH`.
pub(crate) fn report_request(text: &str) -> Result<ReportRequest, String> {
    let (name, path) = text.split_once('=').map_or((text, None), |(name, path)| (name, Some(path)));
    let format = report::format(name).ok_or_else(|| {
        let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        let hint = nearest(name, known.iter().copied()).first().map(|name| format!("; did you mean {name}?"));
        format!("there is no format `{name}`; formats are {}{}", known.join(", "), hint.unwrap_or_default())
    })?;
    match path {
        Some("") => Err("the path after `=` is missing".to_owned()),
        Some("-") | None => Ok(ReportRequest { format, path: None }),
        Some(path) => Ok(ReportRequest { format, path: Some(path.into()) }),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Rate, Secret, duration, rate, report_request};

    #[test]
    fn duration_with_units_is_parsed() {
        for (text, ms) in [("500ms", 500), ("2m", 120_000), ("1h 30m", 5_400_000), ("1.5s", 1500), ("0s", 0)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "5", "-5s", "soon", "1 fortnight", "9999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn secret_is_not_shown_in_debug_output() {
        assert_eq!(format!("{:?}", Secret::from("sk_live_1".to_owned())), "Secret");
        assert!(Secret::from("a\nb".to_owned()).reveal("key").is_err());
        assert!(Secret::from(String::new()).reveal("key").is_err());
        assert_eq!(Secret::from("sk".to_owned()).reveal("key").unwrap(), "sk");
    }

    #[test]
    fn rate_that_is_not_positive_is_refused() {
        assert_eq!(rate("0.5"), Ok(Rate(Some(0.5))));
        assert_eq!(rate("auto"), Ok(Rate(None)));
        for text in ["0", "-1", "inf", "NaN", "x"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn report_request_has_a_format_and_an_optional_path() {
        assert!(report_request("json").unwrap().path.is_none());
        assert!(report_request("json=-").unwrap().path.is_none());
        assert_eq!(report_request("junit=a=b.xml").unwrap().path.unwrap().to_str(), Some("a=b.xml"));
        assert!(report_request("jsn").unwrap_err().contains("did you mean json?"));
        assert!(report_request("json=").is_err());
    }
}
