//! Checks that SQL can be emitted from a model.
//!
//! The derive reports most faults earlier, with the span of the source. This check is for models from other sources,
//! and it is the last one before SQL is emitted.

use super::{
    Absent, Column, Constraint, Entry, Envelope, Field, Kind, Life, Literal, Model, Need, Origin, Rule,
    Shape, Source, Step, Table, Tagging, Takes, Type, TypeTexts, Variant, View, fault_of,
};
use crate::SqlType as _;
use crate::emit::{LONGEST_SUFFIX, RESERVED_PREFIX, ended_quote};
use std::collections::{BTreeMap, BTreeSet};

/// The longest identifier that PostgreSQL does not truncate
/// (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>).
pub const LONGEST_NAME: usize = 63;

/// The most columns that a table can have (<https://www.postgresql.org/docs/current/limits.html>).
const MOST_COLUMNS: usize = 1600;

impl Model {
    /// Checks whether SQL can be emitted from the model.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, one sentence for each fault.
    ///
    /// ```
    /// # use es_rollup_core::{SqlType, model::{Model, Store, Table, Tagging, Trigger, Types, View}};
    /// let mut types = Types::default();
    /// let id = types.of(i64::SQL);
    /// let mut model = Model {
    ///     event: "UserEvent".into(),
    ///     types,
    ///     store: Store::es_entity(Table::parse("user_events"), id),
    ///     tagging: Tagging::Internal { tag: "type".into() },
    ///     variants: vec![],
    ///     trigger: Trigger::Statement,
    ///     root: View {
    ///         table: Table::parse("users"),
    ///         columns: vec![],
    ///         rules: vec![],
    ///         constraints: vec![],
    ///     },
    /// };
    /// assert_eq!(model.validate(), Ok(()));
    ///
    /// model.store.payload = "event\n".into();
    /// let faults = model.validate().unwrap_err();
    /// assert_eq!(faults, [r#"the event table's column "event\n" contains a control character"#]);
    /// ```
    pub fn validate(&self) -> Result<(), Vec<String>> {
        let mut faults = Faults(Vec::new());
        faults.text("the enum's name", &self.event);
        faults.types(self);
        faults.store(self);
        faults.tagging(&self.tagging);
        faults.variants(self);
        faults.view(self, &self.root);
        if faults.0.is_empty() { Ok(()) } else { Err(faults.0) }
    }
}

struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, fault: String) {
        self.0.push(fault);
    }

    /// Text that goes into a literal or a comment.
    fn text(&mut self, what: &str, text: &str) {
        if text.chars().any(char::is_control) {
            self.add(format!("{what} {text:?} contains a control character"));
        }
        if let Some(tag) = ended_quote(text) {
            self.add(format!("{what} {text:?} contains {tag}, which quotes the emitted SQL"));
        }
        if text.contains('\\') {
            self.add(format!("{what} {text:?} contains a backslash"));
        }
    }

    /// The name of a database object.
    fn name(&mut self, what: &str, name: &str, suffix: &str) {
        self.text(what, name);
        if name.is_empty() {
            self.add(format!("{what} has no name"));
        }
        let length = name.len() + suffix.len();
        if length > LONGEST_NAME {
            let with = if suffix.is_empty() { String::new() } else { format!(" with the suffix {suffix}") };
            self.add(format!(
                "{what} {name:?} is {length} bytes long{with}; PostgreSQL truncates names after {LONGEST_NAME} bytes"
            ));
        }
    }

    fn table(&mut self, what: &str, table: &Table, suffix: &str) {
        self.name(&format!("{what}'s schema"), &table.schema, "");
        self.name(what, &table.name, suffix);
    }

    fn types(&mut self, model: &Model) {
        for (ty, entry) in model.types.iter() {
            match entry {
                Entry::Known(texts) => self.texts(&format!("type t{}", ty.0 + 1), texts),
                Entry::Hole => {}
            }
        }
    }

    fn texts(&mut self, what: &str, texts: &TypeTexts) {
        let TypeTexts { name, accepts, read, expects, default, number, order, values, .. } = texts;
        let some = [default, number, order, values].into_iter().flatten();
        for text in [name, accepts, read, expects].into_iter().chain(some) {
            if text.chars().any(char::is_control) || ended_quote(text).is_some() {
                self.add(format!("{what}: the text {text:?} cannot be emitted in SQL"));
            }
        }
        if name.is_empty() {
            self.add(format!("{what} has no name"));
        }
    }

    /// A reference to a type.
    fn ty(&mut self, model: &Model, what: &str, ty: Type) {
        if model.types.get(ty).is_none() {
            self.add(format!("{what} has type t{}, which does not exist", ty.0 + 1));
        }
    }

    fn store(&mut self, model: &Model) {
        let (store, tagging) = (&model.store, &model.tagging);
        self.table("the event table", &store.table, "");
        let columns = [&store.id, &store.sequence, &store.payload].into_iter().chain(&store.recorded_at);
        let filter = store.filter.iter().map(|filter| &filter.column);
        let columns: Vec<&String> =
            columns.chain(filter).chain(&store.context).chain(tagging.column()).collect();
        for (at, column) in columns.iter().enumerate() {
            self.name("the event table's column", column, "");
            if columns[..at].contains(column) {
                self.add(format!("the event table's column {column:?} is used twice"));
            }
        }
        if let Some(filter) = &store.filter {
            self.text("the filter's value", &filter.value);
        }
        self.ty(model, "the id", store.id_type);
    }

    fn tagging(&mut self, tagging: &Tagging) {
        match tagging {
            Tagging::External | Tagging::Separate { .. } => {}
            Tagging::Internal { tag } => self.text("the tag's key", tag),
            Tagging::Adjacent { tag, content } => {
                self.text("the tag's key", tag);
                self.text("the content's key", content);
                if tag == content {
                    self.add(format!("the tag and the content have the same key {tag:?}"));
                }
            }
        }
    }

    fn variants(&mut self, model: &Model) {
        let variants = &model.variants;
        let mut names: BTreeSet<&str> = BTreeSet::new();
        let nameless = |variant: &&Variant| variant.other && variant.wire.is_empty();
        names.extend(variants.iter().find(nameless).map(|_| ""));
        for (at, variant) in variants.iter().enumerate() {
            self.text("the event's name", &variant.name);
            for name in &variant.wire {
                self.text("the event's type", name);
                if !names.insert(name) {
                    self.add(format!("two events have the type {name:?}"));
                }
            }
            for field in &variant.fields {
                self.field(model, variant, field);
            }
            if let Some(rule) = model.root.rules.get(at) {
                self.fields(variant, rule);
            }
        }
        if variants.iter().filter(|variant| variant.other).count() > 1 {
            self.add("two events are marked `other`; only one can represent unknown types".into());
        }
    }

    /// The description has fields where operations read them, and their names by their keys.
    fn fields(&mut self, variant: &Variant, rule: &Rule) {
        let read: BTreeSet<usize> = rule
            .steps
            .iter()
            .filter_map(|step| match step.source {
                Source::Field(at) => Some(at),
                Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => None,
            })
            .collect();
        let mut names: BTreeMap<Option<&String>, &str> = BTreeMap::new();
        for (at, field) in variant.fields.iter().enumerate() {
            let what = format!("field {:?} of event {:?}", field.label(), variant.name);
            if !read.contains(&at) {
                self.add(format!("{what} is read by no operation"));
            }
            let expected = match field.origin {
                Origin::Context => "context",
                Origin::Payload => names.entry(field.keys.first()).or_insert(&field.name),
            };
            if field.name != expected {
                self.add(format!("{what} has another name where it is read again: {expected:?}"));
            }
        }
    }

    fn field(&mut self, model: &Model, variant: &Variant, field: &Field) {
        let what = format!("field {:?} of event {:?}", field.label(), variant.name);
        for text in [&field.name].into_iter().chain(&field.keys).chain(&field.path) {
            self.text(&format!("{what}: the key"), text);
        }
        match (field.origin, variant.shape) {
            (Origin::Payload, Shape::Struct) if field.keys.is_empty() => {
                self.add(format!("{what} has no key to read it from"));
            }
            (Origin::Payload, Shape::Newtype) if !field.keys.is_empty() => {
                self.add(format!("{what} is the whole content, so it cannot have a key"));
            }
            (Origin::Payload, Shape::Tuple | Shape::Unit) => {
                self.add(format!("{what} cannot be read: the event has no named fields"));
            }
            (Origin::Context, Shape::Struct | Shape::Newtype | Shape::Tuple | Shape::Unit)
            | (Origin::Payload, Shape::Struct | Shape::Newtype) => {}
        }
        if field.ascending && !(field.many && can(model, field.ty, Ability::Order)) {
            self.add(format!("{what} is taken in ascending order, but its elements have no order that is the same in Rust and SQL"));
        }
        if let Some(whole) = &field.whole {
            match whole.absent {
                Absent::Refused | Absent::None => {}
                Absent::Default | Absent::Literal(_) => {
                    self.add(format!(
                        "{what} leads through a field with a default, whose content is not known"
                    ));
                }
            }
            self.ty(model, &format!("{what}: the field around it"), whole.ty);
        }
        match (&field.absent, field.optional) {
            (Absent::None, false) => {
                self.add(format!("{what} becomes None if it is absent, so it must be optional"));
            }
            (Absent::Default, false) if !field.many && !can(model, field.ty, Ability::Default) => {
                self.add(format!("{what} falls back to the default of its type, but that is not known"));
            }
            (Absent::Literal(Literal::Text(text)), _) => self.text(&format!("{what}: the default"), text),
            (Absent::None | Absent::Default, true)
            | (
                Absent::Refused | Absent::Default | Absent::Literal(Literal::Bool(_) | Literal::Integer(_)),
                _,
            ) => {}
        }
        self.ty(model, &what, field.ty);
    }

    fn view(&mut self, model: &Model, view: &View) {
        self.table("the rollup table", &view.table, LONGEST_SUFFIX);
        if view.table == model.store.table {
            self.add("the rollup table cannot be the event table itself".into());
        }
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for column in &view.columns {
            self.column(model, column);
            if !names.insert(&column.name) {
                self.add(format!("two columns are called {:?}", column.name));
            }
        }
        let columns = view.columns.len() + Envelope::of(&model.store).count();
        if columns > MOST_COLUMNS {
            self.add(format!("the table has {columns} columns; PostgreSQL allows {MOST_COLUMNS}"));
        }
        if view.rules.len() != model.variants.len() {
            self.add(format!(
                "there are {} events, but the number of rules is {}; write one for each event",
                model.variants.len(),
                view.rules.len()
            ));
        }
        for (variant, rule) in model.variants.iter().zip(&view.rules) {
            self.rule(model, view, variant, rule);
        }
        let mut constraints: BTreeSet<&str> = BTreeSet::new();
        for constraint in &view.constraints {
            self.constraint(model, view, constraint);
            if !constraints.insert(constraint.name()) {
                self.add(format!("two constraints are called {:?}", constraint.name()));
            }
        }
    }

    fn column(&mut self, model: &Model, column: &Column) {
        let name = &column.name;
        self.name("the column", name, "");
        if Envelope::NAMES.contains(&name.as_str()) {
            self.add(format!(
                "a column cannot be called {name:?}: every rollup already has a column with this name"
            ));
        }
        if name.starts_with(RESERVED_PREFIX) {
            self.add(format!(
                "a column cannot be called {name:?}: the trigger's variables begin with {RESERVED_PREFIX}"
            ));
        }
        if column.nullable && column.kind != Kind::Value {
            self.add(format!(
                "column {name:?} is {} and is never empty, so it cannot be nullable",
                column.kind.words()
            ));
        }
        if column.kind == Kind::Counter && !can(model, column.ty, Ability::Number) {
            self.add(format!("column {name:?} is a counter, but its type is not a number"));
        }
        self.ty(model, &format!("column {name:?}"), column.ty);
    }

    fn rule(&mut self, model: &Model, view: &View, variant: &Variant, rule: &Rule) {
        let event = &variant.name;
        match variant.life {
            Life::Create if variant.other => {
                self.add(format!("event {event:?} represents unknown types, so it cannot create the row"));
            }
            Life::Delete if !rule.steps.is_empty() => {
                self.add(format!("event {event:?} deletes the row, so it cannot change columns"));
            }
            Life::Create | Life::Change | Life::Delete => {}
        }
        for step in &rule.steps {
            let Some(column) = view.columns.get(step.column) else {
                self.add(format!(
                    "event {event:?} changes column {}, but the number of columns is {}",
                    step.column,
                    view.columns.len()
                ));
                continue;
            };
            self.step(model, variant, step, column);
        }
    }

    fn step(&mut self, model: &Model, variant: &Variant, step: &Step, column: &Column) {
        let what = format!("{} of {:?} by event {:?}", step.operation.key(), column.name, variant.name);
        if !step.operation.works_on(column.kind) {
            self.add(format!("{what}: the column is {}", column.kind.words()));
        }
        if let Some(need) = step.operation.definition().needs
            && !can(model, column.ty, Ability::of(need))
        {
            self.add(format!("{what}: the column's type is not {}", need.words()));
        }
        match &step.source {
            Source::Nothing => {
                if step.operation.definition().takes != Takes::Nothing {
                    self.add(format!("{what} needs a value"));
                }
            }
            Source::Field(at) => match variant.fields.get(*at) {
                None => self.add(format!(
                    "{what} reads field {at}, but the number of fields is {}",
                    variant.fields.len()
                )),
                Some(field) => {
                    if field.many && !step.operation.takes_many() {
                        self.add(format!("{what} takes one value, but {:?} has many", field.label()));
                    }
                    if field.origin == Origin::Context && model.store.context.is_none() {
                        self.add(format!(
                            "{what} reads the context, but the event table has no column for it"
                        ));
                    }
                }
            },
            Source::Literal(Literal::Text(text)) => self.text(&format!("{what}: the text"), text),
            Source::RecordedAt => {
                if model.store.recorded_at.is_none() {
                    self.add(format!(
                        "{what} reads the recorded time, but the event table has no column for it"
                    ));
                }
            }
            Source::Literal(Literal::Bool(_) | Literal::Integer(_)) | Source::Sequence => {}
        }
    }

    fn constraint(&mut self, model: &Model, view: &View, constraint: &Constraint) {
        let name = constraint.name();
        self.name("the constraint", name, "");
        let columns = match constraint {
            Constraint::Check { expression, .. } => {
                if let Some(fault) = fault_of(expression) {
                    self.add(format!("check {name:?}: {fault}"));
                }
                return;
            }
            Constraint::Unique { columns, .. } | Constraint::Index { columns, .. } => columns,
        };
        if columns.is_empty() {
            self.add(format!("constraint {name:?} names no column"));
        }
        for column in columns {
            let own = Envelope::of(&model.store).any(|one| one.name() == column);
            if !own && view.column(column).is_none() {
                self.add(format!("constraint {name:?} names column {column:?}, which does not exist"));
            }
        }
    }
}

/// What an operation may require of a type.
#[derive(Clone, Copy)]
enum Ability {
    Default,
    Number,
    Order,
    Equality,
    Boolean,
}

impl Ability {
    const fn of(need: Need) -> Self {
        match need {
            Need::Number => Self::Number,
            Need::Order => Self::Order,
            Need::Equality => Self::Equality,
            Need::Boolean => Self::Boolean,
        }
    }
}

/// Whether the type has the ability. For a type that only the compiler knows, the compiler checks it.
fn can(model: &Model, ty: Type, ability: Ability) -> bool {
    model.types.texts(ty).is_none_or(|texts| match ability {
        Ability::Default => texts.default.is_some(),
        Ability::Number => texts.number.is_some(),
        Ability::Order => texts.order.is_some(),
        Ability::Equality => texts.equality,
        Ability::Boolean => texts.name == bool::SQL.name.to_string(),
    })
}
