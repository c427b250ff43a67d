//! The pages of the bundled contracts under `docs/providers`, which are generated as a whole.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ringtrue::__cli::contract::{
    CacheKind, CacheRule, Condition, Contract, CredentialPlace, DocumentedResponse, FailureMode, Locator, Operation,
    Role, StatusRange, Tenant, bundled,
};
use ringtrue::__cli::run::promises;

use super::generated::{cell, is_regenerating};
use super::{Outcomes, root};

const FOLDER: &str = "docs/providers";

/// What is listed in the table of contents, one line for each page.
const LISTED: &str = "  - [";

/// Every page by its path below the root of the repository.
fn pages() -> Result<Vec<(PathBuf, String)>, Box<dyn std::error::Error>> {
    let contracts = bundled().iter().map(|name| Contract::load(name)).collect::<Result<Vec<_>, _>>()?;
    let mut pages = vec![(Path::new(FOLDER).join("README.md"), index(&contracts)?)];
    for contract in &contracts {
        pages.push((Path::new(FOLDER).join(format!("{}.md", contract.name)), page(contract)?));
    }
    let contents = std::fs::read_to_string(root().join("docs/SUMMARY.md"))?;
    pages.push((PathBuf::from("docs/SUMMARY.md"), table_of_contents(&contents, &contracts)));
    Ok(pages)
}

/// The table of contents, with a line for each page below that of the index.
fn table_of_contents(now: &str, contracts: &[Contract]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in now.lines().filter(|line| !(line.starts_with(LISTED) && line.contains("](providers/"))) {
        lines.push(line.to_owned());
        if line.ends_with("](providers/README.md)") {
            lines.extend(contracts.iter().map(|of| format!("{LISTED}{}](providers/{}.md)", of.title, of.name)));
        }
    }
    lines.join("\n") + "\n"
}

fn index(contracts: &[Contract]) -> Result<String, std::fmt::Error> {
    let mut text = "<!-- Generated from the contracts under schemas/. -->\n\n# Providers\n\n\
        Each page shows one bundled contract: the endpoint, the credential, the shapes, the traps, every promise with the sentence that\n\
        it is quoted from, and what no known source documents.\n\n\
        How sure a promise is depends on its source. `primary` (the provider's page for the endpoint) and `documentation` (its other\n\
        public documents) may bind: a broken `must` is a violation. `source-code` is a warning at most. `observed` (captures, code of\n\
        third parties) and `inferred` (conclusions) are remarks, and never violations. See\n\
        [Writing a contract](../contracts.md#promises-level-grade-quote).\n\n\
        | contract | API | balance | promises | how they are known |\n|---|---|---|---|---|\n"
        .to_owned();
    for contract in contracts {
        let all = promises(contract);
        let counted = |words: Vec<&str>| {
            let mut counts: Vec<(&str, usize)> = Vec::new();
            for word in words {
                match counts.iter_mut().find(|(have, _)| *have == word) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((word, 1)),
                }
            }
            counts.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
        };
        let name = &contract.name;
        let balance = contract.operation(Role::Balance).map(|balance| called(balance)).unwrap_or_default();
        let levels = counted(all.iter().map(|promise| promise.level.as_str()).collect());
        let grades = counted(all.iter().map(|promise| promise.source.grade.as_str()).collect());
        writeln!(text, "| [`{name}`]({name}.md) | {} | {balance} | {levels} | {grades} |", cell(&contract.title))?;
    }
    Ok(text)
}

