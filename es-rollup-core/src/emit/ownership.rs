//! The migration's checks that an object with a name it needs, or one attached to its tables, belongs to the rollup.

use super::base;
use super::constraints;
use super::install::check;
use super::names::{Names, qualified};
use super::plan;
use super::table::MODEL;
use super::text::{FINGERPRINT, ident, literal, literals};
use crate::model::{Model, View};

/// An object of another role with a name that the rollup needs would be run or written with the owner's privileges.
pub(super) fn names_are_own(model: &Model, view: &View, names: &Names) -> String {
    let rollup = literal(&names.rollup);
    let schema = literal(&ident(&view.table.schema));
    let functions = literals(&plan::functions(model, view));
    let is_table = match base::of(model, view) {
        None => format!("= to_regclass({rollup})"),
        Some(base) => format!("IN (to_regclass({rollup}), to_regclass({}))", literal(&qualified(&base))),
    };
    let foreign = check(
        &format!(
            "-- Any role that may create objects in the schema could have created one under a name that the rollup needs.
es_found := (
  SELECT min(n.es_name)
  FROM (
    SELECT c.oid::regclass::text
    FROM pg_class AS c
    WHERE c.oid {is_table} AND pg_get_userbyid(c.relowner) <> current_user
    UNION ALL
    SELECT p.oid::regprocedure::text
    FROM pg_proc AS p
    WHERE p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions})
      AND pg_get_userbyid(p.proowner) <> current_user
  ) AS n (es_name)
);\n"
        ),
        "es_found IS NOT NULL",
        "format('%s has a name that the rollup needs, but is not owned by %I', es_found, current_user)",
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
        "format('another function has the same name as %s, but different arguments', es_found)",
        "Drop the other function: a call of the rollup's function could reach it instead.",
    );
    format!("{foreign}\n{overload}")
}

/// Triggers and rules of others on one of the rollup's tables, which would run in addition to the fold.
pub(super) fn nothing_is_attached(table: &str) -> String {
    let rollup = literal(table);
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
    [trigger, rule].join("\n")
}

/// Triggers on the event table with names that the rollup needs, but other functions than these.
pub(super) fn triggers_are_free(model: &Model, view: &View, names: &Names, functions: &[String]) -> String {
    let schema = literal(&ident(&view.table.schema));
    let functions = literals(functions);
    check(
        &format!(
            "es_found := (
  SELECT min(quote_ident(t.tgname)) FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
  WHERE t.tgrelid = es_events AND t.tgname IN ({})
    AND NOT (p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions}))
);\n",
            literals(&plan::triggers(model, view)),
        ),
        "es_found IS NOT NULL",
        &format!(
            "format('the event table already has a trigger %s, but {} needs that name', es_found)",
            names.rollup.replace('\'', "''").replace('%', "%%")
        ),
        "Drop it, or name another table: #[rollup(table = \"...\")].",
    )
}

/// A rollup is recognised by its model function: existing objects without one do not belong to a rollup.
pub(super) fn names_are_free(model: &Model, view: &View, names: &Names) -> String {
    let rollup = literal(&names.rollup);
    let schema = literal(&ident(&view.table.schema));
    let hint = "Drop it, or name another table: #[rollup(table = \"...\")].";
    let occupied = check(
        &format!("es_found := ({});\n", model_of(&Names::new(&model.store, &model.root))),
        &format!(
            "to_regclass({rollup}) IS NOT NULL AND (es_found IS NULL OR (
  SELECT c.relkind <> 'r' FROM pg_class AS c WHERE c.oid = to_regclass({rollup})
))"
        ),
        &literal(&format!("{} exists and is not a rollup", names.rollup)),
        "Drop it, or name another table: #[rollup(table = \"...\")]. If it is a rollup of which the model function was dropped, run the statement of this migration that creates that function, then all of it.",
    );
    let taken = check(
        "",
        &format!(
            "es_found IS NULL AND EXISTS (
  SELECT FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions})
  UNION ALL
  SELECT FROM pg_type AS y WHERE y.typnamespace = to_regnamespace({schema}) AND y.typname {is_table}
)",
            functions = literals(&plan::functions(model, view)),
            is_table = match base::of(model, view) {
                None => format!("= {}", literal(&view.table.name)),
                Some(base) => format!("IN ({})", literals([&view.table.name, &base.name])),
            },
        ),
        &literal(&format!("a function or type with a name that {} needs already exists", names.rollup)),
        hint,
    );
    format!("{occupied}\n{taken}")
}

/// The body of the model function, as a scalar query; NULL if the function does not exist.
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

/// An existing rollup was generated from this model; `es_found` holds the body of its model function.
pub(super) fn same_model(model: &Model, names: &Names) -> String {
    check(
        "",
        &format!("strpos(es_found, '{MODEL}{FINGERPRINT}\"') = 0"),
        &literal(&format!("{} was generated from another model of {}", names.rollup, model.event)),
        "Run the migrations that lead from its model to this one. If there are none, run the REVERT_SQL of the release that created it, then this migration: the rollup is then folded again from the events.",
    )
}

/// Refuses to install if an index would get the name of another relation, which `IF NOT EXISTS` would ignore.
pub(super) fn relations_are_free(view: &View, names: &Names) -> String {
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
            "format('%s already exists, but an index of {} needs that name', quote_ident(es_found))",
            names.rollup.replace('\'', "''").replace('%', "%%")
        ),
        "Drop it, or name another table: #[rollup(table = \"...\")].",
    )
}
