//! Which events touch the entities that are folded again, and when that is left for later.

use super::super::event;
use super::super::text::{indent, literals};
use super::Between;
use crate::alteration::Touched;

/// The most events that are folded while writers wait, if the rest can be filled afterwards: this takes some hundreds of
/// milliseconds at most.
pub(super) const LIMIT: u32 = 20_000;

/// The setting that says that the rows are filled after the migration.
pub(super) const FILLS: &str = "es_rollup.fills";

/// Whether an event `e` touches its entity; `None` if all entities are folded again, or none.
pub(super) fn condition(between: &Between<'_>) -> Option<String> {
    let tag = || indent(&event::tag(between.new, "e"), 2).trim_start().to_string();
    match &between.alteration.touched {
        Touched::Nobody | Touched::Everybody => None,
        Touched::Among(tags) => Some(format!("{} = ANY (ARRAY[{}]::text[])", tag(), literals(tags))),
        Touched::Beyond(tags) => {
            Some(format!("({} = ANY (ARRAY[{}]::text[])) IS NOT TRUE", tag(), literals(tags)))
        }
    }
}
