//! The model as JSON, for a migration to carry, a database to store and a later release to compare.
//!
//! It has two halves. `meaning` is everything that decides what a row becomes, keyed by column names and by the names
//! that serde writes. `labels` holds text for people: Rust names, and what each type expects. The fingerprint covers
//! only the meaning; see [`meaning`].

use super::text::{FINGERPRINT, own_piece, part};
use crate::model::{
    Absent, Column, Constraint, Field, Kind, Life, Literal, Model, Operation, Origin, Part, Rule, Shape,
    Source, Step, Store, Table, Tagging, Trigger, Type, Variant, View, Whole,
};
use crate::sql::json as string;

/// The format version of the description. A later format gets a new number.
const FORMAT: u32 = 2;

fn list<T>(items: impl IntoIterator<Item = T>, describe: impl Fn(T) -> String) -> String {
    format!("[{}]", items.into_iter().map(describe).collect::<Vec<_>>().join(","))
}

fn object<Name: AsRef<str>>(members: impl IntoIterator<Item = (Name, String)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(name, value)| format!("{}:{value}", string(name.as_ref()))).collect();
    format!("{{{}}}", members.join(","))
}

/// The model in the form that a migration carries.
pub(super) fn describe(model: &Model) -> String {
    let types = types(model);
    let writer = Writer { model, types: Types::Named(&types) };
    let named = |which: Part| {
        let texts = types.iter().enumerate().map(move |(at, ty)| (name(at), part(ty, which)));
        object(texts.collect::<Vec<_>>())
    };
    let mut meaning = vec![("types", named(Part::Json))];
    meaning.extend(writer.meaning());
    object([
        ("format", FORMAT.to_string()),
        ("fingerprint", format!("\"{FINGERPRINT}\"")),
        ("meaning", object(meaning)),
        ("labels", labels(model, named(Part::ExpectsJson))),
    ])
}

/// What the fingerprint covers: the meaning, in an order that does not depend on the order of declarations. Each type
/// is written out with those of its texts that matter where it is used. So Rust names of types and variants, and
/// anything that no event uses, do not affect the fingerprint.
pub(super) fn meaning(model: &Model) -> String {
    let writer = Writer { model, types: Types::Inline };
    format!("{FORMAT}{}", object(writer.meaning()))
}

/// How a type is referred to.
enum Types<'a> {
    /// By its key in the table of types.
    Named(&'a [&'a Type]),
    /// Written out in place.
    Inline,
}

/// A type's key, from its index in the table.
fn name(at: usize) -> String {
    format!("t{}", at + 1)
}

/// Every type of the model, each once.
fn types(model: &Model) -> Vec<&Type> {
    let columns = model.root.columns.iter().map(|column| &column.ty);
    let fields = model.variants.iter().flat_map(|variant| &variant.fields);
    let fields =
        fields.flat_map(|field| [&field.ty].into_iter().chain(field.whole.as_ref().map(|whole| &whole.ty)));
    let mut types: Vec<&Type> = Vec::new();
    for ty in [&model.store.id_type].into_iter().chain(columns).chain(fields) {
        if !types.contains(&ty) {
            types.push(ty);
        }
    }
    types
}

/// Names and descriptions for people.
fn labels(model: &Model, expects: String) -> String {
    let read = model.variants.iter().filter(|variant| variant.other || !variant.wire.is_empty());
    let events = read.map(|variant| {
        let named = variant.fields.iter().filter(|field| field.name != key(field));
        let fields: Vec<(String, String)> = named.map(|field| (key(field), string(&field.label()))).collect();
        let mut members = vec![("name", string(&variant.name))];
        if !fields.is_empty() {
            members.push(("fields", object(fields)));
        }
        (tag(variant), object(members))
    });
    object([("enum", string(&model.event)), ("events", object(events)), ("expects", expects)])
}

/// The key that a value is read from, followed by the path inside it.
fn key(field: &Field) -> String {
    let first = field.keys.first().map(String::as_str);
    first.into_iter().chain(field.path.iter().map(String::as_str)).collect::<Vec<_>>().join(".")
}

