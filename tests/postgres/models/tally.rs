//! What was tried.

use super::palette::TYPES;
use super::reference::Done;
use super::subject::Subject;
use crate::parity::insertion::Form;
use es_rollup_core::model::{
    Absent, Constraint, Empty, Field, Operation, Origin, Rule, Source, Tagging, Touch, Variant,
};
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) models: u64,
    pub(crate) streams: u64,
    pub(crate) events: u64,
    /// The rows that were compared, some at several versions.
    pub(crate) rows: u64,
    /// The same of views.
    pub(crate) rows_of_views: u64,
    /// How many of them were read by the query for states.
    pub(crate) rows_of_states: u64,
    /// Columns of these rows that are retired.
    pub(crate) retired: u64,
    /// Rows of views as they were after an event.
    pub(crate) rows_at: u64,
    /// How often rows of views were spoilt and folded anew.
    pub(crate) restored: u64,
    /// The same of histories, and how often one was that of an entity that has ended.
    pub(crate) rows_of_histories: u64,
    pub(crate) restored_histories: u64,
    pub(crate) ended_histories: u64,
    pub(crate) statements: BTreeMap<Form, u64>,
    /// Statements that the trigger did not see, and times that everything was folded by the migration.
    pub(crate) unseen: u64,
    pub(crate) migrated: u64,
    /// Statements that changed or deleted stored events.
    pub(crate) edited: u64,
    /// How often an entity was archived, and how often one was caught up from its base.
    pub(crate) archived: u64,
    pub(crate) caught_up: u64,
    /// How often an event was appended to one that had lost its row.
    pub(crate) appended: u64,
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

/// What a long run draws of views and of histories.
const ALL_OF_VIEWS: [(&str, &[&str]); 9] = [
    ("views", &["0", "1", "2"]),
    ("history", &["none", "beside views", "alone", "where entities end"]),
    ("archive", &["beside a history", "beside views", "where entities end"]),
    ("parts of a key", &["0", "1", "2"]),
    ("constraint of a view", &["check", "unique", "index"]),
    ("touch", &["nothing", "create", "add", "change", "remove", "delete"]),
    ("empty", &["all", "those that match"]),
    ("rows", &["of the event", "of elements", "of ascending elements", "of objects"]),
    ("key", &["a field", "a literal", "the sequence", "the context", "an element", "inside an element"]),
];

/// What a long run does to rows of views, and what must be refused there.
const ALL_TOUCHED: [(&str, &str); 10] = [
    ("create", "a row that is not there"),
    ("add", "a row that is not there"),
    ("add", "a row that is there"),
    ("change", "a row that is there"),
    ("remove", "a row that is not there"),
    ("remove", "a row that is there"),
    ("delete", "a row that is there"),
    ("empty", "rows"),
    ("empty", "no row"),
    ("create", "a row with a key"),
];
const ALL_REFUSED: [&str; 6] = [
    "RowMissing of a view",
    "RowExists of a view",
    "MissingKey of a view",
    "WrongValue of a view",
    "NullValue of a view",
    "Unique of a view",
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
                Constraint::Index { columns, .. } if columns.iter().any(many) => "index of members",
                Constraint::Check { .. } | Constraint::Unique { .. } | Constraint::Index { .. } => {
                    constraint_kind(constraint)
                }
            };
            drawn("constraint", chosen.into());
        }
        drawn("views", subject.model.views.len().to_string());
        let history = match (&subject.model.history, subject.model.views.len()) {
            (None, _) => "none",
            (Some(_), 0) => "alone",
            (Some(_), _) => "beside views",
        };
        drawn("history", history.into());
        if subject.model.history.is_some() && subject.model.has_delete() {
            drawn("history", "where entities end".into());
        }
        if subject.model.archive {
            let with = |is: bool, what: &'static str| is.then(|| what.to_string());
            let model = &subject.model;
            let all = [
                with(model.history.is_some(), "beside a history"),
                with(!model.views.is_empty(), "beside views"),
                with(model.has_delete(), "where entities end"),
            ];
            all.into_iter().flatten().for_each(|one| drawn("archive", one));
        }
        for view in &subject.model.views {
            drawn("parts of a key", view.parts().len().to_string());
            for constraint in &view.constraints {
                drawn("constraint of a view", constraint_kind(constraint).into());
            }
            for (variant, rule) in subject.model.variants.iter().zip(&view.rules) {
                if *rule != Rule::NOTHING {
                    draw_rule(variant, rule, &mut drawn);
                }
            }
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
            (self.edited, "stored events that were changed or deleted"),
            (self.archived, "an entity that was archived"),
            (self.caught_up, "an entity that was caught up from its base"),
            (self.appended, "an archived entity that had lost its row and got an event"),
        ];
        never.extend(counts.into_iter().filter(|(count, _)| *count == 0).map(|(_, what)| what.to_string()));
        never
    }

    /// What a long run should have drawn of views and of histories, and did not.
    pub(crate) fn never_of_views(&self) -> Vec<String> {
        let drawn = |choice: &'static str, one: &str| self.drawn.contains_key(&(choice, one.to_string()));
        let mut never: Vec<String> = ALL_OF_VIEWS
            .iter()
            .flat_map(|(choice, chosen)| chosen.iter().map(move |one| (*choice, *one)))
            .filter(|(choice, one)| !drawn(choice, one))
            .map(|(choice, one)| format!("{choice}: {one}"))
            .collect();
        let counts = [
            (self.rows_of_views, "a row of a view"),
            (self.rows_of_states, "a row of a view in a state"),
            (self.retired, "a retired column of such a row"),
            (self.rows_at, "a row of a view as it was"),
            (self.restored, "a row of a view that was spoilt and restored"),
            (self.rows_of_histories, "a row of a history"),
            (self.restored_histories, "a history that was spoilt and restored"),
            (self.ended_histories, "the history of an entity that has ended"),
        ];
        never.extend(counts.into_iter().filter(|(count, _)| *count == 0).map(|(_, what)| what.to_string()));
        let touched = |(operation, kind): &(&str, &str)| {
            self.done.keys().any(|done| (done.operation, done.kind) == (*operation, *kind))
        };
        let untouched = ALL_TOUCHED.iter().filter(|one| !touched(one));
        never.extend(untouched.map(|(touch, what)| format!("{touch} of {what}")));
        let accepted = ALL_REFUSED.into_iter().filter(|one| !self.refused.contains_key(*one));
        never.extend(accepted.map(|one| format!("refused: {one}")));
        never
    }
}

