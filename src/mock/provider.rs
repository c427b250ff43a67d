//! The stand-in provider: from a request to a reply, without I/O.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::admission::{self, Admission};
use super::behaviour::{AdmitView, EditView, ProviderBehaviour};
use super::faults;
use super::render::{Answers, documented, fallback};
use super::reply::Reply;
use crate::contract::{Condition, Contract, CredentialPlace, Operation, Tenant};
use crate::exchange::Request;
use crate::model::{BalanceValues, Decision, Model};
use crate::sync::lock;

/// The tenant of requests that need no credential.
const NOBODY: &str = "";

/// A provider that keeps its contract, but for the faults it was given.
#[derive(Debug)]
pub struct Provider {
    pub(super) contract: Arc<Contract>,
    answers: Vec<(Arc<Operation>, Answers)>,
    behaviour: ProviderBehaviour,
    pub(super) state: Mutex<ProviderState>,
}

/// What changes from one request to the next.
#[derive(Debug)]
pub(super) struct ProviderState {
    pub(super) model: Model,
    /// From credential, or from the value of the tenant parameter, to tenant.
    pub(super) keys: HashMap<String, String>,
    pub(super) opened: u64,
    requests: u64,
}

/// Why a stand-in cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// There is no fault of that name.
    #[error("find a fault named `{0}`; `ringtrue list faults` names them all")]
    UnknownFault(String),
}

impl Provider {
    /// A provider that keeps the contract.
    #[must_use]
    pub fn new(contract: Arc<Contract>) -> Self {
        Self::with_behaviour(contract, ProviderBehaviour::default())
    }

    /// A provider with the named faults.
    ///
    /// # Errors
    /// If there is no fault of such a name.
    pub fn with_faults<S: AsRef<str>>(contract: Arc<Contract>, names: &[S]) -> Result<Self, ProviderError> {
        let mut behaviour = ProviderBehaviour::default();
        for name in names {
            let name = name.as_ref();
            let fault = faults::find(name).ok_or_else(|| ProviderError::UnknownFault(name.to_owned()))?;
            (fault.install)(&mut behaviour);
        }
        Ok(Self::with_behaviour(contract, behaviour))
    }

    /// A provider with a behaviour of one's own.
    #[must_use]
    pub fn with_behaviour(contract: Arc<Contract>, behaviour: ProviderBehaviour) -> Self {
        let answers = contract.operations.iter().map(|operation| (operation.clone(), Answers::of(operation))).collect();
        let model = Model::new(contract.clone(), behaviour.deviation.clone());
        let state = ProviderState { model, keys: HashMap::new(), opened: 0, requests: 0 };
        let provider = Self { contract, answers, behaviour, state: Mutex::new(state) };
        provider.lock().model.open(NOBODY, provider.example_balance());
        provider
    }

    /// The contract it stands in for.
    #[must_use]
    pub fn contract(&self) -> &Arc<Contract> {
        &self.contract
    }

    /// What a tenant has, as it is in the store.
    #[must_use]
    pub fn balance(&self, tenant: &str) -> Option<BalanceValues> {
        self.lock().model.balance(tenant)
    }

