//! A model that is being put together from its variants.

use super::palette::TYPES;
use super::subject::{Id, Subject, is_nullable};
use super::types::Ty;
use crate::layout::{ES_ENTITY, LOG, OTHERWISE};
use es_rollup_core::model::{
    Absent, Column, Field, Key, Kind, Life, Model, Operation, Order, Origin, Rule, Shape, Source, Step,
    Table, Tagging, Touch, Trigger, Type, TypeTexts, Types, Variant, View, Whole,
};
use es_rollup_core::{TypeInfo, sql::Sql};
use std::sync::LazyLock;

/// The tables of the n-th model.
pub(crate) fn tables(number: usize) -> (Table, Table) {
    let events = Table::parse(&format!("model_{number}_events"));
    let rollup = Table { schema: "kept".into(), name: format!("model_{number}") };
    if number.is_multiple_of(2) {
        (events.clone(), Table { name: format!("{}_rollup", events.name), ..events })
    } else {
        (events, rollup)
    }
}

/// What a path leads through: an object with any keys.
const OBJECT: TypeInfo = TypeInfo::new(
    Sql::Text("jsonb"),
    Sql::Text("jsonb_typeof(es_value) = 'object'"),
    Sql::Text("es_value"),
    "an object",
);

/// Every type, for drafts to refer to. A model has only those that it uses.
static PALETTE: LazyLock<Types> = LazyLock::new(|| {
    let mut types = Types::default();
    for texts in TYPES.iter().map(Ty::modelled).chain([TypeTexts::of(OBJECT)]) {
        types.known(texts);
    }
    types
});

#[expect(clippy::needless_pass_by_value, reason = "the texts are made for this")]
fn palette(texts: TypeTexts) -> Type {
    let found = PALETTE.iter().find(|(ty, _)| PALETTE.texts(*ty) == Some(&texts));
    found.expect("the palette has every type").0
}

/// A variant that is being put together.
pub(crate) struct Draft {
    pub(crate) variant: Variant,
    pub(crate) rule: Rule,
}

impl Draft {
    pub(crate) fn new(name: String, shape: Shape, life: Life) -> Self {
        let variant =
            Variant { wire: vec![name.clone()], name, other: false, life, shape, fields: Vec::new() };
        // What it does to the row follows from the other variants.
        Self { variant, rule: Rule::of_entity(Touch::Add, Vec::new()) }
    }

    /// Whether the variant may do this to the column beside what it does already: it writes a column once,
    /// unless each time goes on from the one before.
    pub(super) fn may(&self, column: usize, operation: Operation) -> bool {
        let mut earlier = self.rule.steps.iter().filter(|step| step.column == column);
        earlier.all(|step| step.operation.accumulates() && operation.accumulates())
    }

    pub(crate) fn step(&mut self, column: usize, operation: Operation, source: Source) {
        self.rule.steps.push(Step { column, operation, source });
    }

    /// A field of its own for a step.
    pub(crate) fn field(
        &mut self,
        ty: &Ty,
        keys: Vec<String>,
        many: bool,
        optional: bool,
        absent: Absent,
    ) -> Source {
        let name = keys.first().cloned().unwrap_or_else(|| "0".into());
        let ty = palette(ty.modelled());
        let (origin, path, whole) = (Origin::Payload, Vec::new(), None);
        self.push(Field { name, origin, keys, path, whole, ty, many, ascending: false, optional, absent })
    }

    fn push(&mut self, field: Field) -> Source {
        self.variant.fields.push(field);
        Source::Field(self.variant.fields.len() - 1)
    }

    /// The last field is a set.
    pub(crate) fn ascending(&mut self) {
        self.variant.fields.last_mut().expect("a field").ascending = true;
    }

    /// Something inside the events' context.
    pub(super) fn in_context(&mut self, ty: &Ty, path: Vec<String>, many: bool, optional: bool) -> Source {
        let absent = if optional { Absent::None } else { Absent::Refused };
        let (ty, name) = (palette(ty.modelled()), "context".to_string());
        let (origin, keys, whole) = (Origin::Context, Vec::new(), None);
        self.push(Field { name, origin, keys, path, whole, ty, many, ascending: false, optional, absent })
    }

