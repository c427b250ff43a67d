//! Takes credentials and personal data out of recorded traffic, before anything is made of it.

use serde_json::Value;

use super::exchange::Exchange;
use crate::exchange::Redactor;
use crate::init::credential;
use crate::init::words::{any, words};

/// What stands in place of a credential.
const CREDENTIAL: &str = "redacted";

/// Replaces credentials wherever they occur, and in bodies what is called like a secret.
pub(super) fn mask(exchanges: &mut [Exchange]) {
    let redactor = Redactor::default();
    for exchange in exchanges.iter() {
        for secret in secrets(exchange) {
            redactor.learn(&secret, CREDENTIAL);
        }
    }
    for exchange in exchanges {
        exchange.path = exchange.path.split('/').map(|segment| redactor.text(segment)).collect::<Vec<_>>().join("/");
        for (name, value) in &mut exchange.query {
            *value = if is_secret(name) { CREDENTIAL.to_owned() } else { text(&redactor.text(value)) };
        }
        for (name, value) in &mut exchange.response_fields {
            *value = if name.eq_ignore_ascii_case("set-cookie") { CREDENTIAL.to_owned() } else { redactor.text(value) };
        }
        for body in [&mut exchange.request_body, &mut exchange.response_body].into_iter().flatten() {
            body.value = redactor.json(&body.value);
            value(&mut body.value);
        }
    }
}

/// The credentials of a request.
fn secrets(exchange: &Exchange) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in exchange.request_fields.iter().flatten() {
        if name.eq_ignore_ascii_case("cookie") {
            found.extend(value.split(';').filter_map(|cookie| Some(cookie.split_once('=')?.1.trim().to_owned())));
        } else if is_secret(name) {
            found.extend(value.split(' ').map(ToOwned::to_owned));
            found.push(value.clone());
        }
    }
    found.extend(exchange.query.iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value.clone()));
    // A short one would be found in words.
    found.retain(|secret| {
        secret.len() >= 6 && !credential::AUTH_SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(secret))
    });
    found
}

fn is_secret(name: &str) -> bool {
    credential::is_name(name)
        || any(&words(name), &["password", "secret", "authorization", "signature", "csrf", "xsrf"])
}

/// Replaces what is called like a secret, and addresses.
fn value(given: &mut Value) {
    match given {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if is_secret(name) && !text.is_empty() => CREDENTIAL.clone_into(text),
                    _ => value(member),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(value),
        Value::String(given) => *given = text(given),
        _ => {}
    }
}

fn text(given: &str) -> String {
    let is_address = given.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !given.contains(char::is_whitespace) && !given.contains('/')
    });
    if is_address {
        "user@example.com".to_owned()
    } else if given.starts_with("eyJ") && given.matches('.').count() == 2 {
        CREDENTIAL.to_owned()
    } else {
        given.to_owned()
    }
}
