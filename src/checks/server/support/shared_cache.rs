//! Whether RFC 9111 allows a shared cache to reuse a response for another tenant.

use crate::contract::CredentialPlace;
use crate::exchange::Response;

/// Why a shared cache may reuse a response for another tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::checks) enum Reuse {
    /// Header fields allow it.
    Explicit(String),
    /// No header field forbids it, and a cache may assign a heuristic lifetime.
    Heuristic(String),
}

/// Status codes that are heuristically cacheable (RFC 9110, 15.1).
const HEURISTIC: &[u16] = &[200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501];

/// Why a shared cache may reuse this response for a request with another credential; `None` if it may not.
pub(in crate::checks) fn reuse(response: &Response, place: &CredentialPlace) -> Option<Reuse> {
    let directives = Directives::of(response);
    // `private` and `no-cache` with field names apply to those fields only.
    if directives.has("no-store") || directives.unqualified("private") || directives.unqualified("no-cache") {
        return None;
    }
    let (name, authorization) = match place {
        CredentialPlace::Authorization { .. } => ("authorization", true),
        CredentialPlace::Header { name } => (name.as_str(), false),
        CredentialPlace::Cookie { .. } => ("cookie", false),
        // The credential is part of the URL, and responses are stored by URL.
        CredentialPlace::Query { .. } => return None,
    };
    let vary: Vec<String> = list(response, "vary");
    if vary.iter().any(|field| field == "*" || field.eq_ignore_ascii_case(name)) {
        return None;
    }
    let public = directives.has("public");
    let permitted = public || directives.value("s-maxage").is_some() || directives.has("must-revalidate");
    if authorization && !permitted {
        return None;
    }
    let raw: Vec<String> = response.header_all("cache-control").collect();
    let said = format!("`Cache-Control: {}`", raw.join(", "));
    let vary_too = format!("and there is no `Vary: {name}`");
    let lifetime = directives.value("s-maxage").or_else(|| directives.value("max-age"));
    // RFC 5861: a stale response may be reused too, unless it must be revalidated.
    let strict = directives.has("must-revalidate") || directives.has("proxy-revalidate");
    let stale = ["stale-while-revalidate", "stale-if-error"].iter().any(|name| directives.value(name) > Some(0));
    match lifetime {
        Some(_) if stale && !strict => {
            return Some(Reuse::Explicit(format!("{said} lets a shared cache reuse it, stale too, {vary_too}")));
        }
        Some(0) => return None,
        Some(_) => return Some(Reuse::Explicit(format!("{said} lets a shared cache reuse it, {vary_too}"))),
        None => {}
    }
    if let Some(expires) = response.header("expires") {
        let later = is_later(&expires, response.header("date").as_deref());
        return later.then(|| {
            Reuse::Explicit(format!("`Expires: {expires}` lets a shared cache reuse it until then, {vary_too}"))
        });
    }
    if public {
        return Some(Reuse::Explicit(format!("{said} lets a shared cache store and reuse it, {vary_too}")));
    }
    let modified = response.header("last-modified").filter(|_| HEURISTIC.contains(&response.status))?;
    Some(Reuse::Heuristic(format!(
        "`Last-Modified: {modified}` without `Cache-Control` lets a shared cache reuse it for a heuristic lifetime, \
         {vary_too}"
    )))
}

/// The directives of `Cache-Control`, with names in lower case.
struct Directives(Vec<(String, Option<String>)>);

impl Directives {
    fn of(response: &Response) -> Self {
        let split = |item: String| match item.split_once('=') {
            Some((name, value)) => (name.trim().to_ascii_lowercase(), Some(value.trim().trim_matches('"').to_owned())),
            None => (item.to_ascii_lowercase(), None),
        };
        Self(list(response, "cache-control").into_iter().map(split).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(have, _)| have == name)
    }

    fn unqualified(&self, name: &str) -> bool {
        self.0.iter().any(|(have, value)| have == name && value.is_none())
    }

    /// The value in seconds. A value that is not a number counts as stale (RFC 9111, section 4.2.1).
    fn value(&self, name: &str) -> Option<u64> {
        let (_, value) = self.0.iter().find(|(have, _)| have == name)?;
        Some(value.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0))
    }
}

