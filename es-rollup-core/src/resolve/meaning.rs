//! What the words mean: columns, the operations on them, and what each event does to the row.

use super::column::{self, Decision, DeclaredColumn, DeclaredStep, Given};
use super::constraint::{self, DeclaredConstraint};
use super::declare::{Declarations, DeclaredField, DeclaredVariant, DeclaredView, Marked, Word, WordValue};
use super::fault::Faults;
use super::former::{self, Former};
use super::key::{Action, Detail, Key, Name};
use super::read;
use crate::model::{Gives, Kind, Literal, Operation, Place, Takes, Touch};

/// What an enum means for one table.
#[derive(Clone, Debug)]
pub(super) struct Meaning<'a> {
    pub(super) input: &'a Declarations,
    /// In the order in which the enum first names them.
    pub(super) columns: Vec<DeclaredColumn>,
    /// One entry per variant.
    pub(super) decisions: Vec<Decision>,
    pub(super) constraints: Vec<DeclaredConstraint>,
    /// The view whose table it is; `None` for the rollup's own table.
    pub(super) view: Option<&'a DeclaredView>,
    /// The parts of the view's key, each with what gives it.
    pub(super) parts: Vec<DeclaredColumn>,
}

/// The `set` that a `set` on the variant implies for a field without its own operation.
fn implied(variant: &DeclaredVariant, field: &DeclaredField) -> Option<Word> {
    let whole = variant.words.iter().find(|word| word.key.sets_all())?;
    let marks = |one: &Word| one.key.is_operation() || one.key.is_part() || one.key.name == Name::Ignore;
    let marked = field.words.iter().any(marks);
    let implied = !marked && !field.left_out && !field.mistaken;
    // Keys on the field that describe a value accompany it.
    let group = field.words.first().map_or(0, |one| one.group);
    let key = Key::find("set", Place::Field).filter(|_| implied)?;
    Some(Word { key, mark: whole.mark, value: WordValue::None, group, implied })
}

/// The operation of a word that reads a value or changes a column. A part of a key is set.
fn operation_of(word: &Word) -> Option<Operation> {
    if word.key.is_part() { Some(Operation::Set) } else { word.key.operation() }
}

impl<'a> Meaning<'a> {
    pub(super) fn new(input: &'a Declarations, view: Option<&'a DeclaredView>, faults: &mut Faults) -> Self {
        let decisions = input.variants.iter().map(|_| Decision::default()).collect();
        let constraints = constraint::declared(input, faults);
        let parts = view.map(column::parts).unwrap_or_default();
        let mut meaning = Self { input, columns: Vec::new(), decisions, constraints, view, parts };
        for (at, variant) in input.variants.iter().enumerate() {
            for word in &variant.words {
                let decision = &mut meaning.decisions[at];
                match word.key.name {
                    Name::Create => {
                        decision.create = Some(word.mark);
                        decision.touches.push((Touch::Create, word.mark));
                    }
                    Name::Add => {
                        decision.create = Some(word.mark);
                        decision.touches.push((Touch::Add, word.mark));
                    }
                    Name::Delete => {
                        decision.delete = Some(word.mark);
                        decision.touches.push((Touch::Delete, word.mark));
                    }
                    Name::Remove => decision.touches.push((Touch::Remove, word.mark)),
                    Name::Empty => decision.empties.push((word.names().to_vec(), word.mark)),
                    Name::Ignore => decision.ignore = Some(word.mark),
                    Name::Does(action) => meaning.on_variant(at, action, word, None, faults),
                    // Properties of columns are read as constraints, and former names on their own; the other keys are
                    // not allowed on a variant.
                    Name::Property(_)
                    | Name::Events
                    | Name::Id
                    | Name::Table
                    | Name::State
                    | Name::Trigger
                    | Name::History
                    | Name::Archive
                    | Name::Derive
                    | Name::Vis
                    | Name::Time
                    | Name::Crate
                    | Name::Check
                    | Name::Number
                    | Name::Json
                    | Name::Repr
                    | Name::Text
                    | Name::View
                    | Name::Key
                    | Name::Was
                    | Name::Detail(_) => {}
                }
            }
            let named = meaning.named_parts(at, faults);
            for ((place, field), named) in variant.fields.iter().enumerate().zip(&named) {
                read::check(&field.words, Place::Field, field.mistaken, faults);
                let implied = implied(variant, field).filter(|_| named.is_none());
                for word in named.iter().chain(&field.words).chain(&implied) {
                    meaning.on_field(at, place, word, faults);
                }
            }
        }
        for (place, word) in input.words.iter().enumerate() {
            let Some(action) = word.key.action() else { continue };
            let mut reported = Faults::default();
            // Variants that serde never reads or that delete the row do not change columns.
            let lives =
                |at: &usize| !input.variants[*at].wire.is_empty() && meaning.decisions[*at].delete.is_none();
            let variants: Vec<usize> = (0..input.variants.len()).filter(lives).collect();
            for (nth, variant) in variants.into_iter().enumerate() {
                let faults = if nth == 0 { &mut *faults } else { &mut reported };
                meaning.on_variant(variant, action, word, Some(place), faults);
            }
        }
        for Former { column, was } in former::declared(input, faults) {
            let mut columns = meaning.parts.iter_mut().chain(&mut meaning.columns);
            columns.find(|one| one.name == column).into_iter().for_each(|one| one.was.push(was.clone()));
        }
        let nullable: Vec<bool> = meaning.columns.iter().map(|column| meaning.is_nullable(column)).collect();
        for (column, nullable) in meaning.columns.iter_mut().zip(nullable) {
            column.nullable = nullable;
        }
        for column in &mut meaning.columns {
            let mut retired = meaning.constraints.iter().flat_map(DeclaredConstraint::retired);
            column.retired = retired.any(|name| name.is == column.name);
        }
        meaning
    }

