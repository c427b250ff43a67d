//! Faults in the credential and in the request as a whole.

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use super::ClientFault;
use super::applies::{
    always, asks_by_get, fails_closed, has_required_query, in_cookie, pays_with_body, secured, secured_by_field,
};
use crate::client::behaviour::ReportContext;
use crate::client::config::ClientAccount;
use crate::client::credit_client::CallResult;
use crate::client::error::ErrorClass;
use crate::client::message::RequestTemplate;

pub(super) const ALL: &[ClientFault] = &[
    ClientFault {
        name: "key-missing",
        about: "sends no credential",
        applies: secured,
        install: |b| b.sending.prepare = |request, account| _ = take(request, account),
    },
    ClientFault {
        name: "key-missing-in-paid-calls",
        about: "sends no credential in paid calls",
        applies: |contract| secured(contract) && pays_with_body(contract),
        install: |b| {
            b.sending.prepare = |request, account| {
                if request.body.is_some() {
                    take(request, account);
                }
            };
        },
    },
    ClientFault {
        name: "key-missing-after-first-check",
        about: "sends no credential from the second check on",
        applies: secured,
        install: |b| b.sending.prepare_again = |request, account| drop(take(request, account)),
    },
    ClientFault {
        name: "key-in-wrong-header",
        about: "sends the credential in an undocumented header field",
        applies: secured,
        install: |b| {
            b.sending.prepare = |request, account| {
                if take(request, account).is_some() {
                    put(request, "x-auth-token", account.key_text());
                }
            };
        },
    },
    ClientFault {
        name: "key-in-wrong-scheme",
        about: "sends another auth scheme than the documented one, or one where none is documented",
        applies: secured,
        install: |b| {
            b.sending.prepare = |request, account| {
                if let Some((place, value)) = take(request, account) {
                    let is_key = value.to_ascii_lowercase().starts_with("key ");
                    let scheme = match value == account.key_text() {
                        true => "Bearer",
                        false if is_key => "Token",
                        false => "Key",
                    };
                    place.put(request, &format!("{scheme} {}", account.key_text()));
                }
            };
        },
    },
    ClientFault {
        name: "key-in-lower-case-scheme",
        about: "writes the auth scheme in lower case",
        applies: |contract| {
            contract.credential.as_ref().is_some_and(|credential| credential.scheme_case_sensitive.is_some())
        },
        install: |b| {
            b.sending.prepare = |request, account| {
                if let Some((place, value)) = take(request, account) {
                    let scheme = value.strip_suffix(account.key_text()).unwrap_or("").to_ascii_lowercase();
                    place.put(request, &format!("{scheme}{}", account.key_text()));
                }
            };
        },
    },
    ClientFault {
        name: "key-shortened",
        about: "omits the last character of the credential",
        applies: secured,
        install: |b| {
            b.sending.prepare = |request, account| {
                if let Some((place, mut value)) = take(request, account) {
                    value.pop();
                    place.put(request, &value);
                }
            };
        },
    },
    ClientFault {
        name: "key-cut-at-32",
        about: "sends the first 32 characters of the credential",
        applies: secured,
        install: |b| {
            b.sending.prepare = |request, account| change_key(request, account, |key| key.chars().take(32).collect());
        },
    },
    ClientFault {
        name: "key-cut-at-255",
        about: "sends the first 255 characters of the credential",
        applies: secured,
        install: |b| {
            b.sending.prepare = |request, account| change_key(request, account, |key| key.chars().take(255).collect());
        },
    },
    ClientFault {
        name: "key-without-prefix",
        about: "omits what stands before the first underscore of the credential",
        applies: secured,
        install: |b| {
            b.sending.prepare = |request, account| {
                change_key(request, account, |key| key.split_once('_').map_or(key, |(_, rest)| rest).to_owned());
            };
        },
    },
    ClientFault {
        name: "key-percent-encoded",
        about: "percent-encodes the credential in a header field",
        applies: secured_by_field,
        install: |b| {
            b.sending.prepare = |request, account| {
                change_key(request, account, |key| url::form_urlencoded::byte_serialize(key.as_bytes()).collect());
            };
        },
    },
    ClientFault {
        name: "key-in-lower-case",
        about: "sends the credential in lower case",
        applies: secured,
        install: |b| b.sending.prepare = |request, account| change_key(request, account, str::to_ascii_lowercase),
    },
    ClientFault {
        name: "key-without-padding",
        about: "removes equals signs at the end of the credential",
        applies: |contract| secured(contract) && !in_cookie(contract),
        install: |b| {
            b.sending.prepare =
                |request, account| change_key(request, account, |key| key.trim_end_matches('=').to_owned());
        },
    },
    ClientFault {
        name: "body-on-get",
        about: "sends an empty JSON object as the body of checks",
        applies: asks_by_get,
        install: |b| {
            b.sending.prepare = |request, _| {
                if request.method == http::Method::GET {
                    request.body = Some("{}".into());
                    put(request, "content-type", "application/json");
                }
            };
        },
    },
    ClientFault {
        name: "key-in-url",
        about: "sends the credential in the query as well",
        applies: secured_by_field,
        install: |b| {
            b.sending.prepare = |request, account| {
                request.url.query_pairs_mut().append_pair("api_key", account.key_text());
            };
        },
    },
    ClientFault {
        name: "key-in-body",
        about: "sends the credential in the body as well",
        applies: secured,
        install: |b| b.sending.prepare = in_body,
    },
    ClientFault {
        name: "key-in-other-header",
        about: "sends the credential in a second header as well",
        applies: secured,
        install: |b| b.sending.prepare = |request, account| put(request, "x-client-info", account.key_text()),
    },
    ClientFault {
        name: "key-in-header-after-first-check",
        about: "sends the credential in a second header as well, from the second check on",
        applies: secured,
        install: |b| {
            b.sending.prepare_again = |request, account| put(request, "x-client-info", account.key_text());
        },
    },
    ClientFault {
        name: "key-in-cookie",
        about: "sends the credential in a cookie as well",
        applies: |contract| secured(contract) && !in_cookie(contract),
        install: |b| {
            b.sending.prepare = |request, account| put(request, "cookie", &format!("key={}", account.key_text()));
        },
    },
    ClientFault {
        name: "key-to-other-origin",
        about: "follows a redirect to another origin and sends the credential there",
        applies: secured_by_field,
        install: |b| b.sending.follow_redirects = true,
    },
    ClientFault {
        name: "key-in-error",
        about: "includes the credential in its errors",
        applies: secured,
        install: |b| {
            b.reporting.after_check = |result, context| {
                result.map_err(|mut error| {
                    error.code = Some(format!("refused_for_{}", context.account.key_text()));
                    error.detail = format!("with the key {}", context.account.key_text());
                    error
                })
            };
        },
    },
    ClientFault {
        name: "key-in-connection-error",
        about: "includes the credential in errors about the connection",
        applies: |contract| secured(contract) && fails_closed(contract),
        install: |b| {
            b.reporting.after_check = |result, context| quoting(result, context, ErrorClass::Network);
        },
    },
    ClientFault {
        name: "key-in-timeout-error",
        about: "includes the credential in errors about a time-out",
        applies: |contract| secured(contract) && fails_closed(contract),
        install: |b| {
            b.reporting.after_check = |result, context| quoting(result, context, ErrorClass::Timeout);
        },
    },
    ClientFault {
        name: "key-in-paid-call-error",
        about: "includes the credential in the errors of paid calls",
        applies: |contract| secured(contract) && pays_with_body(contract),
        install: |b| {
            b.reporting.after_spend = |result, context| quoting(result, context, ErrorClass::Server);
        },
    },
    ClientFault {
        name: "method-post",
        about: "sends POST where GET is documented",
        applies: asks_by_get,
        install: |b| {
            b.sending.prepare = |request, _| {
                if request.method == Method::GET {
                    request.method = Method::POST;
                }
            };
        },
    },
    ClientFault {
        name: "path-with-slash",
        about: "appends a slash to the path",
        applies: always,
        install: |b| {
            b.sending.prepare = |request, _| {
                let path = format!("{}/", request.url.path());
                request.url.set_path(&path);
            };
        },
    },
    ClientFault {
        name: "query-missing",
        about: "sends no query",
        applies: has_required_query,
        install: |b| b.sending.prepare = |request, _| request.url.set_query(None),
    },
    ClientFault {
        name: "request-sent-twice",
        about: "sends every request twice",
        applies: always,
        install: |b| b.sending.duplicates = 1,
    },
];

