//! Lowers the meaning of the words to the model from which both folds are generated.

use super::column::{Decision, DeclaredColumn, Given};
use super::constraint;
use super::declare::{DeclaredField, Marked};
use super::former;
use super::meaning::Meaning;
use super::read::{self, Read};
use super::rust_type::{Collection, RustTypes, TypeAt};
use crate::model::{
    self, Absent, Column, Empty, Key, Life, Model, Rule, Source, Step, Store, Table, Touch, Type, TypeTexts,
    Variant, View, Whole,
};
use std::borrow::Cow;

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
pub(super) fn lower(meaning: &Meaning<'_>, views: &[Meaning<'_>]) -> Option<Lowered> {
    let input = meaning.input;
    let mut slots = Slots { written: &input.types, types: model::Types::default(), rust: Vec::new() };
    let events = Table::parse(&input.events.as_ref()?.is);
    let mut store = Store::es_entity(events, slots.slot(input.id?));
    let mut root = table(meaning, View::ROOT.into(), Key::Entity, &mut slots)?;
    let parts = |view: &Meaning<'_>, slots: &mut Slots<'_>| {
        view.parts.iter().map(|part| column(part, view, slots)).collect::<Option<_>>()
    };
    let others = views.iter().map(|view| {
        let key = Key::Parts(parts(view, &mut slots)?);
        table(view, view.view?.name.is.clone(), key, &mut slots)
    });
    let mut others: Vec<View> = others.collect::<Option<_>>()?;
    let mut variants = Vec::new();
    let created = meaning.decisions.iter().any(|decision| life(decision) == Life::Create);
    let mut reads = Vec::new();
    for (at, (variant, decision)) in input.variants.iter().zip(&meaning.decisions).enumerate() {
        let mut fields = Fields { written: &variant.fields, lowered: Vec::new(), reads: Vec::new() };
        let steps = steps(meaning, decision, &mut fields, &mut slots)?;
        root.rules.push(Rule::of_entity(Touch::of_entity(life(decision), created), steps));
        for (view, other) in views.iter().zip(&mut others) {
            other.rules.push(rule(view, at, &mut fields, &mut slots)?);
        }
        if fields.reads.iter().any(|read| read.field.is_none()) {
            store.context = Some(CONTEXT.into());
        }
        reads.push(fields.reads.into_iter().map(Cow::into_owned).collect());
        variants.push(Variant {
            name: variant.name.is.clone(),
            wire: variant.wire.clone(),
            other: variant.other,
            life: life(decision),
            shape: variant.shape,
            fields: fields.lowered,
        });
    }
    let history = input.history_table().map(|(table, _)| View::history(&root, table));
    let model = Model {
        event: input.name.is.clone(),
        types: slots.types,
        store,
        tagging: input.tagging.clone(),
        variants,
        trigger: input.trigger,
        root,
        views: others,
        history,
        archive: input.archive.is_some(),
    };
    Some(Lowered { model, rust: slots.rust, reads })
}

/// A table, still without its rules.
fn table(meaning: &Meaning<'_>, name: String, key: Key, slots: &mut Slots<'_>) -> Option<View> {
    let table = meaning.input.rollup_table()?;
    let columns = meaning.columns.iter().map(|one| column(one, meaning, slots)).collect::<Option<_>>()?;
    let constraints = constraint::lower(&meaning.constraints, &table);
    let was = meaning.view.and_then(former::of_view).map(|was| was.is.clone());
    Some(View { name, was, table, key, columns, rules: Vec::new(), constraints })
}

fn column(column: &DeclaredColumn, meaning: &Meaning<'_>, slots: &mut Slots<'_>) -> Option<Column> {
    Some(Column {
        name: column.name.clone(),
        was: column.was.first().map(|was| was.is.clone()),
        ty: slots.ty(column.ty(&meaning.input.types)?, column.sql_type())?,
        kind: column.kind(),
        nullable: column.nullable,
        retired: column.retired,
    })
}

/// What an event does to columns.
fn steps<'a>(
    meaning: &'a Meaning<'_>,
    decision: &Decision,
    fields: &mut Fields<'a>,
    slots: &mut Slots<'_>,
) -> Option<Vec<Step>> {
    let step = |(column, step): &(usize, usize)| {
        let declared = &meaning.columns[*column].steps[*step];
        let source = fields.source(&declared.given, slots)?;
        Some(Step { column: *column, operation: declared.operation, source })
    };
    decision.steps.iter().map(step).collect()
}