/// An event's name in the payload. The `other` variant has none.
fn tag(variant: &Variant) -> &str {
    variant.wire.first().map_or("", String::as_str)
}

struct Writer<'a> {
    model: &'a Model,
    types: Types<'a>,
}

impl Writer<'_> {
    fn meaning(&self) -> Vec<(&'static str, String)> {
        let model = self.model;
        let mut events: Vec<(usize, &Variant)> = model
            .variants
            .iter()
            .enumerate()
            // A variant that serde never reads is never stored.
            .filter(|(_, variant)| variant.other || !variant.wire.is_empty())
            .collect();
        self.sort(&mut events, |(_, variant)| tag(variant));
        let mut meaning = vec![
            ("store", self.store(&model.store)),
            ("tagging", tagging(&model.tagging)),
            ("events", object(events.iter().map(|(_, variant)| (tag(variant), self.event(variant))))),
        ];
        meaning.push(("root", self.view(&model.root, &events)));
        meaning
    }

    /// Sorts items whose order of declaration does not matter.
    fn sort<T>(&self, items: &mut [T], name: impl Fn(&T) -> &str) {
        match self.types {
            Types::Named(_) => {}
            Types::Inline => items.sort_by(|one, other| name(one).cmp(name(other))),
        }
    }

    /// A type; `parts` are those that matter where it is used.
    fn ty(&self, ty: &Type, parts: &[Part]) -> String {
        match self.types {
            Types::Named(types) => {
                let at = types.iter().position(|one| *one == ty).expect("every type is in the table");
                string(&name(at))
            }
            Types::Inline => list(parts, |one| own_piece(ty, *one)),
        }
    }

    fn store(&self, store: &Store) -> String {
        let mut members = vec![
            ("table", table(&store.table)),
            ("id", string(&store.id)),
            ("id_type", self.ty(&store.id_type, &[Part::Name])),
            ("sequence", string(&store.sequence)),
            ("payload", string(&store.payload)),
            ("recorded_at", string(&store.recorded_at)),
        ];
        members.extend(store.context.iter().map(|context| ("context", string(context))));
        object(members)
    }

    fn event(&self, variant: &Variant) -> String {
        let shape = match variant.shape {
            Shape::Struct => "struct",
            Shape::Newtype => "newtype",
            Shape::Tuple => "tuple",
            Shape::Unit => "unit",
        };
        let mut aliases: Vec<&String> = variant.wire.iter().skip(1).collect();
        self.sort(&mut aliases, |name| name);
        object([
            ("aliases", list(aliases, |name| string(name))),
            ("other", variant.other.to_string()),
            ("shape", string(shape)),
        ])
    }

    fn view(&self, view: &View, events: &[(usize, &Variant)]) -> String {
        let mut columns: Vec<&Column> = view.columns.iter().collect();
        self.sort(&mut columns, |column| &column.name);
        let mut constraints: Vec<&Constraint> = view.constraints.iter().collect();
        self.sort(&mut constraints, |constraint| constraint.name());
        let rules =
            events.iter().map(|(at, variant)| (tag(variant), self.rule(view, variant, &view.rules[*at])));
        object([
            ("table", table(&view.table)),
            (
                "trigger",
                string(match self.model.trigger {
                    Trigger::Statement | Trigger::Row => self.model.trigger.key(),
                }),
            ),
            ("columns", object(columns.iter().map(|column| (&column.name, self.column(view, column))))),
            ("constraints", object(constraints.iter().map(|one| (one.name(), constraint(one))))),
            ("rules", object(rules)),
        ])
    }

    fn column(&self, view: &View, column: &Column) -> String {
        let kind = match column.kind {
            Kind::Value => "value",
            Kind::Counter => "counter",
            Kind::Set => "set",
            Kind::List => "list",
        };
        let mut parts = vec![Part::Name, Part::Values];
        let steps = view.rules.iter().flat_map(|rule| &rule.steps);
        for step in steps.filter(|step| view.columns[step.column].name == column.name) {
            let more = match step.operation {
                Operation::Max | Operation::Min => Part::Collation,
                Operation::Increment | Operation::Decrement => Part::Holds,
                Operation::Add | Operation::Remove => Part::Equality,
                Operation::Set | Operation::SetOrKeep | Operation::Clear | Operation::Push => continue,
            };
            if !parts.contains(&more) {
                parts.push(more);
            }
        }
        object([
            ("type", self.ty(&column.ty, &parts)),
            ("kind", string(kind)),
            ("nullable", column.nullable.to_string()),
        ])
    }

    /// What an event does to the row, and its steps, each as column, operation and source.
    fn rule(&self, view: &View, variant: &Variant, rule: &Rule) -> String {
        let row = match variant.life {
            Life::Create => "create",
            Life::Change => "change",
            Life::Delete => "delete",
        };
        let mut steps: Vec<&Step> = rule.steps.iter().collect();
        self.sort(&mut steps, |step| &view.columns[step.column].name);
        let steps = list(steps, |step| {
            list(
                [
                    string(&view.columns[step.column].name),
                    string(step.operation.key()),
                    self.source(variant, &step.source),
                ],
                |one| one,
            )
        });
        object([("row", string(row)), ("steps", steps)])
    }

    fn source(&self, variant: &Variant, source: &Source) -> String {
        match source {
            Source::Nothing => "null".to_string(),
            Source::Field(field) => self.field(&variant.fields[*field]),
            Source::Literal(value) => object([("literal", literal(value))]),
            Source::RecordedAt => object([("envelope", string("recorded_at"))]),
            Source::Sequence => object([("envelope", string("sequence"))]),
        }
    }

    fn field(&self, field: &Field) -> String {
        let mut parts = vec![Part::Accepts, Part::Read];
        // A list that is read element by element always defaults to an empty list.
        if field.absent == Absent::Default && !field.many {
            parts.push(Part::Default);
        }
        if field.ascending {
            parts.push(Part::Collation);
        }
        let mut members = vec![
            ("keys", list(&field.keys, |key| string(key))),
            ("type", self.ty(&field.ty, &parts)),
            ("many", field.many.to_string()),
            ("optional", field.optional.to_string()),
            ("absent", absent(&field.absent)),
        ];
        match field.origin {
            Origin::Payload => {}
            Origin::Context => members.push(("origin", string("context"))),
        }
        if field.ascending {
            members.push(("ascending", true.to_string()));
        }
        if !field.path.is_empty() {
            members.push(("path", list(&field.path, |key| string(key))));
        }
        if let Some(Whole { ty, optional, absent }) = &field.whole {
            let whole = [
                ("type", self.ty(ty, &[Part::Accepts])),
                ("optional", optional.to_string()),
                ("absent", self::absent(absent)),
            ];
            members.push(("whole", object(whole)));
        }
        object(members)
    }
}

