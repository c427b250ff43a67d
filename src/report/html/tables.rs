//! Tables over the whole run: areas with their checks, and timings.

use maud::{Markup, html};

use super::super::findings::{duration, slowest};
use super::super::words;
use super::verdict_class;
use crate::run::{CheckResult, Counts, Report};

/// How many checks the timings list.
const SLOWEST: usize = 10;

/// Areas with their checks: one square per check, which leads to its result.
pub(super) fn areas(report: &Report) -> Markup {
    let mut areas: Vec<(&str, Vec<&CheckResult>)> = Vec::new();
    for check in &report.checks {
        let area = words::area(&check.id);
        match areas.iter_mut().find(|(have, _)| *have == area) {
            Some((_, checks)) => checks.push(check),
            None => areas.push((area, vec![check])),
        }
    }
    let counts = |checks: &[&CheckResult]| {
        let checks: Vec<CheckResult> = checks.iter().map(|check| (*check).clone()).collect();
        words::counts(Counts::of(&checks))
    };
    html! {
        section aria-labelledby="areas" {
            h2 id="areas" { "Areas" }
            div.wide tabindex="0" role="group" aria-labelledby="areas" {
                table {
                    thead { tr { th scope="col" { "Area" } th scope="col" { "Checks" } th scope="col" { "Results" } } }
                    tbody {
                        @for (area, checks) in &areas {
                            tr {
                                th scope="row" { (area) }
                                td.squares {
                                    @for check in checks {
                                        a class=(verdict_class(check.verdict)) href={ "#" (check.id) }
                                            title={ (check.id) ": " (words::verdict(check.verdict)) }
                                            aria-label={ (check.id) ": " (words::verdict(check.verdict)) } {
                                            (words::symbol(check.verdict))
                                        }
                                    }
                                }
                                td { (counts(checks)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The checks that took longest.
pub(super) fn timings(report: &Report) -> Markup {
    let checks = slowest(report, SLOWEST);
    let longest = checks.first().map_or(1, |check| check.duration_ms.max(1));
    html! {
        @if !checks.is_empty() {
            section aria-labelledby="timings" {
                h2 id="timings" { "Slowest checks" }
                div.wide tabindex="0" role="group" aria-labelledby="timings" {
                    table {
                        thead { tr {
                            th scope="col" { "Check" } th scope="col" { "Time" }
                            th scope="col" { "Requests" } th scope="col" { "Generated cases" }
                        } }
                        tbody {
                            @for check in checks {
                                tr {
                                    th scope="row" { a href={ "#" (check.id) } { (check.id) } }
                                    td.bar {
                                        svg width="80" height="10" aria-hidden="true" {
                                            rect width=(check.duration_ms * 80 / longest) height="10" rx="2" {}
                                        }
                                        " " (duration(check.duration_ms))
                                    }
                                    td { (check.requests) }
                                    td { @if let Some(cases) = check.cases { (cases.tried) " of " (cases.planned) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
