//! A model under test, with what only its Rust types would tell.

use super::mutations::rewrite::rewrite;
use super::palette::TYPES;
use super::types::Ty;
use crate::layout::Layout;
use es_rollup_core::emit;
use es_rollup_core::model::{Field, Kind, Life, Model, Rule, Source, Step, Table, Variant, View};

/// A model and the types that its columns, and the fields they are kept from, have.
pub(crate) struct Subject {
    pub(crate) model: Model,
    /// One entry a column.
    pub(crate) types: Vec<&'static Ty>,
    /// One entry a view.
    pub(crate) children: Vec<Typed>,
    pub(crate) id: Id,
    pub(crate) layout: &'static Layout,
    /// A column that a check holds to a least value.
    pub(crate) least: Option<(usize, i64)>,
    /// Whether changes of sets and lists are collected from the third one on, so that short streams have enough of them.
    pub(crate) collects_early: bool,
}

/// The types of a view.
pub(crate) struct Typed {
    /// One entry for each part of its key.
    pub(crate) parts: Vec<&'static Ty>,
    /// One entry a column.
    pub(crate) types: Vec<&'static Ty>,
    /// A column that a check holds to a least value.
    pub(crate) least: Option<(usize, i64)>,
}

/// The name of that check.
pub(crate) const BOUND: &str = "bound";

/// The type of ids.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Id {
    Uuid,
    Text,
    Bigint,
}

impl Id {
    pub(crate) const ALL: [Self; 3] = [Self::Uuid, Self::Text, Self::Bigint];

    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Text => "text",
            Self::Bigint => "bigint",
        }
    }

    /// One of many ids, as PostgreSQL shows it.
    pub(crate) fn text(self, number: u16) -> String {
        match self {
            Self::Uuid => format!("{:08x}-0000-4000-8000-000000000000", u32::from(number).reverse_bits()),
            Self::Text => format!("it's \"{number}\", é"),
            Self::Bigint => (i64::from(number) - 30_000).to_string(),
        }
    }
}

impl Subject {
    pub(crate) fn view(&self) -> &View {
        &self.model.root
    }

    /// The same with a history.
    pub(super) fn with_history(mut self) -> Self {
        let Table { schema, name } = &self.model.root.table;
        let table = Table { schema: schema.clone(), name: format!("{name}_history") };
        self.model.history = Some(View::history(&self.model.root, table));
        self
    }

    /// The columns of times.
    pub(crate) fn times(&self) -> impl Iterator<Item = &'static str> {
        let timed = self.model.store.recorded_at.is_some();
        ["created_at", "modified_at"].into_iter().filter(move |_| timed)
    }

    /// Each variant with what it does.
    pub(crate) fn variants(&self) -> impl Iterator<Item = (&Variant, &Rule)> {
        self.model.variants.iter().zip(&self.view().rules)
    }

    /// Each view with its types.
    pub(crate) fn views(&self) -> impl Iterator<Item = (&View, &Typed)> {
        self.model.views.iter().zip(&self.children)
    }

    /// The type of a field; `None` if it is a collection of objects.
    pub(crate) fn field_type(&self, field: &Field) -> Option<&'static Ty> {
        let texts = self.model.types.texts(field.ty).expect("all types are known");
        TYPES.iter().find(|ty| ty.modelled() == *texts)
    }

    pub(crate) fn migration(&self) -> String {
        let migration = emit::text(&self.model, emit::migration(&self.model));
        if self.collects_early { early(&migration) } else { migration }
    }

    pub(crate) fn revert(&self) -> String {
        emit::text(&self.model, emit::revert(&self.model))
    }
}

/// The migration with other limits: few changes are many, and few are kept before they are merged.
fn early(migration: &str) -> String {
    let early = rewrite(migration, "es_changes >= 64", "es_changes >= 2");
    let early = rewrite(&early, "OR cardinality(@1) >= 64) THEN", "OR cardinality(@1) >= 2) THEN");
    rewrite(&early, "cardinality(es_members_@1) < 100000)", "cardinality(es_members_@1) < 4)").into_owned()
}

/// Whether a row may have no value in the column: unless each event that creates gives it one and none takes
/// it away. The derive decides it so.
pub(crate) fn is_nullable(column: usize, kind: Kind, variants: &[Variant], rules: &[Rule]) -> bool {
    is_nullable_in(column, kind, variants, rules, |at| variants[at].life == Life::Create)
}

/// The same of a table whose rows are made by these variants.
pub(super) fn is_nullable_in(
    column: usize,
    kind: Kind,
    variants: &[Variant],
    rules: &[Rule],
    makes: impl Fn(usize) -> bool,
) -> bool {
    let optional = |variant: &Variant, step: &Step| match step.source {
        Source::Field(field) => variant.fields[field].optional,
        Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => false,
    };
    let mut guaranteed = kind != Kind::Value || (0..variants.len()).any(&makes);
    for (at, (variant, rule)) in variants.iter().zip(rules).enumerate() {
        let steps = || rule.steps.iter().filter(|step| step.column == column);
        let filled = steps().any(|step| step.operation.fills(optional(variant, step)));
        let emptied = steps().any(|step| step.operation.empties(optional(variant, step)));
        if kind == Kind::Value && (emptied || (makes(at) && !filled)) {
            guaranteed = false;
        }
    }
    !guaranteed
}

/// Whether a drawn column is retired: one in three, unless it is added to.
pub(super) fn is_retired(column: usize, rules: &[Rule]) -> bool {
    let mut steps = rules.iter().flat_map(|rule| &rule.steps).filter(|step| step.column == column);
    column % 3 == 1 && !steps.any(|step| step.operation.counts())
}
