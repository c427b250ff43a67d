//! What must hold before a server can be judged: it answers, the base path is that of the API, and the credential is accepted.
//!
//! Otherwise every check would judge responses that a wrong URL or a wrong key explains.

use std::sync::Arc;

use super::attempt::RunContext;
use super::error::RunError;
use crate::checks::{Class, ServerTrial, Stop, TestAccount, classify, describe, with_credential};
use crate::contract::{Condition, CredentialPlace, Operation, Role};
use crate::exchange::{Exchange, Failure, Journal, Request, Response, SendOptions, Transport};
use crate::subject::ServerSubject;

/// How many read operations are tried, at most, until one shows that the base path is right.
const MAX_PROBES: usize = 4;
/// How often a request without a response is repeated.
const MAX_REPETITIONS: u32 = 2;

/// Proves the premises of a run against a server. The embedded mock server needs no proof.
///
/// # Errors
/// The first premise that does not hold.
pub(super) async fn prove(
    context: &RunContext<'_>,
    subject: &ServerSubject,
    transport: &Transport,
) -> Result<(), RunError> {
    if subject.is_embedded() {
        return Ok(());
    }
    let journal = Journal::new(context.secrets.fork());
    let trial = ServerTrial::new(context.contract, subject, context.settings, transport, journal);
    let premises = Premises { trial: &trial, subject, transport };
    let proof = premises.prove().await;
    trial.finish().await;
    trial.close().await;
    let secrets = trial.journal.redactor();
    proof.map_err(|error| match error {
        RunError::Premise { premise, seen, advice } => {
            RunError::Premise { premise, seen: secrets.text(&seen), advice: secrets.text(&advice) }
        }
        error => error,
    })
}

struct Premises<'t> {
    trial: &'t ServerTrial<'t>,
    subject: &'t ServerSubject,
    transport: &'t Transport,
}

