//! `Retry-After` (RFC 9110, section 10.2.3): its grammar, and whether the wait is plausible.

use std::time::Duration;

use crate::checks::finding::Judgement;
use crate::checks::server_trial::ServerTrial;
use crate::checks::standards;
use crate::contract::{Level, Operation};
use crate::exchange::{Exchange, Response};

/// A wait that is longer than the requested one by more than this is out of all proportion.
const PROPORTION: u32 = 60;

/// Judges the field of a response, if it has one: it must be a number of seconds or an HTTP date.
pub(in crate::checks) fn judge_grammar(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    let Some(value) = response.header("retry-after") else { return Ok(()) };
    trial.judge(&standards::retry_after_grammar(), Some(operation), &[exchange], wait(response).is_some(), || {
        format!("status {}: expected Retry-After as seconds or as an HTTP date, found {value}", response.status)
    })
}

/// Judges that the wait is plausible, where the state handler was told to limit the rate for `told`.
pub(in crate::checks) fn judge_wait(
    trial: &ServerTrial<'_>,
    operation: &Operation,
    exchange: &Exchange,
    told: Duration,
) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    let (Some(wait), Some(value)) = (wait(response), response.header("retry-after")) else { return Ok(()) };
    // A date that has passed says that the limit is over.
    let plausible = wait.is_none_or(|wait| wait <= told * PROPORTION) && wait != Some(Duration::ZERO) || told.is_zero();
    trial.judge(&standards::retry_after(Level::Should), Some(operation), &[exchange], plausible, || {
        format!(
            "the limit is set for {} s: expected a wait of that order in Retry-After, found {value}",
            told.as_secs()
        )
    })
}

/// The wait of a valid field: `None` inside for a date without a `Date` to compare it with. `None` if the field is invalid.
fn wait(response: &Response) -> Option<Option<Duration>> {
    let value = response.header("retry-after")?;
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX))));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = response.header("date").and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    Some(now.map(|now| until.duration_since(now).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_http_dates_are_valid_and_nothing_else() {
        let response = |value: &str| Response {
            status: 429,
            headers: vec![
                ("retry-after".to_owned(), value.as_bytes().to_vec()),
                ("date".to_owned(), b"Sun, 06 Nov 1994 08:49:37 GMT".to_vec()),
            ],
            ..Response::default()
        };
        let seconds = |value: &str| wait(&response(value)).map(|wait| wait.map(|wait| wait.as_secs()));
        assert_eq!(seconds("7"), Some(Some(7)));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Some(10)));
        assert_eq!(seconds("Sunday, 06-Nov-94 08:49:47 GMT"), Some(Some(10)), "the obsolete form");
        assert_eq!(seconds("Sun, 06 Nov 1994 07:49:47 GMT"), Some(Some(0)), "an hour ago");
        for invalid in ["-1", "7.0", "7s", "2026-11-27T22:55:00.1Z", "", "soon"] {
            assert_eq!(seconds(invalid), None, "{invalid}");
        }
    }
}
