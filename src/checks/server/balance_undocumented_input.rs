//! # The balance depends on nothing that is not documented
//!
//! ## What it checks
//!
//! A balance read shows the same balance whichever header fields and query parameters a browser, a proxy or a library
//! adds to it.
//!
//! ## Why it matters
//!
//! A response that depends on `User-Agent`, a cookie, the forwarded address or an unknown parameter is well-formed and
//! wrong, so no client can notice it. It shows to the customers of one browser or one proxy only. A balance that follows
//! an account named in another place is also a security hole.
//!
//! ## How
//!
//! The balance is read plainly, with typical values of many such fields at once, with unknown parameters, and with
//! fields that may change the form of a response (conditions, ranges, preferences) one at a time. Where the state
//! handler opens a second account, that account is named at undocumented places. Only full responses are compared: a
//! refusal, a redirect, a 304 or a part of the response is not judged here. Another balance counts only if it is seen
//! again between two plain reads that agree.

use super::support::balance_reads::two_balances;
use super::support::same_balance::{Changed, Comparison, compare_balance};
use super::support::usual_fields::{Additions, naming_tenant, profiles, special};
use crate::checks::account::TestAccount;
use crate::checks::check::{Check, CheckKind, Judge, Judgement, Need, Schedule, Stop, tells_balance};
use crate::checks::server_trial::ServerTrial;
use crate::checks::verdict::Side;
use crate::contract::{CredentialPlace, Level, Tenant};
use crate::exchange::Request;
use crate::model::BalanceValues;

pub(super) const CHECK: Check = Check {
    id: "balance.undocumented-input",
    side: Side::Server,
    level: Level::Must,
    kind: CheckKind::Example,
    schedule: Schedule::Shared,
    slow: false,
    needs: &[Need::Key],
    faults: &[
        "balance-by-browser",
        "balance-by-user-agent-length",
        "balance-by-language",
        "balance-by-cookie",
        "balance-by-referer",
        "balance-by-forwarded-address",
        "balance-by-origin",
        "balance-by-if-none-match",
        "balance-by-range",
        "balance-by-request-id",
        "balance-by-unknown-parameter",
        "balance-of-named-tenant",
    ],
    applies: tells_balance,
    judge: Judge::Server(|trial| Box::pin(judge(trial))),
};

/// How many requests with many additions a live target gets.
const LIVE_PROFILES: usize = 4;

async fn judge(trial: &ServerTrial<'_>) -> Judgement {
    let account = trial.account_a().await?;
    let mut plain = trial.remaining(&account).await?;
    // A live target permits few requests; those with many additions at once come first.
    let live = trial.transport().is_live();
    for additions in profiles().into_iter().take(if live { LIVE_PROFILES } else { usize::MAX }) {
        let additions = not_documented(trial, additions);
        match compare(trial, &account, &mut plain, &additions).await {
            // Nothing to compare, or a difference: the additions are sent one at a time.
            Ok(Comparison::NotComparable) => compare_alone(trial, &account, &mut plain, &additions).await?,
            Ok(_) => {}
            Err(Stop::Violation(finding)) => {
                compare_alone(trial, &account, &mut plain, &additions).await?;
                return Err(Stop::Violation(finding));
            }
            Err(stop) => return Err(stop),
        }
    }
    if live {
        return Ok(());
    }
    for additions in special() {
        compare(trial, &account, &mut plain, &not_documented(trial, additions)).await?;
    }
    let Some(tenant) = other_tenant(trial, &account).await else { return Ok(()) };
    for additions in naming_tenant(&tenant) {
        let additions = not_documented(trial, additions);
        if compare(trial, &account, &mut plain, &additions).await? == Comparison::NotComparable {
            compare_alone(trial, &account, &mut plain, &additions).await?;
        }
    }
    Ok(())
}

async fn compare_alone(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    plain: &mut BalanceValues,
    additions: &Additions,
) -> Judgement {
    for one in additions.alone() {
        compare(trial, account, plain, &one).await?;
    }
    Ok(())
}

async fn compare(
    trial: &ServerTrial<'_>,
    account: &TestAccount,
    plain: &mut BalanceValues,
    additions: &Additions,
) -> Result<Comparison, Stop> {
    if additions.is_empty() {
        return Ok(Comparison::Same);
    }
    let operation = trial.balance_operation()?;
    let request = with(trial.request(operation, account), additions);
    let changed = Changed { request, raw: false, about: additions.describe() };
    compare_balance(trial, account, &operation.promise, plain, &changed).await
}

/// The request with the additions. A field that the documented request has already stays as documented.
fn with(documented: Request, additions: &Additions) -> Request {
    let added = additions.parameters.iter().fold(documented, |request, (name, value)| request.query(name, value));
    let new = additions.fields.iter().filter(|(name, _)| added.header_value(name).is_none()).collect::<Vec<_>>();
    new.into_iter().fold(added, |request, (name, value)| request.header(name, value.as_str()))
}

/// The additions without those at the places of the credential and the tenant.
fn not_documented(trial: &ServerTrial<'_>, additions: Additions) -> Additions {
    let (field, parameter) = match trial.contract.credential_place() {
        Some(CredentialPlace::Header { name }) => (name.as_str(), ""),
        Some(CredentialPlace::Cookie { .. }) => ("Cookie", ""),
        Some(CredentialPlace::Query { name }) => ("", name.as_str()),
        _ => ("", ""),
    };
    let additions = additions.without(field, parameter);
    match &trial.contract.tenant {
        Tenant::Query { name, .. } => additions.without("", name),
        Tenant::Credential => additions,
    }
}

/// The name of a second account with another balance, if the state handler opens and names one.
async fn other_tenant(trial: &ServerTrial<'_>, account: &TestAccount) -> Option<String> {
    if !account.own {
        return None;
    }
    let (_, other_balance) = two_balances(trial);
    let other = trial.account(other_balance).await.ok()?;
    other.tenant.clone().filter(|tenant| Some(tenant) != account.tenant.as_ref())
}
