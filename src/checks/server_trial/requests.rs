//! The documented requests, and the meaning of their responses.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::request_content::RequestContent;
use super::reset_time::{named_ms, until_ms};
use super::{BalanceRead, ServerTrial, SpendResult, describe};
use crate::checks::account::TestAccount;
use crate::checks::class::{Class, classify};
use crate::checks::finding::Stop;
use crate::contract::{CredentialPlace, Fields, Locator, Meaning, Operation, Role, Tenant};
use crate::exchange::{Exchange, Request, SendOptions, Transport};
use crate::mock::State;
use crate::model::{Allowed, BalanceValues};

impl ServerTrial<'_> {
    /// The documented request of an operation, for this account.
    #[must_use]
    pub fn request(&self, operation: &Operation, account: &TestAccount) -> Request {
        let request = self.with_tenant(operation.example_request(), account.tenant.as_deref());
        self.with_key(request, &account.key)
    }

    /// The request with the tenant in the documented place.
    #[must_use]
    pub fn with_tenant(&self, request: Request, tenant: Option<&str>) -> Request {
        match &self.contract.tenant {
            Tenant::Credential => request,
            Tenant::Query { name, form } => {
                let example = form.replace("{tenant}", "ringtrue");
                request.query(name, tenant.unwrap_or(&example))
            }
        }
    }

    /// The request with a credential in the documented place: that of the way in which the subject is known to accept it.
    #[must_use]
    pub fn with_key(&self, request: Request, key: &str) -> Request {
        let Some(credential) = &self.contract.credential else { return request };
        let way = credential.ways().nth(self.subject.way()).unwrap_or_default();
        way.into_iter().fold(request, |request, place| with_credential(request, place, key))
    }

    /// Sends a request on a connection that is kept open.
    ///
    /// # Errors
    /// If a limit of the run blocks the request.
    pub async fn send(&self, request: Request) -> Result<Arc<Exchange>, Stop> {
        self.send_as(request, SendOptions::default()).await
    }

    /// Sends a request.
    ///
    /// # Errors
    /// If a limit of the run blocks the request.
    pub async fn send_as(&self, request: Request, how: SendOptions) -> Result<Arc<Exchange>, Stop> {
        // What the trial itself provokes is what it is about, and so is that it ends.
        let (limit, outage) = self.provoked();
        let how = SendOptions {
            limit_is_evidence: how.limit_is_evidence || limit,
            outage_is_evidence: how.outage_is_evidence || outage,
            ..how
        };
        let sent = self.transport.send(&self.journal, request, how).await;
        sent.map_err(|error| Stop::CouldNotRun(error.to_string()))
    }

    /// Whether the trial has put the server over its rate limit, and whether it has made the store fail.
    fn provoked(&self) -> (bool, bool) {
        self.with_progress(|progress| {
            (progress.set_up.contains(&State::RateLimited), progress.set_up.contains(&State::BackendDown))
        })
    }

    /// The transport, for bytes that are not a valid request.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        self.transport
    }

    /// Checks the balance, and reports the response to the expectations of the account.
    ///
    /// # Errors
    /// If a limit of the run blocks the request.
    pub async fn check(&self, account: &TestAccount) -> Result<BalanceRead, Stop> {
        self.check_as(account, SendOptions::default()).await
    }

    /// Checks the balance with these options, for example on a connection of its own.
    ///
    /// # Errors
    /// If a limit of the run blocks the request.
    pub async fn check_as(&self, account: &TestAccount, how: SendOptions) -> Result<BalanceRead, Stop> {
        let operation = self.balance_operation()?;
        let exchange = self.send_as(self.request(operation, account), how).await?;
        let mut reading = self.balance_read(operation, exchange);
        let mut expectations = account.expectations();
        expectations.elapsed(self.real_ms());
        reading.allowed = expectations.now();
        match (&reading.balance, &reading.exchange.result) {
            (Ok(balance), result) => {
                expectations.answered(*balance);
                let resets = operation.fields.resets.as_ref();
                let named = resets
                    .zip(result.as_ref().ok())
                    .and_then(|(resets, response)| Some(until_ms(response, named_ms(response, resets)?)));
                if let Some(until) = named {
                    // A `Date` may not show by how much the clock was moved.
                    let moved = i64::try_from(account.moved_ms()).unwrap_or(i64::MAX);
                    expectations.resets_in(u64::try_from(until.saturating_sub(moved)).unwrap_or(0));
                }
                self.add_step_for(account, format!("check: {balance}"));
            }
            (Err(why), result) => {
                if matches!(result, Ok(response) if operation.documents_failure(response)) {
                    expectations.failed();
                }
                self.add_step_for(account, format!("check: {why}"));
            }
        }
        drop(expectations);
        Ok(reading)
    }

    /// The real time since the start of the trial, without the time that was waited on purpose.
    fn real_ms(&self) -> u64 {
        let waited = self.with_progress(|progress| progress.waited);
        let elapsed = self.begun.elapsed().saturating_sub(waited);
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    /// Decodes the response to a check of the balance. The caller adds which responses were allowed.
    #[must_use]
    pub fn balance_read(&self, operation: &Operation, exchange: Arc<Exchange>) -> BalanceRead {
        let balance = match &exchange.result {
            Ok(response) if classify(self.contract, operation, response) == Class::Success => {
                let read = BalanceValues::decode(&operation.fields, &response.body, |name| response.header(name));
                read.map(|read| in_doubles(none_listed(read, &operation.fields), &operation.fields))
                    .map_err(|error| error.to_string())
            }
            Ok(response) => Err(describe(response)),
            Err(failure) => Err(failure.to_string()),
        };
        BalanceRead { exchange, balance, allowed: Allowed::default() }
    }

    /// The balance of an account, for checks that judge something else.
    ///
    /// # Errors
    /// `Inconclusive` if the balance cannot be read.
    pub async fn remaining(&self, account: &TestAccount) -> Result<BalanceValues, Stop> {
        let reading = self.check(account).await?;
        reading.balance.map_err(|why| Stop::Inconclusive(format!("the balance cannot be read: {why}")))
    }

    /// Classifies the response to a paid call.
    #[must_use]
    pub fn spend_result(&self, operation: &Operation, account: &TestAccount, exchange: Arc<Exchange>) -> SpendResult {
        let class =
            exchange.result.as_ref().map_or(Class::Other, |response| classify(self.contract, operation, response));
        let found = exchange.result.as_ref().map_or_else(ToString::to_string, describe);
        self.add_step_for(account, format!("spend: {found}"));
        SpendResult { exchange, class }
    }

    /// # Errors
    /// If spending is not permitted.
    pub fn may_spend(&self) -> Result<(), Stop> {
        if self.subject.allow_spend {
            return Ok(());
        }
        Err(Stop::CouldNotRun("it spends credits: give a state handler with --states, or --allow-spend".to_owned()))
    }

    /// Refreshes the balance.
    ///
    /// # Errors
    /// `Inconclusive` if the refresh does not succeed.
    pub async fn refresh(&self, account: &TestAccount) -> Result<Arc<Exchange>, Stop> {
        let operation = self.operation(Role::Refresh)?;
        let exchange = self.send(self.request(operation, account)).await?;
        match &exchange.result {
            Ok(response) if response.is_success() => {
                account.expectations().succeeded(Role::Refresh);
                self.add_step_for(account, "refresh: done".to_owned());
                Ok(exchange)
            }
            Ok(response) => Err(Stop::Inconclusive(format!("the refresh does not succeed: {}", describe(response)))),
            Err(failure) => Err(Stop::Inconclusive(format!("the refresh does not succeed: {failure}"))),
        }
    }
}

