//! Lowers the meaning of the attributes to the model from which both folds are generated.

use crate::constraints;
use crate::model::{Decision, Origin, Rollup};
use crate::spelling::{Collection, spelled};
use crate::value::Value;
use crate::wire;
use es_rollup_core::model::{
    Absent, Column, Field, Life, Model, Origin as At, Rule, Source, Step, Store, Table, Type as SqlType,
    Variant, View, Whole,
};
use syn::ext::IdentExt;
use syn::{LitStr, Member, Type};

/// The model, the Rust types of its slots, and the place of each of its fields in the enum.
pub(crate) struct Lowered {
    pub(crate) model: Model,
    pub(crate) slots: Vec<Type>,
    /// For each variant, how Rust reads the fields of its model.
    pub(crate) readings: Vec<Vec<Reading>>,
}

/// How Rust reads a field of the model.
pub(crate) struct Reading {
    /// The member of the variant; `None` for the event's context.
    pub(crate) member: Option<Member>,
    /// The type of one value.
    pub(crate) ty: Type,
    /// Whether the event borrows the data that the column owns.
    pub(crate) borrowed: bool,
    /// Whether the member has another type, whose JSON is read as this type.
    pub(crate) read_as: bool,
    /// The collection that it is read from, element by element.
    pub(crate) collection: Option<Collection>,
}

impl Lowered {
    /// The Rust type of a slot; `None` if only the SQL type is known.
    pub(crate) fn rust(&self, ty: &SqlType) -> Option<&Type> {
        match ty {
            SqlType::Slot(slot) => Some(&self.slots[*slot]),
            SqlType::Known { .. } => None,
        }
    }
}

/// Lowers an enum that passed validation.
pub(crate) fn lower(rollup: &Rollup<'_>) -> Lowered {
    let mut slots = Slots(Vec::new());
    let options = &rollup.options;
    let id = options.id.expect("validation refuses an enum without an id");
    let events = Table::parse(&options.events.expect("validation refuses an enum without events").value());
    let table = match options.table {
        Some(table) => Table::parse(&table.value()),
        None => Table { schema: events.schema.clone(), name: format!("{}_rollup", events.name) },
    };
    let mut store = Store::es_entity(events, slots.slot(id));
    let time = rollup.time();
    let columns = rollup
        .columns
        .iter()
        .map(|column| Column {
            name: column.name.clone(),
            ty: slots.ty(
                &column.ty(&time).expect("validation refuses a column that no operation fills"),
                column.sql_type(),
            ),
            kind: column.kind(),
            nullable: rollup.is_nullable(column),
        })
        .collect();
    let mut variants = Vec::new();
    let mut rules = Vec::new();
    let mut readings = Vec::new();
    for (variant, decision) in rollup.input.variants.iter().zip(&rollup.decisions) {
        let mut fields = Fields { written: &variant.fields, read: Vec::new(), values: Vec::new() };
        let steps = decision
            .steps
            .iter()
            .map(|(column, writer)| {
                let writer = &rollup.columns[*column].writers[*writer];
                Step {
                    column: *column,
                    operation: writer.operation,
                    source: fields.source(&writer.origin, &mut slots),
                }
            })
            .collect();
        rules.push(Rule { steps });
        let reading = |value: &&Value| Reading {
            member: value.field.map(|place| variant.fields[place].member.clone()),
            ty: value.ty.clone(),
            borrowed: value.borrowed,
            read_as: value.read_as,
            collection: value.many,
        };
        readings.push(fields.values.iter().map(reading).collect());
        if fields.values.iter().any(|value| value.field.is_none()) {
            store.context = Some(CONTEXT.into());
        }
        variants.push(Variant {
            name: variant.original.ident.unraw().to_string(),
            wire: variant.wire.clone(),
            other: variant.other,
            life: life(decision),
            shape: variant.shape,
            fields: fields.read,
        });
    }
    let constraints = constraints::lower(&rollup.constraints, &table);
    let model = Model {
        event: rollup.input.original.ident.unraw().to_string(),
        store,
        tagging: rollup.input.tagging.clone(),
        variants,
        trigger: options.trigger,
        root: View { table, columns, rules, constraints },
    };
    Lowered { model, slots: slots.0, readings }
}

