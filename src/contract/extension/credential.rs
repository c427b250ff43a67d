//! What identifies a caller: the credential, or the tenant.

use serde::Deserialize;

use super::Promise;

/// What identifies the owner of a balance, the tenant, in a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, tag = "in", rename_all = "snake_case")]
pub enum Tenant {
    /// The credential identifies the tenant.
    #[default]
    Credential,
    /// A query parameter identifies the tenant.
    Query {
        /// Name of the query parameter.
        name: String,
        /// Form of a synthetic value; `{tenant}` stands for a short unique name.
        form: String,
    },
}

/// The credential that a caller presents.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialForm {
    /// Name of the scheme under `components.securitySchemes`.
    pub scheme: String,
    /// The prefix of credentials, `gk_` for example; may be empty.
    #[serde(default)]
    pub prefix: String,
    /// The promise that a request without a valid credential is refused.
    pub required: Promise,
    /// The promise that the name of the auth scheme (`Bearer`) is compared case-sensitively, if there is one.
    pub scheme_case_sensitive: Option<Promise>,
}
