//! Lowers the meaning of the words to the model from which both folds are generated.

use super::column::{Decision, DeclaredColumn, Given};
use super::constraint;
use super::declare::{Collection, DeclaredField, Marked, RustTypes, TypeAt};
use super::meaning::Meaning;
use super::read::Read;
use crate::model::{
    self, Absent, Column, Key, Life, Model, Origin, Rule, Source, Step, Store, Table, Touch, Type, TypeTexts,
    Variant, View, Whole,
};

/// A model, and what it was made from.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The model.
    pub model: Model,
    /// The Rust type of each of its types; `None` if only the SQL type is known.
    pub rust: Vec<Option<TypeAt>>,
    /// For each variant, what each field of its model is read from.
    pub reads: Vec<Vec<Read>>,
}

/// Lowers an enum that passed validation.
///
/// `None` if a required part is missing or a type cannot be cast to, which the rules report.
pub(super) fn lower(meaning: &Meaning<'_>) -> Option<Lowered> {
    let input = meaning.input;
    let mut slots = Slots { written: &input.types, types: model::Types::default(), rust: Vec::new() };
    let events = Table::parse(&input.events.as_ref()?.is);
    let table = input.rollup_table()?;
    let mut store = Store::es_entity(events, slots.slot(input.id?));
    let column = |column: &DeclaredColumn| {
        Some(Column {
            name: column.name.clone(),
            ty: slots.ty(column.ty(&input.types)?, column.sql_type())?,
            kind: column.kind(),
            nullable: column.nullable,
        })
    };
    let columns = meaning.columns.iter().map(column).collect::<Option<_>>()?;
    let mut variants = Vec::new();
    let mut rules = Vec::new();
    let created = meaning.decisions.iter().any(|decision| life(decision) == Life::Create);
    let mut reads = Vec::new();
    for (variant, decision) in input.variants.iter().zip(&meaning.decisions) {
        let mut fields = Fields { written: &variant.fields, lowered: Vec::new(), reads: Vec::new() };
        let step = |(column, step): &(usize, usize)| {
            let declared = &meaning.columns[*column].steps[*step];
            let source = fields.source(&declared.given, &mut slots)?;
            Some(Step { column: *column, operation: declared.operation, source })
        };
        let steps = decision.steps.iter().map(step).collect::<Option<_>>()?;
        rules.push(Rule::of_entity(Touch::of_entity(life(decision), created), steps));
        if fields.reads.iter().any(|read| read.field.is_none()) {
            store.context = Some(CONTEXT.into());
        }
        reads.push(fields.reads.into_iter().cloned().collect());
        variants.push(Variant {
            name: variant.name.is.clone(),
            wire: variant.wire.clone(),
            other: variant.other,
            life: life(decision),
            shape: variant.shape,
            fields: fields.lowered,
        });
    }
    let constraints = constraint::lower(&meaning.constraints, &table);
    let model = Model {
        event: input.name.is.clone(),
        types: slots.types,
        store,
        tagging: input.tagging.clone(),
        variants,
        trigger: input.trigger,
        root: View { name: View::ROOT.into(), table, key: Key::Entity, columns, rules, constraints },
        views: Vec::new(),
        history: None,
    };
    Some(Lowered { model, rust: slots.rust, reads })
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

/// The fields of one variant that an operation reads. The model has no other fields.
struct Fields<'a> {
    written: &'a [DeclaredField],
    lowered: Vec<model::Field>,
    /// What each of them is read from.
    reads: Vec<&'a Read>,
}

impl<'a> Fields<'a> {
    fn source(&mut self, given: &'a Given, slots: &mut Slots<'_>) -> Option<Source> {
        Some(match given {
            Given::Nothing => Source::Nothing,
            Given::Literal(literal) => Source::Literal(literal.is.clone()),
            Given::RecordedAt => Source::RecordedAt,
            Given::Sequence => Source::Sequence,
            Given::Read(read) => {
                let same = self.reads.iter().position(|one| slots.same(one, read));
                if same.is_none() {
                    let field = self.field(read, slots)?;
                    self.reads.push(read);
                    self.lowered.push(field);
                }
                Source::Field(same.unwrap_or(self.reads.len() - 1))
            }
        })
    }

    fn field(&self, read: &Read, slots: &mut Slots<'_>) -> Option<model::Field> {
        let written = read.field.map(|place| (place, &self.written[place]));
        let absent = match (written, read.path.is_empty(), read.optional) {
            (Some((_, written)), true, _) => match &read.default {
                Some(literal) => Absent::Literal(literal.is.clone()),
                None => written.absent.clone(),
            },
            (_, _, true) => Absent::None,
            (_, _, false) => Absent::Refused,
        };
        let name = |(place, written): (usize, &DeclaredField)| {
            written.name.clone().unwrap_or_else(|| place.to_string())
        };
        Some(model::Field {
            name: written.map_or_else(|| CONTEXT.into(), name),
            origin: if written.is_some() { Origin::Payload } else { Origin::Context },
            keys: written.map(|(_, written)| written.keys.clone()).unwrap_or_default(),
            path: read.path.clone(),
            whole: written.filter(|_| self.leads_first(read)).map(|(_, written)| Whole {
                ty: slots.slot(written.ty),
                optional: written.optional,
                absent: written.absent.clone(),
            }),
            ty: slots.ty(read.ty, read.sql_type.as_ref())?,
            many: read.many.is_some(),
            ascending: read.many == Some(Collection::Set),
            optional: read.optional,
            absent,
        })
    }

    /// Whether the path is the first one into its field.
    fn leads_first(&self, read: &Read) -> bool {
        let leads = |one: &&Read| one.field == read.field && !one.path.is_empty();
        leads(&read) && !self.reads.iter().any(leads)
    }
}

/// The types of the model, without duplicates.
struct Slots<'a> {
    written: &'a RustTypes,
    types: model::Types,
    rust: Vec<Option<TypeAt>>,
}

impl Slots<'_> {
    /// The type of a Rust type: its texts if they are known, or else a placeholder for the compiler.
    fn slot(&mut self, ty: TypeAt) -> Type {
        if let Some(texts) = &self.written.get(ty).sql {
            return self.known(texts.clone());
        }
        let spelling = self.written.spelling(ty);
        let is_ty = |one: &Option<TypeAt>| one.is_some_and(|one| self.written.spelling(one) == spelling);
        let Some(at) = self.rust.iter().position(is_ty) else {
            self.rust.push(Some(ty));
            return self.types.hole();
        };
        Type(at)
    }

    fn known(&mut self, texts: TypeTexts) -> Type {
        let ty = self.types.known(texts);
        self.rust.resize(self.rust.len().max(ty.0 + 1), None);
        ty
    }

    /// The type with this SQL name; without a name, that of the Rust type.
    fn ty(&mut self, ty: TypeAt, sql_type: Option<&Marked<String>>) -> Option<Type> {
        match sql_type {
            Some(name) => TypeTexts::foreign(&name.is).ok().map(|texts| self.known(texts)),
            None => Some(self.slot(ty)),
        }
    }

    /// Whether two values are read in the same way.
    fn same(&self, one: &Read, other: &Read) -> bool {
        fn sql_type(read: &Read) -> Option<&String> {
            read.sql_type.as_ref().map(|name| &name.is)
        }
        one.field == other.field
            && one.path == other.path
            && one.many == other.many
            && one.read_as == other.read_as
            && one.optional == other.optional
            && sql_type(one) == sql_type(other)
            && self.written.spelling(one.ty) == self.written.spelling(other.ty)
    }
}