fn absent(absent: &Absent) -> String {
    match absent {
        Absent::Refused => string("refused"),
        Absent::None => string("none"),
        Absent::Default => string("default"),
        Absent::Literal(value) => object([("literal", literal(value))]),
    }
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Integer(value) => value.to_string(),
        Literal::Text(value) => string(value),
    }
}

fn table(table: &Table) -> String {
    object([("schema", string(&table.schema)), ("name", string(&table.name))])
}

fn tagging(tagging: &Tagging) -> String {
    match tagging {
        Tagging::External => object([("form", string("external"))]),
        Tagging::Internal { tag } => object([("form", string("internal")), ("tag", string(tag))]),
        Tagging::Separate { column } => object([("form", string("separate")), ("column", string(column))]),
        Tagging::Adjacent { tag, content } => {
            object([("form", string("adjacent")), ("tag", string(tag)), ("content", string(content))])
        }
    }
}

fn constraint(constraint: &Constraint) -> String {
    let over = |kind: &str, columns: &[String]| {
        object([("kind", string(kind)), ("columns", list(columns, |one| string(one)))])
    };
    match constraint {
        Constraint::Check { expression, .. } => {
            object([("kind", string("check")), ("expression", string(expression))])
        }
        Constraint::Unique { columns, .. } => over("unique", columns),
        Constraint::Index { columns, .. } => over("index", columns),
    }
}
