//! What was tried.

use super::palette::TYPES;
use super::reference::Done;
use super::subject::Subject;
use crate::parity::insertion::Form;
use es_rollup_core::model::{Absent, Constraint, Field, Operation, Origin, Tagging};
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) models: u64,
    pub(crate) streams: u64,
    pub(crate) events: u64,
    /// The rows that were compared, some at several versions.
    pub(crate) rows: u64,
    pub(crate) statements: BTreeMap<Form, u64>,
    /// Statements that the trigger did not see, and times that everything was folded by the migration.
    pub(crate) unseen: u64,
    pub(crate) migrated: u64,
    /// How often several rows were unique.
    pub(crate) unique: u64,
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) done: BTreeMap<Done, u64>,
    /// What the models are made of.
    drawn: BTreeMap<Drawn, u64>,
}

/// A choice and what was chosen.
type Drawn = (&'static str, String);

/// What every run of the usual length draws, whatever the tagging.
const ALL_DRAWN: [(&str, &[&str]); 11] = [
    ("column", &["a value", "a counter", "a set", "a list", "of a foreign type"]),
    ("constraint", &["check", "unique", "index", "index of members"]),
    ("absent", &["refused", "none", "default", "a literal"]),
    ("read from", &["one key", "several keys", "inside a field", "the content", "the context"]),
    ("read as", &["one", "optional", "many", "ascending"]),
    ("shape", &["Struct", "Newtype", "Unit"]),
    ("life", &["Create", "Change", "Delete"]),
    ("variant", &["aliased", "other", "nothing done"]),
    ("trigger", &["Statement", "Row"]),
    ("id", &["Uuid", "Text", "Bigint"]),
    ("store", &["Contiguous", "Increasing", "with a time", "without a time", "with a filter"]),
];

impl Tally {
    /// How often an operation was done on a type, from any source.
    pub(crate) fn count(&self, operation: Operation, ty: &str) -> u64 {
        let done = self.done.iter().filter(|(done, _)| done.operation == operation.key() && done.ty == ty);
        done.map(|(_, count)| count).sum()
    }

    /// Counts what a model is made of.
    pub(crate) fn draw(&mut self, subject: &Subject) {
        let mut drawn = |choice, chosen: String| *self.drawn.entry((choice, chosen)).or_default() += 1;
        let view = subject.view();
        drawn("tagging", tagging(&subject.model.tagging).into());
        drawn("trigger", format!("{:?}", subject.model.trigger));
        drawn("id", format!("{:?}", subject.id));
        let store = &subject.model.store;
        drawn("store", format!("{:?}", store.order));
        drawn("store", if store.recorded_at.is_some() { "with a time" } else { "without a time" }.into());
        if store.filter.is_some() {
            drawn("store", "with a filter".into());
        }
        for (column, ty) in view.columns.iter().zip(&subject.types) {
            drawn("column", column.kind.words().into());
            if ty.is_foreign() {
                drawn("column", "of a foreign type".into());
            }
        }
        for constraint in &view.constraints {
            let many = |name: &String| view.column(name).is_some_and(|column| column.kind.is_many());
            let chosen = match constraint {
                Constraint::Check { .. } => "check",
                Constraint::Unique { .. } => "unique",
                Constraint::Index { columns, .. } if columns.iter().any(many) => "index of members",
                Constraint::Index { .. } => "index",
            };
            drawn("constraint", chosen.into());
        }
        for (variant, rule) in subject.variants() {
            drawn("shape", format!("{:?}", variant.shape));
            drawn("life", format!("{:?}", variant.life));
            let marks = [
                (variant.wire.len() > 1, "aliased"),
                (variant.other, "other"),
                (rule.steps.is_empty(), "nothing done"),
            ];
            for (_, mark) in marks.into_iter().filter(|(holds, _)| *holds) {
                drawn("variant", mark.into());
            }
            for step in &rule.steps {
                drawn("operation", step.operation.key().into());
            }
            for field in &variant.fields {
                drawn("absent", absent(&field.absent).into());
                drawn("read from", read_from(field).into());
                let as_what = match field {
                    Field { ascending: true, .. } => "ascending",
                    Field { many: true, .. } => "many",
                    Field { optional: true, .. } => "optional",
                    Field { .. } => "one",
                };
                drawn("read as", as_what.into());
            }
        }
    }

    /// What a run of the usual length should have drawn, and did not.
    pub(crate) fn never(&self, tagged: &Tagging) -> Vec<String> {
        let mut all: Vec<Drawn> = ALL_DRAWN
            .iter()
            .flat_map(|(choice, chosen)| chosen.iter().map(|one| (*choice, (*one).to_string())))
            .collect();
        all.push(("tagging", tagging(tagged).into()));
        if !matches!(tagged, Tagging::Internal { .. }) {
            all.push(("shape", "Tuple".into()));
        }
        all.retain(|one| self.drawn.get(one).is_none_or(|count| *count == 0));
        let mut never: Vec<String> =
            all.into_iter().map(|(choice, chosen)| format!("{choice}: {chosen}")).collect();
        let operations = Operation::ALL.into_iter().map(Operation::key);
        let drawn = |key: &&str| self.drawn.contains_key(&("operation", (*key).to_string()));
        never.extend(operations.filter(|key| !drawn(key)).map(|key| format!("operation: {key}")));
        let inserted = |form: &Form| self.statements.contains_key(form);
        never.extend(Form::ALL.into_iter().filter(|one| !inserted(one)).map(|one| format!("form: {one:?}")));
        let counts = [
            (self.unseen, "a statement that the trigger did not see"),
            (self.migrated, "a migration over events"),
            (self.unique, "rows that are unique"),
        ];
        never.extend(counts.into_iter().filter(|(count, _)| *count == 0).map(|(_, what)| what.to_string()));
        never
    }
}

fn tagging(tagging: &Tagging) -> &'static str {
    match tagging {
        Tagging::Internal { .. } => "internal",
        Tagging::Adjacent { .. } => "adjacent",
        Tagging::External => "external",
        Tagging::Separate { .. } => "separate",
    }
}

