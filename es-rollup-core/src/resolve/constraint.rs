//! Constraints and indexes, as declared on the enum or with an operation.

use super::declare::{Declarations, Marked, Word, WordValue};
use super::fault::{Faults, Mark};
use super::key::{Name, Property};
use crate::model::{Constraint, Table};

/// One constraint or index, as written.
#[derive(Clone, Debug)]
pub(super) struct DeclaredConstraint {
    /// The name of a check, otherwise the key.
    pub(super) mark: Mark,
    pub(super) kind: ConstraintKind,
}

#[derive(Clone, Debug)]
pub(super) enum ConstraintKind {
    Check {
        name: String,
        expression: Marked<String>,
    },
    /// The columns' names, as are those below.
    Unique(Vec<Marked<String>>),
    Index(Vec<Marked<String>>),
    NotNull(Marked<String>),
    Retired(Vec<Marked<String>>),
}

/// All constraints, those on the enum first. The same constraint with several operations of a column counts once.
pub(super) fn declared(input: &Declarations, faults: &mut Faults) -> Vec<DeclaredConstraint> {
    let mut declared: Vec<DeclaredConstraint> = input.words.iter().flat_map(on_enum).collect();
    let on_enum = declared.len();
    for variant in &input.variants {
        let fields = variant.fields.iter().map(|field| (&field.words, field.name.as_ref()));
        for (written, name) in std::iter::once((&variant.words, None)).chain(fields) {
            for constraint in on_columns(written, name, faults) {
                if !declared[on_enum..].iter().any(|one| one.is_same(&constraint)) {
                    declared.push(constraint);
                }
            }
        }
    }
    declared
}

fn on_enum(written: &Word) -> Vec<DeclaredConstraint> {
    let mark = written.mark;
    match &written.value {
        WordValue::Expressions(expressions) => expressions
            .iter()
            .map(|(name, expression)| DeclaredConstraint {
                mark: name.mark,
                kind: ConstraintKind::Check { name: name.is.clone(), expression: expression.clone() },
            })
            .collect(),
        WordValue::Names(names) => {
            let Name::Property(property) = written.key.name else { return Vec::new() };
            let kind = match property {
                Property::Unique => ConstraintKind::Unique(names.clone()),
                Property::Index => ConstraintKind::Index(names.clone()),
                Property::Retired => ConstraintKind::Retired(names.clone()),
                // It is not allowed on the enum.
                Property::NotNull => return Vec::new(),
            };
            vec![DeclaredConstraint { mark, kind }]
        }
        WordValue::None
        | WordValue::Text(_)
        | WordValue::Type(_)
        | WordValue::Literal(_)
        | WordValue::Assignments(_)
        | WordValue::Words { .. } => Vec::new(),
    }
}

/// The constraints with the operations of one variant or field, for each column that the operations name.
fn on_columns(written: &[Word], field: Option<&String>, faults: &mut Faults) -> Vec<DeclaredConstraint> {
    let mut found = Vec::new();
    let words = || written.iter().enumerate().filter_map(|(at, one)| Some((at, one, one.key.property()?)));
    for (at, word, property) in words() {
        let (mark, key) = (word.mark, word.key);
        let is_same = |one: &Word, other: Property| other == property && one.group == word.group;
        if words().any(|(earlier, one, other)| earlier < at && is_same(one, other)) {
            faults.add(mark, format!("`{}` is written twice; keep one", key.name()));
            continue;
        }
        let operations = written.iter().filter(|one| one.group == word.group && one.key.is_operation());
        let mut names: Vec<String> = operations.flat_map(|operation| columns(operation, field)).collect();
        names.dedup();
        found.extend(names.into_iter().map(|name| {
            let column = Marked::new(name, mark);
            let kind = match property {
                Property::Unique => ConstraintKind::Unique(vec![column]),
                Property::Index => ConstraintKind::Index(vec![column]),
                Property::NotNull => ConstraintKind::NotNull(column),
                Property::Retired => ConstraintKind::Retired(vec![column]),
            };
            DeclaredConstraint { mark, kind }
        }));
    }
    found
}

/// The columns that an operation names; an operation alone takes the field's name.
pub(super) fn columns(operation: &Word, field: Option<&String>) -> Vec<String> {
    match &operation.value {
        WordValue::Text(text) => vec![text.is.clone()],
        WordValue::Assignments(assignments) => {
            assignments.iter().map(|(column, _)| column.is.clone()).collect()
        }
        WordValue::Words { words, .. } => {
            let operations = words.iter().filter(|inner| inner.key.is_operation());
            operations.flat_map(|inner| columns(inner, None)).collect()
        }
        WordValue::None => field.cloned().into_iter().collect(),
        WordValue::Type(_) | WordValue::Literal(_) | WordValue::Expressions(_) | WordValue::Names(_) => {
            Vec::new()
        }
    }
}

impl DeclaredConstraint {
    /// Whether both declare the same for the same columns.
    fn is_same(&self, other: &Self) -> bool {
        let names = |columns: &[Marked<String>]| columns.iter().map(|one| one.is.clone()).collect::<Vec<_>>();
        match (&self.kind, &other.kind) {
            (ConstraintKind::Unique(one), ConstraintKind::Unique(other))
            | (ConstraintKind::Index(one), ConstraintKind::Index(other))
            | (ConstraintKind::Retired(one), ConstraintKind::Retired(other)) => names(one) == names(other),
            (ConstraintKind::NotNull(one), ConstraintKind::NotNull(other)) => one.is == other.is,
            (
                ConstraintKind::Check { .. }
                | ConstraintKind::Unique(_)
                | ConstraintKind::Index(_)
                | ConstraintKind::NotNull(_)
                | ConstraintKind::Retired(_),
                _,
            ) => false,
        }
    }

    /// The columns that it retires.
    pub(super) fn retired(&self) -> &[Marked<String>] {
        match &self.kind {
            ConstraintKind::Retired(columns) => columns,
            ConstraintKind::Check { .. }
            | ConstraintKind::Unique(_)
            | ConstraintKind::Index(_)
            | ConstraintKind::NotNull(_) => &[],
        }
    }

    /// Its constraint in the model; `not_null` has none, since it is only checked here, and `retired` is in the column.
    pub(super) fn constraint(&self, table: &Table) -> Option<Constraint> {
        let names = |columns: &[Marked<String>]| columns.iter().map(|column| column.is.clone()).collect();
        match &self.kind {
            ConstraintKind::Check { name, expression } => {
                Some(Constraint::Check { name: name.clone(), expression: expression.is.clone() })
            }
            ConstraintKind::Unique(columns) => Some(Constraint::unique(table, names(columns))),
            ConstraintKind::Index(columns) => Some(Constraint::index(table, names(columns))),
            ConstraintKind::NotNull(_) | ConstraintKind::Retired(_) => None,
        }
    }
}

/// The constraints of the model.
pub(super) fn lower(declared: &[DeclaredConstraint], table: &Table) -> Vec<Constraint> {
    declared.iter().filter_map(|one| one.constraint(table)).collect()
}
