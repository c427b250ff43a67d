//! `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// Nobody is made to wait for longer, whatever a server says.
const LONGEST: Duration = Duration::from_hours(24);

/// How long the answer asks to wait, at most a day. A date counts from the answer's own `Date`, else from `now`.
pub(super) fn retry_after(headers: &HeaderMap, now: impl FnOnce() -> SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?.trim()).ok());
    Some(until.duration_since(date.unwrap_or_else(now)).unwrap_or_default().min(LONGEST))
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
    fn both_forms() {
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
