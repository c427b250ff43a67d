//! Finds everything that a contract says, in a document.

use super::balance;
use super::draft::{Caching, Found, Operation};
use super::error::InitError;
use super::locate::{Locators, Sure};
use super::outline::{Outline, operations};
use super::promise::Stated;
use super::prose::{self, CostSentence};
use super::words::sentences;
use super::{InitOptions, conditions, credential, paid};
use crate::contract::{Documents, Item, Role};

/// Candidates that are named if they were not taken.
const NAMED: usize = 4;
/// Below this, an operation is not written as one that spends.
const SPENDS: f64 = 6.0;
/// Below this, an operation is not written as one that refreshes or checks.
const PLAYS_A_PART: f64 = 5.5;

/// Finds everything.
pub(super) fn find<'a>(documents: &'a Documents, options: &InitOptions) -> Result<Found<'a>, InitError> {
    let root = documents.root();
    let all = operations(&root);
    let mut rejected = Vec::new();
    let balance = balance(documents, options, &all, &mut rejected)?;
    let credential = credential::credential(&root, &balance.operation, &all);
    let mut found = vec![Operation {
        role: Role::Balance,
        sure: if options.balance.is_some() { Sure::Certain } else { balance.sure() },
        because: if options.balance.is_some() {
            "as asked for".to_owned()
        } else {
            format!("its names and its response say that it reads a balance (score {:.1})", balance.score)
        },
        locators: balance.locators.clone(),
        ..plain(balance.operation.clone())
    }];
    let paid = paid::spending(&all, &balance.operation);
    part(Role::Spend, "spend", options.spend.as_deref(), &all, paid, SPENDS, &mut found, &mut rejected)?;
    let refreshing = paid::refreshing(&all);
    part(
        Role::Refresh,
        "refresh",
        options.refresh.as_deref(),
        &all,
        refreshing,
        PLAYS_A_PART,
        &mut found,
        &mut rejected,
    )?;
    let checking = paid::checking(&all, &balance.operation);
    part(Role::Health, "health", options.health.as_deref(), &all, checking, PLAYS_A_PART, &mut found, &mut rejected)?;

    let outlines: Vec<&Outline<'a>> = found.iter().map(|operation| &operation.outline).collect();
    let error_code = conditions::code_pointer(&outlines);
    let has_credential = credential.is_some();
    let code = error_code.as_ref().map(|(pointer, _)| pointer.as_str());
    for operation in &mut found {
        describe(operation, has_credential, code);
    }
    // A pointer to codes says nothing while no condition has one.
    let has_code = found.iter().flat_map(|operation| &operation.conditions).any(|condition| condition.code.is_some());
    let mut missing = Vec::new();
    if credential.is_none() {
        missing.push(
            "the credential: the document names none (components.securitySchemes, security, x-conformance.credential)"
                .to_owned(),
        );
    }
    if !found.iter().any(|operation| operation.role == Role::Spend) {
        missing.push("an operation that spends credits (`role: spend`), or --spend OPERATION: no operation says that it is paid for".to_owned());
    }
    if root.get("servers").is_none_or(|servers| servers.elements().is_empty()) {
        missing.push("the address of the server (`servers`)".to_owned());
    }
    if let Some((pointer, place)) = error_code.as_ref().filter(|_| !has_code) {
        missing.push(format!("`error_code: {pointer}`, if a source promises the codes of errors ({place})"));
    }
    let title = root.get("info").and_then(|info| info.text("title")).unwrap_or(documents.name()).to_owned();
    Ok(Found {
        name: slug(&title, documents.name()),
        title,
        origin: documents.label().to_owned(),
        is_recorded: false,
        caching: caching(&root, &found),
        rate_limits: rate_limits(&root, &found),
        operations: found,
        credential,
        error_code: error_code.filter(|_| has_code),
        rejected,
        missing,
    })
}

