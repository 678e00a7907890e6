//! What the attributes mean, with the spans that errors need; and the model that both folds are made from.

use crate::attributes::{Value, Written, reparse, spelled};
use crate::error::error;
use crate::wire::Input;
use darling::error::Accumulator;
use es_rollup_core::model::{self, Operation, Row, Source, Store, Table, Type as SqlType, View};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{LitStr, Member, Path, Type, Visibility};

/// The enum's options, with their defaults.
pub(crate) struct Options<'a> {
    pub(crate) events: Option<&'a LitStr>,
    pub(crate) table: Option<&'a LitStr>,
    pub(crate) id: Option<&'a Type>,
    pub(crate) time: TokenStream,
    pub(crate) state: Ident,
    pub(crate) derives: Vec<Path>,
    pub(crate) vis: Visibility,
    pub(crate) krate: TokenStream,
}

/// What the enum means.
pub(crate) struct Rollup<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) options: Options<'a>,
    /// In the order in which the enum first names them.
    pub(crate) columns: Vec<Column<'a>>,
    /// One entry a variant.
    pub(crate) decisions: Vec<Decision>,
}

pub(crate) struct Column<'a> {
    pub(crate) name: String,
    /// Who first gave it a value, which is what decides its type.
    pub(crate) ty: Option<&'a Type>,
    pub(crate) writers: Vec<Writer<'a>>,
}

/// One operation on a column, as written.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) variant: usize,
    pub(crate) field: Option<usize>,
    pub(crate) operation: Operation,
    pub(crate) span: Span,
    /// The type that it writes, where it reads a field.
    pub(crate) ty: Option<&'a Type>,
    pub(crate) optional: bool,
}

/// What was decided about one variant.
#[derive(Default)]
pub(crate) struct Decision {
    pub(crate) create: Option<Span>,
    pub(crate) ignore: Option<Span>,
    /// By column and by the writer's place in that column.
    pub(crate) steps: Vec<(usize, usize)>,
}

impl<'a> Rollup<'a> {
    pub(crate) fn new(input: &'a Input<'a>, errors: &mut Accumulator) -> Self {
        let options = Options::new(input, errors);
        let decisions = input.variants.iter().map(|_| Decision::default()).collect();
        let mut rollup = Self { input, options, columns: Vec::new(), decisions };
        for (at, variant) in input.variants.iter().enumerate() {
            for written in &variant.written {
                match written.key.name {
                    "create" => rollup.decisions[at].create = Some(written.span),
                    "ignore" => rollup.decisions[at].ignore = Some(written.span),
                    _ => rollup.operation(at, None, written, errors),
                }
            }
            for (place, field) in variant.fields.iter().enumerate() {
                for written in &field.written {
                    rollup.operation(at, Some(place), written, errors);
                }
            }
        }
        rollup
    }

    fn operation(
        &mut self,
        variant: usize,
        field: Option<usize>,
        written: &Written,
        errors: &mut Accumulator,
    ) {
        let Some(operation) = Operation::ALL.into_iter().find(|one| one.key() == written.key.name) else {
            return;
        };
        let source = field.map(|field| &self.input.variants[variant].fields[field]);
        let (name, span) = match (written.text(), source.map(|source| &source.member)) {
            (Some(text), _) => (text.value(), text.span()),
            (None, Some(Member::Named(ident))) => (ident.unraw().to_string(), ident.span()),
            (None, _) => {
                let key = written.key.name;
                errors.push(error(
                    written.span,
                    format!("this field has no name to call the column by; write `{key} = \"column\"`"),
                ));
                return;
            }
        };
        let ty = source.filter(|_| operation.reads()).map(|source| source.ty);
        let writer = Writer {
            variant,
            field,
            operation,
            span,
            ty,
            optional: source.is_some_and(|source| source.optional),
        };
        let at = self.columns.iter().position(|column| column.name == name).unwrap_or_else(|| {
            self.columns.push(Column { name, ty: None, writers: Vec::new() });
            self.columns.len() - 1
        });
        let column = &mut self.columns[at];
        column.ty = column.ty.or(ty);
        self.decisions[variant].steps.push((at, column.writers.len()));
        column.writers.push(writer);
    }

    /// Whether some variant begins the stream, so that no other can.
    pub(crate) fn has_create(&self) -> bool {
        self.decisions.iter().any(|decision| decision.create.is_some())
    }

    /// Whether every row has a value in the column: each variant that creates gives it one, and none takes
    /// it away.
    pub(crate) fn is_guaranteed(&self, column: &Column<'_>) -> bool {
        let filled = |variant: usize| {
            column
                .writers
                .iter()
                .any(|writer| writer.variant == variant && writer.operation.fills(writer.optional))
        };
        let creators = self.decisions.iter().enumerate().filter(|(_, decision)| decision.create.is_some());
        self.has_create()
            && creators.map(|(variant, _)| variant).all(filled)
            && !column.writers.iter().any(|writer| writer.operation.empties(writer.optional))
    }

