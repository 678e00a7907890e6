//! The rows of a view: which row an event means, and what it does to the row as a whole.

use super::column::{DeclaredColumn, DeclaredStep, Given};
use super::declare::{Declarations, DeclaredField, DeclaredVariant, DeclaredView, Marked, Word, WordValue};
use super::fault::{Faults, Mark, listed, nearest};
use super::key::{Key, Name};
use super::meaning::Meaning;
use crate::model::{Operation, Place};

/// A view with everything that is written about its columns.
#[derive(Clone, Debug)]
pub struct DeclaredRows {
    /// Its name.
    pub name: String,
    /// The parts of its key, in order.
    pub parts: Vec<DeclaredColumn>,
    /// Its other columns, in the order in which the enum first names them.
    pub columns: Vec<DeclaredColumn>,
}

impl DeclaredRows {
    pub(super) fn of(meaning: Meaning<'_>) -> Self {
        let name = meaning.view.map(|view| view.name.is.clone()).unwrap_or_default();
        Self { name, parts: meaning.parts, columns: meaning.columns }
    }
}

/// The declarations of a view as those of a table of its own: its words stand where those outside of it stood.
pub(super) fn alone(input: &Declarations, at: usize) -> Declarations {
    let view = &input.views[at];
    let table = view.words.iter().filter(|word| word.key.name == Name::Table).find_map(Word::text);
    let default = || {
        let rollup = input.rollup_table()?;
        Some(Marked::new(format!("{}.{}_{}", rollup.schema, rollup.name, view.name.is), view.name.mark))
    };
    let variant = |variant: &DeclaredVariant| DeclaredVariant {
        words: variant.in_views.get(at).map(|here| here.words.clone()).unwrap_or_default(),
        in_views: Vec::new(),
        fields: variant.fields.iter().map(|one| field(one, at)).collect(),
        ..variant.clone()
    };
    Declarations {
        table: table.cloned().or_else(default),
        // Its former name is its own, and none of a column.
        words: view.words.iter().filter(|word| word.key.name != Name::Was).cloned().collect(),
        views: Vec::new(),
        history: None,
        archive: None,
        variants: input.variants.iter().map(variant).collect(),
        ..input.clone()
    }
}

fn field(field: &DeclaredField, at: usize) -> DeclaredField {
    let here = field.in_views.get(at).cloned().unwrap_or_default();
    DeclaredField { words: here.words, mistaken: here.mistaken, in_views: Vec::new(), ..field.clone() }
}

/// Whether a word gives a part of a key: it names the part itself.
fn gives(word: &Word, part: &str) -> bool {
    word.key.gives_parts()
        && match &word.value {
            WordValue::Text(text) => text.is == part,
            WordValue::Assignments(pairs) => pairs.iter().any(|(name, _)| name.is == part),
            WordValue::Words { words, .. } => words.iter().any(|word| gives(word, part)),
            WordValue::None
            | WordValue::Type(_)
            | WordValue::Literal(_)
            | WordValue::Expressions(_)
            | WordValue::Names(_) => false,
        }
}

