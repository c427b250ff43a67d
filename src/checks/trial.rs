//! A trial: one check at work on a server, with everything it may do and everything it did.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::account::Account;
use super::check::{Finding, Judged, Stop};
use super::class::{Class, classify};
use super::stub;
use super::verdict::TimeBasis;
use crate::contract::{CacheKind, Contract, CredentialPlace, Level, Operation, Promise, Role, Tenant};
use crate::exchange::{Exchange, How, Journal, Line, Request, Response};
use crate::model::{Allowed, Balance, Expectations};
use crate::subject::{ActiveState, ServerSubject, StateError};

/// The last so many steps of a story are told: what happened long before says little.
const LONGEST_STORY: usize = 24;

/// What a trial may use up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The seed of everything generated.
    pub seed: u64,
    /// Generated cases per property.
    pub cases: u32,
    /// How long a TTL may be waited for in real time.
    pub max_wait: Duration,
    /// Where snapshots of the subject's answers are kept.
    pub snapshots: Option<std::path::PathBuf>,
    /// Whether new snapshots are accepted.
    pub update_snapshots: bool,
}

/// One check at work.
#[derive(Debug)]
pub struct Trial<'r> {
    /// What was promised.
    pub contract: &'r Arc<Contract>,
    /// What is judged.
    pub subject: &'r ServerSubject,
    /// What may be used up.
    pub settings: &'r Settings,
    /// What was sent and received.
    pub journal: Journal,
    line: &'r Line,
    begun: Instant,
    progress: Mutex<Progress>,
}

/// How far a trial has come.
#[derive(Debug, Default)]
pub(super) struct Progress {
    judged: u32,
    weightiest: Option<(Promise, Option<String>)>,
    notes: Vec<Finding>,
    basis: TimeBasis,
    /// The part of the real time that the expectations were told of as a move of the clock.
    waited: Duration,
    accounts: u32,
    states: Vec<ActiveState>,
    /// Steps, with the number of the account that each is about.
    story: Vec<(Option<u32>, String)>,
}

/// What a trial leaves behind.
#[derive(Debug, Default)]
pub struct Remains {
    /// How many judgements were made.
    pub judged: u32,
    /// The most binding promise judged, and the operation concerned.
    pub weightiest: Option<(Promise, Option<String>)>,
    /// Findings that do not end a trial: of a should or a may.
    pub notes: Vec<Finding>,
    /// What time was measured by.
    pub basis: TimeBasis,
}

/// An answer to a check of the balance.
#[derive(Debug)]
pub struct Reading {
    /// The exchange.
    pub exchange: Exchange,
    /// What it says, or why it cannot be read.
    pub balance: Result<Balance, String>,
    /// What was allowed when it was asked for.
    pub allowed: Allowed,
}

/// An answer to a call that spends.
#[derive(Debug)]
pub struct Spent {
    /// The exchange.
    pub exchange: Exchange,
    /// What it is; `Other` also where no answer came.
    pub class: Class,
}

impl<'r> Trial<'r> {
    /// A trial that has done nothing yet.
    #[must_use]
    pub fn new(
        contract: &'r Arc<Contract>,
        subject: &'r ServerSubject,
        settings: &'r Settings,
        line: &'r Line,
        journal: Journal,
    ) -> Self {
        Self { contract, subject, settings, journal, line, begun: Instant::now(), progress: Mutex::default() }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tears down what was set up, but for the accounts, and gives what was noted.
    ///
    /// Accounts stay until the trial was repeated: a server that confuses tenants does so with those of before.
    pub async fn finish(&self) -> Remains {
        let states = std::mem::take(&mut self.progress().states);
        let (accounts, conditions) = states.into_iter().partition(ActiveState::is_account);
        self.tear_down(conditions).await;
        let mut progress = self.progress();
        progress.states = accounts;
        Remains {
            judged: progress.judged,
            weightiest: progress.weightiest.take(),
            notes: std::mem::take(&mut progress.notes),
            basis: progress.basis,
        }
    }

    /// Closes the accounts that were opened.
    pub async fn close(&self) {
        let accounts = std::mem::take(&mut self.progress().states);
        self.tear_down(accounts).await;
    }

    async fn tear_down(&self, states: Vec<ActiveState>) {
        for state in states.iter().rev() {
            // A state that does not go away shows in the checks that follow; this one is over.
            let _ = self.subject.states.teardown(state).await;
        }
    }

    // ---- what the contract has

    /// The operation of that role.
    ///
    /// # Errors
    /// If the contract has none.
    pub fn operation(&self, role: Role) -> Result<&'r Arc<Operation>, Stop> {
        let missing = || Stop::NotApplicable(format!("the contract names no {role:?} operation").to_lowercase());
        self.contract.operation(role).ok_or_else(missing)
    }

