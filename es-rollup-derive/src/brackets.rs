//! Keys that accompany an operation in the same `#[rollup(...)]` attribute.

use crate::attributes::Written;
use crate::error::error;
use darling::error::Accumulator;
use es_rollup_core::resolve::Detail;

/// Whether a key with this detail accompanies the operation.
pub(crate) fn has_detail(written: &[Written], operation: &Written, detail: Detail) -> bool {
    written.iter().any(|one| one.key.detail() == Some(detail) && one.group == operation.group)
}

/// Removes the keys that declare a property of a column if no operation in the same brackets names a column. Reports
/// them, unless something else in this place was `reported`; returns whether there were any.
pub(crate) fn take_unaccompanied(
    written: &mut Vec<Written>,
    reported: bool,
    errors: &mut Accumulator,
) -> bool {
    let operated: Vec<usize> =
        written.iter().filter(|one| one.key.names_columns()).map(|one| one.group).collect();
    let before = written.len();
    written.retain(|one| {
        let unaccompanied = one.key.property().is_some() && !operated.contains(&one.group);
        if unaccompanied && !reported {
            let name = one.key.name();
            errors.push(error(one.span, format!("`{name}` must accompany an operation that names a column; write both in one attribute: `#[rollup(set = \"column\", {name})]` on a field")));
        }
        !unaccompanied
    });
    written.len() < before
}
