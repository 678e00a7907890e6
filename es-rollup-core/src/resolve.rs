//! From what is written to a model: the words on an enum become columns, kinds, types and operations, or faults.
//!
//! The derive reads an enum with its attributes and serde's into [`Declarations`], which are plain data. A test or a
//! tool can write them by hand. Each part has a [`Mark`], by which the caller finds the place of a [`Fault`].

mod column;
mod constraint;
mod declare;
mod fault;
mod former;
mod key;
mod lower;
mod meaning;
mod read;
mod rows;
mod rules;
mod rust_type;

pub use column::{DeclaredColumn, DeclaredStep, Given};
pub use declare::{
    Declarations, DeclaredField, DeclaredVariant, DeclaredView, InView, Marked, Word, WordValue,
};
pub use fault::{Fault, Mark, listed, nearest, unquotable};
pub use key::{Action, Detail, Key, Name, Property};
pub use lower::Lowered;
pub use read::Read;
pub use rows::DeclaredRows;
pub use rust_type::{Collection, RustType, RustTypes, Standard, TypeAt};

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
    /// The views, in the order in which the enum declares them; also if there are faults.
    pub views: Vec<DeclaredRows>,
    /// The model, or all faults.
    pub lowered: Result<Lowered, Vec<Fault>>,
}

impl Resolution {
    /// Resolves the declarations.
    pub fn new(declarations: &Declarations) -> Self {
        let mut faults = Faults::default();
        let meaning = Meaning::new(declarations, None, &mut faults);
        let alone: Vec<Declarations> =
            (0..declarations.views.len()).map(|view| rows::alone(declarations, view)).collect();
        let views = alone.iter().zip(&declarations.views);
        let views: Vec<Meaning<'_>> =
            views.map(|(alone, view)| Meaning::new(alone, Some(view), &mut faults)).collect();
        rules::check(&meaning, &views, &mut faults);
        let right = faults.0.is_empty() && !declarations.mistaken;
        let lowered = if right { lower(&meaning, &views) } else { Err(faults.0) };
        Self { columns: meaning.columns, views: views.into_iter().map(DeclaredRows::of).collect(), lowered }
    }
}

/// The model of declarations without a fault.
fn lower(meaning: &Meaning<'_>, views: &[Meaning<'_>]) -> Result<Lowered, Vec<Fault>> {
    let fault = |message: String| Fault { mark: meaning.input.name.mark, message };
    let incomplete = || vec![fault("a table, an id or a column without a type is missing".into())];
    let lowered = lower::lower(meaning, views).ok_or_else(incomplete)?;
    // The rules report mistakes at their marks before this; this only makes sure that nothing was missed.
    match lowered.model.validate() {
        Ok(()) => Ok(lowered),
        Err(faults) => Err(faults.into_iter().map(fault).collect()),
    }
}
