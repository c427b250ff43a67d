//! The outcome as a small SVG image, for a README or a dashboard.

use super::{RenderError, View, escape, words};
use crate::run::{Counts, Outcome, Report};

/// Average width of a character at this size, in tenths of a pixel.
const CHARACTER: usize = 68;
/// Space on both sides of a text.
const MARGIN: usize = 6;

/// Renders the outcome as an image.
///
/// # Errors
/// Never.
#[expect(clippy::unnecessary_wraps, reason = "all formats have the same signature")]
pub(crate) fn render(report: &Report, _: &View) -> Result<String, RenderError> {
    let label = xml(&escape::line(&format!("{} {}", report.contract.name, report.subject.kind)));
    let outcome = words::outcome(report.outcome);
    let Counts { pass, .. } = report.counts;
    let applicable = report.checks.len() - usize::try_from(report.counts.not_applicable).unwrap_or_default();
    let value = format!("{outcome} {pass}/{applicable}");
    let title = format!("{label}: {outcome}, {pass} of {applicable} checks passed");
    let colour = match report.outcome {
        Outcome::Conformant => "#1a7f37",
        Outcome::Incomplete => "#8a5c00",
        Outcome::NonConformant | Outcome::Error => "#c01c28",
    };
    let [left, right] = [&label, &value].map(|text| text.chars().count() * CHARACTER / 10);
    let (first, second) = (left + 2 * MARGIN, right + 2 * MARGIN);
    let (width, value_x) = (first + second, first + MARGIN);
    Ok(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{title}">
<title>{title}</title>
<rect width="{width}" height="20" rx="3" fill="{colour}"/>
<path d="M3 0h{label_edge}v20h-{label_edge}a3 3 0 0 1-3-3v-14a3 3 0 0 1 3-3z" fill="#4a4f57"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">
<text x="{MARGIN}" y="14" textLength="{left}" lengthAdjust="spacingAndGlyphs">{label}</text>
<text x="{value_x}" y="14" textLength="{right}" lengthAdjust="spacingAndGlyphs">{value}</text>
</g>
</svg>
"##,
        label_edge = first - 3,
    ))
}

/// Escapes what has a meaning in XML.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
