//! From what is written to a model: the words on an enum become columns, kinds, types and operations, or faults.
//!
//! The derive reads an enum with its attributes and serde's into [`Declarations`], which are plain data. A test or a
//! tool can write them by hand. Each part has a [`Mark`], by which the caller finds the place of a [`Fault`].

mod column;
mod constraint;
mod declare;
mod fault;
mod key;
mod lower;
mod meaning;
mod read;
mod rules;

pub use column::{DeclaredColumn, DeclaredStep, Given};
pub use declare::{
    Collection, Declarations, DeclaredField, DeclaredVariant, Marked, RustType, RustTypes, Standard, TypeAt,
    Word, WordValue,
};
pub use fault::{Fault, Mark, listed, nearest, unquotable};
pub use key::{Action, Detail, Key, Name, Property};
pub use lower::Lowered;
pub use read::Read;

use crate::model::Model;
use fault::Faults;
use meaning::Meaning;

/// The model that the declarations describe.
///
/// # Errors
///
/// Everything that is wrong with them, at once and always in the same order.
pub fn resolve(declarations: &Declarations) -> Result<Model, Vec<Fault>> {
    Resolution::new(declarations).lowered.map(|lowered| lowered.model)
}

/// All that follows from declarations. The derive generates the struct and the fold from it.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// The columns, in the order in which the enum first names them; also if there are faults.
    pub columns: Vec<DeclaredColumn>,
    /// The model, or all faults.
    pub lowered: Result<Lowered, Vec<Fault>>,
}

impl Resolution {
    /// Resolves the declarations.
    pub fn new(declarations: &Declarations) -> Self {
        let mut faults = Faults::default();
        let meaning = Meaning::new(declarations, &mut faults);
        rules::check(&meaning, &mut faults);
        let right = faults.0.is_empty() && !declarations.mistaken;
        let lowered = if right { lower(&meaning) } else { Err(faults.0) };
        Self { columns: meaning.columns, lowered }
    }
}

/// The model of declarations without a fault.
fn lower(meaning: &Meaning<'_>) -> Result<Lowered, Vec<Fault>> {
    let fault = |message: String| Fault { mark: meaning.input.name.mark, message };
    let incomplete = || vec![fault("a table, an id or a column without a type is missing".into())];
    let lowered = lower::lower(meaning).ok_or_else(incomplete)?;
    // The rules report mistakes at their marks before this; this only makes sure that nothing was missed.
    match lowered.model.validate() {
        Ok(()) => Ok(lowered),
        Err(faults) => Err(faults.into_iter().map(fault).collect()),
    }
}
