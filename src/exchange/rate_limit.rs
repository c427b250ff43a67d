//! The subject's own limit on the rate of requests: how a response shows it, and how long it asks to wait.

use std::time::Duration;

use super::message::Response;

/// Whether the response says that too many requests were sent: status 429 (RFC 6585, section 4), or a 503 that says when to
/// come back (RFC 9110, section 15.6.4).
pub(super) fn limits_rate(response: &Response) -> bool {
    response.status == 429 || response.status == 503 && response.header("retry-after").is_some()
}

/// The wait that `Retry-After` requests (RFC 9110, section 10.2.3): seconds, or a date, which is compared with `Date`. `None`
/// if the field is absent, or has any other form.
pub(super) fn requested_wait(response: &Response) -> Option<Duration> {
    let value = response.header("retry-after")?;
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has mean a wait of years.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = httpdate::parse_http_date(response.header("date")?.trim()).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, fields: &[(&str, &str)]) -> Response {
        let headers = fields.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        Response { status, headers, ..Response::default() }
    }

    #[test]
    fn status_503_limits_the_rate_only_with_retry_after() {
        assert!(limits_rate(&response(429, &[])));
        assert!(limits_rate(&response(503, &[("retry-after", "1")])));
        assert!(!limits_rate(&response(503, &[])));
        assert!(!limits_rate(&response(500, &[("retry-after", "1")])));
    }

    #[test]
    fn requested_wait_takes_seconds_and_dates_and_nothing_else() {
        let wait = |fields: &[(&str, &str)]| requested_wait(&response(429, fields)).map(|wait| wait.as_secs());
        assert_eq!(wait(&[("retry-after", " 30 ")]), Some(30));
        let (earlier, later) = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:47 GMT");
        assert_eq!(wait(&[("retry-after", later), ("date", earlier)]), Some(10));
        assert_eq!(wait(&[("retry-after", earlier), ("date", later)]), Some(0), "a date in the past");
        assert_eq!(wait(&[("retry-after", later)]), None, "without `Date` there is nothing to compare with");
        for nonsense in ["", "-1", "1.5", "2026-11-27T22:55:00.1Z", "soon"] {
            assert_eq!(wait(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
    }
}
