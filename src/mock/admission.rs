//! Admission: the credential or tenant in a request, and the tenant that it belongs to.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::contract::{Contract, Credential, CredentialPlace, Tenant};
use crate::exchange::Request;

/// The credential or tenant that a request presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// No credential.
    Nothing,
    /// A value in the documented form.
    Value(String),
    /// A credential at the documented place that does not have the documented form.
    Unreadable,
}

/// The result of looking up what a request presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// The request is admitted as this tenant.
    Tenant(String),
    /// The request presents no credential.
    Missing,
    /// The request presents a credential that does not exist.
    Unknown,
}

/// The query parameters of a request target, decoded.
pub(crate) fn query(target: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    url::form_urlencoded::parse(target.split_once('?').map_or("", |(_, query)| query).as_bytes())
}

/// The credential or tenant at the place that the contract documents.
pub(crate) fn presented(contract: &Contract, request: &Request) -> Presented {
    if let Tenant::Query { name, .. } = &contract.tenant {
        return single(query(&request.target).filter(|(have, _)| have == name).map(|(_, value)| value.into_owned()));
    }
    presented_credential(contract, request)
}

/// The credential at the place that the contract documents, whatever names the tenant.
pub(crate) fn presented_credential(contract: &Contract, request: &Request) -> Presented {
    let Some(credential) = &contract.credential else { return Presented::Nothing };
    let mut ways = credential.ways().map(|way| combined(way.iter().map(|place| at_place(credential, place, request))));
    // The first way that the request takes.
    ways.find(|presented| *presented != Presented::Nothing).unwrap_or(Presented::Nothing)
}

/// What several places present together: the credential, if all have the same one.
fn combined(mut each: impl Iterator<Item = Presented>) -> Presented {
    let Some(first) = each.next() else { return Presented::Nothing };
    if each.all(|other| other == first) { first } else { Presented::Unreadable }
}

/// The credential at one place.
fn at_place(credential: &Credential, place: &CredentialPlace, request: &Request) -> Presented {
    match place {
        CredentialPlace::Header { name } => header(request, name, Some),
        CredentialPlace::Authorization { scheme } => header(request, "authorization", |value| {
            // White space after a scheme alone is not part of the field value (RFC 9110, 5.5).
            let (have, rest) = value.split_once(' ').unwrap_or((value.as_str(), ""));
            let exact = credential.scheme_case_sensitive.is_some();
            let same = if exact { have == scheme } else { have.eq_ignore_ascii_case(scheme) };
            place.decode(rest.trim()).filter(|_| same)
        }),
        CredentialPlace::Query { name } => {
            single(query(&request.target).filter(|(have, _)| have == name).map(|(_, value)| value.into_owned()))
        }
        CredentialPlace::Cookie { name } => header(request, "cookie", |value| {
            let pair = value.split(';').filter_map(|pair| pair.trim().split_once('='));
            pair.filter(|(have, _)| have == name).map(|(_, value)| value.to_owned()).next()
        }),
    }
}

/// The raw values at the place of the credential.
pub(crate) fn values(contract: &Contract, request: &Request) -> Vec<Vec<u8>> {
    let fields = |name: &str| {
        let fields = request.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name));
        fields.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    match contract.credential_place() {
        None => Vec::new(),
        Some(CredentialPlace::Header { name }) => fields(name),
        Some(CredentialPlace::Authorization { scheme }) => {
            let scheme = format!("{scheme} ").into_bytes();
            let rest = |value: Vec<u8>| value.strip_prefix(scheme.as_slice()).map(<[u8]>::to_vec).unwrap_or(value);
            fields("authorization").into_iter().map(rest).collect()
        }
        Some(CredentialPlace::Query { name }) => {
            let pairs = query(&request.target).filter(|(have, _)| have == name);
            pairs.map(|(_, value)| value.into_owned().into_bytes()).collect()
        }
        Some(CredentialPlace::Cookie { name }) => {
            let start = format!("{name}=").into_bytes();
            let all = fields("cookie");
            let pairs = all.iter().flat_map(|value| value.split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
            pairs.filter_map(|pair| pair.strip_prefix(start.as_slice()).map(<[u8]>::to_vec)).collect()
        }
    }
}

/// Looks up the presented value among the valid credentials.
pub(crate) fn look_up(presented: &Presented, keys: &HashMap<String, String>) -> Admission {
    match presented {
        Presented::Nothing => Admission::Missing,
        Presented::Value(value) if value.is_empty() => Admission::Missing,
        Presented::Value(value) => {
            keys.get(value).map_or(Admission::Unknown, |tenant| Admission::Tenant(tenant.clone()))
        }
        Presented::Unreadable => Admission::Unknown,
    }
}

fn header(request: &Request, name: &str, read: impl Fn(String) -> Option<String>) -> Presented {
    let values = request.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name));
    let mut read_all = values.map(|(_, value)| String::from_utf8(value.clone()).ok().and_then(&read));
    match (read_all.next(), read_all.next()) {
        (None, _) => Presented::Nothing,
        (Some(Some(value)), None) => Presented::Value(value),
        _ => Presented::Unreadable,
    }
}

fn single(mut values: impl Iterator<Item = String>) -> Presented {
    match (values.next(), values.next()) {
        (None, _) => Presented::Nothing,
        (Some(value), None) => Presented::Value(value),
        _ => Presented::Unreadable,
    }
}