    /// The model, and the Rust types that its slots stand for.
    pub(crate) fn lower(&self) -> (model::Model, Vec<Type>) {
        let mut slots = Slots(Vec::new());
        let id: Type = self.options.id.cloned().expect("validation refuses an enum without an id");
        let events =
            Table::parse(&self.options.events.expect("validation refuses an enum without events").value());
        let table = match self.options.table {
            Some(table) => Table::parse(&table.value()),
            None => Table { schema: events.schema.clone(), name: format!("{}_rollup", events.name) },
        };
        let store = Store::es_entity(events, slots.slot(&id));
        let columns = self
            .columns
            .iter()
            .map(|column| model::Column {
                name: column.name.clone(),
                ty: slots.slot(column.ty.expect("validation refuses a column that nobody gives a value")),
                nullable: !self.is_guaranteed(column),
            })
            .collect();
        let mut variants = Vec::new();
        let mut transitions = Vec::new();
        for (variant, decision) in self.input.variants.iter().zip(&self.decisions) {
            // A field that no operation reads is nobody's business, nor is its type.
            let used: Vec<usize> = decision.steps.iter().filter_map(|step| self.source(*step)).collect();
            let mut places = Vec::new();
            let mut fields = Vec::new();
            for (at, field) in variant.fields.iter().enumerate() {
                if used.contains(&at) {
                    places.push(at);
                    fields.push(model::Field {
                        name: member(&field.member),
                        keys: field.keys.clone(),
                        ty: slots.slot(field.ty),
                        optional: field.optional,
                        absent: field.absent,
                    });
                }
            }
            let steps = decision
                .steps
                .iter()
                .map(|step| model::Step {
                    column: step.0,
                    operation: self.columns[step.0].writers[step.1].operation,
                    source: self.source(*step).map_or(Source::Nothing, |field| {
                        Source::Field(places.iter().position(|place| *place == field).expect("a used field"))
                    }),
                })
                .collect();
            let row = if decision.create.is_some() { Row::Create } else { Row::Change };
            transitions.push(model::Transition { row, steps });
            variants.push(model::Variant {
                name: variant.original.ident.unraw().to_string(),
                wire: variant.wire.clone(),
                other: variant.other,
                shape: variant.shape,
                fields,
            });
        }
        let model = model::Model {
            event: self.input.original.ident.unraw().to_string(),
            store,
            tagging: self.input.tagging.clone(),
            variants,
            views: vec![View { table, columns, transitions }],
        };
        (model, slots.0)
    }

    /// The field that a step reads.
    fn source(&self, (column, writer): (usize, usize)) -> Option<usize> {
        let writer = &self.columns[column].writers[writer];
        writer.field.filter(|_| writer.operation.reads())
    }
}

/// The Rust types of an expansion, each once.
struct Slots(Vec<Type>);

impl Slots {
    fn slot(&mut self, ty: &Type) -> SqlType {
        let spelt = spelled(ty);
        let at = self.0.iter().position(|one| spelled(one) == spelt).unwrap_or_else(|| {
            self.0.push(ty.clone());
            self.0.len() - 1
        });
        SqlType::Slot(at)
    }
}

/// A field's name in Rust.
fn member(member: &Member) -> String {
    match member {
        Member::Named(ident) => ident.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

impl<'a> Options<'a> {
    fn new(input: &'a Input<'a>, errors: &mut Accumulator) -> Self {
        let find = |name: &str| input.options.iter().find(|written| written.key.name == name);
        let text = |name: &str| find(name).and_then(Written::text);
        let ty = |name: &str| {
            find(name).and_then(|written| match &written.value {
                Value::Type(ty) => Some(&**ty),
                Value::None | Value::Text(_) | Value::Paths(_) => None,
            })
        };
        let krate = match ty("crate") {
            Some(path) => path.to_token_stream(),
            None => quote!(::es_rollup),
        };
        let time = match ty("time") {
            Some(time) => time.to_token_stream(),
            None => quote!(#krate::__private::DefaultTime),
        };
        let derives = match find("derive").map(|written| &written.value) {
            Some(Value::Paths(paths)) => paths.clone(),
            Some(Value::None | Value::Text(_) | Value::Type(_)) | None => {
                [quote!(::core::fmt::Debug), quote!(::core::clone::Clone), quote!(::core::cmp::PartialEq)]
                    .map(|path| syn::parse_quote!(#path))
                    .into()
            }
        };
        let vis = match text("vis") {
            Some(text) => reparse(text).unwrap_or_else(|_| {
                errors.push(error(text.span(), "expected a visibility: `vis = \"pub(crate)\"`"));
                Visibility::Inherited
            }),
            None => input.original.vis.clone(),
        };
        let state = match ty("state") {
            Some(written) => syn::parse2(written.to_token_stream()).unwrap_or_else(|_| {
                errors.push(error(
                    written.span(),
                    "expected the name of a struct to make: `state = UserState`",
                ));
                default_state(&input.original.ident)
            }),
            None => default_state(&input.original.ident),
        };
        Self { events: text("events"), table: text("table"), id: ty("id"), time, state, derives, vis, krate }
    }
}

/// The struct's name: the enum's, with `Rollup` in place of `Event`.
fn default_state(event: &Ident) -> Ident {
    let name = event.unraw().to_string();
    format_ident!("{}Rollup", name.strip_suffix("Event").unwrap_or(&name), span = event.span())
}
