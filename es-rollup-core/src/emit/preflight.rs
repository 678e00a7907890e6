//! What must hold before anything is made: the trigger would otherwise be skipped, or fold wrongly.

use super::constraints;
use super::names::{Names, qualified};
use super::table::{COMMENT, MODEL};
use super::text::{FINGERPRINT, ident, indent, literal, literals, part, where_true};
use crate::ErrorKind;
use crate::model::{Column, Fact, Model, Operation, Part, Source, Store, Trigger, View};

/// `RAISE` of an install error; the message is an SQL expression.
pub(super) fn raise_install(message: &str, hint: &str, margin: usize) -> String {
    let text = format!(
        "RAISE EXCEPTION USING ERRCODE = '{}',\n  MESSAGE = {message},\n  HINT = {};",
        ErrorKind::Install.sqlstate(),
        literal(hint)
    );
    indent(&text, margin).trim_start().into()
}

/// One check: `IF condition THEN RAISE … END IF;`, behind what it needs.
fn check(before: &str, condition: &str, message: &str, hint: &str) -> String {
    let raise = raise_install(message, hint, 2);
    format!("{before}IF {condition} THEN\n  {raise}\nEND IF;")
}

pub(super) fn preflight(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let store = &model.store;
    let before = [server(), isolation(), table(store), plain(store, view.trigger), owner(store)];
    let mut checks = vec![in_one_transaction(), plain(store, view.trigger), owner(store), superuser(store)];
    checks.extend(columns(store));
    checks.extend([
        unique(store),
        names_are_own(view, &names),
        names_are_free(view, &names),
        same_model(model, &names),
        nothing_is_attached(view, &names),
        relations_are_free(view, &names),
    ]);
    format!(
        "-- es-rollup {FINGERPRINT}: keeps the current state of each entity in {events}.
-- Made from the enum {event}: change the enum and make a new migration, do not edit this one. Run it in one
-- transaction, as the owner of the event table. It can be run again: what is there stays, what is not folded yet is
-- folded.

-- Refuses to install where the trigger would be skipped or could not be trusted.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass;
BEGIN
  -- Names without a schema are PostgreSQL's own, to the end of the migration, and a row that a policy hides is an
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

-- Waits for the writers that are at work and keeps new ones waiting until the migration commits; readers go on. It is
-- locked before the rollup, as writers do. Outside of a transaction this fails, before anything is made.
LOCK TABLE {events} IN SHARE ROW EXCLUSIVE MODE;

-- What can change while the lock is waited for.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass := pg_catalog.to_regclass({literal_events});
  es_found pg_catalog.text;
  es_fits pg_catalog.bool;
BEGIN
{checks}
{ordered}  -- Whether rows were folded before.
  PERFORM set_config('es_rollup.again', (to_regclass({rollup}) IS NOT NULL)::text, true);
END
$es_rollup$;
",
        events = names.events,
        literal_events = literal(&names.events),
        rollup = literal(&names.rollup),
        event = model.event,
        lock = lock(&names),
        ordered = ordered_text(model, view),
        before = indent(&before.join("\n"), 2),
        checks = indent(&checks.join("\n"), 2),
    )
}

/// What the advisory lock of a rollup is made from.
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

/// With an older snapshot the events of writers that the lock has waited for would not be seen.
pub(super) fn isolation() -> String {
    check(
        "",
        "current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted')",
        "format('the migration runs at isolation level %s, where it would not see what is committed while it waits', current_setting('transaction_isolation'))",
        "Begin its transaction with BEGIN ISOLATION LEVEL READ COMMITTED.",
    )
}

