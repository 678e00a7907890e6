//! Directories of migrations that are gone after the test.

use es_rollup::Rollup;
use es_rollup::migrations::{Entry, settle};
use es_rollup::startup::{Verdict, check_sql, judge};
use sqlx::{AssertSqlSafe, PgPool};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory of its own.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The name is one that no other folder has, and the folder is not there yet.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("es-rollup-migrations-{}-{number}", std::process::id())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The names of its files, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the directory is there");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect("the file is there")
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        fs::create_dir_all(&self.0).expect("a directory");
        fs::write(self.0.join(name), text).expect("the file is written");
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.0.join(name)).expect("the file is there");
    }

    /// Compares: what the test says, and whether it passes.
    pub(crate) fn compare(&self, entries: &[Entry]) -> (bool, String) {
        self.settle(entries, None)
    }

    /// The same with something asked for.
    pub(crate) fn settle(&self, entries: &[Entry], asked: Option<&str>) -> (bool, String) {
        let report = settle(&self.0, "migrations", "es_rollup_migrations", entries, asked, false);
        (report.is_fine(), report.text().into())
    }

    /// Writes what is missing, which has to work.
    pub(crate) fn write(&self, entries: &[Entry]) -> String {
        let (is_fine, text) = self.settle(entries, Some("write"));
        assert!(is_fine, "{text}");
        text
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a program with this enum finds when it starts.
pub(crate) async fn verdict<E: Rollup>(pool: &PgPool) -> Verdict {
    let (model, trigger, edited): (Option<String>, Option<String>, Option<String>) =
        sqlx::query_as(AssertSqlSafe(check_sql::<E>())).fetch_one(pool).await.expect("anybody may ask");
    judge::<E>(model.as_deref(), trigger.as_deref(), edited.as_deref())
}
