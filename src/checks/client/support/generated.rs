//! Generated balances: bodies by the documented schema, with amounts at the edges, and in agreement with themselves.

use proptest::strategy::Strategy;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::checks::amounts::domain;
use crate::checks::client::support::bodies::{balance_schema, content};
use crate::checks::client_trial::ClientTrial;
use crate::checks::finding::Stop;
use crate::contract::{Content, Encoding, Locator, Operation, Role, Schema};
use crate::generate::{
    AmountDomain, CompiledSchema, Sampler, amounts, plain_amounts, replaced, with_last_member, with_member, with_rows,
};
use crate::model::{BalanceValues, decimal, is_settled, places, settled};
use crate::pointer;

/// More rows than are usual on a page.
const MANY_ROWS: usize = 105;

/// The forms of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As the schema alone has it.
    Generated,
    /// With amounts at the edges.
    Edges,
    /// As `plain`, with an undocumented member in front that repeats a name.
    DuplicateName,
    /// As `plain`, with many rows.
    ManyRows,
    /// As `plain`, without rows.
    NoRows,
}

/// What makes the bodies of balances.
pub(in crate::checks) struct Balances<'t> {
    operation: &'t Operation,
    both: CompiledSchema,
    domain: AmountDomain,
}

impl<'t> Balances<'t> {
    /// By the schema of the trial's contract.
    ///
    /// # Errors
    /// If none is documented, or nothing can be generated from it.
    pub(in crate::checks) fn of(trial: &ClientTrial<'t>) -> Result<Self, Stop> {
        let operation = trial.operation(Role::Balance)?;
        let domain = domain(trial.contract);
        Ok(Self { operation, both: balance_schema(trial)?, domain })
    }

    /// Bodies of sampled forms: of four, three have amounts at the edges.
    pub(in crate::checks) fn sampled(&self, sampler: Sampler) -> impl Strategy<Value = String> {
        let (part, own) = sampler.stream("body").group([1, 3]);
        // With one row, so that it is the amount: all kinds of amounts have that many cases.
        let (rows, of_form) = own.stream("form").group([4, 1, 1]);
        let form = match rows {
            0 if of_form.stream("namesake").stratum(2) == 0 => Form::Edges,
            0 => Form::DuplicateName,
            1 => Form::ManyRows,
            _ => Form::NoRows,
        };
        if part == 0 { self.bodies(Form::Generated, own) } else { self.bodies(form, of_form) }
    }

    /// Texts with at least one row, where the contract has rows, and without undocumented members.
    pub(in crate::checks) fn with_rows(&self, sampler: Sampler) -> impl Strategy<Value = String> {
        let (form, own) = sampler.stream("body").group([1, 2, 1]);
        self.bodies([Form::Generated, Form::Edges, Form::ManyRows][form], own)
    }

    fn bodies(&self, form: Form, sampler: Sampler) -> impl Strategy<Value = String> {
        let amount = |place, domain| amounts(sampler.stream(place), domain);
        // So that a sum of many is in the domain, too.
        let rows = AmountDomain { most: (self.domain.most / Decimal::from(MANY_ROWS)).trunc(), ..self.domain };
        let in_all = (amount("left", self.domain), amount("total", self.domain));
        let in_rows = (amount("row", rows), plain_amounts(rows));
        (self.both.conforming.conforming(), in_all, in_rows).prop_map(move |(sample, (left, total), (row, other))| {
            let mut text = self.plain(&self.both.text(sample));
            if form != Form::Generated {
                text = self.repeated(&self.stating(&text), form);
                text = write(&text, self.operation.fields.remaining.as_ref(), |_| left);
                text = write(&text, self.operation.fields.total.as_ref(), |_| total);
                for again in &self.operation.fields.remaining_repeated {
                    text = write(&text, Some(&again.at), |n| if n % 2 == 0 { row } else { other });
                }
            }
            if form == Form::DuplicateName {
                text = self.with_duplicate_name(&text);
            }
            let text = self.agreeing(&text);
            let wanted = (form != Form::Generated).then_some((left, total));
            if is_settled(self.operation) { self.settled(&text, wanted) } else { text }
        })
    }

    /// With every member set so that the relations of the contract hold, and the amounts are these, if possible.
    fn settled(&self, text: &str, wanted: Option<(Decimal, Decimal)>) -> String {
        let schema = self.schema();
        let balance = |remaining, total| BalanceValues { remaining, total, allowed: None };
        let mut balances = Vec::new();
        if let Some((left, total)) = wanted {
            // What was granted may have to be as much as what is left.
            balances.push(balance(Some(left), Some(total)));
            balances.push(balance(Some(left), left.checked_add(total.abs())));
            balances.push(balance(Some(left), Some(left)));
            balances.push(balance(Some(left), None));
        }
        let example = content(self.operation).and_then(Content::example).map(ToString::to_string).unwrap_or_default();
        let on = |text: &str, balances: &[BalanceValues]| {
            balances.iter().find_map(|balance| settled(self.operation, schema, text, balance, None)).filter(|found| {
                // A marker in place of an amount states none.
                BalanceValues::decode(&self.operation.fields, found.as_bytes(), |_| None).is_ok()
            })
        };
        let any = [BalanceValues::default()];
        let found = on(text, &balances).or_else(|| on(&example, &balances));
        found.or_else(|| on(text, &any)).or_else(|| on(&example, &any)).unwrap_or_else(|| text.to_owned())
    }

