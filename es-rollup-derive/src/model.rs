//! What the attributes mean, with the spans that errors need.

use crate::attributes::{Value, Written};
use crate::constraints::{self, Declared};
use crate::error::error;
use crate::options::Options;
use crate::wire::{Field, Input};
use darling::error::Accumulator;
use es_rollup_core::model::{Kind, Literal, Operation};
use proc_macro2::Span;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Member, Type, parse_quote};

/// What the enum means.
pub(crate) struct Rollup<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) options: Options<'a>,
    /// In the order in which the enum first names them.
    pub(crate) columns: Vec<Column>,
    /// One entry a variant.
    pub(crate) decisions: Vec<Decision>,
    pub(crate) constraints: Vec<Declared>,
}

pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) writers: Vec<Writer>,
}

/// One operation on a column, as written.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) variant: usize,
    pub(crate) key: &'static str,
    pub(crate) operation: Operation,
    pub(crate) origin: Origin,
    pub(crate) span: Span,
}

/// Where a writer's value comes from.
#[derive(Clone)]
pub(crate) enum Origin {
    Nothing,
    /// A field, by its place in the variant.
    Field {
        place: usize,
        /// The type of one value.
        ty: Box<Type>,
        optional: bool,
        /// Whether it is a `Vec` of them.
        many: bool,
    },
    /// A literal, where it is written.
    Literal(Literal, Span),
    RecordedAt,
}

/// What was decided about one variant.
#[derive(Default)]
pub(crate) struct Decision {
    pub(crate) create: Option<Span>,
    pub(crate) delete: Option<Span>,
    pub(crate) ignore: Option<Span>,
    /// By column and by the writer's place in that column.
    pub(crate) steps: Vec<(usize, usize)>,
}

impl Writer {
    fn is_optional(&self) -> bool {
        matches!(self.origin, Origin::Field { optional: true, .. })
    }

    /// The type of a field that it writes.
    pub(crate) fn field_type(&self) -> Option<&Type> {
        match &self.origin {
            Origin::Field { ty, .. } => Some(ty),
            Origin::Nothing | Origin::Literal(..) | Origin::RecordedAt => None,
        }
    }

    /// The type of what it writes beside fields, which gives way to a field's.
    fn other_type(&self, time: &Type) -> Option<Type> {
        match &self.origin {
            Origin::Literal(Literal::Bool(_), _) => Some(parse_quote!(bool)),
            Origin::Literal(Literal::Integer(_), _) => Some(parse_quote!(i64)),
            Origin::Literal(Literal::Text(_), _) => Some(parse_quote!(::std::string::String)),
            Origin::RecordedAt => Some(time.clone()),
            Origin::Nothing | Origin::Field { .. } => None,
        }
    }
}

impl Column {
    /// What it holds, which the first operation that makes a kind decides.
    pub(crate) fn kind(&self) -> Kind {
        self.maker().and_then(|writer| writer.operation.makes()).unwrap_or(Kind::Value)
    }

    /// Who decides that: rather one that brings values than one that takes them away.
    pub(crate) fn maker(&self) -> Option<&Writer> {
        let makes = |writer: &&Writer| writer.operation.makes().is_some();
        let brings = |writer: &&Writer| makes(writer) && writer.operation.brings();
        self.writers.iter().find(brings).or_else(|| self.writers.iter().find(makes))
    }

    /// The writers whose operations the column's kind has.
    pub(crate) fn able(&self) -> impl Iterator<Item = &Writer> {
        let kind = self.kind();
        self.writers.iter().filter(move |writer| writer.operation.works_on(kind))
    }

    /// The type of its values: that of the first field that is written to it, or else of what is.
    pub(crate) fn ty(&self, time: &Type) -> Option<Type> {
        let brings = |writer: &&Writer| writer.operation.brings();
        let field = self.writers.iter().filter(brings).find_map(Writer::field_type).cloned();
        field.or_else(|| self.writers.iter().filter(brings).find_map(|writer| writer.other_type(time)))
    }
}

