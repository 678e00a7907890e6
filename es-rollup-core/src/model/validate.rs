//! Checks that SQL can be emitted from a model.
//!
//! The derive reports most faults earlier, with the span of the source. This check is for models from other sources,
//! and it is the last one before SQL is emitted.

use super::{
    Absent, Column, Constraint, Envelope, Field, Kind, Life, Literal, Model, Operation, Origin, Rule, Shape,
    Source, Step, Store, Table, Tagging, Type, Variant, View, fault_of,
};
use crate::emit::{DOLLAR_TAG, LONGEST_SUFFIX, RESERVED_PREFIX};

/// The longest identifier that PostgreSQL does not truncate
/// (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>).
pub const LONGEST_NAME: usize = 63;

impl Model {
    /// Checks whether SQL can be emitted from the model.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, one sentence for each fault.
    ///
    /// ```
    /// # use es_rollup_core::{SqlType, model::{Model, Store, Table, Tagging, Trigger, Type, View}};
    /// let mut model = Model {
    ///     event: "UserEvent".into(),
    ///     store: Store::es_entity(Table::parse("user_events"), Type::known(i64::SQL)),
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
        faults.store(&self.store, &self.tagging);
        faults.tagging(&self.tagging);
        faults.variants(&self.variants);
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
        if text.contains(DOLLAR_TAG) {
            self.add(format!("{what} {text:?} contains {DOLLAR_TAG}, which quotes the emitted SQL"));
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

    fn store(&mut self, store: &Store, tagging: &Tagging) {
        self.table("the event table", &store.table, "");
        let columns = [&store.id, &store.sequence, &store.payload, &store.recorded_at];
        let columns: Vec<&String> =
            columns.into_iter().chain(&store.context).chain(tagging.column()).collect();
        for (at, column) in columns.iter().enumerate() {
            self.name("the event table's column", column, "");
            if columns[..at].contains(column) {
                self.add(format!("the event table's column {column:?} is used twice"));
            }
        }
        self.ty("the id", &store.id_type);
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

    fn variants(&mut self, variants: &[Variant]) {
        let mut names: Vec<&String> = Vec::new();
        for variant in variants {
            self.text("the event's name", &variant.name);
            for name in &variant.wire {
                self.text("the event's type", name);
                if names.contains(&name) {
                    self.add(format!("two events have the type {name:?}"));
                }
                names.push(name);
            }
            for field in &variant.fields {
                self.field(variant, field);
            }
        }
        if variants.iter().filter(|variant| variant.other).count() > 1 {
            self.add("two events are marked `other`; only one can represent unknown types".into());
        }
    }

    fn field(&mut self, variant: &Variant, field: &Field) {
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
        if field.ascending && !(field.many && can(&field.ty, Ability::Order)) {
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
            self.ty(&format!("{what}: the field around it"), &whole.ty);
        }
        match (&field.absent, field.optional) {
            (Absent::None, false) => {
                self.add(format!("{what} becomes None if it is absent, so it must be optional"));
            }
            (Absent::Default, false) if !field.many && !can(&field.ty, Ability::Default) => {
                self.add(format!("{what} falls back to the default of its type, but that is not known"));
            }
            (Absent::Literal(Literal::Text(text)), _) => self.text(&format!("{what}: the default"), text),
            (Absent::None | Absent::Default, true)
            | (
                Absent::Refused | Absent::Default | Absent::Literal(Literal::Bool(_) | Literal::Integer(_)),
                _,
            ) => {}
        }
        self.ty(&what, &field.ty);
    }

    fn ty(&mut self, what: &str, ty: &Type) {
        let Type::Known { name, accepts, read, expects, default, holds, collation, values, .. } = ty else {
            return;
        };
        let some = [default, holds, collation, values].into_iter().flatten();
        for text in [name, accepts, read, expects].into_iter().chain(some) {
            if text.chars().any(char::is_control) || text.contains(DOLLAR_TAG) {
                self.add(format!("{what}: the type's text {text:?} cannot be emitted in SQL"));
            }
        }
        if name.is_empty() {
            self.add(format!("{what}: the type's name is empty"));
        }
    }

    fn view(&mut self, model: &Model, view: &View) {
        self.table("the rollup table", &view.table, LONGEST_SUFFIX);
        if view.table == model.store.table {
            self.add("the rollup table cannot be the event table itself".into());
        }
        for (at, column) in view.columns.iter().enumerate() {
            self.column(column);
            if view.columns[..at].iter().any(|earlier| earlier.name == column.name) {
                self.add(format!("two columns are called {:?}", column.name));
            }
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
        for (at, constraint) in view.constraints.iter().enumerate() {
            self.constraint(view, constraint);
            if view.constraints[..at].iter().any(|earlier| earlier.name() == constraint.name()) {
                self.add(format!("two constraints are called {:?}", constraint.name()));
            }
        }
    }

    fn column(&mut self, column: &Column) {
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
        if column.kind == Kind::Counter && !can(&column.ty, Ability::Number) {
            self.add(format!("column {name:?} is a counter, but its type is not a number"));
        }
        self.ty(&format!("column {name:?}"), &column.ty);
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
        let ability = match step.operation {
            Operation::Max | Operation::Min => Some((Ability::Order, "ordered the same way in Rust and SQL")),
            Operation::Add | Operation::Remove => {
                Some((Ability::Equality, "compared for equality the same way in Rust and SQL"))
            }
            Operation::Increment | Operation::Decrement => Some((Ability::Number, "a number")),
            Operation::Set | Operation::SetOrKeep | Operation::Clear | Operation::Push => None,
        };
        if let Some((ability, words)) = ability
            && !can(&column.ty, ability)
        {
            self.add(format!("{what}: the column's type is not {words}"));
        }
        match &step.source {
            Source::Nothing => {
                if step.operation != Operation::Clear {
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
            Source::Literal(Literal::Bool(_) | Literal::Integer(_))
            | Source::RecordedAt
            | Source::Sequence => {}
        }
    }

    fn constraint(&mut self, view: &View, constraint: &Constraint) {
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
            if !Envelope::NAMES.contains(&column.as_str()) && view.column(column).is_none() {
                self.add(format!("constraint {name:?} names column {column:?}, which does not exist"));
            }
        }
    }
}

/// What an operation may require of a type.
enum Ability {
    Default,
    Number,
    Order,
    Equality,
}

/// Whether the type has the ability. For a type that only the compiler knows, the compiler checks it.
fn can(ty: &Type, ability: Ability) -> bool {
    match (ty, ability) {
        (Type::Slot(_), Ability::Default | Ability::Number | Ability::Order | Ability::Equality) => true,
        (Type::Known { default, .. }, Ability::Default) => default.is_some(),
        (Type::Known { holds, .. }, Ability::Number) => holds.is_some(),
        (Type::Known { collation, .. }, Ability::Order) => collation.is_some(),
        (Type::Known { equality, .. }, Ability::Equality) => *equality,
    }
}
