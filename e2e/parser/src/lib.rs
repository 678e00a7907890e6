//! PostgreSQL 18's own parsers, of SQL and of PL/pgSQL, over the SQL that es-rollup emits.
//!
//! The texts are the snapshots in `tests/sql/snapshots`, which `cargo test --test sql` holds equal to what is
//! emitted. libclang is needed to build this (Debian: `libclang-dev`), and a minute.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    /// Every migration, there and back, with its name.
    fn migrations() -> Vec<(String, String)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/sql/snapshots");
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .expect("the snapshots are there")
            .map(|entry| entry.expect("the folder can be read").path())
            .filter(|path| {
                let name = path.to_string_lossy();
                name.ends_with(".migration.snap") || name.ends_with(".revert.snap")
            })
            .collect();
        paths.sort();
        assert!(paths.len() >= 12, "only {paths:?}");
        let text = |path: PathBuf| {
            let snapshot = fs::read_to_string(&path).expect("a snapshot is text");
            let mut parts = snapshot.splitn(3, "---\n");
            let text = parts.nth(2).expect("a snapshot has a head").to_owned();
            (path.file_name().expect("a file").to_string_lossy().into_owned(), text)
        };
        paths.into_iter().map(text).collect()
    }

    /// The parser has no tables to look up, so a row of one is a record to it, and several are anything.
    fn without_row_types(text: &str) -> String {
        let declaration = |line: &str| {
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
            assert!(parsed.protobuf.stmts.len() >= 5, "{name}: only {}", parsed.protobuf.stmts.len());
        }
    }

    #[test]
    fn every_body_parses() {
        let (mut functions, mut blocks) = (0, 0);
        for (name, text) in migrations() {
            for statement in pg_query::split_with_parser(&text).expect("it parses") {
                // Comments stand before the statements.
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
                    // It was parsed: what comes out wrong is libpg_query's JSON for the variables of a trigger.
                    Err(pg_query::Error::InvalidJson(_)) if statement.contains("RETURNS trigger") => {}
                    Err(error) => panic!("{name}: {error}: {start}"),
                }
            }
        }
        assert!(functions >= 12 && blocks >= 12, "only {functions} functions and {blocks} blocks");
    }

    #[test]
    fn what_is_wrong_is_refused() {
        assert!(pg_query::parse("CREATE TABLE t (;", 0).is_err());
        assert!(pg_query::parse_plpgsql("DO $$ BEGIN IF true THEN NULL; END $$").is_err());
        // Expressions and statements inside a body are parsed as well.
        assert!(pg_query::parse_plpgsql("DO $$ BEGIN PERFORM 1 +; END $$").is_err());
        let trigger =
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL +; END $$";
        let refused = pg_query::parse_plpgsql(trigger);
        assert!(matches!(refused, Err(pg_query::Error::Parse(_))), "{refused:?}");
    }
}