impl Meaning<'_> {
    /// The part of the key with this name.
    pub(super) fn part(&self, name: &str) -> Option<usize> {
        self.parts.iter().position(|part| part.name == name)
    }

    /// The table in messages.
    pub(super) fn called(&self) -> String {
        self.view.map_or_else(|| "the rollup".into(), |view| format!("`{}`", view.name.is))
    }

    /// For each field of a variant, the word that makes it a part of the key, if it is one because of its name. Also
    /// finds the field whose elements choose rows.
    pub(super) fn named_parts(&mut self, at: usize, faults: &mut Faults) -> Vec<Option<Word>> {
        let variant = &self.input.variants[at];
        let named: Vec<Option<Word>> = variant.fields.iter().map(|field| self.named(at, field)).collect();
        let types = &self.input.types;
        let of_list = |(_, (field, named)): &(usize, (&DeclaredField, &Option<Word>))| {
            let is_part = named.is_some() || field.words.iter().any(|word| word.key.is_part());
            is_part && types.get(field.ty).elements.is_some()
        };
        let mut lists = variant.fields.iter().zip(&named).enumerate().filter(of_list);
        self.decisions[at].each = lists.next().map(|(place, _)| place);
        for (_, (field, _)) in lists {
            let event = &variant.name.is;
            let mark = field.words.iter().find(|word| word.key.is_part()).map(|word| word.mark);
            faults.add(
                mark.unwrap_or(types.get(field.ty).mark),
                format!("`{event}` has two lists whose elements choose rows of {}; keep one", self.called()),
            );
        }
        named
    }

    /// The word that makes a field a part of the key, if its name does.
    fn named(&self, at: usize, field: &DeclaredField) -> Option<Word> {
        let variant = &self.input.variants[at];
        let part = field.name.as_ref().filter(|name| self.is_needed(at, name))?;
        let in_fields = variant.fields.iter().flat_map(|field| &field.words);
        let is_part = |word: &&Word| word.key.is_part();
        let given = variant.words.iter().chain(in_fields.filter(is_part)).any(|word| gives(word, part));
        let is_ignored = field.words.iter().any(|word| word.key.name == Name::Ignore);
        let key = Key::find("key", Place::ViewField).filter(|_| !given && !is_ignored)?;
        let mark = self.input.types.get(field.ty).mark;
        // Keys on the field that describe a value accompany it.
        let group = field.words.first().map_or(0, |one| one.group);
        let value = WordValue::Text(Marked::new(part.clone(), mark));
        Some(Word { key, mark, value, group, implied: true })
    }

    /// Whether the event needs a part of the key: it does something to a row, or takes away the rows with this part.
    fn is_needed(&self, at: usize, name: &str) -> bool {
        let (decision, variant) = (&self.decisions[at], &self.input.variants[at]);
        let mut in_fields = variant.fields.iter().flat_map(|field| &field.words);
        let acts = !decision.touches.is_empty()
            || !decision.steps.is_empty()
            || variant.words.iter().any(|word| word.key.sets_all())
            || in_fields.any(|word| word.key.is_operation());
        let matched = decision.empties.iter().flat_map(|(parts, _)| parts).any(|part| part.is == name);
        self.part(name).is_some() && (acts || matched)
    }

    /// Adds what gives a part of the key.
    pub(super) fn give(&mut self, view: &DeclaredView, name: &str, step: DeclaredStep, faults: &mut Faults) {
        let view_name = &view.name.is;
        let Some(part) = self.part(name) else {
            return faults.add(step.mark, no_part(view, name));
        };
        let fixed = match step.given {
            Given::Literal(_) | Given::RecordedAt | Given::Sequence => step.operation == Operation::Set,
            Given::Nothing | Given::Read(_) => false,
        };
        if !step.key.is_part() && !fixed {
            let repair = if step.implied {
                format!(
                    "write `#[rollup({view_name}(ignore))]` on the field, or `#[rollup({view_name}(set = \"column\"))]` with another name"
                )
            } else {
                format!("write `key = \"{name}\"` for the part, or choose another name for the column")
            };
            return faults.add(
                step.mark,
                format!("`{name}` is a part of the key of `{view_name}`, so it cannot be changed; {repair}"),
            );
        }
        let variant = step.variant;
        self.decisions[variant].parts.push((part, self.parts[part].steps.len()));
        self.parts[part].steps.push(step);
    }

    /// Whether a missing part of the key may be one that was reported.
    pub(super) fn has_other_mistake(&self, at: usize) -> bool {
        let variant = &self.input.variants[at];
        let is_unknown =
            |word: &Word| word.key.is_part() && word.text().is_none_or(|text| self.part(&text.is).is_none());
        let of_field = |field: &DeclaredField| field.mistaken || field.words.iter().any(is_unknown);
        let in_context = |word: &Word| match &word.value {
            WordValue::Words { words, mistaken } => *mistaken || words.iter().any(is_unknown),
            WordValue::None
            | WordValue::Text(_)
            | WordValue::Type(_)
            | WordValue::Literal(_)
            | WordValue::Assignments(_)
            | WordValue::Expressions(_)
            | WordValue::Names(_) => false,
        };
        variant.fields.iter().any(of_field) || variant.words.iter().any(in_context)
    }

    /// Where a variant says something about the table: its first word.
    pub(super) fn first_mark(&self, at: usize) -> Option<Mark> {
        let variant = &self.input.variants[at];
        let in_fields = variant.fields.iter().flat_map(|field| &field.words);
        variant.words.iter().chain(in_fields).map(|word| word.mark).next()
    }
}

/// The message for a part that a key does not have.
pub(super) fn no_part(view: &DeclaredView, name: &str) -> String {
    let names = || view.key().iter().map(|part| part.is.as_str());
    let view_name = &view.name.is;
    match nearest(name, names()) {
        Some(meant) => format!("the key of `{view_name}` has no part `{name}`; did you mean `{meant}`?"),
        None if names().next().is_none() => {
            format!(
                "the key of `{view_name}` has no parts, since an entity has at most one row of it; write `view({view_name}, key({name}))` on the enum for more"
            )
        }
        None => format!("the key of `{view_name}` has no part `{name}`; its parts are {}", listed(names())),
    }
}
