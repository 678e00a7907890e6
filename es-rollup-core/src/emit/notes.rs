//! What the function that holds the model says besides: the models that the rollup had before, and the checksums of the
//! other functions.
//!
//! A program whose model is an earlier one is too old, and not too new. The checksums tell whether somebody has replaced or
//! altered a function by hand: the texts of a model's functions differ from release to release, so what was installed is
//! the only thing to compare with. Both are in a function, since a dump can leave out comments, but no function.

use super::install::in_one_transaction;
use super::names::{MODEL, Names};
use super::plan::{self, ObjectKind};
use super::table;
use super::text::{FINGERPRINT, indent, literal};
use crate::model::{Model, View};

/// What a line with an earlier model begins with, before its fingerprint.
pub const EARLIER: &str = "-- earlier model ";

/// The setting for these lines while the function is replaced.
const LINES: &str = "es_rollup.earlier";

/// How many digits a checksum has.
const DIGITS: usize = 16;

/// Keeps the earlier models, where `es_found` is the body of the function or NULL. A change adds the one that it starts from.
/// If it leads back to one of them, that and those after it are no longer earlier ones.
pub(super) fn earlier(was: Option<&str>) -> String {
    let kept = format!(
        "coalesce((
    SELECT string_agg(t.line || E'\\n', '' ORDER BY t.nth)
    FROM unnest(string_to_array(es_found, E'\\n')) WITH ORDINALITY AS t (line, nth)
    WHERE starts_with(t.line, '{EARLIER}')
  ), '')"
    );
    let kept = was.map_or(kept.clone(), |was| {
        format!("split_part({kept} || E'{EARLIER}{was}\\n', E'{EARLIER}{FINGERPRINT}\\n', 1)")
    });
    format!("PERFORM set_config('{LINES}',\n  {kept}, true);")
}

/// The checksum of a function, whose row of `pg_proc` has that alias: of its text, and of what decides how it runs. Not every
/// server has MD5.
fn checksum(function: &str) -> String {
    let settings = format!("pg_catalog.array_to_string({function}.proconfig, ',')");
    format!(
        "pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws(',',
  {function}.pronargs, {function}.prosecdef, {function}.provolatile, {settings}, {function}.prosrc
), 'UTF8')), 'hex'), {DIGITS})"
    )
}

/// The name of a function, quoted and qualified.
fn name(schema: &str, function: &str) -> String {
    format!(
        "pg_catalog.concat(pg_catalog.quote_ident({schema}.nspname), '.', pg_catalog.quote_ident({function}.proname))"
    )
}

/// Adds the earlier models and the checksums to the function that holds the model, which was created without them.
pub(super) fn notes(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let of = |view: &View| {
        let functions = plan::objects(model, view, ObjectKind::Function).map(|object| object.name(view));
        let kept = functions.filter(|name| *name != format!("{}{MODEL}", model.root.table.name));
        let schema = literal(&view.table.schema);
        kept.map(|name| format!("({schema}, {})", literal(&name))).collect::<Vec<_>>()
    };
    let functions: Vec<String> = model.tables().flat_map(of).collect();
    format!(
        "-- Adds to the function that holds the model which models the rollup had before, and the checksums of the other
-- functions, which tell whether somebody has replaced or altered one by hand.
DO $es_rollup$
DECLARE
  es_model pg_catalog.text;
  es_checksums pg_catalog.text;
BEGIN
{transaction}
  SELECT p.prosrc INTO STRICT es_model FROM pg_proc AS p WHERE p.oid = to_regprocedure({model});
  SELECT string_agg(format(E'-- %s %s\\n',
    {checksum},
    {name}
  ), '' ORDER BY n.nspname, p.proname) INTO STRICT es_checksums
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
  WHERE (n.nspname, p.proname) IN (
    {functions}
  );
  EXECUTE format({declaration}, es_model || current_setting('{LINES}') || es_checksums);
END
$es_rollup$;
",
        transaction = indent(&in_one_transaction(), 2),
        checksum = indent(&checksum("p"), 4).trim_start(),
        name = name("n", "p"),
        functions = functions.join(",\n    "),
        declaration = literal(&(table::model_function(&names.model).declaration().replace('%', "%%") + "AS %L")),
        model = literal(&format!("{}()", names.model)),
    )
}

#[cfg(feature = "migrations")]
/// A query for the names of the functions that are not as they were installed, one a line; NULL if all are.
pub(super) fn edited(view: &View) -> String {
    format!(
        "SELECT pg_catalog.string_agg(l.name, pg_catalog.chr(10) ORDER BY l.name COLLATE pg_catalog.\"C\")
FROM (
  SELECT pg_catalog.substr(t.line, 4, {DIGITS}) AS checksum, pg_catalog.substr(t.line, {after}) AS name
  FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace,
    LATERAL pg_catalog.unnest(pg_catalog.string_to_array(p.prosrc, pg_catalog.chr(10))) AS t (line)
  WHERE n.nspname OPERATOR(pg_catalog.=) {schema} AND p.proname OPERATOR(pg_catalog.=) {function}
    AND p.pronargs OPERATOR(pg_catalog.=) 0 AND t.line OPERATOR(pg_catalog.~) '^-- [0-9a-f]{{{DIGITS}}} '
) AS l
WHERE NOT EXISTS (
  SELECT
  FROM pg_catalog.pg_proc AS f JOIN pg_catalog.pg_namespace AS s ON s.oid OPERATOR(pg_catalog.=) f.pronamespace
    JOIN pg_catalog.pg_language AS g ON g.oid OPERATOR(pg_catalog.=) f.prolang
  WHERE g.lanname OPERATOR(pg_catalog.=) ANY ('{{plpgsql,sql}}'::pg_catalog.name[])
    AND {name} OPERATOR(pg_catalog.=) l.name
    AND {checksum} OPERATOR(pg_catalog.=) l.checksum
)",
        after = "-- ".len() + DIGITS + " ".len() + 1,
        schema = literal(&view.table.schema),
        function = literal(&format!("{}{MODEL}", view.table.name)),
        name = name("s", "f"),
        checksum = indent(&checksum("f"), 4).trim_start(),
    )
}