/// Settings of the transaction are gone where each statement is one of its own.
pub(super) fn in_one_transaction() -> String {
    check(
        "",
        "pg_catalog.starts_with(pg_catalog.current_setting('es_rollup.search_path', true), '=') IS NOT TRUE",
        "'the migration does not run in one transaction'",
        "Begin a transaction before its first statement.",
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

/// The functions read the event table with the rights of whoever makes them: policies do not hide rows from its
/// owner, and functions of the owner's (such as casts of a column's type) run as the owner all the same.
fn owner(store: &Store) -> String {
    let events = qualified(&store.table).replace('%', "%%");
    format!(
        "IF NOT EXISTS (
  SELECT FROM pg_class AS c WHERE c.oid = es_events AND pg_get_userbyid(c.relowner) = current_user
) THEN
  RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
    MESSAGE = format({message}, current_user),
    HINT = format('Say SET ROLE %I before the migration.',
      (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = es_events));
END IF;",
        message =
            literal(&format!("only the owner of {events} installs a rollup on it, and %I is not the owner")),
    )
}

fn superuser(store: &Store) -> String {
    format!(
        "IF (SELECT u.rolsuper FROM pg_roles AS u WHERE u.rolname = current_user) THEN
  RAISE WARNING USING MESSAGE = {warning},
    HINT = 'Let a role that is not a superuser own the event table, and migrate as that role.';
END IF;",
        warning = literal(&format!(
            "the owner of {} is a superuser, and so the functions of the rollup run with all rights",
            qualified(&store.table)
        )),
    )
}

/// The fold in Rust orders text by code points, and SQL by bytes.
fn ordered_text(model: &Model, view: &View) -> String {
    let is_ordered = |at: usize| {
        let written = model.variants.iter().zip(&view.transitions);
        let mut steps = written
            .flat_map(|(variant, transition)| transition.steps.iter().map(move |step| (variant, step)))
            .filter(|(_, step)| step.column == at);
        steps.any(|(variant, step)| match step.operation {
            Operation::Max | Operation::Min => true,
            // The members of a set come in ascending order.
            Operation::Add | Operation::Remove | Operation::Push => match step.source {
                Source::Field(place) => variant.fields[place].ascending,
                Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => false,
            },
            Operation::Set
            | Operation::SetOrKeep
            | Operation::Clear
            | Operation::Increment
            | Operation::Decrement => false,
        })
    };
    let refused = |column: &Column| {
        check(
            "",
            "getdatabaseencoding() NOT IN ('UTF8', 'LATIN1')",
            &format!(
                "format('column %s of %s depends on the order of texts, and the encoding of this database is %s', {}, {}, getdatabaseencoding())",
                literal(&ident(&column.name)),
                literal(&qualified(&view.table))
            ),
            "Bytes of that encoding are not ordered as characters are in Rust. Use a database with the encoding UTF8.",
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

/// A statement trigger does not see what goes straight into a partition or a child table. A row trigger is copied
/// to partitions, but not to child tables.
fn plain(store: &Store, trigger: Trigger) -> String {
    let events = qualified(&store.table);
    match trigger {
        Trigger::Statement => check(
            "",
            "(SELECT c.relkind <> 'r' OR c.relispartition OR c.relhassubclass FROM pg_class AS c WHERE c.oid = es_events)
  OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events)",
            &literal(&format!("{events} is no plain table: partitioned, a partition, inherited or a view")),
            "A statement trigger does not see rows that are inserted straight into a partition or a child table. Use a plain table, or for a partitioned one #[rollup(trigger = \"row\")].",
        ),
        Trigger::Row => check(
            "",
            "(SELECT c.relkind NOT IN ('r', 'p') OR c.relkind = 'r' AND c.relhassubclass FROM pg_class AS c WHERE c.oid = es_events)
  OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events)",
            &literal(&format!("{events} is no whole table: a partition, inherited or a view")),
            "A row trigger sees rows of a plain table, or of all partitions of a partitioned one. Name the partitioned table, or use a plain one.",
        ),
    }
}

/// The columns are there, of the types that the functions are written for, and all but the context never NULL.
fn columns(store: &Store) -> Vec<String> {
    let of = |types: &[&str]| types.iter().map(|name| (*name).to_string()).collect::<Vec<_>>();
    // What is `text` to the functions may be `varchar` in the table: the two compare alike.
    let varchar = where_true(&store.id_type, Fact::Text, || ", 'character varying'::regtype".into());
    let id = vec![part(&store.id_type, Part::Name)];
    let hint = "Alter the column, or name the Rust type of its ids: #[rollup(id = ...)].";
    let mut checks = vec![column(store, &store.id, &id, &varchar, false, hint), deterministic(store)];
    let columns = [
        (&store.sequence, of(&["smallint", "integer", "bigint"])),
        (&store.payload, of(&["jsonb"])),
        (&store.recorded_at, of(&["timestamp with time zone"])),
    ];
    let hint = "Alter the event table.";
    checks.extend(columns.iter().map(|(name, types)| column(store, name, types, "", false, hint)));
    checks.extend(store.context.iter().map(|name| column(store, name, &of(&["jsonb"]), "", true, hint)));
    checks
}

/// Two spellings of an id that the event table takes for one would be two entities of the rollup.
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
        "It takes different ids for the same. Give the column a deterministic collation, such as \"C\".",
    )
}

