//! What must hold before anything is created: otherwise the trigger would be skipped, or fold wrongly.

use super::install::{check, in_one_transaction, isolation};
use super::names::{Names, qualified};
use super::notes::earlier;
use super::ownership::{
    names_are_free, names_are_own, nothing_is_attached, relations_are_free, same_model, triggers_are_free,
};
use super::plan;
use super::table::COMMENT;
use super::text::{FINGERPRINT, ident, indent, literal, part, where_true};
use super::unfilled::is_filled;
use crate::model::{
    Column, Definition, Fact, Model, Need, Part, Source, Store, Tagging, Takes, Trigger, View,
};

/// The first blocks of a migration, with the lock on the event table between them.
pub(super) struct Opening<'a> {
    /// The comment at its beginning.
    pub(super) remark: String,
    /// What the first block is for.
    pub(super) refuses: &'a str,
    /// The first block's variables apart from the event table.
    pub(super) declared: &'a str,
    /// The checks before the lock.
    pub(super) before: Vec<String>,
    /// What takes the locks.
    pub(super) locks: String,
    /// The checks after it.
    pub(super) checks: Vec<String>,
    /// The end of the second block, indented.
    pub(super) end: String,
}

impl Opening<'_> {
    pub(super) fn text(&self, names: &Names) -> String {
        let Self { remark, refuses, declared, before, locks, checks, end } = self;
        format!(
            "{remark}

-- {refuses}
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass;{declared}
BEGIN
  -- Until the end of the migration, names without a schema are PostgreSQL's own, and a row that a policy hides is an
  -- error.
  PERFORM pg_catalog.set_config('es_rollup.search_path',
    pg_catalog.concat('=', pg_catalog.current_setting('search_path')), true);
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  PERFORM set_config('es_rollup.row_security', current_setting('row_security'), true);
  PERFORM set_config('row_security', 'off', true);
{before}
  -- One migration of this rollup at a time.
  PERFORM pg_advisory_xact_lock(hashtextextended({lock}, 0));
END
$es_rollup$;

{locks}

-- Checks what can change while the migration waits for the lock.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass := pg_catalog.to_regclass({literal_events});
  es_found pg_catalog.text;
  es_fits pg_catalog.bool;
BEGIN
{checks}
{end}END
$es_rollup$;
",
            literal_events = literal(&names.events),
            lock = lock(names),
            before = indent(&before.join("\n"), 2),
            checks = indent(&checks.join("\n"), 2),
        )
    }
}

/// What must hold of the event table before it is locked.
pub(super) fn before(model: &Model) -> Vec<String> {
    let store = &model.store;
    vec![server(), isolation(), table(store), kind(store, model.trigger), owner(store)]
}

/// What must hold of it while it is locked.
pub(super) fn locked(model: &Model) -> Vec<String> {
    let store = &model.store;
    let mut checks = vec![in_one_transaction(), kind(store, model.trigger), owner(store), superuser(store)];
    checks.extend(columns(store, &model.tagging));
    checks.push(unique(store));
    checks
}

/// The checks of the database's encoding.
pub(super) fn ordered(model: &Model) -> String {
    std::iter::once(&model.root).chain(&model.views).map(|view| ordered_text(model, view)).collect()
}

pub(super) fn preflight(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let mut checks = locked(model);
    checks.extend([
        names_are_own(model, view, &names),
        names_are_free(model, view, &names),
        same_model(model, &names),
        earlier(None),
        is_filled(&names, ""),
        nothing_is_attached(&names.rollup),
        triggers_are_free(model, view, &names, &plan::functions(model, view)),
        relations_are_free(view, &names),
    ]);
    checks.extend(model.archive.then(|| nothing_is_attached(&names.base)));
    for view in model.others() {
        let names = Names::new(&model.store, view);
        checks.extend([
            names_are_own(model, view, &names),
            names_are_free(model, view, &names),
            nothing_is_attached(&names.rollup),
            relations_are_free(view, &names),
        ]);
    }
    Opening {
        remark: format!(
            "-- es-rollup {FINGERPRINT}: keeps the current state of each entity in {events}.
-- Generated from the enum {event}: to change it, change the enum and generate a new migration. Run it in one
-- transaction, as the owner of the event table. It can be run again: existing objects stay as they are, and events
-- that are not folded yet are folded.",
            events = names.events,
            event = model.event,
        ),
        refuses: "Refuses to install if the trigger would be skipped or could not be trusted.",
        declared: "",
        before: before(model),
        locks: format!(
            "-- Waits for current writers, and makes new ones wait until the migration commits; readers do not wait. The event
-- table is locked before the rollup, as writers do. Outside a transaction this fails, before anything is created.
LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE;",
            names.events
        ),
        checks,
        end: format!(
            "{}  -- Whether events were folded before.
  PERFORM set_config('es_rollup.again', (to_regclass({}) IS NOT NULL)::text, true);
",
            ordered(model),
            literal(&names.rollup)
        ),
    }
    .text(&names)
}

