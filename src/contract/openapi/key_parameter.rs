//! Credentials that a document declares as ordinary parameters, because it declares no security scheme.

use super::{Found, Reader};
use crate::contract::node::Node;
use crate::contract::{Credential, CredentialPlace};

/// The ends of names that parameters for credentials have, in lower case and without `-` and `_`.
const NAMES: [&str; 7] = ["apikey", "apitoken", "accesstoken", "authtoken", "authkey", "apisecret", "authorization"];

/// Finds the parameter that carries the credential. Operations that require it are secured.
pub(in crate::contract) fn key_parameter(
    reader: &mut Reader<'_>,
    root: &Node<'_>,
    found: &mut [Found<'_>],
) -> Option<Credential> {
    let mut credential: Option<Credential> = None;
    for (path, item) in root.get("paths")?.members() {
        let Some(item) = item.follow(&mut reader.diagnostics) else { continue };
        for found in found.iter_mut().filter(|found| found.operation.path == *path) {
            let lists = [item.get("parameters"), found.node.get("parameters")];
            for parameter in lists.into_iter().flatten().flat_map(|list| list.elements()) {
                let Some(parameter) = parameter.follow(&mut reader.diagnostics) else { continue };
                let Some(place) = place(&parameter) else { continue };
                if credential.as_ref().is_none_or(|credential| credential.place == place) {
                    found.operation.secured = parameter.is_true("required");
                    credential.get_or_insert_with(|| of_parameter(reader, &parameter, place));
                }
            }
        }
    }
    credential
}

fn of_parameter(reader: &Reader<'_>, parameter: &Node<'_>, place: CredentialPlace) -> Credential {
    let what = place.describe();
    let required = reader.stated(&format!("the parameter of {what} is required"), &parameter.location);
    let remark =
        format!("the document declares no security scheme: the credential is sent in {what}, an ordinary parameter");
    Credential {
        place,
        combined: Vec::new(),
        alternatives: Vec::new(),
        prefix: String::new(),
        required,
        scheme_case_sensitive: None,
        remark: Some(remark),
    }
}

/// The place that the parameter stands for, if its name is that of a credential.
fn place(parameter: &Node<'_>) -> Option<CredentialPlace> {
    let name = parameter.text("name")?;
    let plain: String = name.chars().filter(|c| !matches!(c, '-' | '_')).collect::<String>().to_ascii_lowercase();
    if !NAMES.iter().any(|end| plain.ends_with(end)) {
        return None;
    }
    match parameter.text("in")? {
        "header" if plain == "authorization" && mentions_bearer(parameter) => {
            Some(CredentialPlace::Authorization { scheme: "Bearer".to_owned() })
        }
        "header" => Some(CredentialPlace::Header { name: name.to_owned() }),
        "query" => Some(CredentialPlace::Query { name: name.to_owned() }),
        "cookie" => Some(CredentialPlace::Cookie { name: name.to_owned() }),
        _ => None,
    }
}

/// Whether the description or an example shows a bearer token.
fn mentions_bearer(parameter: &Node<'_>) -> bool {
    parameter.value.to_string().to_ascii_lowercase().contains("bearer")
}
