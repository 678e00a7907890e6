//! Members of sets and lists, where one entity gets many of them.
//!
//! To add a member to an array in a row is to search and to copy all of it, so that thousands of members in one statement
//! would cost the square of their number. A variable is appended to in place. So the loops that fold many events of an
//! entity collect what is added and removed, as soon as it is much and the array is long, and merge it with the row
//! before anything else reads that: into the array that one change after the other would have made.

use super::constraints::check_reads;
use super::expression::expression;
use super::names::ROW;
use super::text::{ident, indent, part, where_true};
use crate::model::{Column, Fact, Kind, Operation, Part, Takes, View};

/// What becomes of a change of a set or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Members {
    /// Each is applied to the row.
    Applied,
    /// They are collected where they are many.
    Collected,
}

/// From how many changes of an entity on, and from how many members of the column on, changes are collected. To merge them
/// costs about as much as this many changes of the array, whatever its length, so that few are better applied.
const MANY: u32 = 64;

/// How many changes of a set are kept in memory before they are merged. Those of a list are never more than its members.
const KEPT: u32 = 100_000;

/// A column whose changes can be collected.
struct Collected<'a> {
    view: &'a View,
    column: &'a Column,
    /// The column's number, which is in the names of its variables.
    number: usize,
}

/// The columns whose changes can be collected: sets and lists that no check reads after each event.
fn collected(view: &View) -> impl Iterator<Item = Collected<'_>> {
    (1..).zip(&view.columns).filter_map(move |(number, column)| {
        let is_collected = column.kind.is_many() && !check_reads(view, [column.name.as_str()]);
        is_collected.then_some(Collected { view, column, number })
    })
}

/// Counts the changes of an entity that are applied to its row.
const CHANGES: &str = "es_changes";

/// The variables of all of them, in addition to those of the step.
pub(super) fn variables(view: &View) -> String {
    if !is_any(view) {
        return String::new();
    }
    let own = collected(view).map(|one| one.known(format!("\n{}", indent(&one.variables(), 2))));
    format!(
        "{}\n  {CHANGES} bigint;  -- how many changes of sets and lists were applied to the row",
        own.collect::<String>()
    )
}

fn is_any(view: &View) -> bool {
    collected(view).next().is_some()
}

/// Makes ready for another entity, as a further line. Unless `many` is true, nothing will be collected.
pub(super) fn begun(view: &View, many: Option<&str>) -> String {
    if !is_any(view) {
        return String::new();
    }
    let none = many.map_or_else(|| "0".into(), |many| format!("CASE WHEN {many} THEN 0::bigint END"));
    format!("\n{CHANGES} := {none};")
}

/// Whether there is room for more changes, as a further condition for an event of the same entity.
pub(super) fn and_there_is_room(view: &View) -> String {
    let sets = collected(view).filter(|one| one.column.kind == Kind::Set);
    let room = |one: Collected<'_>| {
        let members = one.members();
        one.known(format!(" AND ({members} IS NULL OR cardinality({members}) < {KEPT})"))
    };
    sets.map(room).collect()
}

/// Merges what was collected with the row, as further lines.
pub(super) fn merged(view: &View) -> String {
    if !is_any(view) {
        return String::new();
    }
    let merged = collected(view).map(|one| one.known(format!("\n{}", indent(&one.merged(), 2))));
    format!(
        "\nIF {CHANGES} >= {MANY} THEN  -- perhaps some were collected{}\nEND IF;",
        merged.collect::<String>()
    )
}

/// Applies an operation with a value to the column, or collects it. `None` for one that is not collected.
pub(super) fn changed(view: &View, column: &Column, operation: Operation, value: &str) -> Option<String> {
    let one = collected(view).find(|one| one.column.name == column.name)?;
    let is_added = adds(operation)?;
    let target = one.target();
    let applied = format!("{target} := {};", expression(column, operation, &target, value));
    Some(one.known(one.changed(is_added, value, &applied)) + &one.unknown(applied))
}

/// Whether the operation adds its value to a set or a list, or removes it; `None` if it has no value.
fn adds(operation: Operation) -> Option<bool> {
    match operation.definition().takes {
        Takes::Nothing => None,
        Takes::One | Takes::Each => Some(operation.brings()),
    }
}

/// Forgets what was collected of a column that is emptied.
pub(super) fn forgotten(view: &View, column: &Column) -> String {
    let one = collected(view).find(|one| one.column.name == column.name);
    one.map(|one| one.known(format!("\n{}", one.forgotten()))).unwrap_or_default()
}

