//! Migrations from one model of an enum to the next, written by a test.
//!
//! [command]: https://github.com/es-rollup/es-rollup/blob/main/docs/command.md
#![doc = ""]
#![doc = include_str!("../docs/evolving.md")]

mod naming;
mod report;
mod write;

use crate::Rollup;
use es_rollup_core::model::Model;
use report::Report;
use std::io::Write as _;
use std::path::Path;
use write::Mode;

/// An enum with its texts.
#[doc(hidden)]
#[derive(Debug)]
pub struct Entry {
    model: &'static str,
    revert: &'static str,
}

impl Entry {
    #[doc(hidden)]
    pub const fn of<E: Rollup>() -> Self {
        Self { model: E::MODEL, revert: E::REVERT_SQL }
    }
}

/// One of the enums, with its model.
#[derive(Debug)]
struct Declared {
    model: Model,
    fingerprint: String,
    revert: &'static str,
}

impl Declared {
    fn new(entry: &Entry) -> Self {
        let model = Model::read(entry.model).expect("the derive writes what can be read");
        let fingerprint = model.fingerprint().expect("all of its types are known");
        Self { model, fingerprint, revert: entry.revert }
    }

    /// Its table, quoted: how files and messages name a rollup.
    fn table(&self) -> String {
        es_rollup_core::emit::qualified(&self.model.root.table)
    }
}

/// The body of the test. `package` is the directory to which `directory` is relative.
///
/// # Panics
///
/// If the directory is not in step with the enums, after saying why.
#[doc(hidden)]
pub fn run(package: &str, directory: &str, test: &str, entries: &[Entry]) {
    let asked = std::env::var("ES_ROLLUP_MIGRATIONS").ok();
    let only_compares = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    let report = settle(
        &Path::new(package).join(directory),
        directory,
        test,
        entries,
        asked.as_deref(),
        only_compares,
    );
    // Past the capturing of output: what was written must be seen.
    let _ = std::io::stderr().write_all(report.text().as_bytes());
    assert!(report.is_fine(), "the migrations in {directory} are not in step with the enums: see above");
}

/// The same with the environment given.
#[doc(hidden)]
pub fn settle(
    path: &Path,
    shown: &str,
    test: &str,
    entries: &[Entry],
    asked: Option<&str>,
    only_compares: bool,
) -> Report {
    let mut report = Report::new(shown, test);
    let declared: Vec<Declared> = entries.iter().map(Declared::new).collect();
    match Mode::parse(asked, only_compares) {
        Ok(mode) => write::settle(path, &declared, &mode, &mut report),
        Err(fault) => report.fault(fault),
    }
    report
}

/// A test that keeps a directory of migrations in step with enums: see [`migrations`](mod@crate::migrations).
///
/// The path is relative to the package. The test is called `es_rollup_migrations`, or as given.
///
/// ```
/// # use es_rollup::Rollup;
/// # #[derive(serde::Serialize, serde::Deserialize, Rollup)]
/// # #[serde(tag = "type", rename_all = "snake_case")]
/// # #[rollup(events = "user_events", id = i64)]
/// # enum UserEvent {
/// #     Registered { #[rollup(set)] email: String },
/// # }
/// es_rollup::migrations!("migrations", test = migrations_of_users: UserEvent);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! migrations {
    ($directory:literal: $($event:ty),+ $(,)?) => {
        $crate::migrations!($directory, test = es_rollup_migrations: $($event),+);
    };
    ($directory:literal, test = $test:ident: $($event:ty),+ $(,)?) => {
        #[test]
        fn $test() {
            $crate::migrations::run(
                ::core::env!("CARGO_MANIFEST_DIR"),
                $directory,
                ::core::stringify!($test),
                &[$($crate::migrations::Entry::of::<$event>()),+],
            );
        }
    };
}