    /// The balance operation.
    ///
    /// # Errors
    /// If the contract has none.
    pub fn balance_operation(&self) -> Result<&'r Arc<Operation>, Stop> {
        self.operation(Role::Balance)
    }

    /// So many credits in the roles that the contract has.
    #[must_use]
    pub fn credits(&self, remaining: impl Into<Decimal>) -> Balance {
        let fields = self.contract.operation(Role::Balance).map(|operation| operation.fields.clone());
        Balance::of(remaining.into(), &fields.unwrap_or_default())
    }

    // ---- states

    /// Sets a state up for the length of the trial.
    ///
    /// # Errors
    /// If the server cannot be put into it.
    pub async fn setup(&self, state: &str, params: Value) -> Result<ActiveState, Stop> {
        self.setup_values(state, params).await.map(|(_, active)| active)
    }

    async fn setup_values(&self, state: &str, params: Value) -> Result<(Value, ActiveState), Stop> {
        match self.subject.states.setup(state, params).await {
            Ok((values, active)) => {
                self.progress().states.push(active.clone());
                Ok((values, active))
            }
            Err(error @ (StateError::Absent | StateError::Unsupported(_))) => {
                Err(Stop::CouldNotRun(format!("state `{state}` cannot be set: {error}\n{}", stub::handler(state))))
            }
            Err(error @ StateError::Broken(_)) => {
                Err(Stop::CouldNotRun(format!("state `{state}` cannot be set: {error}")))
            }
        }
    }

    /// Takes a state away before the trial is over.
    ///
    /// # Errors
    /// If the handler fails.
    pub async fn teardown(&self, active: &ActiveState) -> Result<(), Stop> {
        let gone = self.subject.states.teardown(active).await;
        gone.map_err(|error| Stop::CouldNotRun(format!("a state cannot be torn down: {error}")))
    }

    /// A fresh, isolated account with this balance.
    ///
    /// # Errors
    /// If the handler cannot open one.
    pub async fn account(&self, balance: Balance) -> Result<Account, Stop> {
        let (values, _) = self.setup_values("account", params(&balance)).await?;
        let tenant = values["tenant"].as_str().map(str::to_owned);
        let key = values["key"].as_str().unwrap_or_default().to_owned();
        let needs_key = self.contract.credential.is_some();
        if needs_key && key.is_empty() || !needs_key && self.contract.tenant != Tenant::Credential && tenant.is_none() {
            let missing = if needs_key { "key" } else { "tenant" };
            return Err(Stop::CouldNotRun(format!(
                "the state handler opened an account without a `{missing}` in `values`\n{}",
                stub::handler("account")
            )));
        }
        let n = self.number(&key);
        let account = Account::new(key, tenant, n, true, Expectations::opened(self.contract, balance));
        self.tell_of(&account, format!("opened with {balance}"));
        Ok(account)
    }

    /// Any account that works: a fresh one, or that of the key given.
    ///
    /// # Errors
    /// If there is neither.
    pub async fn someone(&self) -> Result<Account, Stop> {
        if self.subject.states.is_present() {
            match self.account(self.credits(100)).await {
                Err(Stop::CouldNotRun(why)) if self.subject.key.is_none() => return Err(Stop::CouldNotRun(why)),
                Err(Stop::CouldNotRun(_)) => {}
                done => return done,
            }
        }
        self.given(self.subject.key.as_deref(), "--key")
    }

    /// The account of a second key.
    ///
    /// # Errors
    /// If there is none.
    pub async fn someone_else(&self) -> Result<Account, Stop> {
        if self.subject.states.is_present() {
            let other = self.account(self.credits(250)).await;
            if other.is_ok() || self.subject.other_key.is_none() {
                return other;
            }
        }
        self.given(self.subject.other_key.as_deref(), "--other-key")
    }

    fn given(&self, key: Option<&str>, option: &str) -> Result<Account, Stop> {
        let unknown = Expectations::opened(self.contract, Balance::default());
        match (key, &self.contract.credential, &self.contract.tenant) {
            (Some(key), Some(_), _) => Ok(Account::new(key.to_owned(), None, self.number(key), false, unknown)),
            (Some(tenant), None, Tenant::Query { .. }) => {
                Ok(Account::new(String::new(), Some(tenant.to_owned()), self.number(""), false, unknown))
            }
            (_, None, Tenant::Credential) => Ok(Account::new(String::new(), None, self.number(""), false, unknown)),
            _ => Err(Stop::CouldNotRun(format!(
                "a valid credential is needed: give {option}, or a state handler with --states"
            ))),
        }
    }

    /// The number of a new account; its credential is learned under it.
    fn number(&self, key: &str) -> u32 {
        let n = {
            let mut progress = self.progress();
            progress.accounts += 1;
            progress.accounts
        };
        let name = if n == 1 { "RINGTRUE_KEY".to_owned() } else { format!("RINGTRUE_KEY_{n}") };
        self.learn(key, &name);
        n
    }

    /// Learns a value that no report may show.
    pub fn learn(&self, secret: &str, name: &str) {
        self.journal.redactor().learn(secret, name);
    }

    /// Changes a balance behind the API's back.
    ///
    /// # Errors
    /// If the handler cannot.
    pub async fn change(&self, account: &Account, balance: Balance) -> Result<(), Stop> {
        let mut params = params(&balance);
        self.address(account, &mut params);
        self.setup("balance", params).await?;
        account.expectations().changed(balance);
        self.tell_of(account, format!("the balance is changed behind the API's back: {balance}"));
        Ok(())
    }

    /// Makes the store behind this account's balance fail.
    ///
    /// # Errors
    /// If the handler cannot.
    pub async fn break_backend(&self, account: &Account) -> Result<ActiveState, Stop> {
        let params = account.tenant.as_ref().map_or(json!({}), |tenant| json!({ "tenant": tenant }));
        let active = self.setup("backend.down", params).await?;
        account.expectations().set_down(true);
        self.tell("the store behind the balance fails".to_owned());
        Ok(active)
    }

    /// Lets the store work again.
    ///
    /// # Errors
    /// If the handler cannot.
    pub async fn mend_backend(&self, account: &Account, active: &ActiveState) -> Result<(), Stop> {
        self.teardown(active).await?;
        account.expectations().set_down(false);
        self.tell("the store works again".to_owned());
        Ok(())
    }

    /// The parameters that say which account a state is about.
    pub fn address(&self, account: &Account, params: &mut Value) {
        if !account.key.is_empty() {
            params["key"] = json!(account.key);
        }
        if let Some(tenant) = &account.tenant {
            params["tenant"] = json!(tenant);
        }
    }

    // ---- time

    /// Moves the server's clock forward, or waits where that is permitted.
    ///
    /// # Errors
    /// If neither can be done.
    pub async fn advance(&self, accounts: &[&Account], ms: u64) -> Result<(), Stop> {
        let moved = self.setup("clock", json!({ "advance_ms": ms })).await;
        let basis = match moved {
            Ok(_) => TimeBasis::Virtual,
            Err(stop) if Duration::from_millis(ms) > self.settings.max_wait => return Err(stop),
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                self.progress().waited += Duration::from_millis(ms);
                TimeBasis::Real
            }
        };
        self.progress().basis = basis;
        accounts.iter().for_each(|account| account.expectations().advanced(ms));
        self.tell(format!("{} s pass", Decimal::new(i64::try_from(ms).unwrap_or(i64::MAX), 3).normalize()));
        Ok(())
    }

    /// Whatever the contract lets the server keep is over: the next check must show the truth. Where nothing is said of
    /// caching and the clock cannot be moved, it stays open, and [`Expectations::now`] says so.
    ///
    /// # Errors
    /// If the contract lets answers be kept, and their time can be neither moved nor waited for.
    pub async fn settle(&self, account: &Account) -> Result<(), Stop> {
        let rule = self.contract.caching.server.as_ref();
        let settling_ms = account.expectations().settling_ms();
        match rule.map(|rule| rule.kind) {
            Some(CacheKind::None) => Ok(()),
            Some(CacheKind::Kept) => self.advance(&[account], settling_ms).await,
            kind => {
                let moved = match self.setup("clock", json!({ "advance_ms": settling_ms })).await {
                    Ok(_) => {
                        account.expectations().advanced(settling_ms);
                        true
                    }
                    Err(Stop::CouldNotRun(_)) => false,
                    Err(stop) => return Err(stop),
                };
                // Time alone does not end what may be kept until it is asked for afresh, and the refresh alone may be
                // what is broken.
                let refreshes = rule.is_some_and(|rule| rule.invalidated_by.contains_key(&Role::Refresh));
                if kind == Some(CacheKind::Permitted) && refreshes {
                    match self.refresh(account).await {
                        Err(Stop::Inconclusive(_)) if moved => {}
                        done => done.map(drop)?,
                    }
                }
                Ok(())
            }
        }
    }

    // ---- requests

    /// The documented request of an operation, as this account would make it.
    #[must_use]
    pub fn request(&self, operation: &Operation, account: &Account) -> Request {
        let request = self.with_tenant(self.bare(operation), account.tenant.as_deref());
        self.with_key(request, &account.key)
    }

    /// The documented request of an operation, from nobody.
    #[must_use]
    pub fn bare(&self, operation: &Operation) -> Request {
        let mut request = Request::new(&operation.method, operation.example_path.clone());
        for (name, value) in &operation.example_headers {
            request = request.header(name, value.as_str());
        }
        let body = operation.request.as_ref().and_then(|body| body.content.first());
        if let Some(content) = body {
            let example = content.examples.first().map_or(Value::Null, |(_, value)| value.clone());
            request = request.header("Content-Type", content.media_type.as_str()).body(example.to_string());
        }
        request
    }

    /// The request with the tenant where the contract wants it.
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

    /// The request with a credential where the contract wants it.
    #[must_use]
    pub fn with_key(&self, request: Request, key: &str) -> Request {
        match self.contract.credential.as_ref().map(|credential| &credential.place) {
            None => request,
            Some(CredentialPlace::Header { name }) => request.header(name, key),
            Some(CredentialPlace::Authorization { scheme }) => {
                request.header("Authorization", format!("{scheme} {key}"))
            }
            Some(CredentialPlace::Query { name }) => request.query(name, key),
            Some(CredentialPlace::Cookie { name }) => request.header("Cookie", format!("{name}={key}")),
        }
    }

    /// Sends a request on a kept-alive connection.
    ///
    /// # Errors
    /// If a guard withholds it.
    pub async fn send(&self, request: Request) -> Result<Exchange, Stop> {
        self.send_as(request, How::default()).await
    }

    /// Sends a request.
    ///
    /// # Errors
    /// If a guard withholds it.
    pub async fn send_as(&self, request: Request, how: How) -> Result<Exchange, Stop> {
        self.line.send(&self.journal, request, how).await.map_err(|error| Stop::CouldNotRun(error.to_string()))
    }

    /// The line, for requests that are none.
    #[must_use]
    pub fn line(&self) -> &Line {
        self.line
    }

    /// Checks the balance, and takes note of what the answer says.
    ///
    /// # Errors
    /// If a guard withholds the request.
    pub async fn check(&self, account: &Account) -> Result<Reading, Stop> {
        self.check_as(account, How::default()).await
    }

    /// Checks the balance on a connection of its own if `how` says so.
    ///
    /// # Errors
    /// If a guard withholds the request.
    pub async fn check_as(&self, account: &Account, how: How) -> Result<Reading, Stop> {
        let operation = self.balance_operation()?;
        let exchange = self.send_as(self.request(operation, account), how).await?;
        let mut reading = self.reading(operation, exchange);
        let mut expectations = account.expectations();
        expectations.elapsed(self.real_ms());
        reading.allowed = expectations.now();
        match (&reading.balance, &reading.exchange.result) {
            (Ok(balance), _) => {
                expectations.answered(*balance);
                self.tell_of(account, format!("check: {balance}"));
            }
            (Err(why), result) => {
                if matches!(result, Ok(response) if self.is_failure_answer(operation, response)) {
                    expectations.failed();
                }
                self.tell_of(account, format!("check: {why}"));
            }
        }
        drop(expectations);
        Ok(reading)
    }

    /// The real time since the trial began, but for the part that was waited for on purpose.
    fn real_ms(&self) -> u64 {
        let elapsed = self.begun.elapsed().saturating_sub(self.progress().waited);
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    /// What an answer to a check of the balance says; what was allowed is for whoever knows the account.
    #[must_use]
    pub fn reading(&self, operation: &Operation, exchange: Exchange) -> Reading {
        let balance = match &exchange.result {
            Ok(response) if classify(self.contract, operation, response) == Class::Success => {
                let read = Balance::decode(&operation.fields, &response.body, |name| response.header(name));
                read.map_err(|error| error.to_string())
            }
            Ok(response) => Err(describe(response)),
            Err(failure) => Err(failure.to_string()),
        };
        Reading { exchange, balance, allowed: Allowed::default() }
    }

    /// The balance that an account shows: for checks that need one, and judge something else.
    ///
    /// # Errors
    /// `Inconclusive` if none can be read.
    pub async fn remaining(&self, account: &Account) -> Result<Balance, Stop> {
        let reading = self.check(account).await?;
        reading.balance.map_err(|why| Stop::Inconclusive(format!("the balance cannot be read: {why}")))
    }

    /// What an answer to a paid call is.
    #[must_use]
    pub fn spent(&self, operation: &Operation, account: &Account, exchange: Exchange) -> Spent {
        let class =
            exchange.result.as_ref().map_or(Class::Other, |response| classify(self.contract, operation, response));
        let found = exchange.result.as_ref().map_or_else(ToString::to_string, describe);
        self.tell_of(account, format!("spend: {found}"));
        Spent { exchange, class }
    }

    /// # Errors
    /// If spending is not permitted.
    pub fn may_spend(&self) -> Result<(), Stop> {
        if self.subject.allow_spend {
            return Ok(());
        }
        Err(Stop::CouldNotRun("it spends credits: give a state handler with --states, or --allow-spend".to_owned()))
    }

    /// Asks for a fresh balance.
    ///
    /// # Errors
    /// `Inconclusive` if the refresh does not succeed.
    pub async fn refresh(&self, account: &Account) -> Result<Exchange, Stop> {
        let operation = self.operation(Role::Refresh)?;
        let exchange = self.send(self.request(operation, account)).await?;
        match &exchange.result {
            Ok(response) if response.is_success() => {
                account.expectations().succeeded(Role::Refresh);
                self.tell_of(account, "refresh: done".to_owned());
                Ok(exchange)
            }
            Ok(response) => Err(Stop::Inconclusive(format!("the refresh does not succeed: {}", describe(response)))),
            Err(failure) => Err(Stop::Inconclusive(format!("the refresh does not succeed: {failure}"))),
        }
    }

    // ---- judgements

    /// Adds a step to the story that a violation tells.
    pub fn tell(&self, step: String) {
        self.progress().story.push((None, step));
    }

    /// Adds a step that is about one account.
    pub fn tell_of(&self, account: &Account, step: String) {
        self.progress().story.push((Some(account.n), step));
    }

    /// Judges a promise by something seen. What does not hold ends the trial if the promise is a must, and is noted
    /// otherwise.
    ///
    /// # Errors
    /// The violation of a must.
    pub fn judge(
        &self,
        promise: &Promise,
        operation: Option<&Operation>,
        shown_by: &[&Exchange],
        holds: bool,
        reason: impl FnOnce() -> String,
    ) -> Judged {
        let mut progress = self.progress();
        progress.judged += 1;
        let operation = operation.map(|operation| format!("{} {}", operation.method, operation.path));
        if progress.weightiest.as_ref().is_none_or(|(have, _)| have.level < promise.level) {
            progress.weightiest = Some((promise.clone(), operation.clone()));
        }
        if holds {
            return Ok(());
        }
        let redactor = self.journal.redactor();
        let story: Vec<String> = told(&progress.story).iter().map(|step| redactor.text(step)).collect();
        let finding = Finding {
            promise: promise.clone(),
            operation,
            reason: redactor.text(&reason()),
            story: if story.len() > 1 { story } else { Vec::new() },
            exchanges: shown_by.iter().map(|exchange| exchange.n).collect(),
        };
        if promise.level == Level::Must {
            return Err(Stop::Violation(Box::new(finding)));
        }
        progress.notes.push(finding);
        Ok(())
    }

    /// Judges a reading by what the model allows now.
    ///
    /// # Errors
    /// The violation of a must.
    pub fn judge_reading(&self, promise: &Promise, reading: &Reading) -> Judged {
        let operation = self.balance_operation()?;
        let allowed = &reading.allowed;
        let failed = || matches!(&reading.exchange.result, Ok(response) if self.is_failure_answer(operation, response));
        // A success that cannot be read is a matter of its shape, and judged there.
        if let (Err(why), Ok(response)) = (&reading.balance, &reading.exchange.result)
            && classify(self.contract, operation, response) == Class::Success
            && !(allowed.failure && allowed.balances.is_empty())
        {
            return Err(Stop::Inconclusive(format!("the balance cannot be read: {why}")));
        }
        let holds = match &reading.balance {
            Ok(balance) => allowed.permits(balance),
            Err(_) => allowed.failure && failed(),
        };
        self.judge(promise, Some(operation), &[&reading.exchange], holds, || {
            let found = reading.balance.as_ref().map_or_else(Clone::clone, ToString::to_string);
            format!("expected {}, found {found}", allowed.describe())
        })
    }

    /// Whether an answer is the documented one to a failing store.
    #[must_use]
    pub fn is_failure_answer(&self, operation: &Operation, response: &Response) -> bool {
        let answer = operation.conditions.get(&crate::contract::Condition::BackendDown);
        answer.is_some_and(|answer| !response.is_success() && answer.takes(response.status))
    }
}

