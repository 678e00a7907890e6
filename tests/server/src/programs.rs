//! Finds the programs of a PostgreSQL server on this machine.

use std::cmp::Reverse;
use std::env;
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with `initdb` and `postgres`, and the version that they report.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) folder: PathBuf,
    pub(crate) version: String,
}

impl Programs {
    /// The programs in `ES_ROLLUP_PG_BIN`, or in the first of the usual places that has them.
    pub(crate) fn find() -> Result<Option<Self>, String> {
        if let Some(folder) = env::var_os("ES_ROLLUP_PG_BIN").filter(|it| !it.is_empty()) {
            let folder = PathBuf::from(folder);
            return Self::of(&folder).map(Some).ok_or_else(|| {
                format!(
                    "ES_ROLLUP_PG_BIN is {}, but there is no working initdb and postgres in it",
                    folder.display()
                )
            });
        }
        let path = env::var_os("PATH").unwrap_or_default();
        Ok(env::split_paths(&path)
            .chain(iter::once_with(configured).flatten())
            .find_map(|it| Self::of(&it))
            .or_else(|| {
                let mut found: Vec<_> = usual().iter().filter_map(|it| Self::of(it)).collect();
                found.sort_by_key(|it| Reverse(it.order()));
                found.into_iter().next()
            }))
    }

    fn of(folder: &Path) -> Option<Self> {
        // The PATH may have a link to only one of the two programs.
        let real = folder.join("postgres").canonicalize().ok()?;
        let folder = [real.parent()?, folder].into_iter().find(|it| it.join("initdb").is_file())?.to_owned();
        let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let version = version(&String::from_utf8_lossy(&output.stdout))?.to_owned();
        Some(Self { folder, version })
    }

    fn order(&self) -> Vec<u32> {
        self.version.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
    }
}

/// A client program of the server programs of this machine, such as `pg_dump`; none where there is no such program, or
/// where it is older than the server, which it would refuse to talk to.
pub fn client_program(name: &str, server_version: u32) -> Option<PathBuf> {
    let programs = Programs::find().ok().flatten()?;
    let program = programs.folder.join(name);
    let is_new_enough = programs.order().first().is_some_and(|major| *major >= server_version / 10_000);
    (is_new_enough && program.is_file()).then_some(program)
}

/// `15.18` of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn version(line: &str) -> Option<&str> {
    line.split_once("(PostgreSQL) ")?.1.split_whitespace().next()
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

/// Where distributions and installers put the programs of each major version.
fn usual() -> Vec<PathBuf> {
    let versions = |parent: &str, prefix: &str| -> Vec<PathBuf> {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        entries
            .filter(|it| it.file_name().to_string_lossy().starts_with(prefix))
            .map(|it| it.path())
            .collect()
    };
    [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql"),
        ("/usr/local/opt", "postgresql"),
    ]
    .iter()
    .flat_map(|(parent, prefix)| versions(parent, prefix))
    .chain([PathBuf::from("/usr/local/pgsql")])
    .map(|it| it.join("bin"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{Programs, version};

    #[test]
    fn the_version_is_what_follows_the_name() {
        assert_eq!(version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some("15.18"));
        assert_eq!(version("postgres (PostgreSQL) 19devel"), Some("19devel"));
        assert_eq!(version("something else"), None);
    }

    #[test]
    fn versions_are_ordered_as_numbers() {
        let order = |version: &str| Programs { folder: "".into(), version: version.to_owned() }.order();
        assert!(order("18.1") > order("9.6.24"));
        assert!(order("15.18") > order("15.9"));
    }
}
