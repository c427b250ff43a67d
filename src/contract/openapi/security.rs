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

    /// The schemes that suffice alone.
    fn alone(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|requirement| match requirement.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        })
    }
}

/// The credential of a contract: the one that the extension names, else the first usable one that anything requires.
pub(in crate::contract) fn credential<'a>(
    reader: &mut Reader<'a>,
    form: Option<(&CredentialForm, &Node<'a>)>,
    required: &[Requirements],
) -> Option<Credential> {
    let schemes = Node::root(reader.documents).and_then(|root| root.get("components")?.get("securitySchemes"));
    if let Some((form, at)) = form {
        let location = at.get("scheme").map_or_else(|| at.location.clone(), |node| node.location);
        let Some(scheme) = schemes.and_then(|schemes| schemes.get(&form.scheme)) else {
            let message =
                format!("no security scheme is called `{}`: declare it under components.securitySchemes", form.scheme);
            reader.diagnostics.fatal(&location, message);
            return None;
        };
        let scheme = scheme.follow(&mut reader.diagnostics)?;
        let Some(place) = place(&scheme) else {
            reader.diagnostics.fatal(&location, format!("the scheme `{}` is neither `apiKey` nor `http`", form.scheme));
            return None;
        };
        return Some(Credential {
            place,
            prefix: form.prefix.clone(),
            required: form.required.clone(),
            scheme_case_sensitive: form.scheme_case_sensitive.clone(),
        });
    }
    let schemes = schemes?;
    for name in required.iter().flat_map(Requirements::alone) {
        let Some(scheme) = schemes.get(name).and_then(|scheme| scheme.follow(&mut reader.diagnostics)) else {
            continue;
        };
        if let Some(place) = place(&scheme) {
            let required = reader.stated(&format!("{name}: {}", described(&place)), &scheme.location);
            return Some(Credential { place, prefix: String::new(), required, scheme_case_sensitive: None });
        }
    }
    None
}

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
            // The two that everyone writes in lower case in documents and capitalised on the wire.
            let known = ["Bearer", "Basic", "Digest"].into_iter().find(|known| known.eq_ignore_ascii_case(scheme));
            Some(CredentialPlace::Authorization { scheme: known.unwrap_or(scheme).to_owned() })
        }
        _ => None,
    }
}

fn described(place: &CredentialPlace) -> String {
    match place {
        CredentialPlace::Header { name } => format!("an API key in the header `{name}` is required"),
        CredentialPlace::Query { name } => format!("an API key in the query parameter `{name}` is required"),
        CredentialPlace::Cookie { name } => format!("an API key in the cookie `{name}` is required"),
        CredentialPlace::Authorization { scheme } => format!("`Authorization: {scheme} …` is required"),
    }
}
