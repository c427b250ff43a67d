//! JSON with positions.

use jsonc_parser::ast::Value as Ast;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::{Document, MAX_DEPTH, ParseError, Position, Span, duplicate, too_deep};

pub(super) fn parse(text: &str) -> Result<Document, ParseError> {
    // The strict parser decides what is JSON; the other one, which is more lenient, then says where everything is.
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
        let at = Position { line: narrow(error.line()), column: narrow(error.column()) };
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        ParseError::fatal(at, format!("not JSON: {message}"))
    })?;
    let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    let parsed = jsonc_parser::parse_to_ast(text, &collect, &strict()).map_err(|error| {
        let at = Position { line: narrow(error.line_display()), column: narrow(error.column_display()) };
        if matches!(error.kind(), jsonc_parser::errors::ParseErrorKind::NestingDepthExceeded) {
            too_deep(at)
        } else {
            ParseError::fatal(at, format!("not JSON: {}", error.kind()))
        }
    })?;
    let mut builder = Builder { text, offset: 0, at: Position { line: 1, column: 1 }, errors: Vec::new() };
    let Some(root) = parsed.value else {
        return Err(ParseError::fatal(Position::default(), "the file is empty"));
    };
    let at = builder.advance(root.start());
    let (value, spans) = builder.build(root, at, 0)?;
    Ok(Document { value, spans, errors: builder.errors })
}

fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// Walks the tree in the order of the text, so that lines and columns are counted once.
struct Builder<'a> {
    text: &'a str,
    offset: usize,
    at: Position,
    errors: Vec<ParseError>,
}

impl Builder<'_> {
    fn advance(&mut self, offset: usize) -> Position {
        for character in self.text.get(self.offset..offset).unwrap_or_default().chars() {
            if character == '\n' {
                self.at.line = self.at.line.saturating_add(1);
                self.at.column = 1;
            } else {
                self.at.column = self.at.column.saturating_add(1);
            }
        }
        self.offset = self.offset.max(offset);
        self.at
    }

    /// `at` is where the value is said to stand: a collection under a key stands at the key.
    fn build(&mut self, ast: Ast<'_>, at: Position, depth: usize) -> Result<(Value, Span), ParseError> {
        if depth > MAX_DEPTH {
            return Err(too_deep(at));
        }
        let mut children = Vec::new();
        let value = match ast {
            Ast::NullKeyword(_) => Value::Null,
            Ast::BooleanLit(literal) => Value::Bool(literal.value),
            Ast::StringLit(literal) => Value::String(literal.value.into_owned()),
            Ast::NumberLit(literal) => serde_json::from_str(literal.value)
                .map_err(|_| ParseError::fatal(at, format!("the number `{}` is too large", literal.value)))?,
            Ast::Array(array) => {
                let mut elements = Vec::with_capacity(array.elements.len());
                for element in array.elements {
                    let at = self.advance(element.start());
                    let (value, span) = self.build(element, at, depth + 1)?;
                    elements.push(value);
                    children.push(span);
                }
                Value::Array(elements)
            }
            Ast::Object(object) => {
                let mut members = Map::with_capacity(object.properties.len());
                for property in object.properties {
                    let mut at = self.advance(property.range.start);
                    let key = property.name.into_string();
                    let repeated = members.contains_key(&key);
                    if repeated {
                        self.errors.push(duplicate(at, &key));
                    }
                    if !matches!(property.value, Ast::Object(_) | Ast::Array(_)) {
                        at = self.advance(property.value.start());
                    }
                    let (value, span) = self.build(property.value, at, depth + 1)?;
                    if !repeated {
                        members.insert(key, value);
                        children.push(span);
                    }
                }
                Value::Object(members)
            }
        };
        Ok((value, Span { at, children }))
    }
}

trait Start {
    fn start(&self) -> usize;
}

impl Start for Ast<'_> {
    fn start(&self) -> usize {
        use jsonc_parser::common::Ranged as _;
        self.range().start
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