/// What an event does to a view. The fields get their places in the order of [`Rule::fields`].
fn rule<'a>(
    view: &'a Meaning<'_>,
    at: usize,
    fields: &mut Fields<'a>,
    slots: &mut Slots<'_>,
) -> Option<Rule> {
    let decision = &view.decisions[at];
    let part = |part: usize| {
        let (_, step) = decision.parts.iter().find(|(other, _)| *other == part)?;
        Some(&view.parts[part].steps[*step].given)
    };
    let touch = decision.touch();
    let of_rows = 0..if touch == Touch::Nothing { 0 } else { view.parts.len() };
    let each = decision.each.filter(|_| touch != Touch::Nothing).and_then(|place| {
        let first = of_rows.clone().filter_map(part).find_map(|given| match given {
            Given::Read(read) if read.is_in_element() => Some(read),
            Given::Read(_) | Given::Nothing | Given::Literal(_) | Given::RecordedAt | Given::Sequence => None,
        })?;
        read::of_elements(&view.input.types, &view.input.variants[at].fields[place], first)
    });
    let each = match each {
        Some(read) => Some(fields.place(Cow::Owned(read), slots)?),
        None => None,
    };
    let matching = |name: &Marked<String>, fields: &mut Fields<'a>, slots: &mut Slots<'_>| {
        let place = view.part(&name.is)?;
        Some((place, fields.source(part(place)?, slots)?))
    };
    let empty = match decision.empties.first() {
        None => None,
        Some((parts, _)) if parts.is_empty() => Some(Empty::All),
        Some((parts, _)) => Some(Empty::Matching(
            parts.iter().map(|name| matching(name, fields, slots)).collect::<Option<_>>()?,
        )),
    };
    let key = of_rows.map(|place| fields.source(part(place)?, slots)).collect::<Option<_>>()?;
    Some(Rule { empty, touch, each, key, steps: steps(view, decision, fields, slots)? })
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
    reads: Vec<Cow<'a, Read>>,
}

impl<'a> Fields<'a> {
    fn source(&mut self, given: &'a Given, slots: &mut Slots<'_>) -> Option<Source> {
        Some(match given {
            Given::Nothing => Source::Nothing,
            Given::Literal(literal) => Source::Literal(literal.is.clone()),
            Given::RecordedAt => Source::RecordedAt,
            Given::Sequence => Source::Sequence,
            Given::Read(read) => Source::Field(self.place(Cow::Borrowed(read), slots)?),
        })
    }

    /// The place of a field, which is added unless it is there.
    fn place(&mut self, read: Cow<'a, Read>, slots: &mut Slots<'_>) -> Option<usize> {
        if let Some(same) = self.reads.iter().position(|one| slots.same(one, &read)) {
            return Some(same);
        }
        let field = self.field(&read, slots)?;
        self.reads.push(read);
        self.lowered.push(field);
        Some(self.reads.len() - 1)
    }

    fn field(&self, read: &Read, slots: &mut Slots<'_>) -> Option<model::Field> {
        let written = read.field.map(|place| (place, &self.written[place]));
        let element = written
            .filter(|_| read.is_in_element())
            .and_then(|(_, written)| slots.written.get(written.ty).elements.map(|(_, element)| element));
        let outside = written.filter(|_| !read.is_in_element());
        let absent = match (outside, read.path.is_empty(), read.optional) {
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
            origin: read.origin,
            keys: written.map(|(_, written)| written.keys.clone()).unwrap_or_default(),
            path: read.path.clone(),
            whole: written.filter(|_| self.leads_first(read)).map(|(_, written)| match element {
                None => Whole {
                    ty: slots.slot(written.ty),
                    optional: written.optional,
                    absent: written.absent.clone(),
                },
                Some(element) => {
                    let inner = slots.written.get(element).option;
                    let ty = slots.slot(inner.unwrap_or(element));
                    Whole { ty, optional: inner.is_some(), absent: Absent::Refused }
                }
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
        let leads = |one: &Read| one.field == read.field && one.origin == read.origin && !one.path.is_empty();
        leads(read) && !self.reads.iter().any(|one| leads(one))
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
            && one.origin == other.origin
            && one.many == other.many
            && one.read_as == other.read_as
            && one.optional == other.optional
            && sql_type(one) == sql_type(other)
            && self.written.spelling(one.ty) == self.written.spelling(other.ty)
    }
}
