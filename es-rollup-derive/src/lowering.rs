//! From what was meant to the model that both folds are made from.

use crate::attributes::spelled;
use crate::constraints;
use crate::model::{Decision, Origin, Rollup};
use crate::wire;
use es_rollup_core::model::{
    Column, Field, Model, Row, Source, Step, Store, Table, Transition, Type as SqlType, Variant, View,
};
use syn::ext::IdentExt;
use syn::{Member, Type};

/// The model, the Rust types that its slots stand for, and where each of its fields stands in the enum.
pub(crate) struct Lowered {
    pub(crate) model: Model,
    pub(crate) slots: Vec<Type>,
    /// For each variant the members of its fields, as the model has them.
    pub(crate) members: Vec<Vec<Member>>,
}

impl Lowered {
    /// The Rust type of a slot.
    pub(crate) fn rust(&self, ty: &SqlType) -> &Type {
        match ty {
            SqlType::Slot(slot) => &self.slots[*slot],
            SqlType::Known { .. } => unreachable!("the derive knows types by their Rust names only"),
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
    let store = Store::es_entity(events, slots.slot(id));
    let time = rollup.time();
    let columns = rollup
        .columns
        .iter()
        .map(|column| Column {
            name: column.name.clone(),
            ty: slots.slot(&column.ty(&time).expect("validation refuses a column that nobody gives a value")),
            kind: column.kind(),
            nullable: rollup.is_nullable(column),
        })
        .collect();
    let mut variants = Vec::new();
    let mut transitions = Vec::new();
    let mut members = Vec::new();
    for (variant, decision) in rollup.input.variants.iter().zip(&rollup.decisions) {
        let mut fields = Fields { written: &variant.fields, read: Vec::new(), places: Vec::new() };
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
        transitions.push(Transition { row: row(decision), steps });
        members.push(fields.places.iter().map(|(place, _)| variant.fields[*place].member.clone()).collect());
        variants.push(Variant {
            name: variant.original.ident.unraw().to_string(),
            wire: variant.wire.clone(),
            other: variant.other,
            shape: variant.shape,
            fields: fields.read,
        });
    }
    let constraints = constraints::lower(rollup, &table);
    let model = Model {
        event: rollup.input.original.ident.unraw().to_string(),
        store,
        tagging: rollup.input.tagging.clone(),
        variants,
        views: vec![View { table, columns, transitions, constraints }],
    };
    Lowered { model, slots: slots.0, members }
}

fn row(decision: &Decision) -> Row {
    match (decision.create, decision.delete) {
        (Some(_), _) => Row::Create,
        (None, Some(_)) => Row::Delete,
        (None, None) => Row::Change,
    }
}

/// The fields of one variant that an operation reads. One that nothing reads is nobody's business, nor is its
/// type.
struct Fields<'a> {
    written: &'a [wire::Field<'a>],
    read: Vec<Field>,
    /// The place of each in the variant, and whether it is read element by element.
    places: Vec<(usize, bool)>,
}

impl Fields<'_> {
    fn source(&mut self, origin: &Origin, slots: &mut Slots) -> Source {
        match origin {
            Origin::Nothing => Source::Nothing,
            Origin::Literal(literal, _) => Source::Literal(literal.clone()),
            Origin::RecordedAt => Source::RecordedAt,
            Origin::Field { place, ty, optional, many } => {
                let key = (*place, *many);
                let at = self.places.iter().position(|one| *one == key).unwrap_or_else(|| {
                    let written = &self.written[*place];
                    self.places.push(key);
                    self.read.push(Field {
                        name: name(&written.member),
                        keys: written.keys.clone(),
                        ty: slots.slot(ty),
                        many: *many,
                        optional: *optional,
                        absent: written.absent,
                    });
                    self.read.len() - 1
                });
                Source::Field(at)
            }
        }
    }
}

/// The Rust types of an expansion, each once.
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
}

/// A field's name in Rust.
fn name(member: &Member) -> String {
    match member {
        Member::Named(ident) => ident.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}