/// Where a credential stood in a request.
enum Place {
    Field(HeaderName),
    Query(String),
}

impl Place {
    fn put(&self, request: &mut RequestTemplate, value: &str) {
        match self {
            Self::Field(name) => put(request, name.as_str(), value),
            Self::Query(name) => drop(request.url.query_pairs_mut().append_pair(name, value)),
        }
    }
}

/// The result, with the credential in errors of this class.
fn quoting(result: CallResult, context: &ReportContext<'_>, class: ErrorClass) -> CallResult {
    result.map_err(|mut error| {
        if error.class == class {
            error.detail = format!("the request with the key {} failed", context.account.key_text());
        }
        error
    })
}

/// Takes the credential out of the request: where it stood, and what stood there.
fn take(request: &mut RequestTemplate, account: &ClientAccount) -> Option<(Place, String)> {
    let key = account.key_text();
    if let Some((name, value)) = request.headers.iter().find(|(_, value)| value.is_sensitive()) {
        let taken = (name.clone(), value.to_str().ok()?.to_owned());
        request.headers.remove(&taken.0);
        return taken.1.ends_with(key).then(|| (Place::Field(taken.0), taken.1));
    }
    let pairs: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
    let (name, _) = pairs.iter().find(|(_, value)| value == key)?;
    request.url.query_pairs_mut().clear().extend_pairs(pairs.iter().filter(|(have, _)| have != name));
    Some((Place::Query(name.clone()), key.to_owned()))
}

fn put(request: &mut RequestTemplate, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        request.headers.insert(name, value);
    }
}

fn in_body(request: &mut RequestTemplate, account: &ClientAccount) {
    let body = request.body.as_ref().and_then(|body| serde_json::from_slice::<Map<String, Value>>(body).ok());
    let mut body = body.unwrap_or_default();
    body.insert("api_key".to_owned(), account.key_text().into());
    request.body = Some(Value::Object(body).to_string().into());
    put(request, "content-type", "application/json");
}

/// Sends another text in place of the credential.
fn change_key(request: &mut RequestTemplate, account: &ClientAccount, change: impl FnOnce(&str) -> String) {
    let key = account.key_text();
    if let Some((place, value)) = take(request, account) {
        let before = value.strip_suffix(key).unwrap_or_default();
        place.put(request, &format!("{before}{}", change(key)));
    }
}
