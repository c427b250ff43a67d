//! The mock provider: from a request to a reply, without I/O.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use rust_decimal::Decimal;

use super::admission::{self, Admission};
use super::behaviour::{AdmitView, EditView, OnConnection, ProviderBehaviour};
use super::faults;
use super::jobs::job_status;
use super::order::deciding;
use super::render::{PreparedResponses, documented, fallback};
use super::reply::Reply;
use super::resets;
use crate::contract::{Condition, Content, Contract, CredentialPlace, Operation, RequestBody, Tenant, parameters};
use crate::exchange::Request;
use crate::model::{Decision, Model};
use crate::sync::lock;

/// The tenant of requests that need no credential.
const NO_TENANT: &str = "";

/// A mock provider: it responds as its contract documents, except for the faults that it was given.
///
/// ```
/// use std::sync::Arc;
/// use ringtrue::{Contract, mock::{Provider, Request}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let contract = Arc::new(Contract::load(&ringtrue::bundled_contracts()[0])?);
/// let provider = Provider::new(contract);
/// let reply = provider.respond(&Request::new("GET", "/no/such/path"));
/// assert!(reply.status >= 400);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Provider {
    pub(super) contract: Arc<Contract>,
    responses: Vec<(Arc<Operation>, PreparedResponses)>,
    behaviour: ProviderBehaviour,
    state: Mutex<ProviderState>,
}

/// The part of a provider that changes from one request to the next.
#[derive(Debug)]
pub(super) struct ProviderState {
    pub(super) model: Model,
    /// Maps a credential, or the value of the tenant parameter, to its tenant.
    pub(super) keys: HashMap<String, String>,
    /// The number of accounts opened with generated names.
    pub(super) opened: u64,
    /// The tenants of jobs, by the id of the job.
    pub(super) jobs: HashMap<String, String>,
    requests: u64,
    /// Time 0 of the model, in milliseconds since 1970.
    pub(super) epoch_ms: i64,
}

/// A fault name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no fault named `{0}`; `ringtrue list faults` lists them all")]
#[non_exhaustive]
pub struct UnknownFault(pub String);

/// The reason why a provider cannot be put into a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// No account has the credential or the tenant.
    #[error("there is no such account")]
    UnknownAccount,
    /// The state needs an account, and the parameters name none.
    #[error("`key` or `tenant` is needed")]
    MissingAccount,
    /// The state needs the time by which the clock moves.
    #[error("`advance_ms` is not a whole number of milliseconds")]
    MissingAdvance,
}

impl Provider {
    /// Creates a provider without faults.
    #[must_use]
    pub fn new(contract: Arc<Contract>) -> Self {
        Self::with_behaviour(contract, ProviderBehaviour::default())
    }

    /// Creates a provider with the named faults. [`faults::all`] lists them.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use ringtrue::{Contract, mock::Provider};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let contract = Arc::new(Contract::load(&ringtrue::bundled_contracts()[0])?);
    /// let provider = Provider::with_faults(contract, &["charge-double"])?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If a name is not that of a fault.
    pub fn with_faults<S: AsRef<str>>(contract: Arc<Contract>, names: &[S]) -> Result<Self, UnknownFault> {
        let mut behaviour = ProviderBehaviour::default();
        for name in names {
            let name = name.as_ref();
            let fault = faults::find(name).ok_or_else(|| UnknownFault(name.to_owned()))?;
            (fault.install)(&mut behaviour);
        }
        Ok(Self::with_behaviour(contract, behaviour))
    }

    /// Creates a provider with a custom behaviour.
    #[must_use]
    pub fn with_behaviour(contract: Arc<Contract>, behaviour: ProviderBehaviour) -> Self {
        let prepare = |operation: &Arc<Operation>| (operation.clone(), PreparedResponses::of(operation));
        let responses = contract.operations.iter().map(prepare).collect();
        let model = Model::new(contract.clone(), behaviour.deviation.clone());
        let state = ProviderState {
            model,
            keys: HashMap::new(),
            opened: 0,
            jobs: HashMap::new(),
            requests: 0,
            epoch_ms: resets::epoch_ms(),
        };
        let provider = Self { contract, responses, behaviour, state: Mutex::new(state) };
        provider.lock().model.open(NO_TENANT, provider.example_balance());
        provider
    }

    /// The contract of the provider.
    #[must_use]
    pub fn contract(&self) -> &Arc<Contract> {
        &self.contract
    }