impl Collected<'_> {
    fn target(&self) -> String {
        format!("{ROW}.{}", ident(&self.column.name))
    }

    fn members(&self) -> String {
        format!("es_members_{}", self.number)
    }

    fn added(&self) -> String {
        format!("es_added_{}", self.number)
    }

    fn member(&self) -> String {
        format!("es_member_{}", self.number)
    }

    /// Whether members are removed from it.
    fn is_reduced(&self) -> bool {
        let steps = self.view.rules.iter().flat_map(|rule| &rule.steps);
        steps
            .filter(|step| self.view.columns[step.column].name == self.column.name)
            .any(|step| adds(step.operation) == Some(false))
    }

    /// Text that is left out for a set of a type that is written by hand: nobody knows whether its `<>`, by which members
    /// are added, and its order, by which they are merged, agree on what is equal.
    fn known(&self, text: String) -> String {
        match self.column.kind {
            Kind::List => text,
            Kind::Set => where_true(&self.column.ty, Fact::Qualified, || text),
            Kind::Value | Kind::Counter => unreachable!("these are never collected"),
        }
    }

    /// Text for such a set only.
    fn unknown(&self, text: String) -> String {
        match self.column.kind {
            Kind::List => String::new(),
            Kind::Set => where_true(&self.column.ty, Fact::Unqualified, || text),
            Kind::Value | Kind::Counter => unreachable!("these are never collected"),
        }
    }

    fn variables(&self) -> String {
        let ty = part(&self.column.ty, Part::Unmodified);
        let added = if self.is_reduced() {
            format!("\n{} boolean[];  -- which of them are added, not removed", self.added())
        } else {
            String::new()
        };
        format!(
            "{members} {ty}[];  -- what is added to {name}, collected{added}
{member} {ty};  -- the last of it",
            members = self.members(),
            member = self.member(),
            name = ident(&self.column.name),
        )
    }

    fn changed(&self, is_added: bool, value: &str, applied: &str) -> String {
        let (members, member) = (self.members(), self.member());
        let added = if self.is_reduced() {
            format!("\n  {added} := array_append({added}, {is_added});", added = self.added())
        } else {
            String::new()
        };
        format!(
            "IF {CHANGES} >= {MANY} AND ({members} IS NOT NULL OR cardinality({target}) >= {MANY}) THEN
  {member} := {value};
  {members} := array_append({members}, {member});{added}
ELSE
  {applied}
  {CHANGES} := {CHANGES} + 1;
END IF;",
            target = self.target(),
        )
    }

    fn forgotten(&self) -> String {
        let added = if self.is_reduced() { format!("\n{} := NULL;", self.added()) } else { String::new() };
        format!("{} := NULL;{added}", self.members())
    }

    fn merged(&self) -> String {
        let (target, members) = (self.target(), self.members());
        let merged = match self.column.kind {
            Kind::List => format!("{target} || {members}"),
            Kind::Set => format!("ARRAY(\n{}\n)", indent(&self.set(), 2)),
            Kind::Value | Kind::Counter => unreachable!("these are never collected"),
        };
        format!(
            "IF {members} IS NOT NULL THEN\n{}\nEND IF;",
            indent(&format!("{target} := {merged};\n{}", self.forgotten()), 2)
        )
    }

    /// The members of the set, in the order of the first addition of each after its last removal.
    fn set(&self) -> String {
        let (target, members) = (self.target(), self.members());
        // Two texts are equal only if they are the same, in every order; this order is the fastest.
        let order = where_true(&self.column.ty, Fact::Text, || " COLLATE pg_catalog.\"C\"".into());
        if !self.is_reduced() {
            return format!(
                "SELECT n.es_member
FROM (
  SELECT DISTINCT ON (n.es_member{order}) n.es_member, n.es_place
  FROM unnest({target} || es.{members}) WITH ORDINALITY AS n (es_member, es_place)
  ORDER BY n.es_member{order}, n.es_place
) AS n
ORDER BY n.es_place"
            );
        }
        format!(
            "SELECT n.es_member
FROM (
  SELECT n.es_member, n.es_place, lag(n.es_added) OVER es_equal AS es_before,
    max(n.es_place) FILTER (WHERE NOT n.es_added) OVER es_equal AS es_removed
  FROM unnest({target} || es.{members}, array_fill(true, ARRAY[cardinality({target})]) || es.{added})
    WITH ORDINALITY AS n (es_member, es_added, es_place)
  WINDOW es_equal AS (
    PARTITION BY n.es_member{order} ORDER BY n.es_place ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  )
) AS n
-- The first addition of each, after its last removal.
WHERE n.es_place > coalesce(n.es_removed, 0) AND n.es_before IS NOT TRUE
ORDER BY n.es_place",
            added = self.added(),
        )
    }
}
