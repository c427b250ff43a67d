//! Header fields and query parameters that browsers, proxies and libraries add to requests, and that no contract
//! documents.

use crate::contract::{Contract, CredentialPlace, Tenant};
use crate::exchange::Request;

/// Additions to a request: header fields and query parameters.
#[derive(Debug, Clone, Default)]
pub(in crate::checks) struct Additions {
    pub fields: Vec<(&'static str, String)>,
    pub parameters: Vec<(&'static str, String)>,
}

/// Fields that any server must accept, with typical values.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "User-Agent",
        &[
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
            "curl/8.11.0",
            "python-requests/2.32.3",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            "node",
            "Go-http-client/1.1",
            "axios/1.7.9",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "okhttp/4.12.0",
            "x",
        ],
    ),
    ("Accept-Language", &["de-DE,de;q=0.9,en;q=0.8", "en-US,en;q=0.5", "tr-TR, ar;q=0.5", "fr", "ja", "*", "zh-CN"]),
    (
        "Cookie",
        &[
            "session=5f2c9a; theme=dark",
            "_ga=GA1.2.1234567890.1700000000; consent=all",
            "lang=de; currency=EUR",
            "credits=1; balance=1",
            "user_id=1; admin=true",
        ],
    ),
    ("Referer", &["https://shop.example/cart?item=7", "https://www.google.com/", "http://localhost:3000/"]),
    (
        "X-Forwarded-For",
        &["203.0.113.7", "10.0.0.1", "127.0.0.1", "203.0.113.7, 10.1.2.3, 172.16.0.1", "2001:db8::7", "192.168.1.20"],
    ),
    ("X-Forwarded-Host", &["proxy.example", "localhost", "api.proxy.example:8443"]),
    ("X-Forwarded-Proto", &["https"]),
    ("X-Real-IP", &["203.0.113.7", "10.0.0.1", "127.0.0.1"]),
    ("Forwarded", &["for=203.0.113.7;proto=https", "for=\"[2001:db8::7]\"", "for=10.0.0.1;host=proxy.example"]),
    ("Via", &["1.1 proxy.example", "2 edge, 1.1 cache (squid/6.1)"]),
    ("CF-Connecting-IP", &["203.0.113.7", "127.0.0.1"]),
    ("CF-IPCountry", &["DE", "US", "XX"]),
    ("DNT", &["1", "0"]),
    ("Sec-GPC", &["1"]),
    ("Sec-Fetch-Mode", &["cors", "navigate", "no-cors"]),
    ("Sec-Fetch-Site", &["cross-site", "same-origin", "none"]),
    ("Sec-Fetch-Dest", &["empty", "document"]),
    ("Sec-CH-UA-Platform", &["\"Windows\"", "\"Android\""]),
    ("Sec-CH-UA-Mobile", &["?0", "?1"]),
    ("Upgrade-Insecure-Requests", &["1"]),
    ("Save-Data", &["on"]),
    ("Priority", &["u=1, i"]),
    ("X-Requested-With", &["XMLHttpRequest", "com.example.app"]),
    ("X-Request-Id", &["7f1c2d3e-4b5a-4687-9a0b-1c2d3e4f5a60", "1", "req_0001"]),
    ("X-Correlation-Id", &["7f1c2d3e-4b5a-4687-9a0b-1c2d3e4f5a60"]),
    ("traceparent", &["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]),
    ("tracestate", &["vendor=t61rcWkgMzE"]),
    ("X-Amzn-Trace-Id", &["Root=1-67891233-abcdef012345678912345678"]),
    ("X-B3-TraceId", &["463ac35c9f6413ad48485a3953bb6124"]),
    ("baggage", &["userId=alice,serverNode=DF28"]),
    ("X-Stainless-Lang", &["python", "js"]),
    ("X-Client-Version", &["1.0.0", "0.1"]),
    ("X-Debug", &["1", "true"]),
    ("Idempotency-Key", &["8e03978e-40d5-43dd-bc93-6894a57f9324"]),
    ("Cache-Control", &["no-cache", "max-age=0", "no-store"]),
    ("Pragma", &["no-cache"]),
];

/// Fields that a server may answer in another way, by a refusal, a redirect or a part of the response. Each is sent
/// alone, and only a full response is compared.
const SPECIAL_FIELDS: &[(&str, &[&str])] = &[
    ("Origin", &["https://shop.example", "null", "http://localhost:3000"]),
    ("If-None-Match", &["\"5f2c9a\"", "W/\"1\""]),
    ("If-Modified-Since", &["Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"]),
    ("Range", &["bytes=0-4", "items=0-9"]),
    ("X-HTTP-Method-Override", &["GET", "HEAD"]),
    ("X-Forwarded-Proto", &["http"]),
    ("Prefer", &["return=minimal", "respond-async", "handling=strict"]),
    ("Content-Type", &["text/plain", "application/x-www-form-urlencoded"]),
    ("Cache-Control", &["only-if-cached", "max-stale=3600"]),
    ("Accept-Version", &["1", "2"]),
    ("Accept-Encoding", &["gzip, deflate, br, zstd", "gzip"]),
];

/// Query parameters that are added to any address: against caches, and for statistics.
const PARAMETERS: &[&[(&str, &str)]] = &[
    &[("_", "1733000000000"), ("utm_source", "newsletter"), ("debug", "1")],
    &[("ringtrue", "1"), ("t", "1733000000"), ("lang", "de")],
    &[("page", "2"), ("per_page", "1"), ("limit", "1"), ("offset", "10"), ("cursor", "x"), ("sort", "desc")],
    &[("fields", "id"), ("format", "json"), ("version", "2"), ("v", "2"), ("locale", "de-DE"), ("test", "1")],
    &[("ts", "1733000000"), ("timestamp", "1733000000"), ("cb", "7f1c2d"), ("nocache", "1"), ("ref", "app")],
];

/// Names under which servers look for the tenant, if they look where no document says so.
const TENANT_FIELDS: &[&str] = &["X-Account-Id", "X-Tenant-Id", "X-User-Id", "X-Customer-Id", "X-Org-Id", "X-Shop"];
const TENANT_PARAMETERS: &[&str] = &["account_id", "tenant_id", "user_id", "account", "tenant", "user"];

/// Lengths of `User-Agent`: browsers with many extensions and embedded web views exceed 256 bytes.
const LONG_USER_AGENTS: &[usize] = &[130, 260, 520, 1100];

/// Requests with all of [`FIELDS`], each time with other values, so that every value occurs.
pub(in crate::checks) fn profiles() -> Vec<Additions> {
    let rounds = FIELDS.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    let nth = |values: &[&str], n: usize| values.get(n % values.len().max(1)).map(|value| (*value).to_owned());
    let mut all: Vec<Additions> = (0..rounds)
        .map(|n| Additions {
            fields: FIELDS.iter().filter_map(|(name, values)| Some((*name, nth(values, n)?))).collect(),
            ..Additions::default()
        })
        .collect();
    all.extend(LONG_USER_AGENTS.iter().map(|length| {
        let product = "Mozilla/5.0 (X11; Linux x86_64) ";
        let long: String = product.chars().chain("Extension/1.0 ".chars().cycle()).take(*length).collect();
        Additions { fields: vec![("User-Agent", long.trim().to_owned())], ..Additions::default() }
    }));
    all.extend(PARAMETERS.iter().map(|parameters| Additions {
        parameters: parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        ..Additions::default()
    }));
    all
}

/// Requests with one field each that a server may answer in another way.
pub(in crate::checks) fn special() -> Vec<Additions> {
    let fields = SPECIAL_FIELDS.iter().flat_map(|(name, values)| values.iter().map(move |value| (*name, *value)));
    fields.map(|(name, value)| Additions { fields: vec![(name, value.to_owned())], ..Additions::default() }).collect()
}

/// Requests that name another tenant at places that no document names.
pub(in crate::checks) fn naming_tenant(tenant: &str) -> Vec<Additions> {
    let named = |names: &[&'static str]| names.iter().map(|name| (*name, tenant.to_owned())).collect::<Vec<_>>();
    vec![
        Additions { fields: named(TENANT_FIELDS), ..Additions::default() },
        Additions { parameters: named(TENANT_PARAMETERS), ..Additions::default() },
    ]
}

impl Additions {
    /// Each addition alone.
    pub(in crate::checks) fn alone(&self) -> Vec<Self> {
        let fields = self.fields.iter().map(|field| Self { fields: vec![field.clone()], ..Self::default() });
        let parameters = self.parameters.iter().map(|one| Self { parameters: vec![one.clone()], ..Self::default() });
        fields.chain(parameters).collect()
    }

    /// The additions without fields of this name and parameters of the other name.
    fn without(mut self, field: &str, parameter: &str) -> Self {
        self.fields.retain(|(name, _)| !name.eq_ignore_ascii_case(field));
        self.parameters.retain(|(name, _)| !name.eq_ignore_ascii_case(parameter));
        self
    }

    /// The request with the additions. A field that the request has already stays as it is.
    pub(in crate::checks) fn added_to(&self, request: Request) -> Request {
        let added = self.parameters.iter().fold(request, |request, (name, value)| request.query(name, value));
        let new = self.fields.iter().filter(|(name, _)| added.header_value(name).is_none()).collect::<Vec<_>>();
        new.into_iter().fold(added, |request, (name, value)| request.header(name, value.as_str()))
    }

    /// The additions without those at the places of the credential and the tenant.
    pub(in crate::checks) fn undocumented_in(self, contract: &Contract) -> Self {
        let (field, parameter) = match contract.credential_place() {
            Some(CredentialPlace::Header { name }) => (name.as_str(), ""),
            Some(CredentialPlace::Cookie { .. }) => ("Cookie", ""),
            Some(CredentialPlace::Query { name }) => ("", name.as_str()),
            _ => ("", ""),
        };
        let additions = self.without(field, parameter);
        match &contract.tenant {
            Tenant::Query { name, .. } => additions.without("", name),
            Tenant::Credential => additions,
        }
    }

    pub(in crate::checks) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.parameters.is_empty()
    }

    /// The additions in a few words.
    pub(in crate::checks) fn describe(&self) -> String {
        let short = |value: &str| {
            let start: String = value.chars().take(40).collect();
            if start.len() < value.len() { format!("{start}… ({} bytes)", value.len()) } else { start }
        };
        let fields = self.fields.iter().map(|(name, value)| format!("`{name}: {}`", short(value)));
        let parameters = self.parameters.iter().map(|(name, value)| format!("the parameter `{name}={}`", short(value)));
        let all: Vec<String> = fields.chain(parameters).collect();
        match all.len().checked_sub(4) {
            Some(more) if more > 0 => format!("{} and {more} more", all.get(..4).unwrap_or_default().join(", ")),
            _ => all.join(", "),
        }
    }
}
