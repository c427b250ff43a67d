//! The hooks of a mock provider that faults use. By default a provider responds as its contract documents.

use std::collections::HashMap;
use std::sync::Arc;

use super::admission::{Admission, Presented};
use super::reply::Reply;
use crate::contract::{Condition, Contract, Operation, Role};
use crate::exchange::Request;
use crate::model::{Decision, Deviation};

/// The behaviour of a mock provider: deviations of the model, a hook after admission and edits of replies.
#[derive(Clone)]
pub struct ProviderBehaviour {
    /// Deviations of the model from the contract.
    pub deviation: Deviation,
    /// Changes which tenant a request is admitted as.
    pub admit: Option<AdmitHook>,
    /// Whether some responses never end. The harness then uses short time-outs.
    pub stalls: bool,
    /// Whether the credential's field is found only if its name is written as documented or in lower case.
    pub case_sensitive_names: bool,
    /// Whether a request is answered past the cache.
    pub skips_cache: fn(&Request) -> bool,
    /// Whether the documented order of conditions is turned round.
    pub reversed_precedence: bool,
    /// A condition of requests that is not noticed.
    pub ignored: Option<Condition>,
    /// Whether jobs are shown to every account.
    pub jobs_for_all: bool,
    /// Whether a request is executed twice.
    pub repeats: fn(&Request) -> bool,
    /// Edits of replies, applied in order.
    pub edit: Vec<EditHook>,
}

impl Default for ProviderBehaviour {
    fn default() -> Self {
        Self {
            deviation: Deviation::default(),
            admit: None,
            stalls: false,
            case_sensitive_names: false,
            skips_cache: |_| false,
            reversed_precedence: false,
            ignored: None,
            jobs_for_all: false,
            repeats: |_| false,
            edit: Vec::new(),
        }
    }
}

/// A hook that may replace an admission.
pub type AdmitHook = Arc<dyn Fn(&AdmitView<'_>) -> Option<Admission> + Send + Sync>;
/// A hook that may change a reply.
pub type EditHook = Arc<dyn Fn(&EditView<'_>, &mut Reply) + Send + Sync>;

/// The input of an [`AdmitHook`].
#[non_exhaustive]
pub struct AdmitView<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The request.
    pub request: &'a Request,
    /// The credential or tenant in the request.
    pub presented: &'a Presented,
    /// The admission according to the contract.
    pub admission: &'a Admission,
    /// All valid credentials with their tenants.
    pub keys: &'a HashMap<String, String>,
    /// The number of the request to this provider, from 1.
    pub n: u64,
    /// The connection that the request came on.
    pub connection: OnConnection,
}

/// The connection of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OnConnection {
    /// The number of the connection, from 1; 0 if it is unknown.
    pub number: u64,
    /// The number of the request on this connection, from 1; 0 if it is unknown.
    pub nth: u64,
}

/// The input of an [`EditHook`].
#[non_exhaustive]
pub struct EditView<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The request.
    pub request: &'a Request,
    /// The operation; `None` if the path or the method is unknown.
    pub operation: Option<&'a Operation>,
    /// The decision; `None` for an unknown path or method.
    pub decision: Option<&'a Decision>,
    /// The tenant; `None` if the request was not admitted.
    pub tenant: Option<&'a str>,
    /// The number of the request to this provider, from 1.
    pub n: u64,
    /// The connection that the request came on.
    pub connection: OnConnection,
}

impl EditView<'_> {
    /// Whether the reply is that of a successful operation with this role.
    #[must_use]
    pub fn succeeded(&self, role: Role) -> bool {
        matches!(self.decision, Some(Decision::Success { .. })) && self.operation.is_some_and(|op| op.role == role)
    }

    /// Whether the reply is the error response to this condition.
    #[must_use]
    pub fn refused(&self, wanted: Condition) -> bool {
        matches!(self.decision, Some(Decision::Refused { condition, .. }) if *condition == wanted)
    }
}

impl std::fmt::Debug for ProviderBehaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderBehaviour")
            .field("deviation", &self.deviation)
            .field("admit", &self.admit.is_some())
            .field("edit", &self.edit.len())
            .finish_non_exhaustive()
    }
}
