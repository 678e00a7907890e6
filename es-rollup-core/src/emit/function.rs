//! The text that creates a function: what all of them have in common.

use super::text::where_true;
use crate::model::{Fact, Model};

/// A function of a rollup, apart from its body.
pub(super) struct Function<'a> {
    /// What it is for, as comments.
    pub(super) remark: &'a str,
    /// Its name, quoted and qualified.
    pub(super) name: &'a str,
    pub(super) arguments: &'a str,
    pub(super) returns: &'a str,
    pub(super) language: &'a str,
    /// Its properties, such as `IMMUTABLE`.
    pub(super) properties: &'a [&'a str],
    /// Settings while it runs. All but the trigger's function pin the search path.
    pub(super) settings: &'a [&'a str],
}

/// The setting that makes a name without a schema mean PostgreSQL's own object.
pub(super) const PINNED: &str = "search_path = pg_catalog, pg_temp";

/// The property of the functions that run as the owner of the event table.
pub(super) const DEFINER: &str = "SECURITY DEFINER";

/// The setting of the functions that read the event table where policies may hide rows.
pub(super) const ALL_ROWS: &str = "row_security = off  -- a row that a policy would hide is an error";

/// The setting of the functions whose plans last: rows are found by index, whatever the statistics said when the plan
/// was made.
pub(super) const BY_INDEX: &str =
    "enable_seqscan = off  -- plans outlast the statistics that they were made from";

/// The setting that goes with it: where there is no index, the cost of a plan is so high that PostgreSQL would compile it.
/// The same is true where a plan calls functions, of whose rows PostgreSQL expects too many.
pub(super) const JIT: &str = "jit = off  -- the costs of such plans are no measure of their work";

impl<'a> Function<'a> {
    /// The function of a trigger, which runs as the owner of the event table.
    pub(super) const fn of_trigger(remark: &'a str, name: &'a str, settings: &'a [&'a str]) -> Self {
        Self {
            remark,
            name,
            arguments: "",
            returns: "trigger",
            language: "plpgsql",
            properties: &[DEFINER],
            settings,
        }
    }

    /// Creates the trigger's function that runs under the search path of any session, since setting one costs too much at
    /// each call. Its body has to be qualified, apart from what it runs under a search path that it sets itself. If the
    /// type of the ids is written by hand, nobody knows what its texts look up, and the search path is pinned.
    pub(super) fn hot(remark: &'a str, name: &'a str, model: &Model, body: &str) -> String {
        let pinned = where_true(&model.store.id_type, Fact::Unqualified, || format!("  SET {PINNED}\n"));
        let text = Self::of_trigger(remark, name, &[]).text(body);
        text.replacen("AS $es_rollup$", &format!("{pinned}AS $es_rollup$"), 1)
    }

    /// Creates the function, which only its owner may call.
    pub(super) fn text(&self, body: &str) -> String {
        let Self { remark, name, .. } = self;
        format!(
            "{remark}
{declaration}AS $es_rollup$
{body}
$es_rollup$;
REVOKE ALL ON FUNCTION {name} FROM PUBLIC;
",
            declaration = self.declaration(),
        )
    }

    /// The statement that creates the function, up to its body.
    pub(super) fn declaration(&self) -> String {
        let Self { remark: _, name, arguments, returns, language, properties, settings } = self;
        let lines = |prefix: &str, all: &[&str]| {
            all.iter().flat_map(|one| ["  ", prefix, *one, "\n"]).collect::<String>()
        };
        format!(
            "CREATE OR REPLACE FUNCTION {name}({arguments})
  RETURNS {returns}
  LANGUAGE {language}
{properties}{settings}",
            properties = lines("", properties),
            settings = lines("SET ", settings),
        )
    }
}
