//! A client whose credential can be replaced while it lives.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::behaviour::AfterRekey;
use super::capability::Capabilities;
use super::config::{ClientAccount, ConfigError, Secret};
use super::credit_client::{CallResult, CreditClient};
use super::error::{ClientError, ErrorClass};
use super::reference::{PreparedCalls, ReferenceClient};

/// A [`ReferenceClient`] whose credential can be replaced while it lives, as when a key is rotated.
///
/// A call uses the credential that is in place when it starts. A balance is cached for the credential that it was requested
/// with: nothing that is cached or under way under one credential is reported under another.
///
/// ```
/// use std::sync::Arc;
///
/// use ringtrue::client::{Config, ReferenceClient, RotatingClient};
/// use ringtrue::Contract;
///
/// # let name = &ringtrue::bundled_contracts()[0];
/// let contract = Arc::new(Contract::load(name)?);
/// let config = Config::new("https://api.example.com").key("k_1");
/// let client = RotatingClient::new(ReferenceClient::new(contract, config)?);
/// client.replace_key("k_2")?;
/// assert_eq!(client.current().check_cached(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RotatingClient {
    current: RwLock<ReferenceClient>,
}

impl RotatingClient {
    /// Makes the credential of a client replaceable.
    #[must_use]
    pub fn new(client: ReferenceClient) -> Self {
        Self { current: RwLock::new(client) }
    }

    /// The client with the credential that is in place now.
    ///
    /// It keeps its credential. Reads from its cache take no lock; this function takes one for a moment.
    #[must_use]
    pub fn current(&self) -> ReferenceClient {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the credential for all calls that start afterwards. No request is sent.
    ///
    /// # Errors
    /// If the credential contains characters that a header field cannot carry. Then the old one stays in place.
    pub fn replace_key(&self, key: impl Into<Secret>) -> Result<(), ConfigError> {
        let next = self.current().with_key(key.into())?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }
}

impl ReferenceClient {
    /// A client for the same tenant with another credential.
    fn with_key(&self, key: Secret) -> Result<Self, ConfigError> {
        let reused = self.core.behaviour.caching.after_rekey;
        if reused == AfterRekey::Everything {
            return Ok(self.clone());
        }
        let account = ClientAccount { tenant: self.account.tenant.clone(), key: Some(key) };
        let next = Self::with_account(Arc::clone(&self.core), account)?;
        let next = Self { memory: Arc::clone(&self.memory), ..next };
        let entry = self.handle.entry();
        match reused {
            AfterRekey::PaidCalls => {
                let calls = PreparedCalls {
                    check: Arc::clone(&next.calls.check),
                    cap: next.calls.cap.clone(),
                    spend: self.calls.spend.clone(),
                };
                return Ok(Self { calls: Arc::new(calls), ..next });
            }
            AfterRekey::LateResponse => entry.clear_before_late_response(true),
            AfterRekey::Flight => entry.clear_before_late_response(false),
            AfterRekey::Balance => {}
            AfterRekey::Nothing | AfterRekey::Everything => return Ok(next),
        }
        Ok(Self { handle: self.handle.clone(), flight: self.flight.clone(), ..next })
    }
}

impl CreditClient for RotatingClient {
    fn capabilities(&self) -> Capabilities {
        let client = self.current();
        Capabilities { rekey: client.contract().credential.is_some(), ..CreditClient::capabilities(&client) }
    }

    async fn check(&self) -> CallResult {
        self.current().check().await
    }

    async fn spend(&self) -> CallResult {
        self.current().spend().await
    }

    async fn invalidate(&self) {
        CreditClient::invalidate(&self.current()).await;
    }

    async fn rekey(&self, key: Secret) -> Result<(), ClientError> {
        self.replace_key(key).map_err(|error| ClientError::new(ErrorClass::Other, error.to_string()))
    }

    fn advance(&self, by: Duration) {
        CreditClient::advance(&self.current(), by);
    }
}

impl fmt::Debug for RotatingClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotatingClient").field("current", &self.current()).finish()
    }
}
