//! Coverage: which promises of the contract were judged, and what became of them.

use maud::{Markup, html};

use super::super::findings::brief;
use super::super::{escape, words};
use super::{result, verdict_class};
use crate::checks::Verdict;
use crate::run::{CheckResult, ContractPromise, Report};

/// What became of a promise.
enum State<'r> {
    Broken(Vec<&'r CheckResult>),
    Held(Vec<&'r CheckResult>),
    Undecided(Vec<&'r CheckResult>),
    NotJudged,
}

pub(super) fn section(report: &Report) -> Markup {
    let states: Vec<(&ContractPromise, State<'_>)> =
        report.promises.iter().map(|promise| (promise, state(report, promise))).collect();
    let count = |wanted: fn(&State<'_>) -> bool| states.iter().filter(|(_, state)| wanted(state)).count();
    let (broken, held) =
        (count(|state| matches!(state, State::Broken(_))), count(|state| matches!(state, State::Held(_))));
    let undecided = count(|state| matches!(state, State::Undecided(_)));
    let not_judged = count(|state| matches!(state, State::NotJudged));
    html! {
        @if !states.is_empty() {
            section aria-labelledby="promises" {
                h2 id="promises" { "Promises of the contract" }
                p.about {
                    (states.len()) " promises: " (held) " held, " (broken) " broken, " (undecided) " not decided, "
                    (not_judged) " judged by no check of this run."
                }
                div.wide tabindex="0" role="group" aria-labelledby="promises" {
                    table.promises {
                        thead { tr {
                            th scope="col" { "Promise" } th scope="col" { "Level" }
                            th scope="col" { "About" } th scope="col" { "Judged" }
                        } }
                        tbody {
                            @for (promise, state) in &states { (row(promise, state)) }
                        }
                    }
                }
            }
        }
    }
}

fn row(promise: &ContractPromise, state: &State<'_>) -> Markup {
    let (checks, class, word) = match state {
        State::Broken(checks) => (checks.as_slice(), "bad", "broken"),
        State::Held(checks) => (checks.as_slice(), "good", "held"),
        State::Undecided(checks) => (checks.as_slice(), "unsure", "not decided"),
        State::NotJudged => (&[][..], "aside", "not judged"),
    };
    html! {
        tr {
            td { q { (escape::line(&promise.source.quote)) } " " span.about { (result::document(&promise.source)) } }
            td { (promise.level) }
            td { @for about in &promise.about { span.item { (escape::line(about)) } } }
            td {
                b class=(class) { (word) }
                @for check in checks {
                    span.item {
                        a class=(verdict_class(check.verdict)) href={ "#" (check.id) } { (check.id) }
                        @if check.verdict.is_undecided() { " " (words::verdict(check.verdict)) ": " (brief(check)) }
                    }
                }
            }
        }
    }
}

/// What the results say about a promise. One broken promise outweighs all that held elsewhere.
fn state<'r>(report: &'r Report, promise: &ContractPromise) -> State<'r> {
    let named = |check: &&CheckResult| {
        check
            .source
            .as_ref()
            .is_some_and(|source| source.document == promise.source.document && source.quote == promise.source.quote)
    };
    let with = |wanted: fn(Verdict) -> bool| -> Vec<&CheckResult> {
        report.checks.iter().filter(named).filter(|check| wanted(check.verdict)).collect()
    };
    let broken = with(|verdict| matches!(verdict, Verdict::Fail | Verdict::Warn | Verdict::Info));
    // Results of checks that did not run to their end count as well, as far as they got.
    let held: Vec<&CheckResult> = report.checks.iter().filter(|check| promise.held_in.contains(&check.id)).collect();
    let held = if held.is_empty() { with(|verdict| verdict == Verdict::Pass) } else { held };
    let undecided = with(|verdict| matches!(verdict, Verdict::CouldNotRun | Verdict::Inconclusive | Verdict::Error));
    match (broken.is_empty(), held.is_empty(), undecided.is_empty()) {
        (false, _, _) => State::Broken(broken),
        (true, false, _) => State::Held(held),
        (true, true, false) => State::Undecided(undecided),
        (true, true, true) => State::NotJudged,
    }
}