fn page(contract: &Contract) -> Result<String, Box<dyn std::error::Error>> {
    let name = &contract.name;
    let mut text = format!("<!-- Generated from schemas/{name}. -->\n\n# {}\n\n", contract.title);
    writeln!(text, "The contract is [`{name}`](../../schemas/{name}/openapi.yaml).\n")?;
    let key = if contract.credential.is_some() { " --key env:KEY" } else { "" };
    writeln!(text, "```sh\nringtrue server {name} --url URL{key}\nringtrue client {name}\n```\n")?;
    writeln!(text, "| | |\n|---|---|\n{}", endpoint(contract))?;
    let traps: Vec<&str> =
        contract.operations.iter().filter_map(|operation| operation.description.as_deref()).collect();
    if !traps.is_empty() {
        writeln!(text, "## Traps\n\n{}\n", traps.iter().map(|trap| trap.trim()).collect::<Vec<_>>().join("\n"))?;
    }
    writeln!(text, "## Shapes\n")?;
    for operation in &contract.operations {
        writeln!(text, "{}", shapes(operation)?)?;
    }
    writeln!(text, "## Promises\n\n| about | level | known from | quote |\n|---|---|---|---|")?;
    for promise in promises(contract) {
        let about: Vec<String> = promise.about.iter().map(|about| cell(about)).collect();
        let source = &promise.source;
        let title = contract.sources.get(&source.document).map_or(&source.document, |document| &document.title);
        let title = source.url.as_ref().map_or_else(|| cell(title), |url| format!("[{}]({url})", cell(title)));
        let (about, quote) = (about.join("<br>"), code(&source.quote));
        writeln!(text, "| {about} | {} | {}: {title} | {quote} |", promise.level, source.grade)?;
    }
    let undocumented = undocumented(contract);
    writeln!(
        text,
        "\n## Not documented\n\n{}",
        if undocumented.is_empty() { "Nothing that the contract could say.\n" } else { "No known source says:\n" }
    )?;
    for line in undocumented {
        writeln!(text, "- {line}")?;
    }
    Ok(text.trim_end().to_owned() + "\n")
}