    /// Adds an operation that is written on a variant or, with `everywhere`, on the enum for every variant.
    fn on_variant(
        &mut self,
        variant: usize,
        action: Action,
        word: &Word,
        everywhere: Option<usize>,
        faults: &mut Faults,
    ) {
        let key = word.key;
        let step = |operation, given, mark| DeclaredStep {
            variant,
            key,
            operation,
            given,
            mark,
            everywhere,
            implied: false,
        };
        let literal = |literal| Given::Literal(Marked::new(literal, word.mark));
        let (operation, given) = match (action, &word.value) {
            (Action::Context, _) => return self.on_context(variant, word, everywhere, faults),
            (Action::Own(operation), WordValue::Assignments(assignments)) => {
                for (column, literal) in assignments {
                    faults.literal(literal.mark, &literal.is);
                    let given = Given::Literal(literal.clone());
                    self.write(column.is.clone(), step(operation, given, column.mark), faults);
                }
                return;
            }
            (Action::Own(operation), _) => match operation.definition().takes {
                Takes::Nothing => (operation, Given::Nothing),
                // It needs a value, so it is not allowed here; or it is the `set` for all fields.
                Takes::One | Takes::Each => return,
            },
            (Action::Short(short), _) => {
                let short = short.definition();
                let given = match short.gives {
                    Gives::RecordedAt => Given::RecordedAt,
                    Gives::Sequence => Given::Sequence,
                    Gives::One => literal(Literal::Integer(1)),
                    Gives::EventType => match self.event_type(variant, word, everywhere, faults) {
                        Some(name) => literal(Literal::Text(name)),
                        None => return,
                    },
                };
                (short.operation, given)
            }
        };
        if let Some(text) = word.text() {
            self.write(text.is.clone(), step(operation, given, text.mark), faults);
        }
    }

    /// The name that serde writes for the variant, which `event_type` stores.
    fn event_type(
        &self,
        variant: usize,
        word: &Word,
        everywhere: Option<usize>,
        faults: &mut Faults,
    ) -> Option<String> {
        let variants = &self.input.variants;
        let first = |at: &usize| variants[*at].other;
        // For a key on the enum it is reported with the first variant only.
        let unknown = match everywhere {
            Some(_) => (0..variants.len()).find(first),
            None => Some(variant).filter(first),
        };
        if let Some(at) = unknown {
            let name = &variants[at].name.is;
            let repair = match everywhere {
                Some(_) => "write `event_type` on each of the other variants instead of on the enum",
                None => "remove it here",
            };
            faults.add(
                word.mark,
                format!("`{name}` matches every unknown event (`#[serde(other)]`), so its `event_type` cannot be known; {repair}"),
            );
            return None;
        }
        variants[variant].wire.first().cloned()
    }

