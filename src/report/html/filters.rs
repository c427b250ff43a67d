//! Filters of the results. Those by verdict, area and operation work without scripts: radio buttons, and a style rule for each.
//! The one by text is hidden until the script shows it.

use maud::{Markup, html};

use super::super::{escape, words};
use super::finding_count;
use crate::checks::Verdict;
use crate::run::{CheckResult, Report};

/// Groups of results, with a button for each.
pub(super) struct Filters<'r> {
    report: &'r Report,
    areas: Vec<&'r str>,
    operations: Vec<&'r str>,
}

/// A button: its id, its text, and how many results it shows.
struct Choice {
    id: String,
    text: String,
    count: usize,
}

impl<'r> Filters<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        let (mut areas, mut operations) = (Vec::new(), Vec::new());
        for check in &report.checks {
            let area = words::area(&check.id);
            if !areas.contains(&area) {
                areas.push(area);
            }
            if let Some(operation) = check.operation.as_deref().filter(|operation| !operations.contains(operation)) {
                operations.push(operation);
            }
        }
        Self { report, areas, operations }
    }

    /// The classes of a result, by which it is shown or not.
    pub(super) fn classes(&self, check: &CheckResult) -> String {
        let mut classes = group(check).to_owned();
        let position = |list: &[&str], text: &str| list.iter().position(|have| *have == text);
        if let Some(area) = position(&self.areas, words::area(&check.id)) {
            classes.push_str(&format!(" a{area}"));
        }
        if let Some(operation) = check.operation.as_deref().and_then(|operation| position(&self.operations, operation))
        {
            classes.push_str(&format!(" o{operation}"));
        }
        classes
    }

    /// One rule for each button: while it is chosen, other results are hidden. And one for each choice that shows no result.
    /// Names come from counting, not from the report.
    pub(super) fn style(&self) -> String {
        let groups = [self.verdicts(), self.areas(), self.operations()];
        let mut rules: String = groups
            .iter()
            .flatten()
            .map(|Choice { id, .. }| {
                format!("body:has(#f-{id}:checked) .result:not(.{id}):not(:has(:target)) {{ display: none; }}\n")
            })
            .collect();
        let classes: Vec<String> = self.report.checks.iter().map(|check| self.classes(check)).collect();
        let any = |group: &[Choice]| -> Vec<Option<String>> {
            std::iter::once(None).chain(group.iter().map(|choice| Some(choice.id.clone()))).collect()
        };
        let [verdicts, areas, operations] = groups.map(|group| any(&group));
        for verdict in &verdicts {
            for area in &areas {
                for operation in &operations {
                    let chosen: Vec<&String> = [verdict, area, operation].into_iter().flatten().collect();
                    let shows =
                        |classes: &&String| chosen.iter().all(|id| classes.split(' ').any(|class| class == *id));
                    if classes.iter().find(shows).is_none() && !chosen.is_empty() {
                        let chosen: String = chosen.iter().map(|id| format!(":has(#f-{id}:checked)")).collect();
                        rules.push_str(&format!("body{chosen} .none {{ display: block; }}\n"));
                    }
                }
            }
        }
        rules
    }

    pub(super) fn form(&self) -> Markup {
        html! {
            form.filters {
                (fieldset("verdict", "Verdict", self.report.checks.len(), &self.verdicts()))
                @if self.areas.len() > 1 { (fieldset("area", "Area", self.report.checks.len(), &self.areas())) }
                @if self.operations.len() > 1 {
                    (fieldset("operation", "Operation", self.report.checks.len(), &self.operations()))
                }
                fieldset hidden {
                    legend { label for="f-text" { "Text" } }
                    input.text type="search" id="f-text" placeholder="words that a result contains" autocomplete="off";
                }
            }
        }
    }

    fn verdicts(&self) -> Vec<Choice> {
        let count = |wanted: &str| self.report.checks.iter().filter(|check| group(check) == wanted).count();
        [
            ("found", "findings", finding_count(self.report)),
            ("open", "not decided", count("open")),
            ("passed", "passed", count("passed")),
            ("absent", "not applicable", count("absent")),
        ]
        .into_iter()
        .filter(|(_, _, count)| *count > 0)
        .map(|(id, text, count)| Choice { id: id.to_owned(), text: text.to_owned(), count })
        .collect()
    }

    fn areas(&self) -> Vec<Choice> {
        choices('a', &self.areas, |area| {
            self.report.checks.iter().filter(|check| words::area(&check.id) == area).count()
        })
    }

    fn operations(&self) -> Vec<Choice> {
        choices('o', &self.operations, |operation| {
            self.report.checks.iter().filter(|check| check.operation.as_deref() == Some(operation)).count()
        })
    }
}

fn choices(prefix: char, names: &[&str], count: impl Fn(&str) -> usize) -> Vec<Choice> {
    let choice =
        |(n, name): (usize, &&str)| Choice { id: format!("{prefix}{n}"), text: escape::line(name), count: count(name) };
    names.iter().enumerate().map(choice).collect()
}

fn fieldset(name: &str, legend: &str, total: usize, choices: &[Choice]) -> Markup {
    html! {
        fieldset {
            legend { (legend) }
            label { input type="radio" name=(name) checked; span { "all " b { (total) } } }
            @for Choice { id, text, count } in choices {
                label { input type="radio" name=(name) id={ "f-" (id) }; span { (text) " " b { (count) } } }
            }
        }
    }
}

/// The group of a result.
fn group(check: &CheckResult) -> &'static str {
    if check.verdict.is_finding() {
        "found"
    } else if check.verdict.is_undecided() {
        "open"
    } else if check.verdict == Verdict::Pass {
        "passed"
    } else {
        "absent"
    }
}