impl<'a> Rollup<'a> {
    pub(crate) fn new(input: &'a Input<'a>, errors: &mut Accumulator) -> Self {
        let options = Options::new(input, errors);
        let decisions = input.variants.iter().map(|_| Decision::default()).collect();
        let constraints = constraints::declared(input, errors);
        let mut rollup = Self { input, options, columns: Vec::new(), decisions, constraints };
        for (at, variant) in input.variants.iter().enumerate() {
            for written in &variant.written {
                let decision = &mut rollup.decisions[at];
                match written.key.name {
                    "create" => decision.create = Some(written.span),
                    "delete" => decision.delete = Some(written.span),
                    "ignore" => decision.ignore = Some(written.span),
                    _ if written.key.is_about_columns() => {}
                    _ => rollup.on_variant(at, written),
                }
            }
            for (place, field) in variant.fields.iter().enumerate() {
                for written in &field.written {
                    rollup.on_field(at, place, field, written, errors);
                }
            }
        }
        rollup
    }

    /// An operation that is written on a variant.
    fn on_variant(&mut self, variant: usize, written: &Written) {
        let key = written.key.name;
        let (operation, origin) = match key {
            "at" => (Operation::Set, Origin::RecordedAt),
            "count" => (Operation::Increment, Origin::Literal(Literal::Integer(1), written.span)),
            "set" => {
                if let Value::Assignments(assignments) = &written.value {
                    for assignment in assignments {
                        let name = assignment.column.unraw().to_string();
                        let span = assignment.column.span();
                        let origin = Origin::Literal(assignment.value.clone(), assignment.span);
                        self.write(name, Writer { variant, key, operation: Operation::Set, origin, span });
                    }
                }
                return;
            }
            _ => (Operation::Clear, Origin::Nothing),
        };
        if let Some(text) = written.text() {
            self.write(text.value(), Writer { variant, key, operation, origin, span: text.span() });
        }
    }

    /// An operation that is written on a field.
    fn on_field(
        &mut self,
        variant: usize,
        place: usize,
        field: &Field<'_>,
        written: &Written,
        errors: &mut Accumulator,
    ) {
        let key = written.key.name;
        let Some(operation) = Operation::ALL.into_iter().find(|one| one.key() == key) else { return };
        let (name, span) = match (written.text(), &field.member) {
            (Some(text), _) => (text.value(), text.span()),
            (None, Member::Named(ident)) => (ident.unraw().to_string(), written.span),
            (None, Member::Unnamed(_)) => {
                let message =
                    format!("this field has no name to call the column by; write `{key} = \"column\"`");
                return errors.push(error(written.span, message));
            }
        };
        let origin = if operation == Operation::Clear {
            Origin::Nothing
        } else {
            let element = crate::attributes::vec(field.ty).filter(|_| operation.takes_many());
            Origin::Field {
                place,
                ty: Box::new(element.unwrap_or(field.ty).clone()),
                optional: field.optional,
                many: element.is_some(),
            }
        };
        self.write(name, Writer { variant, key, operation, origin, span });
    }

    fn write(&mut self, name: String, writer: Writer) {
        let at = self.columns.iter().position(|column| column.name == name).unwrap_or_else(|| {
            self.columns.push(Column { name, writers: Vec::new() });
            self.columns.len() - 1
        });
        let column = &mut self.columns[at];
        self.decisions[writer.variant].steps.push((at, column.writers.len()));
        column.writers.push(writer);
    }

    /// The type of recorded times.
    pub(crate) fn time(&self) -> Type {
        let time = &self.options.time;
        syn::parse2(quote!(#time)).unwrap_or_else(|_| parse_quote!(()))
    }

    /// Whether some variant begins the stream, so that no other can.
    pub(crate) fn has_create(&self) -> bool {
        self.decisions.iter().any(|decision| decision.create.is_some())
    }

    /// Whether a row may have no value in the column: unless each variant that creates gives it one and none
    /// takes it away.
    pub(crate) fn is_nullable(&self, column: &Column) -> bool {
        if column.kind() != Kind::Value {
            return false;
        }
        let filled = |variant: usize| {
            let fills = |writer: &Writer| writer.operation.fills(writer.is_optional());
            column.writers.iter().any(|writer| writer.variant == variant && fills(writer))
        };
        let mut creators =
            self.decisions.iter().enumerate().filter(|(_, decision)| decision.create.is_some());
        let guaranteed = self.has_create()
            && creators.all(|(variant, _)| filled(variant))
            && !column.writers.iter().any(|writer| writer.operation.empties(writer.is_optional()));
        !guaranteed
    }
}
