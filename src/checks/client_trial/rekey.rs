//! Replacing the credential of a session.

use std::sync::Arc;

use super::ClientTrial;
use crate::checks::client_session::{ClientSession, Identity, requests};
use crate::checks::finding::Stop;
use crate::mock::ReceivedRequest;
use crate::model::BalanceValues;

impl ClientTrial<'_> {
    /// A credential for the tenant of a session, that belongs to another account with this balance.
    ///
    /// # Errors
    /// `NotApplicable` if the client sends no credential.
    pub(in crate::checks) fn other_account(
        &self,
        session: &ClientSession,
        balance: BalanceValues,
    ) -> Result<Identity, Stop> {
        let fresh = self.fresh_identity("");
        let key = fresh.key.clone().ok_or_else(|| Stop::NotApplicable("the client sends no credential".to_owned()))?;
        self.redactor.learn(&key, "RINGTRUE_OTHER_KEY");
        session.endpoint.provider().open_account(&key, &fresh.tenant, balance);
        Ok(Identity { key: Some(key), tenant: session.identity.tenant.clone() })
    }

    /// Replaces the credential of a session. Returns the requests that the client made meanwhile.
    ///
    /// # Errors
    /// If the client does not take the credential, or is disconnected.
    pub(in crate::checks) async fn rekey(
        &self,
        session: &ClientSession,
        identity: &Identity,
    ) -> Result<Vec<Arc<ReceivedRequest>>, Stop> {
        let before = self.recorder.count();
        let key = identity.key.as_deref().unwrap_or_default();
        session.handle.rekey(key).await.map_err(|error| self.client_stopped(&error))?;
        let received = self.received_by(session, before);
        self.add_step_for(session, format!("rekey: another credential, {}", requests(received.len())));
        Ok(received)
    }
}