/// A text as code in a table, whatever it contains.
fn code(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

fn called(operation: &Operation) -> String {
    code(&format!("{} {}", operation.method, operation.path))
}

/// The rows of the first table: where the balance is, and how to ask for it.
fn endpoint(contract: &Contract) -> String {
    let mut rows = Vec::new();
    let server = if contract.server_url.is_empty() { "not known".to_owned() } else { code(&contract.server_url) };
    rows.push(("server", server));
    let credential = match (&contract.credential, &contract.tenant) {
        (Some(credential), _) => {
            let ways: Vec<String> = credential
                .ways()
                .map(|way| {
                    way.iter().map(|place| presented(place, &credential.prefix)).collect::<Vec<_>>().join(" and ")
                })
                .collect();
            ways.join(", or ")
        }
        (None, Tenant::Query { name, .. }) => format!("none; the query parameter {} names the account", code(name)),
        (None, Tenant::Credential) => "not known".to_owned(),
    };
    rows.push(("credential", credential));
    if let Some(balance) = contract.operation(Role::Balance) {
        rows.push(("balance", called(balance)));
        for (what, locator) in [
            ("what is left", &balance.fields.remaining),
            ("in all", &balance.fields.total),
            ("whether use is allowed", &balance.fields.allowed),
        ] {
            rows.extend(locator.as_ref().map(|locator| (what, located(locator))));
        }
    }
    if let Some(spend) = contract.operation(Role::Spend) {
        let amount = spend.cost.as_ref().and_then(|cost| cost.amount);
        let cost = amount.map_or_else(|| "the cost varies".to_owned(), |amount| format!("costs {amount}"));
        let when = if contract.jobs().is_some() { ", and starts a job" } else { "" };
        rows.push(("paid call", format!("{}: {cost}{when}", called(spend))));
    }
    for (who, rule) in
        [("caching by the server", &contract.caching.server), ("caching by clients", &contract.caching.client)]
    {
        rows.extend(rule.as_ref().map(|rule| (who, cached(rule))));
    }
    if let Some(failure) = &contract.failure {
        let says = match failure.mode {
            FailureMode::Open => "use is allowed",
            _ => "the failure is reported, and no balance is made up",
        };
        rows.push(("when the balance cannot be read", says.to_owned()));
    }
    rows.iter().fold(String::new(), |text, (what, says)| format!("{text}| {what} | {says} |\n"))
}

fn presented(place: &CredentialPlace, prefix: &str) -> String {
    let key = format!("{prefix}…");
    match place {
        CredentialPlace::Header { name } => code(&format!("{name}: {key}")),
        CredentialPlace::Authorization { scheme } => code(&format!("Authorization: {scheme} {key}")),
        CredentialPlace::Query { name } => code(&format!("?{name}={key}")),
        CredentialPlace::Cookie { name } => code(&format!("Cookie: {name}={key}")),
    }
}

/// Where an amount or a flag stands, and what is special about it.
fn located(locator: &Locator) -> String {
    let plain = locator.path.is_none() && locator.expression.is_none();
    let mut text = match (&locator.path, &locator.expression, &locator.header) {
        (Some(path), ..) => code(path),
        (_, Some(expression), _) => code(expression),
        (.., Some(header)) => format!("header field {}", code(header)),
        _ => locator.pointer.as_deref().map(whole_or).unwrap_or_default(),
    };
    if let Some(minus) = locator.minus.as_ref().filter(|_| plain) {
        text = format!("{text} − {}", whole_or(minus));
    }
    if let Some(factor) = &locator.factor {
        text = format!("{text} × {factor}");
    }
    for (meaning, values) in
        [("no limit", &locator.unlimited), ("nothing left", &locator.zero), ("not known", &locator.unknown)]
    {
        for value in values {
            text = format!("{text}; {} means {meaning}", code(&value.to_string()));
        }
    }
    locator.absent.iter().fold(text, |text, meaning| format!("{text}; where it is absent: {}", meaning.as_str()))
}

fn whole_or(pointer: &str) -> String {
    if pointer.is_empty() { "the whole body".to_owned() } else { code(pointer) }
}

fn cached(rule: &CacheRule) -> String {
    let seconds = |ms: u64| format!("{} s", ms / 1000);
    let time = match (rule.min_ttl_ms, rule.max_ttl_ms) {
        (Some(least), Some(most)) if least == most => format!(" for {}", seconds(least)),
        (Some(least), Some(most)) => format!(" for {} to {}", seconds(least), seconds(most)),
        (Some(least), None) => format!(" for at least {}", seconds(least)),
        (None, Some(most)) => format!(" for at most {}", seconds(most)),
        (None, None) => String::new(),
    };
    match rule.kind {
        CacheKind::None => "none".to_owned(),
        CacheKind::Permitted => format!("permitted{time}"),
        _ => format!("cached{time}"),
    }
}

/// The successful responses of an operation by example, and how it answers to conditions.
fn shapes(operation: &Operation) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = format!("### {}\n\n", called(operation));
    if let Some(summary) = &operation.summary {
        writeln!(text, "{summary}.\n")?;
    }
    let in_success =
        operation.conditions.values().filter(|answer| answer.status.is_none() || answer.canonical_status < 300);
    let refusals: Vec<_> = in_success.filter_map(|answer| answer.example.as_ref()).collect();
    let successes = operation.responses.iter().filter(|response| response.status.canonical() / 100 == 2);
    let mut shown = Vec::new();
    for (name, value) in successes.flat_map(|response| &response.content).flat_map(|content| &content.examples) {
        if refusals.contains(&value) || shown.contains(&value) {
            continue;
        }
        shown.push(value);
        writeln!(text, "{}:\n\n```json\n{}\n```\n", name.replace('_', " "), serde_json::to_string(value)?)?;
    }
    if shown.is_empty() {
        writeln!(text, "No known source shows a body.\n")?;
    }
    if !operation.conditions.is_empty() {
        writeln!(text, "| condition | status | told by | body |\n|---|---|---|---|")?;
        for (condition, first) in &operation.conditions {
            for answer in first.each() {
                writeln!(text, "| `{condition}` | {} | {} | {} |", status(answer), told(answer), body(answer))?;
            }
        }
        writeln!(text)?;
    }
    Ok(text)
}

fn status(answer: &DocumentedResponse) -> String {
    match answer.status {
        None => "any".to_owned(),
        Some(StatusRange::Exact(status)) => status.to_string(),
        Some(StatusRange::Class(digit)) => format!("{digit}XX"),
        Some(StatusRange::Default) => "any other".to_owned(),
    }
}

fn told(answer: &DocumentedResponse) -> String {
    match (&answer.code, &answer.when) {
        (Some(shown), _) => code(shown),
        (None, Some(when)) => code(when.text()),
        (None, None) => String::new(),
    }
}

fn body(answer: &DocumentedResponse) -> String {
    let text =
        answer.example.as_ref().map(|example| example.as_str().map_or_else(|| example.to_string(), ToOwned::to_owned));
    text.map(|text| code(&text)).unwrap_or_default()
}