/// The last steps of a story; who each is about is said where there are several accounts.
fn told(story: &[(Option<u32>, String)]) -> Vec<String> {
    let several = story.iter().filter_map(|(n, _)| *n).any(|n| n > 1);
    let skipped = story.len().saturating_sub(LONGEST_STORY);
    let words = story.iter().skip(skipped).map(|(n, step)| match n {
        Some(n) if several => format!("account {n}: {step}"),
        _ => step.clone(),
    });
    let before = (skipped > 0).then(|| format!("{skipped} steps before are left out"));
    before.into_iter().chain(words).collect()
}

/// An answer in a few words: status, and the code or the start of the body.
#[must_use]
pub fn describe(response: &Response) -> String {
    let text = String::from_utf8_lossy(&response.body);
    let text: String = text.chars().take(120).collect();
    if text.is_empty() { format!("status {}", response.status) } else { format!("status {}: {text}", response.status) }
}

/// The parameters of a state that sets a balance.
fn params(balance: &Balance) -> Value {
    let mut params = json!({});
    if let Some(remaining) = balance.remaining {
        params["remaining"] = json!(remaining.to_string());
    }
    if let Some(total) = balance.total {
        params["total"] = json!(total.to_string());
    }
    if let Some(allowed) = balance.allowed {
        params["allowed"] = json!(allowed);
    }
    params
}