/// The elements of a list field. A comma in quotes is not a separator.
fn list(response: &Response, name: &str) -> Vec<String> {
    let mut out = Vec::new();
    for value in response.header_all(name) {
        let mut quoted = false;
        let elements = value.split(|c| {
            quoted ^= c == '"';
            c == ',' && !quoted
        });
        out.extend(elements.map(|element| element.trim().to_owned()).filter(|element| !element.is_empty()));
    }
    out
}

/// Whether one HTTP date lies after another. An invalid date, such as `0`, is in the past (RFC 9111, 5.3).
fn is_later(expires: &str, date: Option<&str>) -> bool {
    let parse = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    match (parse(expires), date.and_then(parse)) {
        (Some(expires), Some(date)) => expires > date,
        // Without `Date`, the recipient takes the time of arrival, and any sensible time in the past is before that.
        (Some(expires), None) => expires.as_second() > 1_600_000_000,
        (None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Header fields, and whether they allow reuse with a key of its own field and with `Authorization`.
    type Case = (&'static [(&'static str, &'static str)], bool, bool);

    fn response(fields: &[(&str, &str)]) -> Response {
        let headers = fields.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        Response { status: 200, headers, ..Response::default() }
    }

    fn explicit(place: &CredentialPlace, fields: &[(&str, &str)]) -> bool {
        matches!(reuse(&response(fields), place), Some(Reuse::Explicit(_)))
    }

    #[test]
    fn reuse_follows_the_rules_for_shared_caches() {
        let key = CredentialPlace::Header { name: "X-API-Key".to_owned() };
        let bearer = CredentialPlace::Authorization { scheme: "Bearer".to_owned() };
        let cases: &[Case] = &[
            (&[], false, false),
            (&[("cache-control", "max-age=60")], true, false),
            (&[("cache-control", "max-age=60, Must-Revalidate")], true, true),
            (&[("cache-control", "public")], true, true),
            (&[("cache-control", "PUBLIC, max-age=\"60\"")], true, true),
            (&[("cache-control", "public, max-age=0")], false, false),
            (&[("cache-control", "max-age=60"), ("cache-control", "s-maxage=0")], false, false),
            (&[("cache-control", "private, max-age=60")], false, false),
            (&[("cache-control", "max-age=0, stale-while-revalidate=60")], true, false),
            (&[("cache-control", "public, max-age=0, stale-if-error=60")], true, true),
            (&[("cache-control", "max-age=0, must-revalidate, stale-while-revalidate=60")], false, false),
            (&[("cache-control", "private, max-age=0, stale-while-revalidate=60")], false, false),
            (&[("cache-control", "private=\"set-cookie, date\", s-maxage=5")], true, true),
            (&[("cache-control", "public, no-cache")], false, false),
            (&[("cache-control", "no-store, public, max-age=60")], false, false),
            (&[("cache-control", "max-age=60"), ("vary", "Accept, x-api-key")], false, false),
            (&[("cache-control", "public, max-age=60"), ("vary", "*")], false, false),
            (&[("cache-control", "public, max-age=60"), ("vary", "Accept")], true, true),
            (&[("expires", "0")], false, false),
            (&[("expires", "Thu, 01 Jan 2026 13:00:00 GMT"), ("date", "Thu, 01 Jan 2026 12:00:00 GMT")], true, false),
            (&[("expires", "Thu, 01 Jan 2026 12:00:00 GMT"), ("date", "Thu, 01 Jan 2026 12:00:00 GMT")], false, false),
        ];
        for (fields, with_key, with_bearer) in cases {
            assert_eq!(explicit(&key, fields), *with_key, "{fields:?} with a key");
            assert_eq!(explicit(&bearer, fields), *with_bearer, "{fields:?} with Authorization");
        }
    }

    #[test]
    fn last_modified_alone_gives_a_heuristic_reuse() {
        let key = CredentialPlace::Header { name: "X-API-Key".to_owned() };
        let fields = response(&[("last-modified", "Thu, 01 Jan 2026 12:00:00 GMT")]);
        assert!(matches!(reuse(&fields, &key), Some(Reuse::Heuristic(_))));
        assert_eq!(reuse(&Response { status: 401, ..fields }, &key), None);
        assert_eq!(
            reuse(&response(&[("cache-control", "public")]), &CredentialPlace::Query { name: "key".to_owned() }),
            None
        );
    }
}