    /// Responds to a request. Its target is relative to the contract's server URL.
    #[must_use]
    pub fn respond(&self, request: &Request) -> Reply {
        self.respond_on(OnConnection::default(), request)
    }

    /// Responds to a request that came on this connection.
    pub(super) fn respond_on(&self, connection: OnConnection, request: &Request) -> Reply {
        let mut state = self.lock();
        state.requests += 1;
        let n = state.requests;
        let route = self.route(request);
        let mut view = EditView {
            contract: &self.contract,
            request,
            operation: None,
            decision: None,
            tenant: None,
            n,
            connection,
        };
        let (operation, responses) = match route {
            Ok(found) => found,
            Err(condition) => {
                if let Some(reply) = job_status(&self.contract, &state, request) {
                    return reply;
                }
                drop(state);
                return self.edited(&view, self.unrouted(condition, request));
            }
        };
        view.operation = Some(operation);
        let admitted = self.admit(&state, operation, request, &view);
        let admission = admitted.as_deref().map_err(|condition| *condition);
        let reversed = self.behaviour.reversed_precedence;
        let ignored = self.behaviour.ignored;
        let deciding = deciding(&self.contract, operation, request, admission, &state.model, reversed, ignored);
        let tenant = match (admitted, deciding) {
            (Ok(tenant), _) => tenant,
            (Err(condition), deciding) => {
                let retry_after_s = state.model.limit(None).filter(|_| deciding == Some(Condition::RateLimited));
                drop(state);
                let decision = Decision::Refused { condition: deciding.unwrap_or(condition), retry_after_s };
                view.decision = Some(&decision);
                return self.edited(&view, responses.render(&decision));
            }
        };
        if (self.behaviour.skips_cache)(request) {
            state.model.drop_cached(&tenant);
        }
        let decision = match deciding {
            None => {
                if (self.behaviour.repeats)(request) {
                    let _ = state.model.decide(&tenant, operation);
                }
                self.about_job(&state, operation, request, &tenant)
                    .unwrap_or_else(|| state.model.decide(&tenant, operation))
            }
            Some(condition) => {
                state.model.refuse(&tenant, operation);
                let retry_after_s = state.model.limit(Some(&tenant)).filter(|_| condition == Condition::RateLimited);
                Decision::Refused { condition, retry_after_s }
            }
        };
        let held = operation.fields.held.as_ref().map(|_| state.model.held(&tenant));
        // Other requests need not wait for the members of this body to be set.
        drop(state);
        let mut reply = match held {
            Some(held) => responses.render_held(&decision, held),
            None => responses.render(&decision),
        };
        let left = {
            let mut state = self.lock();
            self.amend(&mut state, operation, request, &tenant, &decision, &mut reply);
            resets::write(&state, operation, &tenant, &mut reply);
            state.model.balance(&tenant).and_then(|balance| balance.remaining)
        };
        (view.decision, view.tenant) = (Some(&decision), Some(tenant.as_str()));
        if let (Decision::Refused { .. }, Some(left)) = (&decision, left) {
            show_remaining(operation, &mut reply, left);
        }
        self.edited(&view, reply)
    }

    /// Renders a decision about an operation as a reply; `None` if the contract does not have the operation.
    #[must_use]
    pub fn render(&self, operation: &Operation, decision: &Decision) -> Option<Reply> {
        let (_, responses) = self.responses.iter().find(|(have, _)| have.id == operation.id)?;
        Some(responses.render(decision))
    }

    /// Whether the fault is installed that compares the name of the credential's field with regard to letter case.
    pub(super) fn has_case_sensitive_names(&self) -> bool {
        self.behaviour.case_sensitive_names
    }

    /// Whether a field of a request with these bytes is found if names are compared with regard to letter case.
    pub(super) fn finds_name(&self, name: &str, bytes: &[u8]) -> bool {
        let documented = match self.contract.credential_place() {
            Some(CredentialPlace::Header { name }) => name.as_str(),
            Some(CredentialPlace::Authorization { .. }) => "Authorization",
            _ => return true,
        };
        let written = |form: &str| bytes.windows(form.len()).any(|window| window == form.as_bytes());
        !name.eq_ignore_ascii_case(documented) || written(documented) || written(&documented.to_ascii_lowercase())
    }

    /// Whether a request is for the operation that limits the balance too.
    pub(super) fn shows_cap(&self, request: &Request) -> bool {
        let balance = self.contract.operation(crate::contract::Role::Balance);
        let Some(capped) = balance.and_then(|balance| balance.capped_by.as_ref()) else { return false };
        self.route(request).is_ok_and(|(operation, _)| operation.id == capped.operation)
    }

