//! YAML 1.2 with positions, built from the parser's events without recursion.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span as EventSpan, Tag};
use serde_json::{Map, Value};

use super::{Document, MAX_DEPTH, MAX_VALUES, ParseError, Position, Span, duplicate, scalar, too_deep};

pub(super) fn parse(text: &str) -> Result<Document, ParseError> {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            if error.info().contains("recursion limit") {
                return too_deep(position(error.marker()));
            }
            let hint = if error.info().contains("tab") { ": indent with spaces" } else { "" };
            ParseError::fatal(position(error.marker()), format!("not YAML: {}{hint}", error.info()))
        })?;
        if !builder.take(event, span)? {
            break;
        }
    }
    let Some((value, spans)) = builder.root else {
        return Err(ParseError::fatal(Position::default(), "the file is empty"));
    };
    Ok(Document { value, spans, errors: builder.errors.0 })
}

/// A finished value with its place and the number of values in it.
#[derive(Clone)]
struct Built {
    value: Value,
    span: Span,
    size: usize,
    /// Levels of nesting within it.
    height: usize,
}

enum Shape {
    List(Vec<Value>),
    Map {
        members: Map<String, Value>,
        /// The key that waits for its value.
        key: Option<(Key, Position)>,
        merges: Vec<Built>,
    },
}

enum Key {
    Text(String),
    Merge,
    /// A list or a map, which was reported.
    Refused,
}

/// A list or a map that is still open.
struct Open {
    shape: Shape,
    spans: Vec<Span>,
    at: Position,
    anchor: usize,
    size: usize,
    height: usize,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Built>,
    root: Option<(Value, Span)>,
    errors: Faults,
    /// Values so far, the expanded ones included.
    values: usize,
}