/// The text from which the advisory lock of a rollup is computed.
pub(super) fn lock(names: &Names) -> String {
    literal(&format!("{COMMENT}{}", names.rollup))
}

fn server() -> String {
    check(
        "",
        "current_setting('server_version_num')::integer < 140000",
        "'the rollup needs PostgreSQL 14 or newer'",
        "Upgrade the server.",
    )
}

fn table(store: &Store) -> String {
    let events = qualified(&store.table);
    check(
        &format!("es_events := to_regclass({});\n", literal(&events)),
        "es_events IS NULL",
        &literal(&format!("the event table {events} does not exist")),
        "Create it first, or name it with its schema: #[rollup(events = \"schema.table\")].",
    )
}

/// The functions read the event table with the privileges of the role that creates them. Policies do not hide rows from
/// the table's owner, and functions of the owner (such as casts of a column's type) run as the owner anyway.
fn owner(store: &Store) -> String {
    let events = qualified(&store.table).replace('%', "%%");
    format!(
        "IF NOT EXISTS (
  SELECT FROM pg_class AS c WHERE c.oid = es_events AND pg_get_userbyid(c.relowner) = current_user
) THEN
  RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
    MESSAGE = format({message}, current_user),
    HINT = format('Run SET ROLE %I before the migration.',
      (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = es_events));
END IF;",
        message = literal(&format!(
            "only the owner of {events} can install a rollup on it, and %I is not the owner"
        )),
    )
}

fn superuser(store: &Store) -> String {
    format!(
        "IF (SELECT u.rolsuper FROM pg_roles AS u WHERE u.rolname = current_user) THEN
  RAISE WARNING USING MESSAGE = {warning},
    HINT = 'Let a role that is not a superuser own the event table, and migrate as that role.';
END IF;",
        warning = literal(&format!(
            "the owner of {} is a superuser, so the functions of the rollup run with all privileges",
            qualified(&store.table)
        )),
    )
}

/// The fold in Rust orders text by code points, SQL orders it by bytes.
fn ordered_text(model: &Model, view: &View) -> String {
    let is_ordered = |at: usize| {
        let written = model.variants.iter().zip(&view.rules);
        let mut steps = written
            .flat_map(|(variant, rule)| rule.steps.iter().map(move |step| (variant, step)))
            .filter(|(_, step)| step.column == at);
        steps.any(|(variant, step)| {
            let Definition { needs, takes, .. } = step.operation.definition();
            let ascending = match step.source {
                Source::Field(place) => variant.fields[place].ascending,
                Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => false,
            };
            // The members of a set are taken in ascending order.
            needs == Some(Need::Order) || takes == Takes::Each && ascending
        })
    };
    let refused = |column: &Column| {
        check(
            "",
            "getdatabaseencoding() NOT IN ('UTF8', 'LATIN1')",
            &format!(
                "format('column %s of %s depends on the order of text, but the encoding of this database is %s', {}, {}, getdatabaseencoding())",
                literal(&ident(&column.name)),
                literal(&qualified(&view.table))
            ),
            "In that encoding, bytes are not ordered as characters are in Rust. Use a database with the encoding UTF8.",
        )
    };
    let ordered = view.columns.iter().enumerate().filter(|(at, _)| is_ordered(*at));
    let checks: Vec<String> = ordered
        .map(|(_, column)| {
            where_true(&column.ty, Fact::Collated, || format!("{}\n", indent(&refused(column), 2)))
        })
        .collect();
    checks.concat()
}

/// A statement trigger does not see rows that are inserted directly into a partition or a child table. A row trigger is
/// copied to partitions, but not to child tables.
fn kind(store: &Store, trigger: Trigger) -> String {
    let events = qualified(&store.table);
    match trigger {
        Trigger::Statement => check(
            "",
            "(SELECT c.relkind <> 'r' OR c.relispartition OR c.relhassubclass FROM pg_class AS c WHERE c.oid = es_events)
  OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events)",
            &literal(&format!("{events} is not an ordinary table (it is partitioned, a partition, inherited or a view)")),
            "A statement trigger does not see rows that are inserted directly into a partition or a child table. Use an ordinary table, or for a partitioned one #[rollup(trigger = \"row\")].",
        ),
        Trigger::Row => check(
            "",
            "(SELECT c.relkind NOT IN ('r', 'p') OR c.relkind = 'r' AND c.relhassubclass FROM pg_class AS c WHERE c.oid = es_events)
  OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events)",
            &literal(&format!("{events} is not a whole table (it is a partition, inherited or a view)")),
            "A row trigger sees the rows of an ordinary table, or of all partitions of a partitioned one. Name the partitioned table, or use an ordinary one.",
        ),
    }
}

