//! The little of Markdown that the tests read: prose without code, fenced blocks, links, headings and their anchors.

use std::collections::HashMap;

/// A fenced block of code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fence<'t> {
    /// The word behind the opening fence.
    pub(super) language: &'t str,
    /// The lines between the fences.
    pub(super) lines: Vec<&'t str>,
}

/// A text split into its prose, with line numbers from 1, and its fenced blocks.
pub(super) fn split(text: &str) -> (Vec<(usize, &str)>, Vec<Fence<'_>>) {
    let (mut prose, mut fences) = (Vec::new(), Vec::new());
    let mut open: Option<Fence<'_>> = None;
    for (n, line) in text.lines().enumerate() {
        let marker = line.trim_start().strip_prefix("```");
        open = match (open, marker) {
            (None, Some(language)) => Some(Fence { language: language.trim(), lines: Vec::new() }),
            (None, None) => {
                prose.push((n + 1, line));
                None
            }
            (Some(fence), Some(_)) => {
                fences.push(fence);
                None
            }
            (Some(mut fence), None) => {
                fence.lines.push(line);
                Some(fence)
            }
        };
    }
    fences.extend(open);
    (prose, fences)
}

/// A line with its code spans blanked out.
pub(super) fn without_code(line: &str) -> String {
    let spans = line.split('`');
    spans.enumerate().map(|(n, span)| if n % 2 == 0 { span.to_owned() } else { " ".repeat(span.len()) }).collect()
}

/// The code spans of a line.
pub(super) fn code(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The targets of inline links, images and reference definitions in a line.
pub(super) fn targets(line: &str) -> Vec<String> {
    let line = without_code(line);
    let mut found = Vec::new();
    for (at, _) in line.match_indices("](") {
        let rest = &line[at + 2..];
        let target = rest.split(')').next().unwrap_or(rest);
        found.extend(target.split_whitespace().next().map(str::to_owned));
    }
    if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
        found.extend(target.split_whitespace().next().map(str::to_owned));
    }
    found
}

/// The anchors of a text's headings, as GitHub makes them.
pub(super) fn anchors(text: &str) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let (prose, _) = split(text);
    let headings = prose.into_iter().filter_map(|(_, line)| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len() && title.starts_with(' ')).then(|| title.trim())
    });
    headings
        .map(|title| {
            let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
            let slug: String =
                title.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect();
            let count = seen.entry(slug.clone()).or_default();
            *count += 1;
            if *count == 1 { slug } else { format!("{slug}-{}", *count - 1) }
        })
        .collect()
}

#[test]
fn prose_and_fenced_blocks_are_separated() {
    let (prose, fences) = split("a\n```sh\n[x](y)\n```\nb `c` [d](e.md \"f\")\n");
    assert_eq!(prose, [(1, "a"), (5, "b `c` [d](e.md \"f\")")]);
    assert_eq!(fences, [Fence { language: "sh", lines: vec!["[x](y)"] }]);
    assert_eq!(targets(prose[1].1), ["e.md"]);
    assert_eq!(targets("`[not](this)` but ![that](too.png)"), ["too.png"]);
    assert_eq!(targets("[name]: https://example.com/ \"title\""), ["https://example.com/"]);
}

#[test]
fn anchors_of_headings_are_those_of_github() {
    let text = "# A title, with `code`\n```sh\n# no heading\n```\n## Twice\n## Twice\n#no heading\n";
    assert_eq!(anchors(text), ["a-title-with-code", "twice", "twice-1"]);
}