    /// The behaviour of the provider.
    pub(super) fn behaviour(&self) -> &ProviderBehaviour {
        &self.behaviour
    }

    /// Locks the state of the provider.
    pub(super) fn lock(&self) -> MutexGuard<'_, ProviderState> {
        lock(&self.state)
    }

    /// Applies the edits of the faults.
    fn edited(&self, view: &EditView<'_>, mut reply: Reply) -> Reply {
        for edit in &self.behaviour.edit {
            edit(view, &mut reply);
        }
        if view.request.method == "HEAD" {
            reply.body = bytes::Bytes::new();
        }
        reply
    }

    fn route(&self, request: &Request) -> Result<(&Operation, &PreparedResponses), Condition> {
        let path = request.target.split('?').next().unwrap_or_default();
        let on_path = self.responses.iter().filter(|(operation, _)| operation.matches(path));
        let mut on_path: Vec<_> = on_path.collect();
        if on_path.is_empty() {
            return Err(Condition::PathUnknown);
        }
        // OpenAPI: concrete paths go before templates.
        on_path.sort_by_key(|(operation, _)| parameters(&operation.path));
        // RFC 9110, 9.3.2: HEAD is identical to GET, without the content.
        let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
        on_path
            .into_iter()
            .find(|(operation, _)| operation.method == method)
            .map(|(operation, responses)| (operation.as_ref(), responses))
            .ok_or(Condition::MethodUnknown)
    }

    fn unrouted(&self, condition: Condition, request: &Request) -> Reply {
        let answer = self.contract.conditions.get(&condition);
        let mut reply =
            answer.map_or_else(|| fallback(&self.contract, condition), |answer| documented(condition, answer));
        if condition == Condition::MethodUnknown {
            let path = request.target.split('?').next().unwrap_or_default();
            let on_path = self.responses.iter().filter(|(operation, _)| operation.matches(path));
            let methods: Vec<&str> = on_path.map(|(operation, _)| operation.method.as_str()).collect();
            reply.set_header("allow", methods.join(", "));
        }
        reply
    }

    fn admit(
        &self,
        state: &ProviderState,
        operation: &Operation,
        request: &Request,
        edited: &EditView<'_>,
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
                n: edited.n,
                connection: edited.connection,
            };
            admission = hook(&view).unwrap_or(admission);
        }
        match admission {
            Admission::Tenant(tenant) => Ok(tenant),
            _ if !operation.secured && self.contract.tenant == Tenant::Credential => Ok(NO_TENANT.to_owned()),
            // Clients name no tenant where a proxy does. Without a proxy, a single account is the one that is meant.
            Admission::Missing if self.contract.tenant != Tenant::Credential && state.keys.len() == 1 => {
                state.keys.values().next().cloned().ok_or(Condition::CredentialMissing)
            }
            Admission::Missing => Err(Condition::CredentialMissing),
            Admission::Unknown => Err(Condition::CredentialUnknown),
        }
    }
}

/// Replaces the example in the header fields of a refusal that show the remaining credits.
fn show_remaining(operation: &Operation, reply: &mut Reply, left: Decimal) {
    for name in operation.fields.remaining_repeated.iter().filter_map(|repeated| repeated.at.header.as_deref()) {
        if reply.header(name).is_some() {
            reply.set_header(name, left.to_string());
        }
    }
}

/// Whether the request has the body that the operation documents, or may omit it.
pub(super) fn is_valid(operation: &Operation, request: &Request) -> bool {
    let Some(documented) = &operation.request else { return true };
    let Some(body) = request.body.as_ref().filter(|body| !body.is_empty()) else { return !documented.required };
    let Some(content) = content_of(documented, request) else { return true };
    if !content.is_json() {
        return true;
    }
    let Ok(value) = serde_json::from_slice(body) else { return false };
    content.schema.as_ref().is_none_or(|schema| schema.accepts(&value))
}

/// The documented content with the media type of the request; the first one, if the request has another.
fn content_of<'d>(documented: &'d RequestBody, request: &Request) -> Option<&'d Content> {
    let field = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let media_type = field.map(|(_, value)| String::from_utf8_lossy(value).to_ascii_lowercase()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let all = &documented.content;
    all.iter().find(|content| content.media_type == media_type).or_else(|| all.first())
}
