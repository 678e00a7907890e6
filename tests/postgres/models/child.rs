//! A view that is being put together, and the order in which a description has the fields that rules read.

use super::subject::{Typed, is_nullable_in, is_retired};
use super::types::Ty;
use es_rollup_core::model::{
    Column, Empty, Field, Key, Kind, Origin, Rule, Source, Table, Touch, Types, Variant, View,
};

/// A view that is being put together.
pub(crate) struct Child {
    pub(crate) name: String,
    /// The parts of its key.
    pub(crate) parts: Vec<(String, &'static Ty)>,
    pub(crate) columns: Vec<(String, Kind, &'static Ty)>,
}

impl Child {
    /// The view, with what each variant does to it.
    pub(super) fn finished(
        self,
        rollup: &Table,
        variants: &[Variant],
        rules: Vec<Rule>,
        types: &mut Types,
    ) -> (View, Typed) {
        let drawn = Typed {
            parts: self.parts.iter().map(|(_, ty)| *ty).collect(),
            types: self.columns.iter().map(|(.., ty)| *ty).collect(),
            least: None,
        };
        let part = |(name, ty): (String, &Ty)| Column {
            name,
            was: None,
            ty: types.known(ty.modelled()),
            kind: Kind::Value,
            nullable: false,
            retired: false,
        };
        let parts = self.parts.into_iter().map(part).collect();
        let makes = |rule: &Rule| matches!(rule.touch, Touch::Create | Touch::Add);
        let column = |(at, (name, kind, ty)): (usize, (String, Kind, &Ty))| Column {
            name,
            was: None,
            ty: types.known(ty.modelled()),
            kind,
            nullable: is_nullable_in(at, kind, variants, &rules, |at| makes(&rules[at])),
            retired: is_retired(at, &rules),
        };
        let columns = self.columns.into_iter().enumerate().map(column).collect();
        let table = Table { name: format!("{}_{}", rollup.name, self.name), ..rollup.clone() };
        let view = View {
            name: self.name,
            was: None,
            table,
            key: Key::Parts(parts),
            columns,
            rules,
            constraints: Vec::new(),
        };
        (view, drawn)
    }
}

/// The fields that a rule reads, in the order in which a description has them.
fn read(rule: &mut Rule) -> impl Iterator<Item = &mut usize> {
    let Rule { empty, touch: _, each, key, steps } = rule;
    let matching = match empty {
        Some(Empty::Matching(parts)) => parts.as_mut_slice(),
        Some(Empty::All) | None => &mut [],
    };
    let sources = matching.iter_mut().map(|(_, source)| source).chain(key);
    let sources = sources.chain(steps.iter_mut().map(|step| &mut step.source));
    let fields = sources.filter_map(|source| match source {
        Source::Field(at) => Some(at),
        Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => None,
    });
    each.iter_mut().chain(fields)
}

/// Fields that are equal are one, in the order in which they are first read, as the derive makes them. What an element is
/// as a whole is said where something in it is read first.
pub(super) fn each_once<'a>(variant: &mut Variant, rules: impl Iterator<Item = &'a mut Rule>) {
    let mut fields: Vec<Field> = Vec::new();
    let mut places: Vec<Option<usize>> = vec![None; variant.fields.len()];
    for at in rules.flat_map(read) {
        let place = places[*at].unwrap_or_else(|| {
            let mut field = variant.fields[*at].clone();
            let is_known = |one: &Field| one.origin == Origin::Element && one.keys == field.keys;
            if field.origin == Origin::Element && fields.iter().any(is_known) {
                field.whole = None;
            }
            fields.iter().position(|one| *one == field).unwrap_or_else(|| {
                fields.push(field);
                fields.len() - 1
            })
        });
        places[*at] = Some(place);
        *at = place;
    }
    variant.fields = fields;
}
