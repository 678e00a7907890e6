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

/// The checksum of a function, whose row of `pg_proc` has that alias: of its text, and of what decides how it runs. It is the
/// same in every session and, where the encoding is the same, in a restored database. Not every server has MD5.
fn checksum(function: &str) -> String {
    // A session may quote all names.
    let settings = format!(
        "pg_catalog.replace(pg_catalog.array_to_string({function}.proconfig, ','), pg_catalog.chr(34), '')"
    );
    let parts = [
        "pronargs",
        "pronargdefaults",
        "proretset",
        "proisstrict",
        "prosecdef",
        "provolatile",
        "proparallel",
    ];
    let parts = parts.map(|part| format!("{function}.{part}")).join(", ");
    format!(
        "pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws(',',
  {parts},
  {settings}, {function}.prosrc
), pg_catalog.getdatabaseencoding())), 'hex'), {DIGITS})"
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
  SELECT string_agg(format(E'-- %s\\t%s\\t%s\\n', n.nspname, p.proname,
    {checksum}
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
        functions = functions.join(",\n    "),
        declaration = literal(&(table::model_function(&names.model).declaration().replace('%', "%%") + "AS %L")),
        model = literal(&format!("{}()", names.model)),
    )
}

/// A query for the names of the functions that are not as they were installed, one a line; NULL if all are, and an empty text
/// if nobody knows, since an earlier release has installed them. One of another owner is among them, and one beside which
/// there is another function with its name: the migration would refuse both.
#[cfg(feature = "migrations")]
pub(super) fn edited(view: &View) -> String {
    format!(
        "SELECT CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) 0 THEN '' ELSE
  pg_catalog.string_agg(k.name, pg_catalog.chr(10) ORDER BY k.name COLLATE pg_catalog.\"C\") FILTER (WHERE k.is_edited)
END
FROM (
  SELECT pg_catalog.concat(pg_catalog.quote_ident(l.schema), '.', pg_catalog.quote_ident(l.function)) AS name,
    pg_catalog.count(f.oid) OPERATOR(pg_catalog.<>) 1 OR pg_catalog.bool_or(
      f.proowner OPERATOR(pg_catalog.<>) l.owner OR {checksum} OPERATOR(pg_catalog.<>) l.checksum
    ) AS is_edited
  FROM (
    SELECT pg_catalog.substr(pg_catalog.split_part(t.line, pg_catalog.chr(9), 1), 4) AS schema,
      pg_catalog.split_part(t.line, pg_catalog.chr(9), 2) AS function,
      pg_catalog.split_part(t.line, pg_catalog.chr(9), 3) AS checksum, p.proowner AS owner
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace,
      LATERAL pg_catalog.unnest(pg_catalog.string_to_array(p.prosrc, pg_catalog.chr(10))) AS t (line)
    WHERE n.nspname OPERATOR(pg_catalog.=) {schema} AND p.proname OPERATOR(pg_catalog.=) {function}
      AND p.pronargs OPERATOR(pg_catalog.=) 0 AND t.line OPERATOR(pg_catalog.~) '^-- [^\t]+\t[^\t]+\t[0-9a-f]{{{DIGITS}}}$'
  ) AS l
    LEFT JOIN pg_catalog.pg_namespace AS s ON s.nspname OPERATOR(pg_catalog.=) l.schema::pg_catalog.name
    LEFT JOIN pg_catalog.pg_proc AS f
      ON f.pronamespace OPERATOR(pg_catalog.=) s.oid AND f.proname OPERATOR(pg_catalog.=) l.function::pg_catalog.name
  GROUP BY l.schema, l.function
) AS k",
        schema = literal(&view.table.schema),
        function = literal(&format!("{}{MODEL}", view.table.name)),
        checksum = indent(&checksum("f"), 6).trim_start(),
    )
}
