//! Parses the SQL that es-rollup emits with PostgreSQL 18's own parsers for SQL and PL/pgSQL.
//!
//! The texts are the snapshots in `tests/sql/snapshots` and the migrations of the examples; `cargo test --test sql` and
//! `cargo test --test example` keep them equal to the emitted SQL.
//! Building this takes a minute and needs libclang (Debian: `libclang-dev`).

#[cfg(test)]
mod hot;
#[cfg(test)]
mod qualified;
#[cfg(test)]
mod types;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    /// The files in a folder of the repository whose names end like that.
    fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
        let folder = format!("{}/../../{folder}", env!("CARGO_MANIFEST_DIR"));
        let files = fs::read_dir(folder).expect("the folder exists");
        let files = files.map(|entry| entry.expect("the folder can be read").path());
        files.filter(|path| endings.iter().any(|end| path.to_string_lossy().ends_with(end))).collect()
    }

    /// Every migration and its revert, each with its name.
    pub(crate) fn migrations() -> Vec<(String, String)> {
        let mut paths = files("tests/sql/snapshots", &[".migration.snap", ".revert.snap"]);
        assert!(paths.len() >= 12, "only {paths:?}");
        for example in ["cart", "groups", "tickets"] {
            paths.extend(files(&format!("examples/{example}"), &[".sql"]));
        }
        paths.sort();
        let text = |path: PathBuf| {
            let text = fs::read_to_string(&path).expect("a file is text");
            // A snapshot has a header.
            let text = text.splitn(3, "---\n").nth(2).map(str::to_owned).unwrap_or(text);
            (path.file_name().expect("a file").to_string_lossy().into_owned(), text)
        };
        paths.into_iter().map(text).collect()
    }

    /// The parser cannot look up tables. So a table's row type is replaced by `record`, and an array of it by `text[]`.
    pub(crate) fn without_row_types(text: &str) -> String {
        let declaration = |line: &str| {
            if let Some(returned) = line.strip_prefix("  RETURNS TABLE (es_state ") {
                let (_, rest) = returned.split_once(", ")?;
                return Some(format!("  RETURNS TABLE (es_state record, {rest}\n"));
            }
            if line.starts_with("  RETURNS TABLE (es_view_1 ") {
                let columns = line.matches("es_view_").count();
                let columns: Vec<String> = (1..=columns).map(|nth| format!("es_view_{nth} text[]")).collect();
                return Some(format!("  RETURNS TABLE ({})\n", columns.join(", ")));
            }
            if line.starts_with("  RETURNS SETOF \"") {
                return Some("  RETURNS SETOF record\n".into());
            }
            let (name, ty) = line.trim_start().split_once(' ')?;
            let stand_in = if ty.contains("\"%ROWTYPE") {
                "record"
            } else if ty.contains("\"[]") {
                "text[]"
            } else {
                return None;
            };
            let (_, rest) = ty.split_once(';').filter(|_| ty.starts_with('"'))?;
            Some(format!("{name} {stand_in};{rest}\n"))
        };
        text.lines().map(|line| declaration(line).unwrap_or_else(|| format!("{line}\n"))).collect()
    }

    #[test]
    fn every_statement_parses() {
        for (name, text) in migrations() {
            let parsed = pg_query::parse(&text, 0).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(parsed.warnings.is_empty(), "{name}: {:?}", parsed.warnings);
            // A reversal is one statement.
            let least = if name.contains(".revert.") { 1 } else { 5 };
            assert!(parsed.protobuf.stmts.len() >= least, "{name}: only {}", parsed.protobuf.stmts.len());
        }
    }

    #[test]
    fn every_body_parses() {
        let (mut functions, mut blocks) = (0, 0);
        for (name, text) in migrations() {
            for statement in pg_query::split_with_parser(&text).expect("it parses") {
                // A statement may begin with comments.
                let Some(start) = statement.lines().find(|line| !line.is_empty() && !line.starts_with("--"))
                else {
                    continue;
                };
                match start {
                    "DO $es_rollup$" => blocks += 1,
                    _ if start.starts_with("CREATE OR REPLACE FUNCTION ") => functions += 1,
                    _ => continue,
                }
                match pg_query::parse_plpgsql(&without_row_types(statement)) {
                    Ok(parsed) => assert_eq!(parsed.as_array().map(Vec::len), Some(1), "{name}: {start}"),
                    // It parsed. libpg_query just writes invalid JSON for a trigger's variables.
                    Err(pg_query::Error::InvalidJson(_)) if statement.contains("RETURNS trigger") => {}
                    Err(error) => panic!("{name}: {error}: {start}"),
                }
            }
        }
        assert!(functions >= 12 && blocks >= 12, "only {functions} functions and {blocks} blocks");
    }

    #[test]
    fn invalid_sql_is_refused() {
        assert!(pg_query::parse("CREATE TABLE t (;", 0).is_err());
        assert!(pg_query::parse_plpgsql("DO $$ BEGIN IF true THEN NULL; END $$").is_err());
        // Expressions and statements inside a body are also parsed.
        assert!(pg_query::parse_plpgsql("DO $$ BEGIN PERFORM 1 +; END $$").is_err());
        let trigger =
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL +; END $$";
        let refused = pg_query::parse_plpgsql(trigger);
        assert!(matches!(refused, Err(pg_query::Error::Parse(_))), "{refused:?}");
    }
}
