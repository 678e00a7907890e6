//! A model under test, with what only its Rust types would tell.

use super::mutations::rewrite::rewrite;
use super::types::Ty;
use crate::layout::Layout;
use es_rollup_core::emit;
use es_rollup_core::model::{
    Absent, Column, Constraint, Field, Kind, Life, Literal, Model, Rule, Source, Step, Variant, View,
};
use std::fmt;

/// A model and the types that its columns, and the fields they are kept from, have.
pub(crate) struct Subject {
    pub(crate) model: Model,
    /// One entry a column.
    pub(crate) types: Vec<&'static Ty>,
    pub(crate) id: Id,
    pub(crate) layout: &'static Layout,
    /// A column that a check holds to a least value.
    pub(crate) least: Option<(usize, i64)>,
    /// Whether changes of sets and lists are collected from the third one on, so that short streams have enough of them.
    pub(crate) collects_early: bool,
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

    /// The columns of times.
    pub(crate) fn times(&self) -> impl Iterator<Item = &'static str> {
        let timed = self.model.store.recorded_at.is_some();
        ["created_at", "modified_at"].into_iter().filter(move |_| timed)
    }

    /// Each variant with what it does.
    pub(crate) fn variants(&self) -> impl Iterator<Item = (&Variant, &Rule)> {
        self.model.variants.iter().zip(&self.view().rules)
    }

    /// The type of a field, which is that of the columns kept from it.
    pub(crate) fn field_type(&self, rule: &Rule, field: usize) -> &'static Ty {
        let reads = |step: &&Step| step.source == Source::Field(field);
        let step = rule.steps.iter().find(reads).expect("only fields that are read stand in a model");
        self.types[step.column]
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
    let optional = |variant: &Variant, step: &Step| match step.source {
        Source::Field(field) => variant.fields[field].optional,
        Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => false,
    };
    let mut guaranteed = kind != Kind::Value || variants.iter().any(|one| one.life == Life::Create);
    for (variant, rule) in variants.iter().zip(rules) {
        let steps = || rule.steps.iter().filter(|step| step.column == column);
        let filled = steps().any(|step| step.operation.fills(optional(variant, step)));
        let emptied = steps().any(|step| step.operation.empties(optional(variant, step)));
        if kind == Kind::Value && (emptied || (variant.life == Life::Create && !filled)) {
            guaranteed = false;
        }
    }
    !guaranteed
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{:?}, ids are {}, {:?} trigger, the id's column is {}, {:?} sequences",
            self.model.tagging,
            self.id.sql(),
            self.model.trigger,
            self.layout.id,
            self.model.store.order
        )?;
        for (Column { name, kind, nullable, .. }, ty) in self.view().columns.iter().zip(&self.types) {
            let null = if *nullable { "" } else { ", not null" };
            writeln!(out, "  column {name}: {} of {}{null}", kind.words(), ty.name)?;
        }
        if let Some((column, least)) = self.least {
            writeln!(out, "  check {BOUND}: {} >= {least}", self.view().columns[column].name)?;
        }
        for constraint in &self.view().constraints {
            match constraint {
                Constraint::Check { .. } => {}
                Constraint::Unique { columns, .. } => writeln!(out, "  unique {columns:?}")?,
                Constraint::Index { columns, .. } => writeln!(out, "  index {columns:?}")?,
            }
        }
        for (variant, rule) in self.variants() {
            let Variant { wire, other, shape, .. } = variant;
            let other = if *other { ", other" } else { "" };
            write!(out, "  {:?} {wire:?}{other} ({shape:?}):", variant.life)?;
            for Step { column, operation, source } in &rule.steps {
                write!(out, " {} {}", operation.key(), self.view().columns[*column].name)?;
                match source {
                    Source::Nothing => {}
                    Source::RecordedAt => write!(out, " = recorded time")?,
                    Source::Sequence => write!(out, " = sequence")?,
                    Source::Literal(Literal::Bool(value)) => write!(out, " = {value}")?,
                    Source::Literal(Literal::Integer(value)) => write!(out, " = {value}")?,
                    Source::Literal(Literal::Text(value)) => write!(out, " = {value:?}")?,
                    Source::Field(field) => {
                        let Field { origin, keys, path, many, ascending, optional, absent, .. } =
                            &variant.fields[*field];
                        write!(out, " from {origin:?} {keys:?} {path:?}")?;
                        let marks = [
                            (*many, "each"),
                            (*ascending, "ascending"),
                            (*optional, "optional"),
                            (*absent == Absent::None, "absent is none"),
                            (*absent == Absent::Default, "absent is default"),
                            (matches!(absent, Absent::Literal(_)), "absent is a literal"),
                        ];
                        for (_, mark) in marks.into_iter().filter(|(holds, _)| *holds) {
                            write!(out, " ({mark})")?;
                        }
                    }
                }
                write!(out, ";")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}