    /// The text with the balance in it. Where the schema requires no member of it, a generated text often has none; such a text gets
    /// those of the documented example.
    pub(in crate::checks) fn stating(&self, text: &str) -> String {
        let states = |text: &String| {
            let fits =
                serde_json::from_str(text).is_ok_and(|value| self.schema().is_none_or(|one| one.accepts(&value)));
            fits && BalanceValues::decode(&self.operation.fields, text.as_bytes(), |_| None).is_ok()
        };
        let example = content(self.operation).and_then(Content::example);
        let own: Value = serde_json::from_str(text).unwrap_or_default();
        let members = example.and_then(Value::as_object).into_iter().flatten();
        let members = members.filter(|(name, _)| own.get(name.as_str()).is_none());
        let completed = members.fold(text.to_owned(), |text, (name, value)| {
            with_last_member(&text, name, &value.to_string()).unwrap_or(text)
        });
        let candidates = [Some(text.to_owned()), Some(completed), example.map(Value::to_string)];
        candidates.into_iter().flatten().find(states).unwrap_or_else(|| text.to_owned())
    }

    /// The schema of the balance.
    pub(in crate::checks) fn schema(&self) -> Option<&'t Schema> {
        content(self.operation)?.schema.as_ref()
    }

    /// The text with amounts in strings in their usual form: a pattern that allows leading zeros does not promise any.
    fn plain(&self, text: &str) -> String {
        let places = self.again().chain(&self.operation.fields.total).filter(|at| at.encoding == Encoding::String);
        places.filter_map(|at| at.pointer.as_deref()).fold(text.to_owned(), |text, pointer| {
            replaced(&text, pointer, |_, was| {
                let amount = decimal(was.trim_matches('"')).filter(|_| was.starts_with('"'))?;
                let amount = if amount.is_zero() { Decimal::ZERO } else { amount };
                Some(format!("\"{amount}\""))
            })
        })
    }

    fn again(&self) -> impl Iterator<Item = &Locator> {
        self.operation
            .fields
            .remaining
            .iter()
            .chain(self.operation.fields.remaining_repeated.iter().map(|again| &again.at))
    }

    /// With another number of rows, where amounts stand in rows.
    fn repeated(&self, text: &str, form: Form) -> String {
        let count = match form {
            Form::NoRows => 0,
            Form::ManyRows => MANY_ROWS,
            _ => 1,
        };
        let spare = content(self.operation).and_then(|content| content.examples.first());
        let spare = spare.map(|(_, example)| example.to_string()).unwrap_or_default();
        let lists = self.again().filter_map(|at| at.pointer.as_deref()?.split_once("/*"));
        lists.fold(text.to_owned(), |text, (list, _)| with_rows(&text, list, count, &spare))
    }

    /// With an undocumented object in front in which a name stands that matters elsewhere; where the schema allows it.
    fn with_duplicate_name(&self, text: &str) -> String {
        let fields = &self.operation.fields;
        let main = fields.remaining.iter().chain(&fields.allowed).find_map(|at| at.pointer.as_deref());
        let Some((pointer, name)) = main.and_then(|pointer| Some((pointer, pointer::split_last(pointer)?.1))) else {
            return text.to_owned();
        };
        let was = places(text, pointer).into_iter().next().and_then(|range| text.get(range)).unwrap_or_default();
        let value = match was {
            "true" => "false",
            "false" => "true",
            _ => "31337",
        };
        let inner = format!("{{{}:{value}}}", Value::from(name.as_ref()));
        let fits = |text: &String| {
            let value = serde_json::from_str(text).ok();
            self.schema().zip(value).is_some_and(|(schema, value)| schema.accepts(&value))
        };
        with_member(text, "rt_more", &inner).filter(fits).unwrap_or_else(|| text.to_owned())
    }

    /// With every repetition of what is left in agreement: rows say what is left, the other places repeat their sum.
    pub(in crate::checks) fn agreeing(&self, text: &str) -> String {
        let in_rows = |at: &&Locator| at.pointer.as_deref().is_some_and(|pointer| pointer.contains("/*"));
        let Some(source) = self.again().find(in_rows).or_else(|| self.again().next()) else { return text.to_owned() };
        let Ok(sum) = source.amount("remaining", text.as_bytes(), &|_| None) else { return text.to_owned() };
        let others = self.again().filter(|at| !in_rows(at) && at.minus.is_none() && *at != source);
        others.fold(text.to_owned(), |text, at| write(&text, Some(at), |_| sum))
    }
}

/// The text with an amount at every place that a locator names.
fn write(text: &str, at: Option<&Locator>, amount: impl Fn(usize) -> Decimal) -> String {
    let Some((at, pointer)) = at.and_then(|at| Some((at, at.pointer.as_deref()?))) else { return text.to_owned() };
    // What is not written as it is read is set afterwards.
    if !at.is_plain() {
        return text.to_owned();
    }
    let quote = if at.encoding == Encoding::String { "\"" } else { "" };
    replaced(text, pointer, |n, _| Some(format!("{quote}{}{quote}", amount(n))))
}
