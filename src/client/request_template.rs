//! Builds the documented request of an operation.

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;
use url::form_urlencoded::Serializer;

use super::config::{ClientAccount, ConfigError};
use super::message::{RequestTemplate, is_json};
use crate::contract::{Contract, CredentialPlace, Operation};

/// Parses and checks the base URL that the contract's paths are appended to.
pub(super) fn base_url(text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|_| ConfigError::BaseUrl)?;
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let web = matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none();
    if bare && web { Ok(url) } else { Err(ConfigError::BaseUrl) }
}

/// Builds the request of an operation for an account, with the shortest documented body.
///
/// The tenant is not part of it: the credential identifies it, or the base URL does where a proxy adds the tenant.
pub(super) fn build(
    contract: &Contract,
    operation: &Operation,
    base: &Url,
    account: &ClientAccount,
) -> Result<RequestTemplate, ConfigError> {
    let unsendable = || ConfigError::Contract(format!("`{}`", operation.id));
    let method = Method::from_bytes(operation.method.as_bytes()).map_err(|_| unsendable())?;
    let text = format!("{}{}", base.as_str().trim_end_matches('/'), operation.example_path);
    let mut url = Url::parse(&text).map_err(|_| unsendable())?;
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in &operation.example_headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?;
        headers.insert(name, HeaderValue::from_str(value).map_err(|_| unsendable())?);
    }
    if let (true, Some(credential), Some(key)) = (operation.secured, &contract.credential, &account.key) {
        let way = credential.ways().next().unwrap_or_default();
        for place in way {
            match place {
                CredentialPlace::Query { name } => set_query(&mut url, name, key.expose()),
                _ => {
                    let name = place.field_name().unwrap_or_default();
                    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?;
                    let mut value = HeaderValue::from_str(&place.value(key.expose())).map_err(|_| ConfigError::Key)?;
                    value.set_sensitive(true);
                    headers.insert(name, value);
                }
            }
        }
    }
    let body = body(operation);
    if let Some((media_type, _)) = &body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).map_err(|_| unsendable())?);
    }
    Ok(RequestTemplate { method, url, headers, body: body.map(|(_, body)| body) })
}

/// Sets a query parameter; replaces the one of the documented example.
fn set_query(url: &mut Url, name: &str, value: &str) {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(url.query_pairs().filter(|(other, _)| other != name));
    query.append_pair(name, value);
    url.set_query(Some(&query.finish()));
}

/// The shortest documented JSON example; an empty object if a body is required and there is no example.
fn body(operation: &Operation) -> Option<(String, Bytes)> {
    let request = operation.request.as_ref()?;
    let content = request.content.iter().find(|content| is_json(&content.media_type))?;
    let shortest = content.examples.iter().map(|(_, example)| example.to_string()).min_by_key(String::len);
    let body = shortest.or_else(|| request.required.then(|| "{}".to_owned()))?;
    Some((content.media_type.clone(), body.into()))
}