fn column(store: &Store, name: &str, types: &[String], also: &str, nullable: bool, hint: &str) -> String {
    // Compared as types, because names are spelt as the session likes.
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
            "format('column %s of {} is %s, but the rollup needs %s{needs}', {}, coalesce(es_found, 'not there'), concat_ws(' or ', '{}'))",
            qualified(&store.table).replace('\'', "''"),
            literal(&ident(name)),
            types.join("', '"),
        ),
        hint,
    )
}

/// The concurrency rests on this index.
fn unique(store: &Store) -> String {
    let (id, sequence) = (literal(&store.id), literal(&store.sequence));
    check(
        "-- The concurrency rests on this index: two writers cannot both append an entity's next event.\n",
        &format!(
            "NOT EXISTS (
  SELECT
  FROM pg_index AS i
  WHERE i.indrelid = es_events AND i.indisunique AND i.indisvalid AND i.indimmediate
    AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = 2
    AND (
      SELECT array_agg(a.attname ORDER BY a.attname)
      FROM pg_attribute AS a
      WHERE a.attrelid = es_events AND a.attnum = ANY ((i.indkey::smallint[])[0:1])
    ) = (SELECT array_agg(k ORDER BY k) FROM unnest(ARRAY[{id}, {sequence}]::name[]) AS k)
)"
        ),
        &literal(&format!(
            "{} has no unique index on ({}, {}) alone",
            qualified(&store.table),
            ident(&store.id),
            ident(&store.sequence)
        )),
        "Add UNIQUE (id, sequence), not deferrable and not partial: it is what keeps two writers from appending the same event.",
    )
}

/// What carries a name that we need, and is somebody else's, would be run or written with the rights of the owner.
pub(super) fn names_are_own(view: &View, names: &Names) -> String {
    let rollup = literal(&names.rollup);
    let schema = literal(&ident(&view.table.schema));
    let functions = literals(&Names::functions(view));
    let foreign = check(
        &format!(
            "-- Whoever may create in the schema can have put something there under a name of ours.
es_found := (
  SELECT min(n.es_name)
  FROM (
    SELECT c.oid::regclass::text
    FROM pg_class AS c
    WHERE c.oid = to_regclass({rollup}) AND pg_get_userbyid(c.relowner) <> current_user
    UNION ALL
    SELECT p.oid::regprocedure::text
    FROM pg_proc AS p
    WHERE p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions})
      AND pg_get_userbyid(p.proowner) <> current_user
  ) AS n (es_name)
);\n"
        ),
        "es_found IS NOT NULL",
        "format('%s has a name that the rollup needs, and is not owned by %I', es_found, current_user)",
        "Drop it, or make the owner of the event table its owner.",
    );
    let overload = check(
        &format!(
            "es_found := (
  SELECT min(p.oid::regprocedure::text)
  FROM pg_proc AS p
  WHERE p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions})
  GROUP BY p.proname
  HAVING count(*) > 1
  LIMIT 1
);\n"
        ),
        "es_found IS NOT NULL",
        "format('another function has the name of %s and other arguments', es_found)",
        "Drop the other one: what calls the rollup's function could reach it.",
    );
    format!("{foreign}\n{overload}")
}