    /// Something inside a field of its own, which is an object, or none at all where `whole` says so.
    pub(crate) fn inside(
        &mut self,
        ty: &Ty,
        key: String,
        path: Vec<String>,
        many: bool,
        optional: bool,
        whole: (bool, Absent),
    ) -> Source {
        let absent = if optional { Absent::None } else { Absent::Refused };
        let (ty, name) = (palette(ty.modelled()), key.clone());
        let (origin, keys) = (Origin::Payload, vec![key]);
        let whole = Some(Whole { ty: palette(TypeTexts::of(OBJECT)), optional: whole.0, absent: whole.1 });
        self.push(Field { name, origin, keys, path, whole, ty, many, ascending: false, optional, absent })
    }
}

/// Fields that are equal are one, as the derive makes them.
fn each_once(variant: &mut Variant, mut rule: Rule) -> Rule {
    let mut fields: Vec<Field> = Vec::new();
    for step in &mut rule.steps {
        if let Source::Field(at) = &mut step.source {
            let field = variant.fields[*at].clone();
            *at = fields.iter().position(|one| *one == field).unwrap_or(fields.len());
            if *at == fields.len() {
                fields.push(field);
            }
        }
    }
    variant.fields = fields;
    rule
}

/// A model with the parts given; what follows from them is worked out.
pub(crate) fn finished(
    number: usize,
    id: Id,
    tagging: Tagging,
    columns: Vec<(String, Kind, &'static Ty)>,
    drafts: Vec<Draft>,
) -> Subject {
    let (events, table) = tables(number);
    let id_type = match id {
        Id::Uuid => <uuid::Uuid as es_rollup::SqlType>::SQL,
        Id::Text => <String as es_rollup::SqlType>::SQL,
        Id::Bigint => <i64 as es_rollup::SqlType>::SQL,
    };
    let mut used = Types::default();
    let id_type = used.of(id_type);
    let (mut variants, mut rules): (Vec<_>, Vec<Rule>) =
        drafts.into_iter().map(|draft| (draft.variant, draft.rule)).unzip();
    let layout = [&ES_ENTITY, &OTHERWISE, &LOG][number % 3];
    if layout.recorded_at.is_none() {
        for rule in &mut rules {
            rule.steps.retain(|step| step.source != Source::RecordedAt);
        }
    }
    let tagging = match tagging {
        Tagging::Separate { .. } => Tagging::Separate { column: layout.event_type.into() },
        Tagging::External | Tagging::Internal { .. } | Tagging::Adjacent { .. } => tagging,
    };
    let types = columns.iter().map(|(.., ty)| *ty).collect();
    let columns = columns
        .into_iter()
        .enumerate()
        .map(|(at, (name, kind, ty))| Column {
            name,
            ty: used.known(ty.modelled()),
            kind,
            nullable: is_nullable(at, kind, &variants, &rules),
        })
        .collect();
    for field in variants.iter_mut().flat_map(|variant: &mut Variant| &mut variant.fields) {
        for ty in [&mut field.ty].into_iter().chain(field.whole.as_mut().map(|whole| &mut whole.ty)) {
            *ty = used.known(PALETTE.texts(*ty).expect("drafts refer to the palette").clone());
        }
    }
    let created = variants.iter().any(|variant| variant.life == Life::Create);
    let rules = variants.iter_mut().zip(rules).map(|(variant, rule)| {
        let rule = Rule { touch: Touch::of_entity(variant.life, created), ..rule };
        each_once(variant, rule)
    });
    let rules = rules.collect();
    let trigger = Trigger::ALL[number / 2 % 2];
    let root =
        View { name: View::ROOT.into(), table, key: Key::Entity, columns, rules, constraints: Vec::new() };
    let order = if layout == &LOG || layout == &OTHERWISE && number.is_multiple_of(2) {
        Order::Increasing
    } else {
        Order::Contiguous
    };
    let mut store = layout.store(events, id_type, order);
    let mut fields = variants.iter().flat_map(|variant: &Variant| &variant.fields);
    store.context = fields.any(|field| field.origin == Origin::Context).then(|| layout.context.into());
    let model =
        Model { event: format!("Model{number}Event"), types: used, store, tagging, variants, trigger, root };
    Subject { model, types, id, layout, least: None, collects_early: number % 3 != 2 }
}
