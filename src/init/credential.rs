//! Which credential a caller presents, and where it goes.

use serde_json::{Map, Value, json};

use super::locate::Sure;
use super::outline::{Outline, Parameter};
use super::promise::{Basis, Stated};
use super::words::{sentences, words};
use crate::contract::Item;

/// The ends of names that parameters for credentials have, in lower case and without `-` and `_`.
const NAMES: [&str; 9] =
    ["apikey", "apitoken", "accesstoken", "authtoken", "authkey", "apisecret", "authorization", "accesskey", "xkey"];
/// Auth schemes that are written before a credential.
pub(super) const AUTH_SCHEMES: [&str; 6] = ["Bearer", "Token", "Basic", "Key", "ApiKey", "Api-Key"];

/// The credential of a draft.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The name of the scheme under `components.securitySchemes`.
    pub(super) scheme: String,
    /// The schemes to write, by name.
    pub(super) schemes: Vec<(String, Value)>,
    /// What to write under `security`.
    pub(super) security: Value,
    /// The place in a request, for people.
    pub(super) place: String,
    pub(super) required: Stated,
    /// Remarks for a comment.
    pub(super) remarks: Vec<String>,
    /// The parameters that stand for the credential, by place and name, which are not written as parameters.
    pub(super) parameters: Vec<(String, String)>,
}

/// Whether a header field or a parameter has the name of a credential, whatever else is said of it.
pub(super) fn is_name(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !matches!(c, '-' | '_')).collect::<String>().to_ascii_lowercase();
    // Fields that protect forms are no credentials of an API.
    NAMES.iter().any(|end| plain.ends_with(end)) && !plain.contains("csrf") && !plain.contains("proxy")
        || matches!(plain.as_str(), "xtoken" | "xapitoken" | "token" | "key")
}

