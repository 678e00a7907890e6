//! Refuses what would take rows for the fold of their events while they are still filled after a change.

use super::install::check;
use super::names::Names;
use super::text::literal;

/// Refuses to do anything while rows are filled after a change, unless `condition` says that it may.
pub(super) fn is_filled(names: &Names, condition: &str) -> String {
    check(
        "",
        &format!("to_regclass({}) IS NOT NULL{condition}", literal(&names.todo)),
        &literal(&format!("{} is being filled after a change", names.rollup)),
        &format!("Fill it to the end first, in a session without a transaction: CALL {}().", names.fill),
    )
}
