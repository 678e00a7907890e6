//! What the attributes mean, with the spans that errors need.

use crate::attributes::{self, Written};
use crate::constraints::{self, Declared};
use crate::error::error;
use crate::keys::{Action, Detail, Place, Word};
use crate::options::Options;
use crate::value::{self, Value};
use crate::wire::{self, Field, Input};
use darling::error::Accumulator;
use es_rollup_core::model::{Kind, Literal, Operation};
use proc_macro2::Span;
use quote::quote;
use syn::ext::IdentExt;
use syn::{LitStr, Member, Type, parse_quote};

/// What the enum means.
pub(crate) struct Rollup<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) options: Options<'a>,
    /// In the order in which the enum first names them.
    pub(crate) columns: Vec<Column>,
    /// One entry per variant.
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
    /// Its index among the enum's keys, if it is written on the enum and so applies to every variant.
    pub(crate) everywhere: Option<usize>,
    /// Whether it is implied by `set` on the variant; its span is then the field's.
    pub(crate) implied: bool,
}

/// Where a writer's value comes from.
#[derive(Clone)]
pub(crate) enum Origin {
    Nothing,
    /// A field, a value inside a field, or a value in the event's context.
    Value(Box<Value>),
    /// A literal, with its span.
    Literal(Literal, Span),
    RecordedAt,
    Sequence,
}

/// What one variant does.
#[derive(Default)]
pub(crate) struct Decision {
    pub(crate) create: Option<Span>,
    pub(crate) delete: Option<Span>,
    pub(crate) ignore: Option<Span>,
    /// The index of the column and the index of the writer in that column.
    pub(crate) steps: Vec<(usize, usize)>,
}

impl Writer {
    pub(crate) fn is_optional(&self) -> bool {
        self.value().is_some_and(|value| value.optional)
    }

    /// The value that it reads, if any.
    pub(crate) fn value(&self) -> Option<&Value> {
        match &self.origin {
            Origin::Value(value) => Some(value),
            Origin::Nothing | Origin::Literal(..) | Origin::RecordedAt | Origin::Sequence => None,
        }
    }

    /// The type of the value that it reads, if any.
    pub(crate) fn field_type(&self) -> Option<&Type> {
        self.value().map(|value| &value.ty)
    }

    /// The type that it writes if it reads no value. The type of a field takes precedence.
    fn other_type(&self, time: &Type) -> Option<Type> {
        match &self.origin {
            Origin::Literal(Literal::Bool(_), _) => Some(parse_quote!(bool)),
            Origin::Literal(Literal::Integer(_), _) | Origin::Sequence => Some(parse_quote!(i64)),
            Origin::Literal(Literal::Text(_), _) => Some(parse_quote!(::std::string::String)),
            Origin::RecordedAt => Some(time.clone()),
            Origin::Nothing | Origin::Value(_) => None,
        }
    }
}

impl Column {
    /// The kind of the column, which its maker decides.
    pub(crate) fn kind(&self) -> Kind {
        self.maker().and_then(|writer| writer.operation.makes()).unwrap_or(Kind::Value)
    }

    /// The operation that decides the kind: preferably one that adds values rather than removes them.
    pub(crate) fn maker(&self) -> Option<&Writer> {
        let makes = |writer: &&Writer| writer.operation.makes().is_some();
        let brings = |writer: &&Writer| makes(writer) && writer.operation.brings();
        self.writers.iter().find(brings).or_else(|| self.writers.iter().find(makes))
    }

    /// The writers whose operations work on the column's kind.
    pub(crate) fn able(&self) -> impl Iterator<Item = &Writer> {
        self.writers.iter().filter(|writer| self.has(writer))
    }

    /// Whether the writer's operation works on the column's kind.
    pub(crate) fn has(&self, writer: &Writer) -> bool {
        writer.operation.works_on(self.kind())
    }

    /// Its writers, each as often as the user wrote it: one on the enum counts once.
    pub(crate) fn written(&self) -> impl Iterator<Item = &Writer> {
        self.writers.iter().enumerate().filter_map(|(at, writer)| {
            let again = writer.everywhere.is_some()
                && self.writers[..at].iter().any(|earlier| earlier.everywhere == writer.everywhere);
            (!again).then_some(writer)
        })
    }