/// Finds the credential of an operation.
pub(super) fn credential(root: &Item<'_>, operation: &Outline<'_>, all: &[Outline<'_>]) -> Option<Found> {
    let schemes = root.get("components").and_then(|components| components.get("securitySchemes"));
    let own = operation.item.get("security");
    if own.as_ref().is_some_and(|own| own.elements().is_empty()) {
        // The document says that it needs none; a parameter may say otherwise.
        return by_parameter(std::slice::from_ref(operation));
    }
    let security = own.or_else(|| root.get("security"));
    if let Some(schemes) = &schemes {
        let required = security.as_ref().and_then(|security| by_requirement(security, schemes));
        // A parameter that the operation requires goes before a scheme that nothing requires.
        let own = || {
            by_parameter(std::slice::from_ref(operation))
                .filter(|found| found.required.basis == Basis::Stated && !is_declared(found, schemes))
        };
        let found = required.or_else(own).or_else(|| by_declaration(schemes, operation));
        if found.is_some() {
            return found;
        }
    }
    by_parameter(std::slice::from_ref(operation)).or_else(|| by_parameter(all)).or_else(|| by_description(root))
}

/// By what `security` requires.
fn by_requirement(security: &Item<'_>, schemes: &Item<'_>) -> Option<Found> {
    let requirements = security.elements();
    let is_optional = requirements.iter().any(|requirement| requirement.members().is_empty());
    let mut usable: Vec<(u8, &Item<'_>)> = requirements
        .iter()
        .filter_map(|requirement| {
            let ranks: Option<Vec<u8>> = requirement
                .members()
                .iter()
                .map(|(name, _)| schemes.get(name).and_then(|scheme| rank(&scheme.follow())))
                .collect();
            Some((ranks?.into_iter().max()?, requirement))
        })
        .collect();
    // A sort that is stable: of equal ones, the first of the document.
    usable.sort_by_key(|(rank, _)| *rank);
    let (_, chosen) = usable.first()?;
    let (scheme, _) = chosen.members().into_iter().next()?;
    let declared = schemes.get(scheme)?.follow();
    let mut written = Vec::new();
    for (_, requirement) in &usable {
        for (name, _) in requirement.members() {
            let declared = schemes.get(name)?.follow();
            if !written.iter().any(|(known, _): &(String, Value)| known == name) {
                written.push((name.to_owned(), normalised(&declared)));
            }
        }
    }
    let said = declared.text("description").and_then(|text| sentences(text).into_iter().next());
    let (_, place) = place(&normalised(&declared));
    let quote = said.filter(|said| said.len() > 12).unwrap_or_else(|| format!("security: {scheme}, {place}"));
    let mut required = Stated::by_document(&quote, security.place());
    let mut remarks = vec![format!("declared at {}", declared.place())];
    if is_optional {
        required = Stated::concluded(&quote, security.place());
        remarks.push("`security` also lists an empty requirement: the credential is optional".to_owned());
    }
    remarks.extend(changed(&declared));
    if usable.len() > 1 {
        remarks.push("the document has several ways; the one that needs no login of a user stands first".to_owned());
    }
    let security = Value::Array(usable.iter().map(|(_, requirement)| requirement.value().clone()).collect());
    Some(Found {
        scheme: scheme.to_owned(),
        schemes: written,
        security,
        place,
        required,
        remarks,
        parameters: Vec::new(),
    })
}

/// By a scheme that is declared and that nothing requires.
fn by_declaration(schemes: &Item<'_>, operation: &Outline<'_>) -> Option<Found> {
    let mut usable: Vec<(u8, &str, Item<'_>)> = schemes
        .members()
        .into_iter()
        .filter_map(|(name, scheme)| {
            let scheme = scheme.follow();
            // One that the operation has a parameter for goes first.
            let rank = rank(&scheme)?;
            let (header, _) = place(&normalised(&scheme));
            let is_parameter = operation
                .parameters()
                .iter()
                .any(|parameter| header.as_ref().is_some_and(|header| parameter.name.eq_ignore_ascii_case(header)));
            Some((if is_parameter { 0 } else { rank + 1 }, name, scheme))
        })
        .collect();
    usable.sort_by_key(|(rank, _, _)| *rank);
    let (rank, name, scheme) = usable.first()?;
    let written = normalised(scheme);
    let (header, place) = place(&written);
    let said = scheme.text("description").unwrap_or(place.as_str());
    let parameter = operation
        .parameters()
        .into_iter()
        .find(|parameter| header.as_ref().is_some_and(|header| parameter.name.eq_ignore_ascii_case(header)));
    let mut required = Stated::concluded(said, scheme.place());
    if let Some(parameter) = parameter.as_ref().filter(|parameter| parameter.required) {
        required = Stated::by_document(parameter.item.text("description").unwrap_or(said), parameter.item.place());
    } else if *rank < 3 {
        required.sure = Sure::Likely;
    }
    let mut remarks = vec![format!("declared at {}; no `security` requires it", scheme.place())];
    remarks.extend(changed(scheme));
    Some(Found {
        scheme: (*name).to_owned(),
        schemes: vec![((*name).to_owned(), written)],
        security: json!([{ *name: [] }]),
        place,
        required,
        remarks,
        parameters: parameter.iter().map(|parameter| (parameter.place.to_owned(), parameter.name.to_owned())).collect(),
    })
}

/// By parameters whose names are those of credentials: the first one, with those that the operation requires beside it.
fn by_parameter(operations: &[Outline<'_>]) -> Option<Found> {
    operations.iter().find_map(|operation| {
        let mut keys: Vec<Parameter<'_>> = operation.parameters().into_iter().filter(is_key).collect();
        if keys.is_empty() {
            return None;
        }
        let first = keys.remove(0);
        keys.retain(|other| first.required && other.required);
        let said = first.item.text("description").unwrap_or_default();
        let schemes: Vec<(String, Value)> = std::iter::once(&first)
            .chain(&keys)
            .enumerate()
            .map(|(index, key)| {
                let name = if index == 0 { "credential".to_owned() } else { format!("credential_{}", index + 1) };
                (name, scheme_of(key))
            })
            .collect();
        let places: Vec<String> = schemes.iter().map(|(_, scheme)| place(scheme).1).collect();
        let place = places.join(" and ");
        let quote = if said.is_empty() { place.as_str() } else { said };
        let required = if first.required {
            Stated::by_document(quote, first.item.place())
        } else {
            Stated::concluded(quote, first.item.place())
        };
        let mut remarks = vec![format!("the document declares it as a parameter, at {}", first.item.place())];
        if !keys.is_empty() {
            remarks.push("it has several parts; all of them get the same value".to_owned());
        }
        let requirement: Map<String, Value> = schemes.iter().map(|(name, _)| (name.clone(), json!([]))).collect();
        Some(Found {
            scheme: "credential".to_owned(),
            schemes,
            security: json!([requirement]),
            place,
            required,
            remarks,
            parameters: std::iter::once(&first)
                .chain(&keys)
                .map(|key| (key.place.to_owned(), key.name.to_owned()))
                .collect(),
        })
    })
}

/// Whether a parameter has the name of a credential.
fn is_key(parameter: &Parameter<'_>) -> bool {
    let plain: String =
        parameter.name.chars().filter(|c| !matches!(c, '-' | '_')).collect::<String>().to_ascii_lowercase();
    let is_about_credentials = || {
        let said = words(parameter.item.text("description").unwrap_or_default());
        super::words::any(&said, &["api", "authentication", "authenticate", "credential", "account"])
    };
    let is_named = NAMES.iter().any(|end| plain.ends_with(end))
        || matches!(plain.as_str(), "key" | "token") && is_about_credentials();
    is_named && matches!(parameter.place, "header" | "query" | "cookie")
}

/// The scheme that a parameter stands for.
fn scheme_of(parameter: &Parameter<'_>) -> Value {
    let said = parameter.item.text("description").unwrap_or_default();
    let declared = json!({ "type": "apiKey", "in": parameter.place, "name": parameter.name, "description": super::promise::shortened(said) });
    authorization_scheme(&declared, said)
}

/// Whether one of the schemes goes where a parameter does.
fn is_declared(found: &Found, schemes: &Item<'_>) -> bool {
    let declared = |name: &str| {
        schemes.members().iter().any(|(_, scheme)| {
            place(&normalised(&scheme.follow())).0.is_some_and(|field| field.eq_ignore_ascii_case(name))
        })
    };
    found.parameters.iter().any(|(_, name)| declared(name))
}

/// By the description of the whole document.
fn by_description(root: &Item<'_>) -> Option<Found> {
    let info = root.get("info")?;
    let text = info.text("description")?;
    for sentence in sentences(text) {
        let lower = sentence.to_lowercase();
        let scheme = if let Some(name) = auth_scheme(&sentence).filter(|_| lower.contains("authorization")) {
            json!({ "type": "http", "scheme": name })
        } else if let Some(name) = header_name(&sentence) {
            json!({ "type": "apiKey", "in": "header", "name": name })
        } else {
            continue;
        };
        let (_, place) = place(&scheme);
        let mut required = Stated::concluded(&sentence, info.place());
        required.sure = Sure::Likely;
        return Some(Found {
            scheme: "credential".to_owned(),
            schemes: vec![("credential".to_owned(), scheme)],
            security: json!([{ "credential": [] }]),
            place,
            required,
            remarks: vec!["the document declares no security scheme; its description names this header".to_owned()],
            parameters: Vec::new(),
        });
    }
    None
}

/// A name such as `X-API-Key` in a sentence.
fn header_name(sentence: &str) -> Option<String> {
    let mut names = sentence.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    names
        .find(|name| {
            name.len() > 4 && name.contains('-') && {
                let plain = name.replace('-', "").to_ascii_lowercase();
                NAMES.iter().any(|end| plain.ends_with(end))
            }
        })
        .map(ToOwned::to_owned)
}

/// How well a scheme suits a program: keys and tokens go before logins. `None` if it has no place in a request.
fn rank(scheme: &Item<'_>) -> Option<u8> {
    match scheme.text("type")? {
        "apiKey" if scheme.text("in") == Some("cookie") => Some(3),
        "apiKey" | "http" if is_login(scheme) => Some(1),
        "http" if scheme.text("scheme")?.eq_ignore_ascii_case("digest") => None,
        "apiKey" | "http" => Some(0),
        "oauth2" | "openIdConnect" => Some(2),
        _ => None,
    }
}

/// Whether a scheme is for a token that a user gets by logging in.
fn is_login(scheme: &Item<'_>) -> bool {
    let said = scheme.text("description").unwrap_or_default();
    let named = scheme.text("bearerFormat").unwrap_or_default();
    said.contains("eyJ")
        || super::words::any(&words(&format!("{said} {named}")), &["jwt", "oauth", "login", "session", "cookie"])
}

/// The scheme as it is written: one that says in words what its type cannot, by its type.
fn normalised(scheme: &Item<'_>) -> Value {
    let said = scheme.text("description").unwrap_or_default();
    let mut written = authorization_scheme(scheme.value(), said);
    if let Some(members) = written.as_object_mut() {
        members.retain(|name, _| !name.starts_with("x-"));
        if let Some(Value::String(said)) = members.get_mut("description") {
            *said = super::promise::shortened(said);
        }
    }
    written
}

/// An API key in `Authorization` whose description names an auth scheme is a credential of that scheme.
fn authorization_scheme(scheme: &Value, said: &str) -> Value {
    let is_authorization = scheme.get("type").and_then(Value::as_str) == Some("apiKey")
        && scheme.get("in").and_then(Value::as_str) == Some("header")
        && scheme.get("name").and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case("authorization"));
    match auth_scheme(said).filter(|_| is_authorization) {
        Some(name) => json!({ "type": "http", "scheme": name, "description": super::promise::shortened(said) }),
        None => scheme.clone(),
    }
}

fn changed(scheme: &Item<'_>) -> Option<String> {
    let written = normalised(scheme);
    (written.get("type") != scheme.value().get("type"))
        .then(|| "declared as `apiKey` in `Authorization`; its description names the auth scheme".to_owned())
}

/// The auth scheme that a text writes before a credential: `Authorization: Token <key>`.
fn auth_scheme(text: &str) -> Option<&'static str> {
    let tokens: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, '`' | '"' | '\'' | '(' | ')'))
        .filter(|token| !token.is_empty())
        .collect();
    for (index, token) in tokens.iter().enumerate() {
        let bare = token.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let Some(scheme) = AUTH_SCHEMES.iter().find(|scheme| scheme.eq_ignore_ascii_case(bare)) else { continue };
        let before = index.checked_sub(1).and_then(|before| tokens.get(before)).copied().unwrap_or_default();
        let after = tokens.get(index + 1).copied().unwrap_or_default();
        let is_placeholder = after.starts_with(['<', '{', '[', '$', ':'])
            || after.len() > 2 && after.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            || after.to_ascii_lowercase().starts_with("your");
        let follows_the_name =
            before.to_ascii_lowercase().trim_end_matches(':') == "authorization" && before.ends_with(':');
        if follows_the_name
            || is_placeholder && bare.starts_with(|c: char| c.is_ascii_uppercase())
            || *scheme == "Bearer"
        {
            return Some(scheme);
        }
    }
    None
}