fn life(decision: &Decision) -> Life {
    match (decision.create, decision.delete) {
        (Some(_), _) => Life::Create,
        (None, Some(_)) => Life::Delete,
        (None, None) => Life::Change,
    }
}

/// The column of the event's context in es-entity's layout.
const CONTEXT: &str = "context";

/// The fields of one variant that an operation reads. The model has no other fields and knows nothing of their types.
struct Fields<'a> {
    written: &'a [wire::Field<'a>],
    read: Vec<Field>,
    /// The value that each of them was lowered from.
    values: Vec<&'a Value>,
}

impl<'a> Fields<'a> {
    fn source(&mut self, origin: &'a Origin, slots: &mut Slots) -> Source {
        match origin {
            Origin::Nothing => Source::Nothing,
            Origin::Literal(literal, _) => Source::Literal(literal.clone()),
            Origin::RecordedAt => Source::RecordedAt,
            Origin::Sequence => Source::Sequence,
            Origin::Value(value) => {
                let at = self.values.iter().position(|one| same(one, value)).unwrap_or_else(|| {
                    let field = self.field(value, slots);
                    self.values.push(value);
                    self.read.push(field);
                    self.read.len() - 1
                });
                Source::Field(at)
            }
        }
    }

    fn field(&self, value: &Value, slots: &mut Slots) -> Field {
        let written = value.field.map(|place| &self.written[place]);
        let absent = match (written, value.path.is_empty(), value.optional) {
            (Some(written), true, _) => match &value.default {
                Some((literal, _)) => Absent::Literal(literal.clone()),
                None => written.absent.clone(),
            },
            (_, _, true) => Absent::None,
            (_, _, false) => Absent::Refused,
        };
        Field {
            name: written.map_or_else(|| CONTEXT.into(), |written| name(&written.member)),
            origin: if written.is_some() { At::Payload } else { At::Context },
            keys: written.map(|written| written.keys.clone()).unwrap_or_default(),
            path: value.path.clone(),
            whole: written.filter(|_| self.leads_first(value)).map(|written| Whole {
                ty: slots.slot(written.ty),
                optional: written.optional,
                absent: written.absent.clone(),
            }),
            ty: slots.ty(&value.ty, value.sql_type.as_ref()),
            many: value.many.is_some(),
            ascending: value.many == Some(Collection::Set),
            optional: value.optional,
            absent,
        }
    }
}

impl Fields<'_> {
    /// Whether the value's path is the first one into its field.
    fn leads_first(&self, value: &Value) -> bool {
        let leads = |one: &&Value| one.field == value.field && !one.path.is_empty();
        leads(&value) && !self.values.iter().any(leads)
    }
}

/// Whether two values are read in the same way.
fn same(one: &Value, other: &Value) -> bool {
    let sql_type = |value: &Value| value.sql_type.as_ref().map(LitStr::value);
    one.field == other.field
        && one.path == other.path
        && one.many == other.many
        && one.read_as == other.read_as
        && one.optional == other.optional
        && sql_type(one) == sql_type(other)
        && spelled(&one.ty) == spelled(&other.ty)
}

/// The Rust types of an expansion, without duplicates.
struct Slots(Vec<Type>);

impl Slots {
    fn slot(&mut self, ty: &Type) -> SqlType {
        let spelt = spelled(ty);
        let at = self.0.iter().position(|one| spelled(one) == spelt).unwrap_or_else(|| {
            self.0.push(ty.clone());
            self.0.len() - 1
        });
        SqlType::Slot(at)
    }

    /// The type with this SQL name; without a name, the slot of the Rust type.
    fn ty(&mut self, ty: &Type, sql_type: Option<&LitStr>) -> SqlType {
        sql_type.map_or_else(
            || self.slot(ty),
            |name| {
                SqlType::foreign(&name.value())
                    .expect("validation refuses types that a column cannot be cast to")
            },
        )
    }
}

/// A field's name in Rust.
fn name(member: &Member) -> String {
    match member {
        Member::Named(ident) => ident.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}