    /// Answers a request. The target stands below the contract's server URL.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Reply {
        let mut state = self.lock();
        state.requests += 1;
        let n = state.requests;
        let route = self.route(request);
        let mut view = EditView { contract: &self.contract, request, operation: None, decision: None, tenant: None, n };
        let (operation, answers) = match route {
            Ok(found) => found,
            Err(condition) => {
                drop(state);
                return self.edited(&view, self.unrouted(condition, request));
            }
        };
        view.operation = Some(operation);
        let tenant = match self.admit(&state, operation, request, n) {
            Ok(tenant) => tenant,
            Err(condition) => {
                drop(state);
                let decision = Decision::Refused { condition, retry_after_s: None };
                view.decision = Some(&decision);
                return self.edited(&view, answers.render(&decision));
            }
        };
        let decision = if is_valid(operation, request) {
            if (self.behaviour.repeats)(request) {
                let _ = state.model.decide(&tenant, operation);
            }
            state.model.decide(&tenant, operation)
        } else {
            state.model.refuse(&tenant, operation);
            Decision::Refused { condition: Condition::RequestInvalid, retry_after_s: None }
        };
        drop(state);
        (view.decision, view.tenant) = (Some(&decision), Some(tenant.as_str()));
        self.edited(&view, answers.render(&decision))
    }

    /// The reply that carries out a decision about an operation; `None` if the contract does not have the operation.
    #[must_use]
    pub fn render(&self, operation: &Operation, decision: &Decision) -> Option<Reply> {
        let (_, answers) = self.answers.iter().find(|(have, _)| have.id == operation.id)?;
        Some(answers.render(decision))
    }

    /// Whether it looks at how the name of the credential's field is written, which it must not.
    pub(super) fn minds_case(&self) -> bool {
        self.behaviour.case_sensitive_names
    }

    /// Whether a field that stands in these bytes is found by somebody who minds how its name is written.
    pub(super) fn reads_name(&self, name: &str, bytes: &[u8]) -> bool {
        let documented = match self.contract.credential_place() {
            Some(CredentialPlace::Header { name }) => name.as_str(),
            Some(CredentialPlace::Authorization { .. }) => "Authorization",
            _ => return true,
        };
        let written = |form: &str| bytes.windows(form.len()).any(|window| window == form.as_bytes());
        !name.eq_ignore_ascii_case(documented) || written(documented) || written(&documented.to_ascii_lowercase())
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, ProviderState> {
        lock(&self.state)
    }

    fn edited(&self, view: &EditView<'_>, mut reply: Reply) -> Reply {
        for edit in &self.behaviour.edit {
            edit(view, &mut reply);
        }
        if view.request.method == "HEAD" {
            reply.body = bytes::Bytes::new();
        }
        reply
    }

    fn route(&self, request: &Request) -> Result<(&Operation, &Answers), Condition> {
        let path = request.target.split('?').next().unwrap_or_default();
        let mut on_path = self.answers.iter().filter(|(operation, _)| path_matches(&operation.path, path)).peekable();
        if on_path.peek().is_none() {
            return Err(Condition::PathUnknown);
        }
        // RFC 9110, 9.3.2: HEAD is GET without the content.
        let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
        on_path
            .find(|(operation, _)| operation.method == method)
            .map(|(operation, answers)| (operation.as_ref(), answers))
            .ok_or(Condition::MethodUnknown)
    }

    fn unrouted(&self, condition: Condition, request: &Request) -> Reply {
        let answer = self.contract.conditions.get(&condition);
        let mut reply =
            answer.map_or_else(|| fallback(&self.contract, condition), |answer| documented(condition, answer));
        if condition == Condition::MethodUnknown {
            let path = request.target.split('?').next().unwrap_or_default();
            let here = self.answers.iter().filter(|(operation, _)| path_matches(&operation.path, path));
            let methods: Vec<&str> = here.map(|(operation, _)| operation.method.as_str()).collect();
            reply.set_header("allow", methods.join(", "));
        }
        reply
    }

    fn admit(
        &self,
        state: &ProviderState,
        operation: &Operation,
        request: &Request,
        n: u64,
    ) -> Result<String, Condition> {
        let presented = admission::presented(&self.contract, request);
        let mut admission = admission::look_up(&presented, &state.keys);
        if let Some(hook) = &self.behaviour.admit {
            let view = AdmitView {
                contract: &self.contract,
                request,
                presented: &presented,
                admission: &admission,
                keys: &state.keys,
                n,
            };
            admission = hook(&view).unwrap_or(admission);
        }
        match admission {
            Admission::Tenant(tenant) => Ok(tenant),
            _ if !operation.secured && self.contract.tenant == Tenant::Credential => Ok(NOBODY.to_owned()),
            Admission::Missing => Err(Condition::CredentialMissing),
            Admission::Unknown => Err(Condition::CredentialUnknown),
        }
    }
}

/// Whether the request has the body that the operation documents.
fn is_valid(operation: &Operation, request: &Request) -> bool {
    let Some(documented) = &operation.request else { return true };
    let Some(body) = request.body.as_ref().filter(|body| !body.is_empty()) else { return !documented.required };
    let Some(content) = documented.content.first() else { return true };
    let Ok(value) = serde_json::from_slice(body) else { return false };
    content.schema.as_ref().is_none_or(|schema| schema.accepts(&value))
}

/// Whether a path is one that a template stands for.
fn path_matches(template: &str, path: &str) -> bool {
    let (mut want, mut have) = (template.split('/'), path.split('/'));
    loop {
        match (want.next(), have.next()) {
            (None, None) => return true,
            (Some(want), Some(have)) if want == have => {}
            (Some(want), Some(have)) if want.starts_with('{') && want.ends_with('}') && !have.is_empty() => {}
            _ => return false,
        }
    }
}