/// The header field or parameter of a scheme, and its place for people.
fn place(scheme: &Value) -> (Option<String>, String) {
    let text = |name: &str| scheme.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "apiKey" => (Some(text("name").to_owned()), format!("{} {}", text("in"), text("name"))),
        "http" => {
            let name = text("scheme");
            let known = ["Bearer", "Basic"].into_iter().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name);
            (Some("Authorization".to_owned()), format!("Authorization: {known}"))
        }
        _ => (Some("Authorization".to_owned()), "Authorization: Bearer".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{auth_scheme, header_name};

    #[test]
    fn auth_scheme_is_read_from_how_it_is_written() {
        assert_eq!(auth_scheme("Use `Authorization: Token <API_KEY>`"), Some("Token"));
        assert_eq!(auth_scheme("Format 'Bearer' [space] [TOKEN]. Ex: 'Bearer eyJ'"), Some("Bearer"));
        assert_eq!(auth_scheme("Authorization: Key YOUR_KEY"), Some("Key"));
        assert_eq!(auth_scheme("The key of your account."), None);
        assert_eq!(auth_scheme("A token that you create on the page Token."), None);
    }

    #[test]
    fn header_name_is_found_in_a_sentence() {
        assert_eq!(header_name("Send it as `X-API-Key` in each request.").as_deref(), Some("X-API-Key"));
        assert_eq!(header_name("A pay-as-you-go plan."), None);
    }
}
