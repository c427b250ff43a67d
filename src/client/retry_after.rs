//! `Retry-After` (RFC 9110, section 10.2.3): a number of seconds, or a date.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// The longest wait, whatever the response states.
const MAX_WAIT: Duration = Duration::from_hours(24);

/// The wait that the response requests, at most one day. A date is relative to the `Date` of the response, else to `now`.
pub(super) fn retry_after(headers: &HeaderMap, now: impl FnOnce() -> SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(MAX_WAIT, Duration::from_secs).min(MAX_WAIT));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?.trim()).ok());
    Some(until.duration_since(date.unwrap_or_else(now)).unwrap_or_default().min(MAX_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fields: &[(&'static str, &'static str)]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.insert(*name, http::HeaderValue::from_static(value));
        }
        retry_after(&headers, || SystemTime::UNIX_EPOCH).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_parsed_and_bounded() {
        assert_eq!(parse(&[("retry-after", "30")]), Some(30));
        assert_eq!(parse(&[("retry-after", "99999999999999999999999")]), Some(86_400));
        assert_eq!(parse(&[("retry-after", "Thu, 01 Jan 1970 00:01:00 GMT")]), Some(60));
        let dates = [("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")];
        assert_eq!(parse(&dates), Some(10));
        assert_eq!(parse(&[("retry-after", "Sunday, 06-Nov-94 08:49:37 GMT")]), Some(86_400));
        for nonsense in ["", "-1", "1.5", "soon", "+3"] {
            assert_eq!(parse(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
    }
}
