//! The trait that a client under test implements.
//!
//! The reference client, the adapter of a client in another language and a user's own Rust client are all driven
//! through [`CreditClient`] and judged by the same [`CallResult`].

use std::future::{Future, ready};
use std::time::Duration;

#[cfg(feature = "harness")]
use futures_util::future::BoxFuture;

use super::balance::Balance;
use super::capability::Capabilities;
use super::config::Secret;
use super::error::{ClientError, ErrorClass};

/// The result of a call.
pub type CallResult = Result<Balance, ClientError>;

/// A client under test.
///
/// One value is one session: one base URL, one credential, one tenant. Dropping it ends the session.
///
/// ```
/// use ringtrue::client::{Balance, CallResult, CreditClient};
///
/// struct MyClient;
///
/// impl CreditClient for MyClient {
///     async fn check(&self) -> CallResult {
///         Ok(Balance { remaining: Some(42.into()), ..Balance::default() })
///     }
/// }
/// ```
pub trait CreditClient: Send + Sync + 'static {
    /// The abilities of the client in addition to [`check`](Self::check). None by default.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// Reads the balance as an application would, through the client's cache.
    ///
    /// # Errors
    /// If the client has no balance to report.
    fn check(&self) -> impl Future<Output = CallResult> + Send;

    /// Makes one paid call. Called only if [`Capabilities::spend`] is declared.
    ///
    /// # Errors
    /// If the call is refused or fails.
    fn spend(&self) -> impl Future<Output = CallResult> + Send {
        ready(Err(ClientError::new(ErrorClass::Other, "this client makes no paid calls")))
    }

    /// Drops the cached balance. Called only if [`Capabilities::invalidate`] is declared.
    fn invalidate(&self) -> impl Future<Output = ()> + Send {
        ready(())
    }

    /// Replaces the credential. Calls that start afterwards use the new one. Called only if [`Capabilities::rekey`] is
    /// declared.
    ///
    /// # Errors
    /// If the client cannot use the credential.
    fn rekey(&self, _key: Secret) -> impl Future<Output = Result<(), ClientError>> + Send {
        ready(Err(ClientError::new(ErrorClass::Other, "the credential of this client cannot be replaced")))
    }

    /// Moves the client's clock forward. Called only if [`Capabilities::virtual_clock`] is declared.
    fn advance(&self, _by: Duration) {}
}

/// Object-safe form of [`CreditClient`], implemented for every client.
#[cfg(feature = "harness")]
pub trait AnyClient: Send + Sync {
    /// Calls [`CreditClient::capabilities`].
    fn capabilities(&self) -> Capabilities;
    /// Calls [`CreditClient::check`].
    fn check(&self) -> BoxFuture<'_, CallResult>;
    /// Calls [`CreditClient::spend`].
    fn spend(&self) -> BoxFuture<'_, CallResult>;
    /// Calls [`CreditClient::invalidate`].
    fn invalidate(&self) -> BoxFuture<'_, ()>;
    /// Calls [`CreditClient::rekey`].
    fn rekey(&self, key: Secret) -> BoxFuture<'_, Result<(), ClientError>>;
    /// Calls [`CreditClient::advance`].
    fn advance(&self, by: Duration);
}

#[cfg(feature = "harness")]
impl<C: CreditClient> AnyClient for C {
    fn capabilities(&self) -> Capabilities {
        CreditClient::capabilities(self)
    }

    fn check(&self) -> BoxFuture<'_, CallResult> {
        Box::pin(CreditClient::check(self))
    }

    fn spend(&self) -> BoxFuture<'_, CallResult> {
        Box::pin(CreditClient::spend(self))
    }

    fn invalidate(&self) -> BoxFuture<'_, ()> {
        Box::pin(CreditClient::invalidate(self))
    }

    fn rekey(&self, key: Secret) -> BoxFuture<'_, Result<(), ClientError>> {
        Box::pin(CreditClient::rekey(self, key))
    }

    fn advance(&self, by: Duration) {
        CreditClient::advance(self, by);
    }
}
