//! The model as JSON: what a migration can carry, a database keep, and a later release compare.

use super::text::part;
use crate::model::{
    Absent, Column, Constraint, Field, Kind, Literal, Model, Origin, Part, Row, Shape, Source, Step, Store,
    Table, Tagging, Transition, Trigger, Type, Variant, View, Whole,
};

/// The form of the description; a later form gets another number.
const FORMAT: u32 = 1;

/// Names and expressions have neither backslashes nor control characters, so quotes are all that needs escaping.
fn string(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\\\""))
}

fn list<T>(items: impl IntoIterator<Item = T>, describe: impl Fn(T) -> String) -> String {
    format!("[{}]", items.into_iter().map(describe).collect::<Vec<_>>().join(","))
}

fn object<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

pub(super) fn describe(model: &Model) -> String {
    object([
        ("format", FORMAT.to_string()),
        ("event", string(&model.event)),
        ("store", store(&model.store)),
        ("tagging", tagging(&model.tagging)),
        ("variants", list(&model.variants, variant)),
        ("views", list(&model.views, view)),
    ])
}

fn store(store: &Store) -> String {
    let mut members = vec![
        ("table", table(&store.table)),
        ("id", string(&store.id)),
        ("id_type", ty(&store.id_type)),
        ("sequence", string(&store.sequence)),
        ("payload", string(&store.payload)),
        ("recorded_at", string(&store.recorded_at)),
    ];
    members.extend(store.context.iter().map(|context| ("context", string(context))));
    object(members)
}

fn table(table: &Table) -> String {
    object([("schema", string(&table.schema)), ("name", string(&table.name))])
}

fn ty(ty: &Type) -> String {
    format!("\"{}\"", part(ty, Part::Name))
}

fn tagging(tagging: &Tagging) -> String {
    match tagging {
        Tagging::External => object([("form", string("external"))]),
        Tagging::Internal { tag } => object([("form", string("internal")), ("tag", string(tag))]),
        Tagging::Adjacent { tag, content } => {
            object([("form", string("adjacent")), ("tag", string(tag)), ("content", string(content))])
        }
    }
}

fn variant(variant: &Variant) -> String {
    let shape = match variant.shape {
        Shape::Struct => "struct",
        Shape::Newtype => "newtype",
        Shape::Tuple => "tuple",
        Shape::Unit => "unit",
    };
    object([
        ("name", string(&variant.name)),
        ("wire", list(&variant.wire, |name| string(name))),
        ("other", variant.other.to_string()),
        ("shape", string(shape)),
        ("fields", list(&variant.fields, field)),
    ])
}

fn absent(absent: &Absent) -> String {
    match absent {
        Absent::Refused => string("refused"),
        Absent::None => string("none"),
        Absent::Default => string("default"),
        Absent::Literal(value) => object([("literal", literal(value))]),
    }
}

fn field(field: &Field) -> String {
    let mut members = vec![
        ("name", string(&field.name)),
        ("keys", list(&field.keys, |key| string(key))),
        ("type", ty(&field.ty)),
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
    if let Some(Whole { ty: whole, optional, absent }) = &field.whole {
        let whole =
            [("type", ty(whole)), ("optional", optional.to_string()), ("absent", self::absent(absent))];
        members.push(("whole", object(whole)));
    }
    object(members)
}

fn view(view: &View) -> String {
    let mut members = vec![
        ("table", table(&view.table)),
        ("columns", list(&view.columns, column)),
        ("transitions", list(&view.transitions, transition)),
    ];
    match view.trigger {
        Trigger::Statement => {}
        Trigger::Row => members.push(("trigger", string(view.trigger.key()))),
    }
    if !view.constraints.is_empty() {
        members.push(("constraints", list(&view.constraints, constraint)));
    }
    object(members)
}

fn constraint(constraint: &Constraint) -> String {
    let over = |kind: &str, name: &str, columns: &[String]| {
        object([
            ("kind", string(kind)),
            ("name", string(name)),
            ("columns", list(columns, |one| string(one))),
        ])
    };
    match constraint {
        Constraint::Check { name, expression } => {
            object([("kind", string("check")), ("name", string(name)), ("expression", string(expression))])
        }
        Constraint::Unique { name, columns } => over("unique", name, columns),
        Constraint::Index { name, columns } => over("index", name, columns),
    }
}

fn column(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Value => "value",
        Kind::Counter => "counter",
        Kind::Set => "set",
        Kind::List => "list",
    };
    object([
        ("name", string(&column.name)),
        ("type", ty(&column.ty)),
        ("kind", string(kind)),
        ("nullable", column.nullable.to_string()),
    ])
}

fn transition(transition: &Transition) -> String {
    let row = match transition.row {
        Row::Create => "create",
        Row::Change => "change",
        Row::Delete => "delete",
    };
    object([("row", string(row)), ("steps", list(&transition.steps, step))])
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Integer(value) => value.to_string(),
        Literal::Text(value) => string(value),
    }
}

fn step(step: &Step) -> String {
    let Step { column, operation, source } = step;
    let source = match source {
        Source::Nothing => "null".to_string(),
        Source::Field(field) => object([("field", field.to_string())]),
        Source::Literal(value) => object([("literal", literal(value))]),
        Source::RecordedAt => object([("envelope", string("recorded_at"))]),
        Source::Sequence => object([("envelope", string("sequence"))]),
    };
    object([("column", column.to_string()), ("operation", string(operation.key())), ("source", source)])
}
