//! Judges `Retry-After` by its grammar.

use std::time::{Duration, SystemTime};

use crate::checks::exchange_judge::ExchangeJudge;
use crate::checks::finding::Judgement;
use crate::checks::standards;
use crate::contract::{Level, Operation};
use crate::exchange::{Exchange, Response};

/// A wait of this length is out of all proportion to a limit of a few seconds.
const FAR_TOO_LONG: Duration = Duration::from_mins(10);
/// No limit lasts longer.
const LONGEST: Duration = Duration::from_hours(24 * 366);
/// By how much the clocks of two machines may differ.
const CLOCK_SKEW: Duration = Duration::from_mins(1);

/// What a `Retry-After` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    For(Duration),
    /// The date was over when the response was sent.
    Past,
    /// A date in a response that does not say when it was sent.
    Undated,
    Malformed,
}

/// Judges that a `Retry-After`, if there is one, matches its grammar.
pub(in crate::checks) fn judge_retry_after(
    trial: &impl ExchangeJudge,
    operation: &Operation,
    exchange: &Exchange,
) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    let Some((value, wait)) = wait_of(response) else { return Ok(()) };
    trial.judge(&standards::retry_after_grammar(), Some(operation), &[exchange], wait != Wait::Malformed, || {
        format!(
            "status {}: expected a Retry-After in whole seconds or as an HTTP-date, found {value:?}",
            response.status
        )
    })
}

/// Judges the wait that a `Retry-After` asks for, where the limit ends after a few seconds.
pub(in crate::checks) fn judge_wait(
    trial: &impl ExchangeJudge,
    operation: &Operation,
    exchange: &Exchange,
    told_s: u64,
) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    let Some((value, wait)) = wait_of(response) else { return Ok(()) };
    let sensible = match wait {
        Wait::For(wait) => wait <= FAR_TOO_LONG.max(Duration::from_secs(told_s.saturating_mul(10))),
        Wait::Past => false,
        Wait::Undated | Wait::Malformed => return Ok(()),
    };
    trial.judge(&standards::retry_after(Level::Should), Some(operation), &[exchange], sensible, || {
        format!("the limit ends after {told_s} seconds: expected a Retry-After of about that length, found {value:?}")
    })
}

/// Judges that a `Retry-After` is a wait and not a time, which it then is by decades. How long the limit lasts is not known.
pub(in crate::checks) fn judge_length(
    trial: &impl ExchangeJudge,
    operation: &Operation,
    exchange: &Exchange,
) -> Judgement {
    let Ok(response) = &exchange.result else { return Ok(()) };
    let Some((value, Wait::For(wait))) = wait_of(response) else { return Ok(()) };
    trial.judge(&standards::retry_after(Level::Should), Some(operation), &[exchange], wait <= LONGEST, || {
        format!("expected a Retry-After of some seconds, found {value:?}, which is more than a year")
    })
}

fn wait_of(response: &Response) -> Option<(String, Wait)> {
    let value = response.header("retry-after")?;
    let sent = response.header("date").and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    let wait = parse(value.trim(), sent);
    Some((value, wait))
}

fn parse(value: &str, sent: Option<SystemTime>) -> Wait {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Wait::For(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let Ok(date) = httpdate::parse_http_date(value) else { return Wait::Malformed };
    let Some(sent) = sent else { return Wait::Undated };
    match date.duration_since(sent) {
        Ok(wait) => Wait::For(wait),
        Err(error) if error.duration() <= CLOCK_SKEW => Wait::For(Duration::ZERO),
        Err(_) => Wait::Past,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Wait, parse};

    #[test]
    fn only_seconds_and_dates_of_http_are_valid() {
        let sent = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_700));
        assert_eq!(parse("7", sent), Wait::For(Duration::from_secs(7)));
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:37 GMT", sent), Wait::For(Duration::from_secs(77)));
        assert_eq!(parse("Sunday, 06-Nov-94 08:49:37 GMT", sent), Wait::For(Duration::from_secs(77)));
        assert_eq!(parse("Sun Nov  6 08:49:37 1994", sent), Wait::For(Duration::from_secs(77)));
        assert_eq!(parse("Sun, 06 Nov 1994 07:49:37 GMT", sent), Wait::Past);
        for malformed in ["", "-7", "7.0", "+7", "7s", "2026-11-27T22:55:00.1Z", "soon", "1e3", "07:00"] {
            assert_eq!(parse(malformed, sent), Wait::Malformed, "{malformed}");
        }
    }
}