/// The operation that reads the balance.
fn balance<'a>(
    documents: &Documents,
    options: &InitOptions,
    all: &[Outline<'a>],
    rejected: &mut Vec<(&'static str, String)>,
) -> Result<balance::Candidate<'a>, InitError> {
    let candidates = balance::candidates(all);
    if let Some(wanted) = &options.balance {
        let operation = named("balance", wanted, all)?;
        let others = candidates.iter().filter(|candidate| candidate.operation.name() != operation.name());
        rejected.extend(others.take(NAMED).map(|candidate| ("balance", candidate.line())));
        return Ok(balance::of(operation));
    }
    let Some(best) = candidates.first().filter(|best| best.is_enough()) else {
        let nearest = candidates.iter().take(NAMED).map(balance::Candidate::line).collect();
        return Err(InitError::NoBalance { name: documents.label().to_owned(), operations: all.len(), nearest });
    };
    rejected.extend(candidates.iter().skip(1).take(NAMED).map(|candidate| ("balance", candidate.line())));
    Ok(best.clone())
}

fn named<'o, 'a>(option: &'static str, wanted: &str, all: &'o [Outline<'a>]) -> Result<&'o Outline<'a>, InitError> {
    all.iter().find(|operation| operation.is_called(wanted)).ok_or_else(|| {
        let last = wanted.rsplit('/').next().unwrap_or(wanted).to_lowercase();
        let mut known: Vec<String> =
            all.iter().map(Outline::name).filter(|name| name.to_lowercase().contains(&last)).collect();
        if known.is_empty() {
            known = all.iter().map(Outline::name).collect();
        }
        known.truncate(12);
        InitError::NoOperation { option, wanted: wanted.to_owned(), known }
    })
}

/// Adds the operation of a role, if one was asked for or found.
#[expect(clippy::too_many_arguments, reason = "one call per role, side by side")]
fn part<'a>(
    role: Role,
    option: &'static str,
    wanted: Option<&str>,
    all: &[Outline<'a>],
    candidates: Vec<paid::Candidate<'a>>,
    enough: f64,
    found: &mut Vec<Operation<'a>>,
    rejected: &mut Vec<(&'static str, String)>,
) -> Result<(), InitError> {
    let is_free = |operation: &Outline<'_>, found: &[Operation<'_>]| {
        !found.iter().any(|known| known.outline.name() == operation.name())
    };
    let mut candidates: Vec<paid::Candidate<'a>> =
        candidates.into_iter().filter(|candidate| is_free(&candidate.operation, found)).collect();
    let taken = match wanted {
        Some("none") => None,
        Some(wanted) => {
            let operation = named(option, wanted, all)?;
            let known = candidates.iter().position(|candidate| candidate.operation.name() == operation.name());
            if let Some(known) = known {
                candidates.remove(known);
            }
            Some((operation.clone(), Sure::Certain, "as asked for".to_owned()))
        }
        None if candidates.first().is_some_and(|best| best.score >= enough) => {
            let best = candidates.remove(0);
            let sure = best.sure();
            Some((best.operation, sure, format!("{} (score {:.1})", best.because.join(", "), best.score)))
        }
        None => None,
    };
    if let Some((outline, sure, because)) = taken {
        found.push(Operation { role, sure, because, ..plain(outline) });
    }
    rejected.extend(candidates.iter().take(NAMED).map(|candidate| (option, candidate.line())));
    Ok(())
}

fn plain(outline: Outline<'_>) -> Operation<'_> {
    Operation {
        role: Role::Other,
        outline,
        sure: Sure::Guess,
        because: String::new(),
        locators: Locators::default(),
        conditions: Vec::new(),
        cost: None,
        free: None,
        unlimited: None,
        promise: None,
        remarks: Vec::new(),
    }
}

/// The sentences of an operation, each with its place.
fn said(outline: &Outline<'_>) -> Vec<(String, String)> {
    let texts = ["summary", "description"].into_iter().filter_map(|name| outline.item.get(name));
    texts
        .flat_map(|item| {
            let place = item.place();
            sentences(item.value().as_str().unwrap_or_default())
                .into_iter()
                .map(move |sentence| (sentence, place.clone()))
        })
        .collect()
}

/// What the words of an operation promise.
fn describe(operation: &mut Operation<'_>, has_credential: bool, code: Option<&str>) {
    let is_paid = operation.role == Role::Spend;
    let (conditions, remarks) = conditions::conditions(&operation.outline, is_paid, has_credential, code);
    operation.conditions = conditions;
    operation.remarks.extend(remarks);
    for (sentence, place) in said(&operation.outline) {
        let stated = || Stated::by_document(&sentence, place.clone());
        if !is_paid && prose::is_free(&sentence) {
            operation.free.get_or_insert_with(stated);
        }
        if prose::is_unlimited(&sentence) {
            operation.unlimited.get_or_insert_with(stated);
        }
        if is_paid {
            match prose::cost(&sentence) {
                Some(CostSentence::Fixed(amount))
                    if operation.cost.as_ref().is_none_or(|(known, _)| known.is_none()) =>
                {
                    operation.cost = Some((Some(amount), stated()));
                }
                Some(_) if operation.cost.is_none() => operation.cost = Some((None, stated())),
                _ => {}
            }
        }
    }
    if let Some((key, response)) = operation.outline.success() {
        for (name, header) in response.get("headers").map(|headers| headers.members()).unwrap_or_default() {
            let words = super::words::words(name);
            if super::words::any(&words, &["credit", "balance"]) && super::words::any(&words, &super::locate::LEFT) {
                let remark = format!(
                    "perhaps `remaining_repeated` under `fields`: the header {name} of {key} ({})",
                    header.place()
                );
                operation.remarks.push(remark);
            }
        }
    }
}

/// What the balance operation, or the document about credits, says of caching.
fn caching(root: &Item<'_>, found: &[Operation<'_>]) -> Vec<Caching> {
    let mut sentences_about: Vec<(String, String)> = found
        .iter()
        .filter(|operation| operation.role == Role::Balance)
        .flat_map(|operation| said(&operation.outline))
        .collect();
    if let Some(item) = root.get("info").and_then(|info| info.get("description")) {
        let about = sentences(item.value().as_str().unwrap_or_default())
            .into_iter()
            .filter(|sentence| super::words::any(&super::words::words(sentence), &["credit", "balance", "quota"]));
        sentences_about.extend(about.map(|sentence| (sentence, item.place())));
    }
    sentences_about
        .into_iter()
        .filter_map(|(sentence, place)| {
            let read = prose::caching(&sentence)?;
            let promise = Stated::by_document(&sentence, place);
            Some(Caching { is_client: read.is_client, max_ttl_ms: read.max_ttl_ms, promise })
        })
        .collect()
}

/// What the operations and the document say of the rate of requests.
fn rate_limits(root: &Item<'_>, found: &[Operation<'_>]) -> Vec<Stated> {
    let mut all: Vec<(String, String)> = found.iter().flat_map(|operation| said(&operation.outline)).collect();
    if let Some(item) = root.get("info").and_then(|info| info.get("description")) {
        let place = item.place();
        all.extend(
            sentences(item.value().as_str().unwrap_or_default()).into_iter().map(|sentence| (sentence, place.clone())),
        );
    }
    let limits = all.into_iter().filter(|(sentence, _)| prose::rate_limit(sentence));
    limits.take(5).map(|(sentence, place)| Stated::by_document(&sentence, place)).collect()
}

/// A short name for a folder.
fn slug(title: &str, name: &str) -> String {
    let mut slug = String::new();
    for character in title.to_lowercase().chars() {
        match character {
            'a'..='z' | '0'..='9' => slug.push(character),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    let slug: String = slug.trim_end_matches('-').chars().take(40).collect();
    if slug.is_empty() { name.to_owned() } else { slug.trim_end_matches('-').to_owned() }
}
