//! Constraints and indexes, as declared on the enum or with an operation.

use crate::attributes::{Value, Written};
use crate::error::error;
use crate::keys::{Property, Word};
use crate::wire::Input;
use darling::error::Accumulator;
use es_rollup_core::model::{Constraint, Table};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{LitStr, Member};

/// One declaration, as written.
pub(crate) struct Declared {
    /// The name of a check, otherwise the key.
    pub(crate) span: Span,
    pub(crate) declaration: Declaration,
}

pub(crate) enum Declaration {
    Check { name: String, expression: LitStr },
    Unique(Vec<Column>),
    Index(Vec<Column>),
    NotNull(Column),
}

/// A column, with the span of its name.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) span: Span,
}

/// All declarations, those on the enum first. The same declaration with several operations of a column counts once.
pub(crate) fn declared(input: &Input<'_>, errors: &mut Accumulator) -> Vec<Declared> {
    let mut declared: Vec<Declared> = input.options.iter().flat_map(on_enum).collect();
    let on_enum = declared.len();
    for variant in &input.variants {
        let fields = variant.fields.iter().map(|field| (&field.written, Some(&field.member)));
        for (written, member) in std::iter::once((&variant.written, None)).chain(fields) {
            for declaration in on_columns(written, member, errors) {
                if !declared[on_enum..].iter().any(|one| one.is_same(&declaration)) {
                    declared.push(declaration);
                }
            }
        }
    }
    declared
}

fn on_enum(written: &Written) -> Vec<Declared> {
    let columns = |names: &[syn::Ident]| {
        names.iter().map(|name| Column { name: name.unraw().to_string(), span: name.span() }).collect()
    };
    let span = written.span;
    match &written.value {
        Value::Expressions(expressions) => expressions
            .iter()
            .map(|one| Declared {
                span: one.name.span(),
                declaration: Declaration::Check {
                    name: one.name.unraw().to_string(),
                    expression: one.text.clone(),
                },
            })
            .collect(),
        Value::Names(names) => {
            let Word::Property(property) = written.key.word else { return Vec::new() };
            let declaration = match property {
                Property::Unique => Declaration::Unique(columns(names)),
                Property::Index => Declaration::Index(columns(names)),
                // It is not allowed on the enum.
                Property::NotNull => return Vec::new(),
            };
            vec![Declared { span, declaration }]
        }
        Value::None
        | Value::Text(_)
        | Value::Type(_)
        | Value::Literal(_)
        | Value::Paths(_)
        | Value::Assignments(_)
        | Value::Keys { .. } => Vec::new(),
    }
}

/// The declarations with the operations of one variant or field, for each column that the operations name.
fn on_columns(written: &[Written], member: Option<&Member>, errors: &mut Accumulator) -> Vec<Declared> {
    let mut found = Vec::new();
    let words = || written.iter().enumerate().filter_map(|(at, one)| Some((at, one, one.key.property()?)));
    for (at, word, property) in words() {
        let (span, key) = (word.span, word.key);
        let is_same = |one: &Written, other: Property| other == property && one.group == word.group;
        if words().any(|(earlier, one, other)| earlier < at && is_same(one, other)) {
            errors.push(error(span, format!("`{}` is written twice; keep one", key.name())));
            continue;
        }
        let operations = written.iter().filter(|one| one.group == word.group && one.key.is_operation());
        let mut names: Vec<String> = operations.flat_map(|operation| columns(operation, member)).collect();
        names.dedup();
        found.extend(names.into_iter().map(|name| {
            let column = Column { name, span };
            let declaration = match property {
                Property::Unique => Declaration::Unique(vec![column]),
                Property::Index => Declaration::Index(vec![column]),
                Property::NotNull => Declaration::NotNull(column),
            };
            Declared { span, declaration }
        }));
    }
    found
}

/// The columns that an operation names.
fn columns(operation: &Written, member: Option<&Member>) -> Vec<String> {
    match (&operation.value, member) {
        (Value::Text(text), _) => vec![text.value()],
        (Value::Assignments(assignments), _) => {
            assignments.iter().map(|assignment| assignment.column.unraw().to_string()).collect()
        }
        (Value::Keys { written, .. }, _) => written
            .iter()
            .filter(|inner| inner.key.is_operation())
            .flat_map(|inner| columns(inner, None))
            .collect(),
        (Value::None, Some(Member::Named(ident))) => vec![ident.unraw().to_string()],
        (
            Value::None
            | Value::Type(_)
            | Value::Literal(_)
            | Value::Paths(_)
            | Value::Expressions(_)
            | Value::Names(_),
            None | Some(Member::Named(_) | Member::Unnamed(_)),
        ) => Vec::new(),
    }
}

impl Declared {
    /// Whether both declare the same for the same columns.
    fn is_same(&self, other: &Self) -> bool {
        let names = |columns: &[Column]| columns.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        match (&self.declaration, &other.declaration) {
            (Declaration::Unique(one), Declaration::Unique(other))
            | (Declaration::Index(one), Declaration::Index(other)) => names(one) == names(other),
            (Declaration::NotNull(one), Declaration::NotNull(other)) => one.name == other.name,
            (
                Declaration::Check { .. }
                | Declaration::Unique(_)
                | Declaration::Index(_)
                | Declaration::NotNull(_),
                _,
            ) => false,
        }
    }

    /// Its constraint in the model; `not_null` has none, since it is only checked here.
    pub(crate) fn constraint(&self, table: &Table) -> Option<Constraint> {
        let names = |columns: &[Column]| columns.iter().map(|column| column.name.clone()).collect();
        match &self.declaration {
            Declaration::Check { name, expression } => {
                Some(Constraint::Check { name: name.clone(), expression: expression.value() })
            }
            Declaration::Unique(columns) => Some(Constraint::unique(table, names(columns))),
            Declaration::Index(columns) => Some(Constraint::index(table, names(columns))),
            Declaration::NotNull(_) => None,
        }
    }
}

/// The constraints of the model.
pub(crate) fn lower(declared: &[Declared], table: &Table) -> Vec<Constraint> {
    declared.iter().filter_map(|one| one.constraint(table)).collect()
}
