//! The directory: its migrations in the order of their versions, and the file that lists the newest model of each rollup.

use super::file::{self, Migration};
use super::name::{Form, Name, UP};
use std::fs;
use std::io;
use std::path::Path;

/// The file with a line for each rollup: its table and the fingerprint of its newest model. Two branches that change the
/// same rollup conflict there.
pub const HEADS: &str = "es-rollup.heads";

/// A migration in the directory.
#[derive(Debug)]
pub struct Found {
    /// The name of its file.
    pub name: String,
    /// The version in its name.
    pub version: u64,
    /// What it does to a rollup, or what is wrong with it; migrations of other things are left out.
    pub migration: Result<Migration, String>,
}

/// What is in the directory.
#[derive(Debug)]
pub struct Directory {
    /// How the newest of its files are named.
    pub form: Form,
    /// The names of all migrations, whatever they are about.
    pub names: Vec<Name>,
    /// Those of rollups, in order.
    pub found: Vec<Found>,
    /// What the file with the newest models says; empty if there is none.
    pub heads: String,
}

/// Reads the directory; one that does not exist is empty.
///
/// # Errors
///
/// If it cannot be read, or one of its files.
pub fn read(path: &Path) -> io::Result<Directory> {
    let mut files: Vec<(Name, String, String)> = Vec::new();
    let mut heads = String::new();
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        entries => Some(entries?),
    };
    for entry in entries.into_iter().flatten() {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let read = || {
            fs::read_to_string(entry.path())
                .map_err(|error| io::Error::new(error.kind(), format!("{file} cannot be read: {error}")))
        };
        if file == HEADS {
            heads = read()?;
        } else if let Some(name) = Name::parse(&file) {
            let text = if name.is_down { String::new() } else { read()? };
            files.push((name, file, text));
        }
    }
    files.sort_by(|(one, one_file, _), (other, other_file, _)| {
        (one.version, one_file).cmp(&(other.version, other_file))
    });
    let form = form(&files);
    let found = files.iter().flat_map(|(name, file, text)| {
        let of_file = |migration| Found { name: file.clone(), version: name.version, migration };
        file::read(text).into_iter().map(of_file).collect::<Vec<_>>()
    });
    let found = found.collect();
    Ok(Directory { form, names: files.into_iter().map(|(name, ..)| name).collect(), found, heads })
}

/// The form that the newest files have.
fn form(files: &[(Name, String, String)]) -> Form {
    let Some((name, _, text)) = files.last() else { return Form::Pair };
    name.form.unwrap_or_else(|| {
        if text.lines().any(|line| line.trim_end().starts_with(UP)) { Form::Dbmate } else { Form::Forward }
    })
}