    /// The SQL type that its values are cast to, if any.
    pub(crate) fn sql_type(&self) -> Option<&LitStr> {
        self.writers.iter().filter_map(Writer::value).find_map(|value| value.sql_type.as_ref())
    }

    /// The type of its values: that of the first field that fills it, otherwise that of the first other origin.
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
                match written.key.word {
                    Word::Create => decision.create = Some(written.span),
                    Word::Delete => decision.delete = Some(written.span),
                    Word::Ignore => decision.ignore = Some(written.span),
                    Word::Does(action) => rollup.on_variant(at, action, written, None, errors),
                    // Properties of columns are read as constraints; the other keys are not allowed on a variant.
                    Word::Property(_)
                    | Word::Events
                    | Word::Id
                    | Word::Table
                    | Word::State
                    | Word::Trigger
                    | Word::Derive
                    | Word::Vis
                    | Word::Time
                    | Word::Crate
                    | Word::Check
                    | Word::Number
                    | Word::Json
                    | Word::Repr
                    | Word::Text
                    | Word::Detail(_) => {}
                }
            }
            for (place, field) in variant.fields.iter().enumerate() {
                value::check(&field.written, Place::Field, field.mistaken, errors);
                for written in &field.written {
                    rollup.on_field(at, place, field, written, errors);
                }
            }
        }
        for (place, written) in input.options.iter().enumerate() {
            let Some(action) = written.key.action() else { continue };
            let mut reported = darling::Error::accumulator();
            // Variants that serde never reads or that delete the row do not change columns.
            let lives =
                |at: &usize| !input.variants[*at].wire.is_empty() && rollup.decisions[*at].delete.is_none();
            let variants: Vec<usize> = (0..input.variants.len()).filter(lives).collect();
            for (nth, variant) in variants.into_iter().enumerate() {
                let errors = if nth == 0 { &mut *errors } else { &mut reported };
                rollup.on_variant(variant, action, written, Some(place), errors);
            }
            drop(reported.finish());
        }
        rollup
    }

    /// Adds an operation that is written on a variant or, with `everywhere`, on the enum for every variant.
    fn on_variant(
        &mut self,
        variant: usize,
        action: Action,
        written: &Written,
        everywhere: Option<usize>,
        errors: &mut Accumulator,
    ) {
        let key = written.key.name();
        let writer = |operation, origin, span| Writer {
            variant,
            key,
            operation,
            origin,
            span,
            everywhere,
            implied: false,
        };
        let (operation, origin) = match action {
            Action::Context => return self.on_context(variant, written, everywhere, errors),
            Action::At => (Operation::Set, Origin::RecordedAt),
            Action::Sequence => (Operation::Set, Origin::Sequence),
            Action::EventType => {
                let Some(name) = self.event_type(variant, written, everywhere, errors) else { return };
                (Operation::Set, Origin::Literal(Literal::Text(name), written.span))
            }
            Action::Count => (Operation::Increment, Origin::Literal(Literal::Integer(1), written.span)),
            Action::Own(Operation::Set) => {
                if let attributes::Value::Assignments(assignments) = &written.value {
                    for assignment in assignments {
                        let name = assignment.column.unraw().to_string();
                        wire::literal(assignment.span, &assignment.value, errors);
                        let origin = Origin::Literal(assignment.value.clone(), assignment.span);
                        self.write(name, writer(Operation::Set, origin, assignment.column.span()));
                    }
                }
                return;
            }
            Action::Own(Operation::Clear) => (Operation::Clear, Origin::Nothing),
            // These need a value, so they are not allowed on a variant.
            Action::Own(
                Operation::SetOrKeep
                | Operation::Increment
                | Operation::Decrement
                | Operation::Max
                | Operation::Min
                | Operation::Add
                | Operation::Remove
                | Operation::Push,
            ) => return,
        };
        if let Some(text) = written.text() {
            self.write(text.value(), writer(operation, origin, text.span()));
        }
    }

    /// The name that serde writes for the variant, which `event_type` stores.
    fn event_type(
        &self,
        variant: usize,
        written: &Written,
        everywhere: Option<usize>,
        errors: &mut Accumulator,
    ) -> Option<String> {
        let variants = &self.input.variants;
        let first = |at: &usize| variants[*at].other;
        // For a key on the enum it is reported with the first variant only.
        let unknown = match everywhere {
            Some(_) => (0..variants.len()).find(first),
            None => Some(variant).filter(first),
        };
        if let Some(at) = unknown {
            let name = &variants[at].original.ident;
            let repair = match everywhere {
                Some(_) => "write `event_type` on each of the other variants instead of on the enum",
                None => "remove it here",
            };
            errors.push(error(
                written.span,
                format!("`{name}` matches every unknown event (`#[serde(other)]`), so its `event_type` cannot be known; {repair}"),
            ));
            return None;
        }
        variants[variant].wire.first().cloned()
    }

    /// Adds the operations in `context(...)`, on a variant or, with `everywhere`, on the enum.
    fn on_context(
        &mut self,
        variant: usize,
        written: &Written,
        everywhere: Option<usize>,
        errors: &mut Accumulator,
    ) {
        let attributes::Value::Keys { written: inner, mistaken } = &written.value else { return };
        let mistaken = *mistaken;
        value::check(inner, Place::Context, mistaken, errors);
        let operations: Vec<&Written> = inner.iter().filter(|one| one.key.is_operation()).collect();
        let example = written.key.example;
        let unaccompanied = operations.is_empty() && inner.iter().any(|one| one.key.detail().is_some());
        if mistaken || unaccompanied {
            // The missing key may be the one that was reported.
        } else if operations.is_empty() {
            errors.push(error(
                written.span,
                format!("`context(...)` does nothing without an operation; write `{example}`"),
            ));
        } else if !inner.iter().any(|one| one.key.detail() == Some(Detail::As)) {
            errors.push(error(
                written.span,
                "the type of the value in the context is missing; write `as = Type`, or `as = Option<Type>` if the value may be absent",
            ));
        }
        for one in operations {
            let (key, Some(operation)) = (one.key.name(), one.key.operation()) else { continue };
            let Some(text) = one.text() else {
                errors.push(error(
                    one.span,
                    format!("the name of the column is missing; write `{key} = \"column\"`"),
                ));
                continue;
            };
            let operation = value::operation(inner, one, operation);
            let origin = Origin::Value(Box::new(value::of_context(inner, one, operation)));
            let span = text.span();
            self.write(
                text.value(),
                Writer { variant, key, operation, origin, span, everywhere, implied: false },
            );
        }
    }

    /// Adds an operation that is written on a field.
    fn on_field(
        &mut self,
        variant: usize,
        place: usize,
        field: &Field<'_>,
        written: &Written,
        errors: &mut Accumulator,
    ) {
        let (key, Some(operation)) = (written.key.name(), written.key.operation()) else { return };
        let (name, span) = match (written.text(), &field.member) {
            (Some(text), _) => (text.value(), text.span()),
            (None, Member::Named(ident)) => (ident.unraw().to_string(), written.span),
            (None, Member::Unnamed(_)) => {
                let message = format!(
                    "the name of the column is missing, and this field has no name to take it from; write `{key} = \"column\"`"
                );
                return errors.push(error(written.span, message));
            }
        };
        let operation = value::operation(&field.written, written, operation);
        let origin = if written.key.reads() {
            Origin::Value(Box::new(value::of_field(place, field, written, operation)))
        } else {
            Origin::Nothing
        };
        self.write(
            name,
            Writer { variant, key, operation, origin, span, everywhere: None, implied: written.implied },
        );
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

    /// The operations that are written on the variant itself rather than on the enum.
    pub(crate) fn own_steps(&self, decision: &Decision) -> impl Iterator<Item = &Writer> {
        let writers = decision.steps.iter().map(|(column, writer)| &self.columns[*column].writers[*writer]);
        writers.filter(|writer| writer.everywhere.is_none())
    }

    /// The type of recorded times.
    pub(crate) fn time(&self) -> Type {
        let time = &self.options.time;
        syn::parse2(quote!(#time)).unwrap_or_else(|_| parse_quote!(()))
    }

    /// Whether some variants create the row, so that only these can begin a stream.
    pub(crate) fn has_create(&self) -> bool {
        self.decisions.iter().any(|decision| decision.create.is_some())
    }

    /// Whether the column may be NULL: unless every variant that creates the row sets it and no variant clears it.
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
