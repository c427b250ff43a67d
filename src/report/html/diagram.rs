//! Steps as a sequence diagram: calls as arrows to the subject and back, everything else as notes across.

use maud::{Markup, html};

use super::super::escape;

/// The width of the drawing.
const WIDTH: usize = 640;
/// Where the two life lines are.
const LINES: [usize; 2] = [70, 570];
/// Longer texts are cut; the list of steps has them in full.
const MAX_TEXT: usize = 62;
/// More steps are not drawn.
const MAX_STEPS: usize = 40;

/// What a step is in the drawing.
enum Drawn<'s> {
    /// A call, and what came of it.
    Call(String, &'s str),
    /// Anything else that happened.
    Note(&'s str),
}

/// Draws the steps of a `server` or `client`. With a finding, the last one is where the promise broke.
pub(super) fn of(kind: &str, steps: &[String], is_finding: bool) -> Markup {
    let shown = steps.get(..steps.len().min(MAX_STEPS)).unwrap_or(steps);
    let drawn: Vec<Drawn<'_>> = shown.iter().map(|step| drawn(step)).collect();
    let height = |step: &Drawn<'_>| if matches!(step, Drawn::Call(..)) { 56 } else { 36 };
    let mut top = 40;
    let placed: Vec<(usize, &Drawn<'_>)> = drawn
        .iter()
        .map(|step| {
            let at = top;
            top += height(step);
            (at, step)
        })
        .collect();
    let bottom = top + 6;
    let last = placed.len().saturating_sub(1);
    let [left, right] = LINES;
    html! {
        div.diagram tabindex="0" role="group" aria-label="Sequence diagram of the steps" {
            svg viewBox={ "0 0 " (WIDTH) " " (bottom) } width=(WIDTH) height=(bottom) role="img"
                aria-label={ "Sequence of " (steps.len()) " steps; the list of steps has them as text" } {
                @for (x, name) in [(left, "ringtrue"), (right, kind)] {
                    rect.actor x=(x - 48) y="2" width="96" height="26" rx="4" {}
                    text x=(x) y="20" text-anchor="middle" { (name) }
                    line.life x1=(x) y1="28" x2=(x) y2=(bottom) {}
                }
                @for (position, (y, step)) in placed.iter().enumerate() {
                    g class=[(is_finding && position == last && shown.len() == steps.len()).then_some("broken")] {
                        (one(step, *y))
                    }
                }
            }
            @if shown.len() < steps.len() { p.about { (steps.len() - shown.len()) " more steps in the list" } }
        }
    }
}

fn one(step: &Drawn<'_>, y: usize) -> Markup {
    let [left, right] = LINES;
    let middle = usize::midpoint(left, right);
    match step {
        Drawn::Call(call, result) => html! {
            text x=(middle) y=(y + 12) text-anchor="middle" { (cut(call)) }
            path.arrow d={ "M" (left) " " (y + 18) "H" (right - 7) } {}
            path.tip d={ "M" (right) " " (y + 18) "l-9 -4v8z" } {}
            text x=(middle) y=(y + 36) text-anchor="middle" { (cut(result)) }
            path.arrow.back d={ "M" (right) " " (y + 42) "H" (left + 7) } {}
            path.tip d={ "M" (left) " " (y + 42) "l9 -4v8z" } {}
        },
        Drawn::Note(note) => html! {
            rect.across x=(left - 30) y=(y) width=(right - left + 60) height="26" rx="4" {}
            text x=(middle) y=(y + 17) text-anchor="middle" { (cut(note)) }
        },
    }
}

/// A step that names a call by one word, such as `check: remaining 5`, is a call. It may name the account before.
fn drawn(step: &str) -> Drawn<'_> {
    let (account, rest) = match step.split_once(": ") {
        Some((account, rest)) if account.starts_with("account ") => (account, rest),
        _ => ("", step),
    };
    let is_call = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    match rest.split_once(": ") {
        Some((name, result)) if is_call(name) => {
            let of = if account.is_empty() { String::new() } else { format!(" ({account})") };
            Drawn::Call(format!("{name}{of}"), result)
        }
        _ => Drawn::Note(step),
    }
}

fn cut(text: &str) -> String {
    let text = escape::line(text);
    match text.char_indices().nth(MAX_TEXT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(&text)),
        None => text,
    }
}
