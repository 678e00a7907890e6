//! What a change means for the bases of archived entities. They hold what only the old model can fold, so a change is
//! refused that gives another meaning to events which are archived.

use super::super::base::refused::is_unused;
use super::super::install::check;
use super::super::names::{Names, base, qualified};
use super::super::ownership::nothing_is_attached;
use super::super::text::{ident, indent, literal, literals};
use super::Between;
use crate::alteration::{Altered, Renamed, Touched};
use crate::model::{Key, View};

/// What must hold of the bases.
pub(super) fn checks(between: &Between<'_>) -> Vec<String> {
    let (old, new) = (between.old, between.new);
    let names = Names::new(&new.store, &new.root);
    match (old.archive, new.archive) {
        (false, false) => Vec::new(),
        (false, true) => vec![is_free(between, &names)],
        (true, false) => vec![is_unused(&names, "but in the new model events cannot be")],
        (true, true) => {
            let attached = nothing_is_attached(&names.base);
            met(between, &names).into_iter().chain([attached]).collect()
        }
    }
}

/// The table is created, and has a name of its own.
fn is_free(between: &Between<'_>, names: &Names) -> String {
    let table = base(&between.new.root.table);
    check(
        "",
        &format!(
            "to_regclass({}) IS NOT NULL OR EXISTS (
  SELECT FROM pg_type AS y WHERE y.typnamespace = to_regnamespace({}) AND y.typname = {}
)",
            literal(&names.base),
            literal(&ident(&table.schema)),
            literal(&table.name),
        ),
        &literal(&format!(
            "{} already exists, but the bases of archived entities need that name",
            names.base
        )),
        "Drop it, or give it another name.",
    )
}

/// Refuses if an entity is archived with an event that has another meaning now.
fn met(between: &Between<'_>, names: &Names) -> Option<String> {
    let types = "b.\"event_types\"";
    let all = between.alteration.archived == Touched::Everybody;
    let condition = match &between.alteration.archived {
        Touched::Nobody => return None,
        Touched::Among(tags) => format!(" WHERE {types} && ARRAY[{}]::text[]", literals(tags)),
        Touched::Beyond(tags) => format!(" WHERE NOT {types} <@ ARRAY[{}]::text[]", literals(tags)),
        Touched::Everybody => String::new(),
    };
    Some(check(
        &format!("es_found := (SELECT count(*) FROM {} AS b{condition});\n", names.base),
        "es_found <> '0'",
        &format!(
            "format('entities of {} are archived{}: %s of them', es_found)",
            names.rollup.replace('\'', "''").replace('%', "%%"),
            if all {
                ", but in the new model all events have to be folded again"
            } else {
                " with events that mean something else in the new model"
            },
        ),
        "What these events have changed cannot be folded again. Keep their meaning, and let new types of events have the new one; or insert the archived events again while the triggers are off, delete the entities from the table of the bases, and rebuild them.",
    ))
}

/// Gives the values in the bases the names that their columns have now, and takes those away whose columns are gone.
pub(super) fn renamed(between: &Between<'_>) -> String {
    let (old, new) = (between.old, between.new);
    if !(old.archive && new.archive) {
        return String::new();
    }
    let mut state = None;
    let mut views: Vec<(&View, &View, &Altered)> = Vec::new();
    for (found, is, table) in between.found() {
        match is.key {
            Key::Entity => state = object(table, "b.\"state\""),
            Key::Parts(_) if found.name != is.name || object(table, "v.es_row").is_some() => {
                views.push((found, is, table));
            }
            // Bases hold no rows of it.
            Key::Parts(_) | Key::Version => {}
        }
    }
    let dropped: Vec<&String> = between.dropped().map(|view| &view.name).collect();
    let named = (!views.is_empty() || !dropped.is_empty()).then(|| {
        let gone = views.iter().map(|(found, ..)| &found.name).chain(dropped);
        let kept = views.iter().map(|(found, is, table)| {
            let row = object(table, "v.es_row").unwrap_or_else(|| "v.es_row".into());
            format!(
                " || jsonb_build_object({name}, (
    SELECT coalesce(jsonb_agg({row}), '[]')
    FROM jsonb_array_elements(coalesce(b.\"views\" -> {was}, '[]')) AS v (es_row)
  ))",
                name = literal(&is.name),
                was = literal(&found.name),
            )
        });
        format!("(b.\"views\" - ARRAY[{}]::text[]){}", literals(gone), kept.collect::<String>())
    });
    let set = [("state", state), ("views", named)];
    let set = set.into_iter().filter_map(|(column, value)| Some(format!("\n  \"{column}\" = {}", value?)));
    let set: Vec<String> = set.collect();
    if set.is_empty() {
        return String::new();
    }
    format!(
        "-- The bases of archived entities follow.
UPDATE {base} AS b SET{set};
",
        base = qualified(&base(&new.root.table)),
        set = set.join(","),
    )
}

/// The values of a row, with the names that they have now; `None` if nothing changes.
fn object(table: &Altered, row: &str) -> Option<String> {
    let gone = table.renamed.iter().map(|one| &one.was).chain(&table.removed).chain(&table.retyped);
    let gone: Vec<&String> = gone.collect();
    if gone.is_empty() {
        return None;
    }
    let rest = format!("({row} - ARRAY[{}]::text[])", literals(gone));
    if table.renamed.is_empty() {
        return Some(rest);
    }
    // A column that gets another name may get another type, too.
    let kept = table.renamed.iter().filter(|one| !table.retyped.contains(&one.is));
    let kept = kept.map(|Renamed { was, is }| format!("({}, {})", literal(was), literal(is)));
    let kept: Vec<String> = kept.collect();
    if kept.is_empty() {
        return Some(rest);
    }
    let named = format!(
        "(
  SELECT coalesce(jsonb_object_agg(n.es_is, {row} -> n.es_was), '{{}}')
  FROM (VALUES {}) AS n (es_was, es_is)
  WHERE jsonb_exists({row}, n.es_was)
)",
        kept.join(", ")
    );
    Some(format!("{rest} || {}", indent(&named, 2).trim_start()))
}