impl Premises<'_> {
    async fn prove(&self) -> Result<(), RunError> {
        self.key_has_a_place()?;
        let Some(first) = self.reads().into_iter().next() else { return Ok(()) };
        let account = self.account().await?;
        let exchange = self.answered(first, account.as_ref()).await?;
        let Some(exchange) = exchange else { return Ok(()) };
        let Ok(response) = &exchange.result else { return Ok(()) };
        self.base_path(first, account.as_ref(), response).await?;
        if let Some(account) = &account {
            self.accepted(first, account, response).await?;
        }
        Ok(())
    }

    /// A credential that was given has a place in requests.
    fn key_has_a_place(&self) -> Result<(), RunError> {
        let contract = self.trial.contract;
        let has_place = contract.credential.is_some() || contract.tenant != crate::contract::Tenant::Credential;
        if self.subject.key.is_none() || has_place {
            return Ok(());
        }
        Err(premise(
            "the credential has a place in requests",
            "the contract declares no security scheme that a credential could be sent with, so --key is never sent"
                .to_owned(),
            "declare `components.securitySchemes` and `security`, or leave out --key and RINGTRUE_KEY",
        ))
    }

    /// The operations that may be called without an effect: the balance first, then those without path parameters.
    fn reads(&self) -> Vec<&Operation> {
        let operations = &self.trial.contract.operations;
        let is_read =
            |operation: &&Operation| operation.method == "GET" || operation.role == Role::Balance && !self.subject.live;
        let mut reads: Vec<&Operation> = operations.iter().map(Arc::as_ref).filter(is_read).collect();
        reads.sort_by_key(|operation| (operation.role != Role::Balance, operation.path.contains('{')));
        reads.truncate(MAX_PROBES);
        reads
    }

    /// A valid account, if there is one.
    async fn account(&self) -> Result<Option<TestAccount>, RunError> {
        // Each check says for itself what it lacks.
        let Ok(first) = self.trial.account_a().await else { return Ok(None) };
        if self.subject.states.is_present() && first.own && !first.key.is_empty() {
            let second = self.trial.account(self.trial.credits(37)).await;
            if second.is_ok_and(|second| second.key == first.key) {
                return Err(premise(
                    "a state that was set takes effect",
                    "the state handler returned the same credential for two accounts".to_owned(),
                    "let the state `account` open a new, isolated account with a credential of its own each time",
                ));
            }
        }
        Ok(Some(first))
    }

    /// The subject answers. `None` if a limit of the run blocks the request.
    async fn answered(
        &self,
        operation: &Operation,
        account: Option<&TestAccount>,
    ) -> Result<Option<Arc<Exchange>>, RunError> {
        let mut last = None;
        for request in [self.request(operation, account), Request::new("GET", "/")] {
            for _ in 0..=MAX_REPETITIONS {
                let options = SendOptions { fresh: true, ..SendOptions::default() };
                let exchange = match self.trial.send_as(request.clone(), options).await {
                    Ok(exchange) => exchange,
                    Err(stop) => return Self::blocked(stop).map(|()| None),
                };
                match &exchange.result {
                    Ok(_) => return Ok(Some(exchange)),
                    Err(failure) => last = last.or(Some(failure.clone())),
                }
                // A deadline that passed once passes again; a broken connection may have been an accident.
                if matches!(exchange.result, Err(Failure::Timeout(_))) {
                    break;
                }
            }
        }
        let Some(failure) = last else { return Ok(None) };
        let url = self.transport.base_url();
        let advice = match &failure {
            Failure::Connect(reason) if reason.contains("certificate") => {
                "give the server a certificate that is trusted here; SSL_CERT_FILE names a file with further authorities"
            }
            Failure::Timeout(_) => "give the address of a server that answers, or a longer --timeout",
            _ => "give the address at which the server speaks HTTP with --url",
        };
        Err(premise("the server answers", format!("no request to {url} got a response: {failure}"), advice))
    }

    fn blocked(stop: Stop) -> Result<(), RunError> {
        match stop {
            Stop::CouldNotRun(why) => {
                Err(premise("the server answers", why, "let the server answer more requests, or give a smaller --rate"))
            }
            _ => Ok(()),
        }
    }

    /// The base path belongs to the API: some documented operation is there.
    async fn base_path(
        &self,
        first: &Operation,
        account: Option<&TestAccount>,
        response: &Response,
    ) -> Result<(), RunError> {
        if !is_absent(first, response) {
            return Ok(());
        }
        for operation in self.reads().into_iter().skip(1) {
            let Ok(exchange) = self.trial.send(self.request(operation, account)).await else { return Ok(()) };
            if exchange.result.as_ref().is_ok_and(|response| !is_absent(operation, response)) {
                return Ok(());
            }
        }
        let url = self.transport.base_url();
        let documented = &self.trial.contract.server_url;
        let path =
            url::Url::parse(documented).map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default();
        let advice = match response.header("location") {
            Some(location) if response.status / 100 == 3 => {
                format!("give --url the address that the server redirects to ({location})")
            }
            _ if path.is_empty() || url.ends_with(&path) => {
                "give --url the address below which the paths of the contract are".to_owned()
            }
            _ => format!("--url takes the place of {documented}, so it often ends with {path}: try --url {url}{path}"),
        };
        let seen = format!("{} {url}{} was answered with {}", first.method, first.path, describe(response));
        Err(premise("the base path belongs to the API", seen, &advice))
    }

    /// The credential is accepted, in one of the documented ways.
    async fn accepted(
        &self,
        operation: &Operation,
        account: &TestAccount,
        response: &Response,
    ) -> Result<(), RunError> {
        let contract = self.trial.contract;
        let Some(credential) = contract.credential.as_ref().filter(|_| !account.key.is_empty()) else { return Ok(()) };
        if !self.refuses(operation, response) {
            return self.other_key(operation, account).await;
        }
        let bare = self.trial.with_tenant(operation.example_request(), account.tenant.as_deref());
        for (index, way) in credential.ways().enumerate() {
            let request = way.into_iter().fold(bare.clone(), |request, at| with_credential(request, at, &account.key));
            // Byte by byte, names of header fields are spelled as in the contract. Whether other spellings are accepted is judged
            // later.
            let raw = self.transport.send_raw(&self.trial.journal, request.clone(), SendOptions::default()).await;
            let exchanges = [self.trial.send(request).await.ok(), raw.ok().map(|(exchange, _)| exchange)];
            let accepted = exchanges
                .iter()
                .flatten()
                .any(|exchange| exchange.result.as_ref().is_ok_and(|response| !self.refuses(operation, response)));
            if accepted {
                self.subject.set_way(index);
                return self.other_key(operation, account).await;
            }
        }
        let (whose, advice) = if account.own {
            (
                "that the state handler returned for `account`",
                "let the state `account` return a credential that the server accepts",
            )
        } else {
            ("given with --key", "give a valid credential with --key or RINGTRUE_KEY")
        };
        let places: Vec<String> = credential.places().map(CredentialPlace::describe).collect();
        let seen = format!(
            "{} {} with the credential {whose}, sent in {}, was answered with {}",
            operation.method,
            operation.path,
            places.join(" and "),
            describe(response)
        );
        Err(premise("the credential is accepted", seen, advice))
    }

    /// The credential of another tenant is accepted too, and is another one.
    async fn other_key(&self, operation: &Operation, account: &TestAccount) -> Result<(), RunError> {
        let Some(other) = self.subject.other_key.as_deref().filter(|_| !account.own) else { return Ok(()) };
        if other == account.key {
            return Err(premise(
                "the two credentials belong to two tenants",
                "--key and --other-key are the same".to_owned(),
                "give a credential of another tenant with --other-key",
            ));
        }
        let request = self.trial.with_key(operation.example_request(), other);
        let Ok(exchange) = self.trial.send(request).await else { return Ok(()) };
        match &exchange.result {
            Ok(response) if self.refuses(operation, response) => Err(premise(
                "the credential is accepted",
                format!("the credential given with --other-key was answered with {}", describe(response)),
                "give a valid credential with --other-key or RINGTRUE_OTHER_KEY, or leave it out",
            )),
            _ => Ok(()),
        }
    }

    /// Whether a response refuses the credential: as documented, or with one of the statuses for it.
    fn refuses(&self, operation: &Operation, response: &Response) -> bool {
        match classify(self.trial.contract, operation, response) {
            Class::Condition(condition) => matches!(
                condition,
                Condition::CredentialMissing | Condition::CredentialUnknown | Condition::CredentialRevoked
            ),
            Class::Success => false,
            Class::Other => matches!(response.status, 401 | 403),
        }
    }

    fn request(&self, operation: &Operation, account: Option<&TestAccount>) -> Request {
        match account {
            Some(account) => self.trial.request(operation, account),
            None => self.trial.with_tenant(operation.example_request(), None),
        }
    }
}

/// Whether nothing is at the path of an operation: 404 or 405, or a redirect, that its contract does not document.
fn is_absent(operation: &Operation, response: &Response) -> bool {
    let is_documented = operation.responses.iter().any(|documented| {
        matches!(documented.status, crate::contract::StatusRange::Exact(status) if status == response.status)
    });
    matches!(response.status, 301 | 302 | 303 | 307 | 308 | 404 | 405 | 501) && !is_documented
}

fn premise(premise: &'static str, seen: String, advice: &str) -> RunError {
    RunError::Premise { premise, seen, advice: advice.to_owned() }
}
