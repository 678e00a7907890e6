//! The text that creates a function: what all of them have in common.

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
    /// Settings while it runs, in addition to the search path.
    pub(super) settings: &'a [&'a str],
}

/// The property of the functions that run as the owner of the event table.
pub(super) const DEFINER: &str = "SECURITY DEFINER";

/// The setting of the functions that read the event table where policies may hide rows.
pub(super) const ALL_ROWS: &str = "row_security = off  -- a row that a policy would hide is an error";

impl<'a> Function<'a> {
    /// The function of a trigger, which runs as the owner of the event table.
    pub(super) const fn of_trigger(remark: &'a str, name: &'a str) -> Self {
        Self {
            remark,
            name,
            arguments: "",
            returns: "trigger",
            language: "plpgsql",
            properties: &[DEFINER],
            settings: &[],
        }
    }

    /// Creates the function, which only its owner may call.
    pub(super) fn text(&self, body: &str) -> String {
        let Self { remark, name, arguments, returns, language, properties, settings } = self;
        let lines = |prefix: &str, all: &[&str]| {
            all.iter().flat_map(|one| ["  ", prefix, *one, "\n"]).collect::<String>()
        };
        format!(
            "{remark}
CREATE OR REPLACE FUNCTION {name}({arguments})
  RETURNS {returns}
  LANGUAGE {language}
{properties}  SET search_path = pg_catalog, pg_temp
{settings}AS $es_rollup$
{body}
$es_rollup$;
REVOKE ALL ON FUNCTION {name} FROM PUBLIC;
",
            properties = lines("", properties),
            settings = lines("SET ", settings),
        )
    }
}