/// What a contract could say and does not.
fn undocumented(contract: &Contract) -> Vec<String> {
    let mut lines = Vec::new();
    let mut missing = |is_missing: bool, what: &str| {
        if is_missing {
            lines.push(what.to_owned());
        }
    };
    missing(contract.server_url.is_empty(), "the address of the server;");
    missing(contract.credential.is_none() && contract.tenant == Tenant::Credential, "the credential;");
    if let Some(balance) = contract.operation(Role::Balance) {
        let fields = &balance.fields;
        let is_located = fields.remaining.is_some() || fields.allowed.is_some();
        missing(!is_located, "where in the response the balance stands;");
        missing(balance.free.is_none(), "whether reading the balance is free;");
    }
    let has = |condition| contract.operations.iter().any(|operation| operation.conditions.contains_key(&condition));
    if contract.credential.is_some() {
        for (condition, what) in [
            (Condition::CredentialMissing, "a missing credential;"),
            (Condition::CredentialUnknown, "a wrong credential;"),
            (Condition::CredentialRevoked, "a revoked credential;"),
            (Condition::CredentialExpired, "an expired credential;"),
        ] {
            missing(!has(condition), &format!("the response to {what}"));
        }
    }
    let spend = contract.operation(Role::Spend);
    missing(
        spend.is_none(),
        "beside the balance: a call that costs credits, its cost, and the response when none are left;",
    );
    missing(spend.is_some() && !has(Condition::Exhausted), "the response when no credits are left;");
    let cost = spend.and_then(|spend| spend.cost.as_ref());
    missing(spend.is_some() && cost.is_none_or(|cost| cost.amount.is_none()), "what the paid call costs;");
    missing(!has(Condition::RateLimited), "the response to too many requests;");
    missing(!has(Condition::BackendDown), "the response when the balance cannot be read;");
    missing(contract.caching.server.is_none(), "whether the server caches balances;");
    missing(contract.caching.client.is_none(), "whether clients may cache balances, and for how long;");
    missing(contract.failure.is_none(), "what clients should do while the balance cannot be read;");
    if let Some(last) = lines.last_mut() {
        last.pop();
        last.push('.');
    }
    lines
}

#[test]
fn provider_pages_are_current() -> Outcomes {
    let pages = pages()?;
    let folder = root().join(FOLDER);
    if is_regenerating() {
        std::fs::create_dir_all(&folder)?;
    }
    for (file, current) in &pages {
        let path = root().join(file);
        let have = std::fs::read_to_string(&path).unwrap_or_default();
        if is_regenerating() {
            if have != *current {
                std::fs::write(&path, current)?;
            }
        } else if let Some(n) =
            (have != *current).then(|| have.lines().zip(current.lines()).take_while(|(a, b)| a == b).count())
        {
            panic!(
                "{}:{} is out of date: RINGTRUE_REGENERATE=1 cargo test -p ringtrue-cli --test it docs",
                file.display(),
                n + 1
            );
        }
    }
    for page in std::fs::read_dir(&folder)? {
        let page = page?.path();
        let is_current = pages.iter().any(|(file, _)| root().join(file) == page);
        if !is_current && is_regenerating() {
            std::fs::remove_file(&page)?;
        } else {
            assert!(is_current, "{} belongs to no contract: remove it", page.display());
        }
    }
    Ok(())
}

#[test]
fn code_with_backticks_stays_code() {
    assert_eq!(code("a"), "`a`");
    assert_eq!(code("402 `A`|b"), "`` 402 `A`\\|b ``");
}

#[test]
fn table_of_contents_lists_each_page_once() -> Outcomes {
    let contracts = [Contract::load("pollo")?];
    let text = "- [Providers](providers/README.md)\n  - [Old](providers/old.md)\n- [Last](last.md)\n";
    let listed = table_of_contents(text, &contracts);
    assert_eq!(
        listed,
        "- [Providers](providers/README.md)\n  - [Pollo AI API platform](providers/pollo.md)\n- [Last](last.md)\n"
    );
    assert_eq!(table_of_contents(&listed, &contracts), listed);
    Ok(())
}