impl Builder {
    /// Whether there is more to take.
    fn take(&mut self, event: Event<'_>, span: EventSpan) -> Result<bool, ParseError> {
        let at = position(&span.start);
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                let message = "a second YAML document begins here: only the first one is read".to_owned();
                self.errors.0.push(ParseError { at, message, fatal: false });
                return Ok(false);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(&text, style, tag.as_deref(), at)?;
                self.count(1, at)?;
                let span = Span { at, children: Vec::new() };
                let plain_merge = style == ScalarStyle::Plain && text == "<<";
                self.finish(Built { value, span, size: 1, height: 0 }, anchor, Some((&text, plain_merge)))?;
            }
            Event::SequenceStart(anchor, _) => self.begin(Shape::List(Vec::new()), anchor, at)?,
            Event::MappingStart(anchor, _) => {
                self.begin(Shape::Map { members: Map::new(), key: None, merges: Vec::new() }, anchor, at)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end()?,
            Event::Alias(anchor) => {
                let Some(built) = self.anchors.get(&anchor).cloned() else {
                    return Err(ParseError::fatal(at, "the alias stands inside the value that it stands for"));
                };
                self.count(built.size, at)?;
                let text = built.value.as_str().map(ToOwned::to_owned);
                self.finish(built, 0, text.as_deref().map(|text| (text, false)))?;
            }
            _ => {}
        }
        Ok(true)
    }

    fn count(&mut self, values: usize, at: Position) -> Result<(), ParseError> {
        self.values += values;
        if self.values > MAX_VALUES {
            let message = format!("more than {MAX_VALUES} values once the aliases are expanded");
            return Err(ParseError::fatal(at, message));
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, at: Position) -> Result<Value, ParseError> {
        let string = || Value::String(text.to_owned());
        // A key is always its text.
        let is_key = matches!(self.open.last(), Some(Open { shape: Shape::Map { key: None, .. }, .. }));
        let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
        let resolved = match core {
            _ if is_key => return Ok(string()),
            Some("str") => return Ok(string()),
            Some("null" | "bool" | "int" | "float") => scalar::resolve(text),
            _ if style == ScalarStyle::Plain => scalar::resolve(text),
            _ => return Ok(string()),
        };
        resolved.map_err(|message| ParseError::fatal(at, message))
    }

    fn begin(&mut self, shape: Shape, anchor: usize, at: Position) -> Result<(), ParseError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.count(1, at)?;
        // A list or a map under a key stands at the key.
        let at = match self.open.last() {
            Some(Open { shape: Shape::Map { key: Some((_, key_at)), .. }, .. }) => *key_at,
            _ => at,
        };
        self.open.push(Open { shape, spans: Vec::new(), at, anchor, size: 1, height: 0 });
        Ok(())
    }

    fn end(&mut self) -> Result<(), ParseError> {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        let value = match open.shape {
            Shape::List(elements) => Value::Array(elements),
            Shape::Map { mut members, merges, .. } => {
                for merged in merges {
                    merge(&mut members, &mut open.spans, merged);
                }
                Value::Object(members)
            }
        };
        let span = Span { at: open.at, children: open.spans };
        self.finish(Built { value, span, size: open.size, height: open.height }, open.anchor, None)
    }

    /// Puts a finished value where it belongs; `text` is its text if it can be a key, and whether it is a plain `<<`.
    fn finish(&mut self, built: Built, anchor: usize, text: Option<(&str, bool)>) -> Result<(), ParseError> {
        // An alias brings its own levels with it.
        if self.open.len() + built.height > MAX_DEPTH {
            return Err(too_deep(built.span.at));
        }
        if anchor > 0 {
            self.count(built.size, built.span.at)?;
            self.anchors.insert(anchor, built.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert((built.value, built.span));
            return Ok(());
        };
        open.size += built.size;
        open.height = open.height.max(built.height + 1);
        match &mut open.shape {
            Shape::List(elements) => {
                elements.push(built.value);
                open.spans.push(built.span);
            }
            Shape::Map { members, key, merges } => match key.take() {
                None => *key = Some((self.errors.key(text, built.span.at), built.span.at)),
                Some((Key::Refused, _)) => {}
                Some((Key::Merge, at)) => match built.value {
                    Value::Object(_) => merges.push(built),
                    // Earlier maps go before later ones.
                    Value::Array(maps) if maps.iter().all(Value::is_object) => {
                        let (size, height) = (built.size, built.height);
                        let maps = maps.into_iter().zip(built.span.children);
                        merges.extend(maps.map(|(value, span)| Built { value, span, size, height }));
                    }
                    _ => {
                        let message = "`<<` takes a map, an alias of one, or a list of them";
                        self.errors.0.push(ParseError::fatal(at, message));
                    }
                },
                Some((Key::Text(name), at)) => {
                    if members.contains_key(&name) {
                        self.errors.0.push(duplicate(at, &name));
                    } else {
                        members.insert(name, built.value);
                        open.spans.push(built.span);
                    }
                }
            },
        }
        Ok(())
    }
}

#[derive(Default)]
struct Faults(Vec<ParseError>);

impl Faults {
    fn key(&mut self, text: Option<(&str, bool)>, at: Position) -> Key {
        match text {
            Some((_, true)) => Key::Merge,
            Some((text, false)) => Key::Text(text.to_owned()),
            None => {
                self.0.push(ParseError::fatal(at, "a list or a map cannot be a key: a key is a string"));
                Key::Refused
            }
        }
    }
}

/// What a map has of its own goes before what is merged into it.
fn merge(members: &mut Map<String, Value>, spans: &mut Vec<Span>, merged: Built) {
    let Value::Object(entries) = merged.value else { return };
    for ((key, value), span) in entries.into_iter().zip(merged.span.children) {
        if !members.contains_key(&key) {
            members.insert(key, value);
            spans.push(span);
        }
    }
}

fn position(marker: &Marker) -> Position {
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Position { line: narrow(marker.line()), column: narrow(marker.col()).saturating_add(1) }
}