fn absent(absent: &Absent) -> &'static str {
    match absent {
        Absent::Refused => "refused",
        Absent::None => "none",
        Absent::Default => "default",
        Absent::Literal(_) => "a literal",
    }
}

fn read_from(field: &Field) -> &'static str {
    match (field.origin, field.path.is_empty(), field.keys.len()) {
        (Origin::Context, ..) => "the context",
        (Origin::Payload, false, _) => "inside a field",
        (Origin::Payload, true, 0) => "the content",
        (Origin::Payload, true, 1) => "one key",
        (Origin::Payload, true, _) => "several keys",
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { models, streams, events, rows, statements, unseen, migrated, unique, .. } = self;
        writeln!(out, "{models} models, {streams} streams, {events} events, {rows} rows compared")?;
        writeln!(
            out,
            "  statements {statements:?}, {unseen} of them unseen, {migrated} migrations over them"
        )?;
        writeln!(out, "  refused {:?}; unique {unique} times", self.refused)?;
        for ((choice, chosen), count) in &self.drawn {
            writeln!(out, "  {choice}: {chosen}: {count}")?;
        }
        write!(out, "  {:14}", "")?;
        for operation in Operation::ALL {
            write!(out, "{:>10}", operation.key())?;
        }
        writeln!(out)?;
        for ty in TYPES {
            write!(out, "  {:14}", ty.name)?;
            for operation in Operation::ALL {
                write!(out, "{:>10}", self.count(operation, ty.name))?;
            }
            writeln!(out)?;
        }
        let mut sources: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
        for (done, count) in &self.done {
            *sources.entry((done.operation, done.kind, done.from)).or_default() += count;
        }
        for ((operation, kind, from), count) in sources {
            writeln!(out, "  {operation} on {kind} from {from}: {count}")?;
        }
        Ok(())
    }
}