fn constraint_kind(constraint: &Constraint) -> &'static str {
    match constraint {
        Constraint::Check { .. } => "check",
        Constraint::Unique { .. } => "unique",
        Constraint::Index { .. } => "index",
    }
}

/// Counts what a rule of a view is made of.
fn draw_rule(variant: &Variant, rule: &Rule, drawn: &mut impl FnMut(&'static str, String)) {
    drawn("touch", rule.touch.key().into());
    match &rule.empty {
        None => {}
        Some(Empty::All) => drawn("empty", "all".into()),
        Some(Empty::Matching(parts)) => {
            drawn("empty", "those that match".into());
            for (_, source) in parts {
                drawn("matched", part_from(variant, source).into());
            }
        }
    }
    if rule.touch != Touch::Nothing {
        let inside = |source: &Source| part_from(variant, source) == "inside an element";
        let of_what = match rule.each {
            None => "of the event",
            Some(at) if variant.fields[at].ascending => "of ascending elements",
            Some(_) if rule.key.iter().any(inside) => "of objects",
            Some(_) => "of elements",
        };
        drawn("rows", of_what.into());
    }
    for source in &rule.key {
        drawn("key", part_from(variant, source).into());
    }
    for step in &rule.steps {
        drawn("operation in a view", step.operation.key().into());
        if step.source.field().is_some_and(|at| variant.fields[at].origin == Origin::Element) {
            drawn("operation in a view", "from an element".into());
        }
    }
}

/// Where a part of a key comes from.
fn part_from(variant: &Variant, source: &Source) -> &'static str {
    match source {
        Source::Nothing => "nothing",
        Source::Literal(_) => "a literal",
        Source::RecordedAt => "the recorded time",
        Source::Sequence => "the sequence",
        Source::Field(at) => {
            let field = &variant.fields[*at];
            match (field.origin, field.path.is_empty()) {
                (Origin::Payload, _) => "a field",
                (Origin::Context, _) => "the context",
                (Origin::Element, true) => "an element",
                (Origin::Element, false) => "inside an element",
            }
        }
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
        (Origin::Element, ..) => "an element",
        (Origin::Payload, false, _) => "inside a field",
        (Origin::Payload, true, 0) => "the content",
        (Origin::Payload, true, 1) => "one key",
        (Origin::Payload, true, _) => "several keys",
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { models, streams, events, rows, statements, unseen, migrated, edited, unique, .. } = self;
        let Self { rows_of_views, rows_of_states, rows_at, restored, .. } = self;
        let Self { rows_of_histories, restored_histories, ended_histories, .. } = self;
        writeln!(out, "{models} models, {streams} streams, {events} events, {rows} rows compared")?;
        writeln!(out, "  and {rows_of_views} rows of views, {restored} times after they were spoilt")?;
        writeln!(
            out,
            "  and {rows_of_states} rows of views in states, and {rows_at} as they were after an event"
        )?;
        writeln!(
            out,
            "  and {rows_of_histories} of histories, {restored_histories} times spoilt, {ended_histories} ended"
        )?;
        writeln!(
            out,
            "  statements {statements:?}, {unseen} of them unseen, {migrated} migrations over them, {edited} that changed them"
        )?;
        writeln!(out, "  refused {:?}; unique {unique} times", self.refused)?;
        let Self { archived, caught_up, appended, .. } = self;
        writeln!(
            out,
            "  archived {archived} times, {caught_up} caught up from there, {appended} by an event"
        )?;
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
