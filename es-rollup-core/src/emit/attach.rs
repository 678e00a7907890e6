//! The block that attaches the triggers to the event table.

use super::base;
use super::install::in_one_transaction;
use super::names::{Names, qualified};
use super::ownership::names_are_own;
use super::plan::{self, ObjectKind};
use super::text::{ident, indent, literal, literals};
use crate::model::{Model, View};

/// The block that creates the triggers.
pub(super) fn attach(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let each = |text: &dyn Fn(&View, &Names) -> String| {
        let texts = model.tables().map(|view| text(view, &Names::new(&model.store, view)));
        texts.collect::<Vec<_>>().join("\n")
    };
    format!(
        "-- Revokes what default privileges may have granted, and creates the triggers on the event table. An existing
-- trigger that is the same is left as it is.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass := pg_catalog.to_regclass({events});
  es_enabled pg_catalog.\"char\";
  es_found pg_catalog.text;
  es_grant pg_catalog.record;
BEGIN
{transaction}
{planted}
{revoked}
{triggers}
END
$es_rollup$;
",
        events = literal(&names.events),
        transaction = indent(&in_one_transaction(), 2),
        planted = indent(&each(&|view, names| names_are_own(model, view, names)), 2),
        revoked = indent(&each(&|view, names| revoked(model, view, names)), 2),
        triggers = indent(&plan::created(model, view, ObjectKind::Trigger).join("\n"), 2),
    )
}

/// Lets only the owner run the functions, and only the owner's functions write the table.
fn revoked(model: &Model, view: &View, names: &Names) -> String {
    let base = base::of(model, view).map(|base| format!("\n{}", table_revoked(&qualified(&base))));
    format!(
        "-- Only the owner may run the functions and write the rollup, whatever was granted by default.
{functions}
{table}{base}",
        functions = functions_revoked(view, &plan::functions(model, view)),
        table = table_revoked(&names.rollup),
        base = base.unwrap_or_default(),
    )
}

/// Lets only the owner write a table.
fn table_revoked(table: &str) -> String {
    format!(
        "FOR es_grant IN
  SELECT c.oid::regclass AS es_table, a.privilege_type AS es_right, a.grantee
  FROM pg_class AS c, aclexplode(c.relacl) AS a
  WHERE c.oid = to_regclass({rollup}) AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  UNION
  SELECT c.oid::regclass, a.privilege_type, a.grantee
  FROM pg_class AS c JOIN pg_attribute AS n ON n.attrelid = c.oid, aclexplode(n.attacl) AS a
  WHERE c.oid = to_regclass({rollup}) AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
LOOP
  EXECUTE format('REVOKE %I ON TABLE %s FROM %s CASCADE', lower(es_grant.es_right), es_grant.es_table,
    CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
END LOOP;",
        rollup = literal(table),
    )
}

/// Lets only the owner run functions of the view.
pub(super) fn functions_revoked(view: &View, functions: &[String]) -> String {
    format!(
        "FOR es_grant IN
  SELECT DISTINCT p.oid::regprocedure AS es_function, a.grantee
  FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
  WHERE p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions}) AND a.grantee <> p.proowner
LOOP
  EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s CASCADE', es_grant.es_function,
    CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
END LOOP;",
        schema = literal(&ident(&view.table.schema)),
        functions = literals(functions),
    )
}