/// The columns exist, with the types that the functions expect, and all but the context are NOT NULL.
fn columns(store: &Store, tagging: &Tagging) -> Vec<String> {
    let of = |types: &[&str]| types.iter().map(|name| (*name).to_string()).collect::<Vec<_>>();
    // A column that the functions read as `text` may be `varchar` in the table: the two compare the same way.
    let varchar = where_true(&store.id_type, Fact::Text, || ", 'character varying'::regtype".into());
    let id = vec![part(&store.id_type, Part::Name)];
    let hint = "Alter the column, or name the Rust type of its ids: #[rollup(id = ...)].";
    let mut checks = vec![column(store, &store.id, &id, &varchar, false, hint), deterministic(store)];
    let sequence = (&store.sequence, of(&["smallint", "integer", "bigint"]));
    let columns = [sequence, (&store.payload, of(&["jsonb"]))].into_iter();
    let recorded_at = store.recorded_at.iter().map(|name| (name, of(&["timestamp with time zone"])));
    let hint = "Alter the event table.";
    checks
        .extend(columns.chain(recorded_at).map(|(name, types)| column(store, name, &types, "", false, hint)));
    let text = of(&["text", "character varying"]);
    checks.extend(tagging.column().iter().map(|name| column(store, name, &text, "", false, hint)));
    // Rows in which it is NULL are not the enum's.
    checks.extend(store.filter.iter().map(|filter| column(store, &filter.column, &text, "", true, hint)));
    checks.extend(store.context.iter().map(|name| column(store, name, &of(&["jsonb"]), "", true, hint)));
    checks
}

/// Two spellings of an id that are equal in the event table would be two entities in the rollup.
fn deterministic(store: &Store) -> String {
    check(
        "",
        &format!(
            "EXISTS (
  SELECT
  FROM pg_attribute AS a JOIN pg_collation AS c ON c.oid = a.attcollation
  WHERE a.attrelid = es_events AND a.attname = {} AND NOT c.collisdeterministic
)",
            literal(&store.id)
        ),
        &literal(&format!(
            "column {} of {} has a collation that is not deterministic",
            ident(&store.id),
            qualified(&store.table)
        )),
        "Different ids could compare as equal. Give the column a deterministic collation, such as \"C\".",
    )
}

fn column(store: &Store, name: &str, types: &[String], also: &str, nullable: bool, hint: &str) -> String {
    // Compared as types, because the spelling of their names depends on the session.
    let accepted: Vec<String> = types.iter().map(|name| format!("'{name}'::regtype")).collect();
    let (found, fits, needs) = if nullable {
        ("format_type(a.atttypid, a.atttypmod)", "", "")
    } else {
        (
            "concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END)",
            "a.attnotnull AND ",
            ", NOT NULL",
        )
    };
    check(
        &format!(
            "es_found := NULL;
SELECT {found},
  {fits}a.atttypid IN ({}{also})
INTO es_found, es_fits
FROM pg_attribute AS a
WHERE a.attrelid = es_events AND a.attname = {} AND NOT a.attisdropped;
",
            accepted.join(", "),
            literal(name)
        ),
        "es_found IS NULL OR NOT es_fits",
        &format!(
            "format('column %s of {} is %s, but the rollup needs %s{needs}', {}, coalesce(es_found, 'missing'), concat_ws(' or ', '{}'))",
            qualified(&store.table).replace('\'', "''"),
            literal(&ident(name)),
            types.join("', '"),
        ),
        hint,
    )
}

/// Concurrent writers rely on this index.
fn unique(store: &Store) -> String {
    let filter = store.filter.as_ref().map(|filter| &filter.column);
    let columns: Vec<&String> = filter.into_iter().chain([&store.id, &store.sequence]).collect();
    let listed = columns.iter().map(|name| ident(name)).collect::<Vec<_>>().join(", ");
    // The filter's column may be one of the index.
    let (count, last, others) = match &store.filter {
        None => (" AND i.indnkeyatts = 2", "1", String::new()),
        Some(filter) => ("", "i.indnkeyatts - 1", format!(" AND a.attname <> {}", literal(&filter.column))),
    };
    check(
        "-- Concurrent writers rely on this index: two of them cannot both append an entity's next event.\n",
        &format!(
            "NOT EXISTS (
  SELECT
  FROM pg_index AS i
  WHERE i.indrelid = es_events AND i.indisunique AND i.indisvalid AND i.indimmediate
    AND i.indpred IS NULL AND i.indexprs IS NULL{count}
    AND (
      SELECT array_agg(a.attname ORDER BY a.attname)
      FROM pg_attribute AS a
      WHERE a.attrelid = es_events{others} AND a.attnum = ANY ((i.indkey::smallint[])[0:{last}])
    ) = (SELECT array_agg(k ORDER BY k) FROM unnest(ARRAY[{id}, {sequence}]::name[]) AS k)
)",
            id = literal(&store.id),
            sequence = literal(&store.sequence),
        ),
        &literal(&format!("{} has no unique index on ({listed}) alone", qualified(&store.table))),
        &format!(
            "Add UNIQUE ({listed}), not deferrable and not partial: it keeps two writers from appending the same event."
        ),
    )
}
