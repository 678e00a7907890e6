//! The model, and how Rust reads what the model reads.

use crate::declare::Tokens;
use crate::rollup_enum::RollupEnum;
use es_rollup_core::model::{self, Model};
use es_rollup_core::resolve::{self, Collection, Read};
use syn::{Member, Type};

/// The model, the Rust types of its types, and the place of each of its fields in the enum.
pub(crate) struct RustModel<'a> {
    pub(crate) model: &'a Model,
    /// The Rust type of each of its types; `None` if only the SQL type is known.
    pub(crate) rust: Vec<Option<Type>>,
    /// For each variant, how Rust reads the fields of its model.
    pub(crate) readings: Vec<Vec<Reading>>,
}

/// How Rust reads a field of the model.
pub(crate) struct Reading {
    /// The member of the variant; `None` for the event's context and inside the current element.
    pub(crate) member: Option<Member>,
    /// The type of one value.
    pub(crate) ty: Type,
    /// Whether the event borrows the data that the column owns.
    pub(crate) borrowed: bool,
    /// Whether the member has another type, whose JSON is read as this type.
    pub(crate) read_as: bool,
    /// The collection that it is read from, element by element.
    pub(crate) collection: Option<Collection>,
}

impl<'a> RustModel<'a> {
    /// With the tokens of the types and members.
    pub(crate) fn new(rollup: &RollupEnum<'_>, lowered: &'a resolve::Lowered) -> Self {
        let tokens = &rollup.tokens;
        let rust = lowered.rust.iter().map(|ty| ty.map(|ty| tokens.ty(ty).clone())).collect();
        let readings = rollup.input.variants.iter().zip(&lowered.reads).map(|(variant, reads)| {
            let member = |place: usize| variant.fields[place].member.clone();
            let member = |read: &Read| read.field.filter(|_| !read.is_in_element()).map(member);
            reads.iter().map(|read| Reading::new(tokens, read, member(read))).collect()
        });
        Self { model: &lowered.model, rust, readings: readings.collect() }
    }

    /// The Rust type of a type; `None` if only the SQL type is known.
    pub(crate) fn rust(&self, ty: model::Type) -> Option<&Type> {
        self.rust[ty.0].as_ref()
    }
}

impl Reading {
    fn new(tokens: &Tokens, read: &Read, member: Option<Member>) -> Self {
        Self {
            member,
            ty: tokens.ty(read.ty).clone(),
            borrowed: read.borrowed,
            read_as: read.read_as,
            collection: read.many,
        }
    }
}
