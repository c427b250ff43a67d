//! Sessions of the client, each with an account at an endpoint of the recording server.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;

use super::ClientTrial;
use crate::checks::client_session::{ClientSession, Identity};
use crate::checks::finding::Stop;
use crate::checks::time::{Passing, SCALED};
use crate::client::Config;
use crate::contract::{Role, Tenant};
use crate::mock::{Endpoint, Provider, ProviderBehaviour, Reply, State, StateParams};
use crate::model::{BalanceValues, Decision, Deviation, greatest_cap};
use crate::subject::FleetMember;

/// The time-out of a client where the time-out does not matter: long, so that a busy machine does not use it up.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);
/// Options of a session that differ from the default.
#[derive(Debug, Clone, Default)]
pub(in crate::checks) struct SessionOptions {
    /// The endpoint of another session, to share it.
    pub(in crate::checks) endpoint: Option<Arc<Endpoint>>,
    /// The identity of another session, to reuse it.
    pub(in crate::checks) identity: Option<Identity>,
    /// The time-out.
    pub(in crate::checks) timeout: Option<Duration>,
    /// The process of a fleet.
    pub(in crate::checks) member: Option<FleetMember>,
}

impl ClientTrial<'_> {
    /// Opens a session with an account and an endpoint of its own, and this balance.
    ///
    /// # Errors
    /// If the client cannot be opened.
    pub async fn open(&self, balance: BalanceValues) -> Result<ClientSession, Stop> {
        self.open_at(balance, SessionOptions::default()).await
    }

    /// Opens a session whose account has this balance.
    pub(in crate::checks) async fn open_at(
        &self,
        balance: BalanceValues,
        options: SessionOptions,
    ) -> Result<ClientSession, Stop> {
        let identity = options.identity.unwrap_or_else(|| self.fresh_identity(""));
        // A session with an endpoint of its own starts new steps.
        let place = options.endpoint.unwrap_or_else(|| {
            self.evidence.start_steps();
            self.place()
        });
        let key = identity.key.as_deref().unwrap_or(&identity.tenant);
        place.provider().open_account(key, &identity.tenant, balance);
        self.lift_cap(&place, key);
        let mut config = Config::new(place.url_of(&identity.tenant)).tenant(identity.tenant.as_str());
        config.timeout = options.timeout.unwrap_or(DEFAULT_TIMEOUT);
        config.cache_ttl = (self.passing == Passing::Scaled && self.subject.capabilities.cache).then_some(SCALED);
        if let Some(key) = &identity.key {
            self.redactor.learn(key, "RINGTRUE_KEY");
            config = config.key(key.as_str());
        }
        let timeout = config.timeout;
        let session = match options.member {
            Some(member) => self.sessions.open_in_fleet(config, member).await,
            None => self.sessions.open(config).await,
        };
        let session = session.map_err(|error| self.client_stopped(&error))?;
        let n = u32::try_from(self.subject.next_serial()).unwrap_or(u32::MAX);
        Ok(ClientSession::new(session, place, identity, n, timeout))
    }

    /// Has the operation that limits the balance too show so much that it does not, so that what is delivered as the balance counts.
    fn lift_cap(&self, place: &Endpoint, account: &str) {
        if let Some(cap) = greatest_cap(self.contract) {
            // The account was opened just now.
            let _ = place.provider().set_cap(account, cap);
        }
    }

    /// Opens a session whose account differs from that of the same tenant with another credential.
    pub(in crate::checks) async fn open_apart(
        &self,
        balance: BalanceValues,
        options: SessionOptions,
        n: usize,
    ) -> Result<ClientSession, Stop> {
        let session = self.open_at(balance, options).await?;
        if let Some(key) = &session.identity.key {
            session.endpoint.provider().open_account(key, &format!("{}-{n}", session.identity.tenant), balance);
            self.lift_cap(&session.endpoint, key);
        }
        Ok(session)
    }

    /// A fresh identity. Names differ only in their last characters (or in `tail`), so that caches keyed on a truncated name collide.
    pub(in crate::checks) fn fresh_identity(&self, tail: &str) -> Identity {
        let serial = self.subject.next_serial();
        let short = format!("ringtrue-tenant-{serial:04}{}", tail.to_lowercase());
        match (&self.contract.tenant, &self.contract.credential) {
            (Tenant::Query { form, .. }, _) => Identity { key: None, tenant: form.replace("{tenant}", &short) },
            (Tenant::Credential, None) => Identity { key: None, tenant: short },
            (Tenant::Credential, Some(credential)) => {
                Identity { key: Some(format!("{}RtAaBbCcDdEeFf{serial:04}{tail}", credential.prefix)), tenant: short }
            }
        }
    }

    /// An endpoint with a mock provider of its own.
    pub(in crate::checks) fn place(&self) -> Arc<Endpoint> {
        // Without a server cache: every response is fresh.
        let deviation = Deviation { ttl: |_, _| 0, ..Deviation::default() };
        let behaviour = ProviderBehaviour { deviation, ..ProviderBehaviour::default() };
        let provider = Arc::new(Provider::with_behaviour(self.contract.clone(), behaviour));
        self.recorder.add_endpoint(&format!("p{}", self.subject.next_serial()), provider)
    }

    /// Changes the balance of the session's account.
    pub(in crate::checks) fn change(&self, session: &ClientSession, balance: BalanceValues) {
        // The account was opened together with the session.
        let _ = session.endpoint.provider().setup(State::Balance, &StateParams { balance, ..session.account_params() });
        self.add_step_for(session, format!("the balance becomes: {balance}"));
    }

    /// The mock provider's response to an operation that succeeds with this balance.
    pub(in crate::checks) fn answer(
        &self,
        session: &ClientSession,
        role: Role,
        balance: BalanceValues,
    ) -> Result<Reply, Stop> {
        self.render(session, role, &Decision::Success { balance, charged: Decimal::ONE })
    }

    /// The mock provider's response for a decision.
    pub(in crate::checks) fn render(
        &self,
        session: &ClientSession,
        role: Role,
        decision: &Decision,
    ) -> Result<Reply, Stop> {
        let operation = self.operation(role)?;
        let reply = session.endpoint.provider().render(operation, decision);
        reply.ok_or_else(|| Stop::Harness("the mock provider does not know the operation".to_owned()))
    }
}
