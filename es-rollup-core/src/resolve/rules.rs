//! The rules: one `check_*` function per rule, which reports every violation.

mod columns;
mod constraints;
mod events;
mod former;
mod literals;
mod names;
mod places;
mod rows;
mod values;
mod views;

use super::fault::Faults;
use super::meaning::Meaning;

/// Checks every rule.
pub(super) fn check(meaning: &Meaning<'_>, views: &[Meaning<'_>], faults: &mut Faults) {
    places::check_places(meaning, faults);
    names::check_required(meaning, faults);
    names::check_tables(meaning, faults);
    names::check_column_names(meaning, faults);
    events::check_decisions(meaning, views, faults);
    check_table(meaning, faults);
    for (at, view) in views.iter().enumerate() {
        views::check_names(meaning, &views[..at], view, faults);
        views::check_parts(view, faults);
        names::check_column_names(view, faults);
        rows::check_rows(meaning, view, faults);
        check_table(view, faults);
    }
    former::check_views(views, faults);
}

/// The rules for every table.
fn check_table(meaning: &Meaning<'_>, faults: &mut Faults) {
    columns::check_filled(meaning, faults);
    columns::check_kinds(meaning, faults);
    columns::check_types(meaning, faults);
    literals::check_fixed(meaning, faults);
    events::check_conflicts(meaning, faults);
    values::check_casts(meaning, faults);
    values::check_owned(meaning, faults);
    values::check_kept(meaning, faults);
    values::check_read_as(meaning, faults);
    values::check_defaults(meaning, faults);
    values::check_collections(meaning, faults);
    events::check_skipped(meaning, faults);
    constraints::check_constraints(meaning, faults);
    former::check_columns(meaning, faults);
}