/// A balance with the amounts that a server has computed in binary fractions as the decimals that it means: what is left of 100.1
/// after 25.3 may be written as 74.8 or, by what was used, as 25.299999999999997.
fn in_doubles(balance: BalanceValues, fields: &Fields) -> BalanceValues {
    let means = |amount: Option<Decimal>, at: &Option<Locator>| {
        let computed =
            at.as_ref().is_some_and(|at| at.minus.is_some() || at.expression.is_some() || at.factor.is_some());
        let digits = |amount: Decimal| amount.normalize().mantissa().unsigned_abs().to_string().len();
        amount.map(|amount| match amount.round_sf(15) {
            Some(rounded) if computed && amount.normalize().scale() > 0 && digits(amount) > 15 => rounded.normalize(),
            _ => amount,
        })
    };
    BalanceValues {
        remaining: means(balance.remaining, &fields.remaining),
        total: means(balance.total, &fields.total),
        ..balance
    }
}

/// The request with a credential at one place.
#[must_use]
pub(crate) fn with_credential(request: Request, place: &CredentialPlace, key: &str) -> Request {
    match place {
        CredentialPlace::Query { name } => request.query(name, &place.value(key)),
        _ => request.header(place.field_name().unwrap_or_default(), place.value(key)),
    }
}

impl Operation {
    /// The documented example request, without credential and tenant.
    #[must_use]
    pub fn example_request(&self) -> Request {
        let mut request = Request::new(&self.method, self.example_path.clone());
        for (name, value) in &self.example_headers {
            request = request.header(name, value.as_str());
        }
        // Content has no meaning in these methods (RFC 9110, 9.3.1), so that it is sent only if it must be there.
        let meaningless = matches!(self.method.as_str(), "GET" | "HEAD" | "DELETE");
        let Some(body) = self.request.as_ref().filter(|body| body.required || !meaningless) else { return request };
        let json = body.content.iter().find(|content| content.is_json());
        let Some(content) = json.or_else(|| body.content.first()) else { return request };
        match RequestContent::of(content) {
            Some(content) => request.header("Content-Type", content.media_type).body(content.bytes),
            None if body.required && content.is_json() => {
                request.header("Content-Type", content.media_type.as_str()).body("{}")
            }
            None => request,
        }
    }
}

/// A list without an entry says of a server that nothing is there, even where a client may not take that for an amount: it is
/// right for an account that has nothing, and wrong for any other.
fn none_listed(read: BalanceValues, fields: &Fields) -> BalanceValues {
    let listed =
        fields.remaining.as_ref().is_some_and(|at| at.absent == Some(Meaning::Unknown) && at.unknown.is_empty());
    if listed { BalanceValues { remaining: read.remaining.or(Some(Decimal::ZERO)), ..read } } else { read }
}
