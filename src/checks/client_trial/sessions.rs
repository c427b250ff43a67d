//! Seats: sessions of the client, each for somebody with an account at a place on the stage.

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
use crate::model::{BalanceValues, Decision, Deviation};

/// The deadline that a client is given where it must not matter.
const EASY: Duration = Duration::from_secs(5);
/// How a seat differs from the ordinary one.
#[derive(Debug, Clone, Default)]
pub(in crate::checks) struct SessionOptions {
    /// At a place where others sit.
    pub(in crate::checks) place: Option<Arc<Endpoint>>,
    /// For somebody who sits elsewhere too.
    pub(in crate::checks) identity: Option<Identity>,
    /// With this deadline.
    pub(in crate::checks) timeout: Option<Duration>,
}

impl ClientTrial<'_> {
    /// A seat at a place of its own, for somebody with this balance.
    ///
    /// # Errors
    /// If the client cannot be opened.
    pub async fn open(&self, balance: BalanceValues) -> Result<ClientSession, Stop> {
        self.open_at(balance, SessionOptions::default()).await
    }

    /// A seat for somebody with this balance.
    pub(in crate::checks) async fn open_at(
        &self,
        balance: BalanceValues,
        setting: SessionOptions,
    ) -> Result<ClientSession, Stop> {
        let identity = setting.identity.unwrap_or_else(|| self.fresh_identity(""));
        // Whoever sits at a place of his own has a story of his own.
        let place = setting.place.unwrap_or_else(|| {
            self.evidence.start_steps();
            self.place()
        });
        let key = identity.key.as_deref().unwrap_or(&identity.tenant);
        place.provider().open_account(key, &identity.tenant, balance);
        let mut config = Config::new(place.url()).tenant(identity.tenant.as_str());
        config.timeout = setting.timeout.unwrap_or(EASY);
        config.cache_ttl = (self.passing == Passing::Scaled && self.subject.capabilities.cache).then_some(SCALED);
        if let Some(key) = &identity.key {
            self.redactor.learn(key, "RINGTRUE_KEY");
            config = config.key(key.as_str());
        }
        let session = self.sessions.open(config).await.map_err(|error| self.client_stopped(&error))?;
        let n = u32::try_from(self.subject.next_serial()).unwrap_or(u32::MAX);
        Ok(ClientSession::new(session, place, identity, n))
    }

    /// A seat for somebody whose account is told apart from that of the same tenant with another credential.
    pub(in crate::checks) async fn open_apart(
        &self,
        balance: BalanceValues,
        setting: SessionOptions,
        n: usize,
    ) -> Result<ClientSession, Stop> {
        let session = self.open_at(balance, setting).await?;
        if let Some(key) = &session.identity.key {
            session.endpoint.provider().open_account(key, &format!("{}-{n}", session.identity.tenant), balance);
        }
        Ok(session)
    }

    /// Somebody nobody has met, told apart by the end of the name only, or by `tail` behind that.
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

    /// A place of its own.
    pub(in crate::checks) fn place(&self) -> Arc<Endpoint> {
        // The server's own cache is another matter: here every answer is fresh.
        let deviation = Deviation { ttl: |_, _| 0, ..Deviation::default() };
        let behaviour = ProviderBehaviour { deviation, ..ProviderBehaviour::default() };
        let provider = Arc::new(Provider::with_behaviour(self.contract.clone(), behaviour));
        self.recorder.add_endpoint(&format!("p{}", self.subject.next_serial()), provider)
    }

    /// Changes the balance of whoever sits there.
    pub(in crate::checks) fn change(&self, session: &ClientSession, balance: BalanceValues) {
        // The account was opened together with the session.
        let _ = session.endpoint.provider().setup(State::Balance, &StateParams { balance, ..session.account_params() });
        self.add_step_for(session, format!("the balance becomes: {balance}"));
    }

    /// The stand-in's own answer to an operation: so much is left.
    pub(in crate::checks) fn answer(
        &self,
        session: &ClientSession,
        role: Role,
        balance: BalanceValues,
    ) -> Result<Reply, Stop> {
        self.render(session, role, &Decision::Success { balance, charged: Decimal::ONE })
    }

    /// The stand-in's own reply that carries out a decision.
    pub(in crate::checks) fn render(
        &self,
        session: &ClientSession,
        role: Role,
        decision: &Decision,
    ) -> Result<Reply, Stop> {
        let operation = self.operation(role)?;
        let reply = session.endpoint.provider().render(operation, decision);
        reply.ok_or_else(|| Stop::Harness("the stand-in does not know the operation".to_owned()))
    }
}
