//! A column as declared: all operations on it, and what follows from them.

use super::declare::{DeclaredView, Marked};
use super::fault::Mark;
use super::key::Key;
use super::read::Read;
use super::rust_type::{RustTypes, TypeAt};
use crate::model::{Kind, Literal, Need, Operation, Touch};

/// A column with everything that is written about it.
#[derive(Clone, Debug)]
pub struct DeclaredColumn {
    /// Its name.
    pub name: String,
    /// The name that it had before, as often as it is written.
    pub was: Vec<Marked<String>>,
    /// The operations on it, in the order in which the enum declares them.
    pub steps: Vec<DeclaredStep>,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether the structs in Rust do not have it.
    pub retired: bool,
}

/// One operation on a column, as written.
#[derive(Clone, Debug)]
pub struct DeclaredStep {
    /// The variant whose events do it, by its index.
    pub variant: usize,
    /// The key.
    pub key: &'static Key,
    /// The operation.
    pub operation: Operation,
    /// Where its value comes from.
    pub given: Given,
    /// Where the column is named.
    pub mark: Mark,
    /// Its index among the enum's words, if it is written on the enum and so applies to every variant.
    pub everywhere: Option<usize>,
    /// Whether it is implied by `set` on the variant; its mark is then the field's.
    pub implied: bool,
}

/// Where a step's value comes from.
#[derive(Clone, Debug)]
pub enum Given {
    /// There is no value.
    Nothing,
    /// A field, a value inside a field, or a value in the event's context.
    Read(Box<Read>),
    /// A literal.
    Literal(Marked<Literal>),
    /// The event's recorded time.
    RecordedAt,
    /// The event's sequence.
    Sequence,
}

/// What one variant does.
#[derive(Clone, Debug, Default)]
pub(super) struct Decision {
    pub(super) create: Option<Mark>,
    pub(super) delete: Option<Mark>,
    pub(super) ignore: Option<Mark>,
    /// The index of the column and the index of the step in that column.
    pub(super) steps: Vec<(usize, usize)>,
    /// What it does to the row of a view as a whole, as written.
    pub(super) touches: Vec<(Touch, Mark)>,
    /// The rows of a view that it takes away before that: those with its values in these parts of the key, or all.
    pub(super) empties: Vec<(Vec<Marked<String>>, Mark)>,
    /// The index of the part of the key and the index of the step that gives it, in that part.
    pub(super) parts: Vec<(usize, usize)>,
    /// The field whose elements choose rows.
    pub(super) each: Option<usize>,
}

impl Decision {
    /// What it does to the row of a view.
    pub(super) fn touch(&self) -> Touch {
        match self.touches.first() {
            Some((touch, _)) => *touch,
            None if self.steps.is_empty() => Touch::Nothing,
            None => Touch::Change,
        }
    }
}

impl DeclaredStep {
    /// Whether there may be no value.
    pub fn is_optional(&self) -> bool {
        self.read().is_some_and(|read| read.optional)
    }

    /// The value that it reads, if any.
    pub fn read(&self) -> Option<&Read> {
        match &self.given {
            Given::Read(read) => Some(read),
            Given::Nothing | Given::Literal(_) | Given::RecordedAt | Given::Sequence => None,
        }
    }

    /// The type that it writes if it reads no value. The type of a field takes precedence.
    fn other_type(&self, types: &RustTypes) -> Option<TypeAt> {
        match &self.given {
            Given::Literal(Marked { is: Literal::Bool(_), .. }) => Some(types.standard.boolean),
            Given::Literal(Marked { is: Literal::Integer(_), .. }) | Given::Sequence => {
                Some(types.standard.integer)
            }
            Given::Literal(Marked { is: Literal::Text(_), .. }) => Some(types.standard.text),
            Given::RecordedAt => Some(types.standard.time),
            Given::Nothing => match self.operation.definition().needs {
                Some(Need::Boolean) => Some(types.standard.boolean),
                Some(Need::Number | Need::Order | Need::Equality) | None => None,
            },
            Given::Read(_) => None,
        }
    }
}

impl DeclaredColumn {
    /// A column that nothing is written about yet.
    pub(super) const fn new(name: String) -> Self {
        Self { name, was: Vec::new(), steps: Vec::new(), nullable: true, retired: false }
    }

    /// The kind of the column, which its maker decides.
    pub fn kind(&self) -> Kind {
        self.maker().and_then(|step| step.operation.makes()).unwrap_or(Kind::Value)
    }

    /// The operation that decides the kind: preferably one that adds values rather than removes them.
    pub(super) fn maker(&self) -> Option<&DeclaredStep> {
        let makes = |step: &&DeclaredStep| step.operation.makes().is_some();
        let brings = |step: &&DeclaredStep| makes(step) && step.operation.brings();
        self.steps.iter().find(brings).or_else(|| self.steps.iter().find(makes))
    }

    /// The steps whose operations work on the column's kind.
    pub(super) fn able(&self) -> impl Iterator<Item = &DeclaredStep> {
        self.steps.iter().filter(|step| self.has(step))
    }

    /// Whether the step's operation works on the column's kind.
    pub(super) fn has(&self, step: &DeclaredStep) -> bool {
        step.operation.works_on(self.kind())
    }

    /// Its steps, each as often as the user wrote it: one on the enum counts once.
    pub fn written(&self) -> impl Iterator<Item = &DeclaredStep> {
        self.steps.iter().enumerate().filter_map(|(at, step)| {
            let again = step.everywhere.is_some()
                && self.steps[..at].iter().any(|earlier| earlier.everywhere == step.everywhere);
            (!again).then_some(step)
        })
    }

    /// The SQL type that its values are cast to, if any.
    pub fn sql_type(&self) -> Option<&Marked<String>> {
        self.steps.iter().filter_map(DeclaredStep::read).find_map(|read| read.sql_type.as_ref())
    }

    /// The type of its values: that of the first field that fills it, otherwise that of the first other source.
    pub fn ty(&self, types: &RustTypes) -> Option<TypeAt> {
        let brings = |step: &&DeclaredStep| step.operation.brings();
        let read = self.steps.iter().filter(brings).find_map(DeclaredStep::read).map(|read| read.ty);
        read.or_else(|| self.steps.iter().filter(brings).find_map(|step| step.other_type(types)))
    }
}

/// The parts of a view's key, which nothing gives yet.
pub(super) fn parts(view: &DeclaredView) -> Vec<DeclaredColumn> {
    let part =
        |name: &Marked<String>| DeclaredColumn { nullable: false, ..DeclaredColumn::new(name.is.clone()) };
    view.key().iter().map(part).collect()
}
