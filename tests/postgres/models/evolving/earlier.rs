//! The models that a rollup had before, which the function that holds its model lists.

use super::story::{Story, function};
use es_rollup_core::emit::EARLIER;
use es_rollup_core::model::Model;

impl Story<'_> {
    /// Their fingerprints, the first one first.
    pub(super) async fn earlier(&mut self, model: &Model) -> Vec<String> {
        let sql = "SELECT substr(t.line, length($2) + 1)
            FROM pg_proc AS p, unnest(string_to_array(p.prosrc, E'\\n')) WITH ORDINALITY AS t (line, nth)
            WHERE p.oid = to_regprocedure($1) AND starts_with(t.line, $2) ORDER BY t.nth";
        let function = format!("{}()", function(model, "model"));
        let lines = sqlx::query_scalar(sql).bind(function).bind(EARLIER).fetch_all(&mut *self.connection);
        lines.await.expect("the catalog")
    }
}

/// What they are after a change. One that leads back to one of them takes it away, and those after it.
pub(super) fn followed(mut earlier: Vec<String>, from: &Model, to: &Model) -> Vec<String> {
    let [from, to] = [from, to].map(|model| model.fingerprint().expect("its types are known"));
    earlier.push(from);
    let back = earlier.iter().position(|one| *one == to);
    earlier.truncate(back.unwrap_or(earlier.len()));
    earlier
}