/// What is attached to tables of ours and would run beside the fold.
fn nothing_is_attached(view: &View, names: &Names) -> String {
    let rollup = literal(&names.rollup);
    let schema = literal(&ident(&view.table.schema));
    let functions = literals(&Names::functions(view));
    let trigger = check(
        &format!(
            "es_found := (
  SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t
    JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_roles AS u ON u.oid = p.proowner
  WHERE t.tgrelid = to_regclass({rollup}) AND NOT t.tgisinternal AND u.rolname <> current_user AND NOT u.rolsuper
);\n"
        ),
        "es_found IS NOT NULL",
        &format!(
            "format('the trigger %s on %s runs a function that is not owned by %I', es_found, {rollup}, current_user)"
        ),
        "Drop the trigger, or make the owner of the rollup the owner of its function.",
    );
    let rule = check(
        &format!(
            "es_found := (
  SELECT min(quote_ident(w.rulename)) FROM pg_rewrite AS w JOIN pg_class AS c ON c.oid = w.ev_class
  WHERE c.oid = to_regclass({rollup}) AND c.relkind = 'r'
);\n"
        ),
        "es_found IS NOT NULL",
        &format!("format('the rule %s on %s changes what is written', es_found, {rollup})"),
        "Drop the rule.",
    );
    let event_trigger = check(
        &format!(
            "es_found := (
  SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
  WHERE t.tgrelid = es_events AND t.tgname IN ({})
    AND NOT (p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions}))
);\n",
            literals(&Names::triggers(view)),
        ),
        "es_found IS NOT NULL",
        &format!(
            "format('the event table has a trigger %s already, which {} needs as a name', es_found)",
            names.rollup.replace('\'', "''").replace('%', "%%")
        ),
        "Drop it, or name another table: #[rollup(table = \"...\")].",
    );
    [trigger, rule, event_trigger].join("\n")
}

/// A rollup is told by the function that says what it is: what is there without it is somebody's own.
fn names_are_free(view: &View, names: &Names) -> String {
    let rollup = literal(&names.rollup);
    let schema = literal(&ident(&view.table.schema));
    let hint = "Drop it, or name another table: #[rollup(table = \"...\")].";
    let occupied = check(
        &format!("es_found := ({});\n", model_of(names)),
        &format!(
            "to_regclass({rollup}) IS NOT NULL AND (es_found IS NULL OR (
  SELECT c.relkind <> 'r' FROM pg_class AS c WHERE c.oid = to_regclass({rollup})
))"
        ),
        &literal(&format!("{} exists and is not a rollup", names.rollup)),
        hint,
    );
    let taken = check(
        "",
        &format!(
            "es_found IS NULL AND EXISTS (
  SELECT FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions})
  UNION ALL
  SELECT FROM pg_type AS y WHERE y.typnamespace = to_regnamespace({schema}) AND y.typname = {table}
)",
            functions = literals(&Names::functions(view)),
            table = literal(&view.table.name),
        ),
        &literal(&format!("a function or a type with a name that {} needs exists already", names.rollup)),
        hint,
    );
    format!("{occupied}\n{taken}")
}

/// The body of the function that says what a rollup is, as a scalar query; nothing where it is not there.
pub(super) fn model_of(names: &Names) -> String {
    format!(
        "
  SELECT p.prosrc FROM pg_proc AS p
  WHERE p.oid = to_regprocedure({}) AND strpos(p.prosrc, {}) > 0
",
        literal(&format!("{}()", names.model)),
        literal(MODEL),
    )
}

/// A rollup that is there was made from this model; `es_found` holds what it says it is.
fn same_model(model: &Model, names: &Names) -> String {
    check(
        "",
        &format!("strpos(es_found, '{MODEL}{FINGERPRINT}\"') = 0"),
        &literal(&format!("{} was made from another model of {}", names.rollup, model.event)),
        "Run the REVERT_SQL of the release that made it, then this migration: the rollup is folded anew from the events.",
    )
}

/// Refuses to install where an index would get the name of something else, which `IF NOT EXISTS` passes over.
fn relations_are_free(view: &View, names: &Names) -> String {
    let before = format!(
        "es_found := (
  SELECT min(c.relname)
  FROM pg_class AS c
  WHERE c.relnamespace = to_regnamespace({schema}) AND c.relname IN ({relations}) AND NOT EXISTS (
    SELECT FROM pg_index AS i WHERE i.indexrelid = c.oid AND i.indrelid = to_regclass({rollup})
  )
);\n",
        schema = literal(&ident(&view.table.schema)),
        relations = literals(&constraints::relations(view)),
        rollup = literal(&names.rollup),
    );
    check(
        &before,
        "es_found IS NOT NULL",
        &format!(
            "format('%s, which an index of {} needs as its name, exists already', quote_ident(es_found))",
            names.rollup.replace('\'', "''").replace('%', "%%")
        ),
        "Drop it, or name another table: #[rollup(table = \"...\")].",
    )
}
