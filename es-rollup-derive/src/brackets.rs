//! Keys that accompany an operation in the same `#[rollup(...)]` attribute.

use crate::attributes::Written;
use crate::error::error;
use darling::error::Accumulator;
use es_rollup_core::resolve::Detail;

/// Whether a key with this detail accompanies the operation.
pub(crate) fn has_detail(written: &[Written], operation: &Written, detail: Detail) -> bool {
    written.iter().any(|one| one.key.detail() == Some(detail) && one.group == operation.group)
}

/// Removes the keys that say something of a column if no operation in the same brackets names a column. Reports
/// them, unless something else in this place was `reported`; returns whether there were any.
pub(crate) fn take_unaccompanied(
    written: &mut Vec<Written>,
    reported: bool,
    errors: &mut Accumulator,
) -> bool {
    // A part of the key of a view has no property, but can have a former name.
    let names = |one: &&Written| one.key.names_columns() || one.key.is_part();
    let operated: Vec<(usize, bool)> =
        written.iter().filter(names).map(|one| (one.group, one.key.is_part())).collect();
    let before = written.len();
    written.retain(|one| {
        let takes_parts = one.key.property().is_none();
        let accompanies = |(group, part): &(usize, bool)| *group == one.group && (takes_parts || !part);
        let unaccompanied = one.key.is_of_columns() && !operated.iter().any(accompanies);
        if unaccompanied && !reported {
            errors.push(error(one.span, one.key.unaccompanied()));
        }
        !unaccompanied
    });
    written.len() < before
}
