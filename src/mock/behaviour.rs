//! Where a fault may take hold of the stand-in; the default behaves as the contract says.

use std::collections::HashMap;
use std::sync::Arc;

use super::admission::{Admission, Presented};
use super::reply::Reply;
use crate::contract::{Condition, Contract, Operation, Role};
use crate::exchange::Request;
use crate::model::{Decision, Deviation};

/// The stand-in's behaviour: the model's deviations, and hooks behind admission and in front of delivery.
#[derive(Clone)]
pub struct ProviderBehaviour {
    /// Where the model leaves what the contract means.
    pub deviation: Deviation,
    /// Who gets in all the same, or no longer.
    pub admit: Option<AdmitHook>,
    /// Some answers never end: whoever tries it out need not be patient.
    pub stalls: bool,
    /// The field of the credential is found only if its name is written as documented, or all in lower case.
    pub case_sensitive_names: bool,
    /// Which requests are carried out once more than they were made.
    pub repeats: fn(&Request) -> bool,
    /// What happens to replies on their way out, in order.
    pub edit: Vec<EditHook>,
}

impl Default for ProviderBehaviour {
    fn default() -> Self {
        Self {
            deviation: Deviation::default(),
            admit: None,
            stalls: false,
            case_sensitive_names: false,
            repeats: |_| false,
            edit: Vec::new(),
        }
    }
}

/// Sees an admission and may change it.
pub type AdmitHook = Arc<dyn Fn(&AdmitView<'_>) -> Option<Admission> + Send + Sync>;
/// Sees a reply and may change it.
pub type EditHook = Arc<dyn Fn(&EditView<'_>, &mut Reply) + Send + Sync>;

/// What an [`AdmitHook`] sees.
pub struct AdmitView<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The request.
    pub request: &'a Request,
    /// What it presents.
    pub presented: &'a Presented,
    /// What the conforming provider makes of it.
    pub admission: &'a Admission,
    /// Every credential given out, with its tenant.
    pub keys: &'a HashMap<String, String>,
    /// Number of the request to this provider, from 1.
    pub n: u64,
}

/// What an [`EditHook`] sees.
pub struct EditView<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The request.
    pub request: &'a Request,
    /// The operation, if the request found one.
    pub operation: Option<&'a Operation>,
    /// What was decided; absent if it did not come to that.
    pub decision: Option<&'a Decision>,
    /// The tenant, if the request got in.
    pub tenant: Option<&'a str>,
    /// Number of the request to this provider, from 1.
    pub n: u64,
}

impl EditView<'_> {
    /// Whether this is the answer of a successful operation of that role.
    #[must_use]
    pub fn succeeded(&self, role: Role) -> bool {
        matches!(self.decision, Some(Decision::Success { .. })) && self.operation.is_some_and(|op| op.role == role)
    }

    /// Whether this is the answer to that condition.
    #[must_use]
    pub fn refused(&self, wanted: Condition) -> bool {
        matches!(self.decision, Some(Decision::Refused { condition, .. }) if *condition == wanted)
    }
}

impl std::fmt::Debug for ProviderBehaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Behaviour")
            .field("deviation", &self.deviation)
            .field("admit", &self.admit.is_some())
            .field("edit", &self.edit.len())
            .finish_non_exhaustive()
    }
}
