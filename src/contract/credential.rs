//! Credentials: what a caller presents, and the places of a request where it goes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Promise;

/// The credential that a caller presents.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The place of the credential in the first documented way.
    pub place: CredentialPlace,
    /// Further places that the first way combines with `place`: two schemes in one `security` requirement.
    pub combined: Vec<CredentialPlace>,
    /// The other documented ways to present it. Each suffices, with all its places.
    pub alternatives: Vec<Vec<CredentialPlace>>,
    /// The prefix of credentials; may be empty.
    pub prefix: String,
    /// The promise that a request without a valid credential is refused.
    pub required: Promise,
    /// The promise that the name of the auth scheme is compared with regard to case.
    pub scheme_case_sensitive: Option<Promise>,
    /// Where the place was taken from, if it is not a security scheme.
    pub remark: Option<String>,
}

/// A place of the credential in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialPlace {
    /// A header field of its own.
    Header {
        /// Its name as documented.
        name: String,
    },
    /// `Authorization: <scheme> <credential>`.
    Authorization {
        /// The auth scheme as documented, `Bearer` for instance.
        scheme: String,
    },
    /// A query parameter.
    Query {
        /// Its name.
        name: String,
    },
    /// A cookie.
    Cookie {
        /// Its name.
        name: String,
    },
}

impl Credential {
    /// The documented ways to present the credential, the first one first. A way consists of all places that it combines.
    pub fn ways(&self) -> impl Iterator<Item = Vec<&CredentialPlace>> {
        let first = std::iter::once(&self.place).chain(&self.combined).collect();
        std::iter::once(first).chain(self.alternatives.iter().map(|way| way.iter().collect()))
    }

    /// Every documented place, of all ways.
    pub fn places(&self) -> impl Iterator<Item = &CredentialPlace> {
        std::iter::once(&self.place).chain(&self.combined).chain(self.alternatives.iter().flatten())
    }
}

impl CredentialPlace {
    /// The text that stands at the place for a credential: the value of the header field, or of the query parameter.
    ///
    /// Under the auth scheme `Basic` it is encoded as RFC 7617 says; a credential without a colon is a user name with an empty
    /// password.
    #[must_use]
    pub fn value(&self, credential: &str) -> String {
        match self {
            Self::Header { .. } | Self::Query { .. } => credential.to_owned(),
            Self::Authorization { scheme } if is_basic(scheme) => {
                let pair = if credential.contains(':') { credential.to_owned() } else { format!("{credential}:") };
                format!("{scheme} {}", STANDARD.encode(pair))
            }
            Self::Authorization { scheme } => format!("{scheme} {credential}"),
            Self::Cookie { name } => format!("{name}={credential}"),
        }
    }

    /// The credential that a text after the auth scheme stands for: the reverse of [`Self::value`]. `None` if it is not encoded
    /// as the scheme says.
    #[must_use]
    pub fn decode(&self, text: &str) -> Option<String> {
        match self {
            Self::Authorization { scheme } if is_basic(scheme) => {
                let pair = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
                let alone = pair.strip_suffix(':').filter(|user| !user.contains(':'));
                Some(alone.map_or_else(|| pair.clone(), ToOwned::to_owned))
            }
            _ => Some(text.to_owned()),
        }
    }

    /// The header field that the place belongs to; `None` for a query parameter.
    #[must_use]
    pub fn field_name(&self) -> Option<&str> {
        match self {
            Self::Header { name } => Some(name),
            Self::Authorization { .. } => Some("Authorization"),
            Self::Cookie { .. } => Some("Cookie"),
            Self::Query { .. } => None,
        }
    }

    /// The place in words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Header { name } => format!("the header field `{name}`"),
            Self::Authorization { scheme } => format!("`Authorization: {scheme} …`"),
            Self::Query { name } => format!("the query parameter `{name}`"),
            Self::Cookie { name } => format!("the cookie `{name}`"),
        }
    }
}

fn is_basic(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("basic")
}

#[cfg(test)]
mod tests {
    use super::CredentialPlace;

    #[test]
    fn basic_credential_is_encoded_and_decoded() {
        let basic = CredentialPlace::Authorization { scheme: "Basic".to_owned() };
        // The example of RFC 7617, section 2.
        assert_eq!(basic.value("Aladdin:open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic.decode("QWxhZGRpbjpvcGVuIHNlc2FtZQ==").as_deref(), Some("Aladdin:open sesame"));
        assert_eq!(basic.value("sk_1"), basic.value("sk_1:"), "a key alone is the user name");
        let encoded = basic.value("sk_1").split_once(' ').unwrap().1.to_owned();
        assert_eq!(basic.decode(&encoded).as_deref(), Some("sk_1"));
        assert_eq!(basic.decode("no base64!"), None);
    }
}