    /// Adds the operations in `context(...)`, on a variant or, with `everywhere`, on the enum.
    fn on_context(&mut self, variant: usize, word: &Word, everywhere: Option<usize>, faults: &mut Faults) {
        let WordValue::Words { words, mistaken } = &word.value else { return };
        let mistaken = *mistaken;
        read::check(words, Place::Context, mistaken, faults);
        let acts = |one: &&Word| one.key.is_operation() || one.key.is_part();
        let operations: Vec<&Word> = words.iter().filter(acts).collect();
        let example = word.key.spelling.example;
        let unaccompanied = operations.is_empty() && words.iter().any(|one| one.key.detail().is_some());
        if mistaken || unaccompanied {
            // The missing key may be the one that was reported.
        } else if operations.is_empty() {
            faults.add(
                word.mark,
                format!("`context(...)` does nothing without an operation; write `{example}`"),
            );
        } else if !words.iter().any(|one| one.key.detail() == Some(Detail::As)) {
            faults.add(
                word.mark,
                "the type of the value in the context is missing; write `as = Type`, or `as = Option<Type>` if the value may be absent",
            );
        }
        for one in operations {
            let (key, Some(operation)) = (one.key, operation_of(one)) else { continue };
            let Some(text) = one.text() else {
                faults.add(
                    one.mark,
                    format!("the name of the column is missing; write `{} = \"column\"`", key.name()),
                );
                continue;
            };
            let operation = read::operation(words, one, operation);
            let given = Given::Read(Box::new(read::of_context(&self.input.types, words, one, operation)));
            let mark = text.mark;
            let step = DeclaredStep { variant, key, operation, given, mark, everywhere, implied: false };
            self.write(text.is.clone(), step, faults);
        }
    }

    /// Adds an operation that is written on a field.
    fn on_field(&mut self, variant: usize, place: usize, word: &Word, faults: &mut Faults) {
        let (key, Some(operation)) = (word.key, operation_of(word)) else { return };
        let input = self.input;
        let field = &input.variants[variant].fields[place];
        let (name, mark) = match (word.text(), &field.name) {
            (Some(text), _) => (text.is.clone(), text.mark),
            (None, Some(name)) => (name.clone(), word.mark),
            (None, None) => {
                let message = format!(
                    "the name of the column is missing, and this field has no name to take it from; write `{} = \"column\"`",
                    key.name()
                );
                return faults.add(word.mark, message);
            }
        };
        let operation = read::operation(&field.words, word, operation);
        let given = if word.key.reads() {
            let in_element = self.decisions[variant].each == Some(place);
            Given::Read(Box::new(read::of_field(&input.types, place, field, word, operation, in_element)))
        } else {
            Given::Nothing
        };
        let implied = word.implied;
        let step = DeclaredStep { variant, key, operation, given, mark, everywhere: None, implied };
        self.write(name, step, faults);
    }

    fn write(&mut self, name: String, step: DeclaredStep, faults: &mut Faults) {
        if let Some(view) = self.view
            && (step.key.is_part() || self.part(&name).is_some())
        {
            return self.give(view, &name, step, faults);
        }
        let at = self.columns.iter().position(|column| column.name == name).unwrap_or_else(|| {
            self.columns.push(DeclaredColumn::new(name));
            self.columns.len() - 1
        });
        let column = &mut self.columns[at];
        self.decisions[step.variant].steps.push((at, column.steps.len()));
        column.steps.push(step);
    }

    /// All columns with a value of their own: the parts of the key, then the others.
    pub(super) fn all(&self) -> impl Iterator<Item = &DeclaredColumn> {
        self.parts.iter().chain(&self.columns)
    }

    /// The operations that are written on the variant itself rather than on the enum.
    pub(super) fn own_steps(&self, decision: &Decision) -> impl Iterator<Item = &DeclaredStep> {
        let steps = decision.steps.iter().map(|(column, step)| &self.columns[*column].steps[*step]);
        steps.filter(|step| step.everywhere.is_none())
    }

    /// Whether some variants create the row, so that only these can begin a stream.
    pub(super) fn has_create(&self) -> bool {
        self.decisions.iter().any(|decision| decision.create.is_some())
    }

    /// Whether the column may be NULL: unless every variant that creates the row sets it and no variant clears it.
    fn is_nullable(&self, column: &DeclaredColumn) -> bool {
        if column.kind() != Kind::Value {
            return false;
        }
        let filled = |variant: usize| {
            let fills = |step: &DeclaredStep| step.operation.fills(step.is_optional());
            column.steps.iter().any(|step| step.variant == variant && fills(step))
        };
        let mut creators =
            self.decisions.iter().enumerate().filter(|(_, decision)| decision.create.is_some());
        let guaranteed = self.has_create()
            && creators.all(|(variant, _)| filled(variant))
            && !column.steps.iter().any(|step| step.operation.empties(step.is_optional()));
        !guaranteed
    }
}
