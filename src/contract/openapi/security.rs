//! Credentials, from `components.securitySchemes` and `security`.

use super::Reader;
use crate::contract::node::Node;
use crate::contract::{Credential, CredentialForm, CredentialPlace};

/// What an operation or a document asks for: any one of these sets of schemes.
#[derive(Debug, Clone, Default)]
pub(in crate::contract) struct Requirements(Vec<Vec<String>>);

impl Requirements {
    /// What stands under `security`, if anything does.
    pub(in crate::contract) fn read(reader: &mut Reader<'_>, owner: &Node<'_>) -> Option<Self> {
        let list = owner.get("security")?;
        if !list.value.is_array() {
            reader.diagnostics.warn(&list.location, "`security` takes a list of requirements");
            return None;
        }
        let known = Node::root(reader.documents).and_then(|root| root.get("components")?.get("securitySchemes"));
        let mut requirements = Vec::new();
        for requirement in list.elements() {
            let mut names = Vec::new();
            for (name, node) in requirement.members() {
                if known.as_ref().and_then(|known| known.get(name)).is_none() {
                    let message =
                        format!("no security scheme is called `{name}`: declare it under components.securitySchemes");
                    reader.diagnostics.warn(&node.location, message);
                }
                names.push(name.to_owned());
            }
            requirements.push(names);
        }
        Some(Self(requirements))
    }

    /// Whether a credential is required.
    pub(in crate::contract) fn binding(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|requirement| !requirement.is_empty())
    }

    /// The requirements, each with the names of all schemes that it combines.
    fn alternatives(&self) -> impl Iterator<Item = &[String]> {
        self.0.iter().filter(|names| !names.is_empty()).map(Vec::as_slice)
    }
}

/// The credential of a contract: the scheme that the extension names, else the first usable requirement. Every other usable
/// requirement is an alternative to it.
pub(in crate::contract) fn credential<'a>(
    reader: &mut Reader<'a>,
    form: Option<(&CredentialForm, &Node<'a>)>,
    required: &[Requirements],
) -> Option<Credential> {
    let schemes = Node::root(reader.documents).and_then(|root| root.get("components")?.get("securitySchemes"));
    let mut ways: Vec<Vec<CredentialPlace>> = Vec::new();
    let mut first_names: Option<&[String]> = None;
    if let Some((form, at)) = form {
        let location = at.get("scheme").map_or_else(|| at.location.clone(), |node| node.location);
        let Some(scheme) = schemes.as_ref().and_then(|schemes| schemes.get(&form.scheme)) else {
            let message =
                format!("no security scheme is called `{}`: declare it under components.securitySchemes", form.scheme);
            reader.diagnostics.fatal(&location, message);
            return None;
        };
        let scheme = scheme.follow(&mut reader.diagnostics)?;
        let Some(place) = place(&scheme) else {
            let message = format!("the scheme `{}` has no place in a request that can be used here", form.scheme);
            reader.diagnostics.fatal(&location, message);
            return None;
        };
        let chosen = |names: &&[String]| names.contains(&form.scheme);
        let combined = required.iter().flat_map(Requirements::alternatives).find(chosen);
        let mut way = combined.and_then(|names| places(reader, schemes.as_ref()?, names)).unwrap_or_default();
        // The scheme that the extension names stands first.
        way.retain(|other| *other != place);
        way.insert(0, place);
        ways.push(way);
    }
    for names in required.iter().flat_map(Requirements::alternatives) {
        let Some(way) = schemes.as_ref().and_then(|schemes| places(reader, schemes, names)) else { continue };
        let is_same = |have: &Vec<CredentialPlace>| have.len() == way.len() && way.iter().all(|at| have.contains(at));
        if !ways.iter().any(is_same) {
            first_names.get_or_insert(names);
            ways.push(way);
        }
    }
    let mut ways = ways.into_iter();
    let mut first = ways.next()?.into_iter();
    let (place, combined) = (first.next()?, first.collect());
    let alternatives = ways.collect();
    let Some((form, _)) = form else {
        let names = first_names.unwrap_or_default();
        let location = schemes?.get(names.first()?)?.follow(&mut reader.diagnostics)?.location;
        let name = names.join(" and ");
        let required = reader.stated(&format!("{name}: a credential in {} is required", place.describe()), &location);
        return Some(Credential {
            place,
            combined,
            alternatives,
            prefix: String::new(),
            required,
            scheme_case_sensitive: None,
            remark: None,
        });
    };
    Some(Credential {
        place,
        combined,
        alternatives,
        prefix: form.prefix.clone(),
        required: form.required.clone(),
        scheme_case_sensitive: form.scheme_case_sensitive.clone(),
        remark: None,
    })
}

/// The places of all schemes of a requirement; `None` if one of them has no place in a request.
fn places(reader: &mut Reader<'_>, schemes: &Node<'_>, names: &[String]) -> Option<Vec<CredentialPlace>> {
    let each = names.iter().map(|name| place(&schemes.get(name)?.follow(&mut reader.diagnostics)?));
    each.collect()
}

/// The place of a security scheme in a request. Certificates (`mutualTLS`) and challenges (`digest`) have none.
fn place(scheme: &Node<'_>) -> Option<CredentialPlace> {
    match scheme.text("type")? {
        "apiKey" => {
            let name = scheme.text("name")?.to_owned();
            match scheme.text("in")? {
                "header" => Some(CredentialPlace::Header { name }),
                "query" => Some(CredentialPlace::Query { name }),
                "cookie" => Some(CredentialPlace::Cookie { name }),
                _ => None,
            }
        }
        "http" => {
            let scheme = scheme.text("scheme")?;
            if scheme.eq_ignore_ascii_case("digest") {
                return None;
            }
            // The two that documents write in lower case, and clients capitalised.
            let known = ["Bearer", "Basic"].into_iter().find(|known| known.eq_ignore_ascii_case(scheme));
            Some(CredentialPlace::Authorization { scheme: known.unwrap_or(scheme).to_owned() })
        }
        // Both give the client a token that it sends as RFC 6750 says.
        "oauth2" | "openIdConnect" => Some(CredentialPlace::Authorization { scheme: "Bearer".to_owned() }),
        _ => None,
    }
}
