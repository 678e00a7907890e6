//! Compares the directory with the enums, and writes what is missing.

use super::Declared;
use super::naming::{Versions, files, slug};
use super::report::Report;
use es_rollup_core::evolve::{self, Diff, Sign, What};
use es_rollup_core::migrations::{self, Arrow, Chain, DOWN, Directory, Form, Found, HEADS, Step, UP, heads};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// What the environment asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Compare,
    Write {
        breaking: bool,
    },
    /// Replaces the newest migration of each rollup, or the one with the version.
    Redo(Option<u64>),
    Squash,
}

impl Mode {
    pub(super) fn parse(asked: Option<&str>, only_compares: bool) -> Result<Self, String> {
        let mode = match asked {
            None | Some("") => return Ok(Self::Compare),
            Some("write") => Self::Write { breaking: false },
            Some("write:breaking") => Self::Write { breaking: true },
            Some("redo") => Self::Redo(None),
            Some("squash") => Self::Squash,
            Some(other) => match other.strip_prefix("redo:").map(str::parse) {
                Some(Ok(version)) => Self::Redo(Some(version)),
                Some(Err(_)) | None => {
                    return Err(format!(
                        "ES_ROLLUP_MIGRATIONS={other} is not known: there are write, write:breaking, redo, redo:VERSION and squash"
                    ));
                }
            },
        };
        if only_compares {
            return Err("CI is set, so nothing is written: run without ES_ROLLUP_MIGRATIONS".into());
        }
        Ok(mode)
    }
}

/// A migration that is to be written.
struct Missing {
    table: String,
    arrow: Arrow,
    /// What its name says.
    name: String,
    up: String,
    down: String,
}

pub(super) fn settle(path: &Path, declared: &[Declared], mode: &Mode, report: &mut Report) {
    let outcome = match mode {
        Mode::Compare => migrations::read(path).map(|directory| compare(&directory, declared, report)),
        Mode::Write { breaking } => alone(path, |path| write(path, declared, *breaking, report)),
        Mode::Redo(version) => alone(path, |path| redo(path, declared, *version, report)),
        Mode::Squash => alone(path, |path| squash(path, declared, report)),
    };
    if let Err(error) = outcome {
        report.fault(format!("{}: {error}", path.display()));
    }
}

/// Runs while no other process writes into the directory, which is made if it is not there.
fn alone(path: &Path, work: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    fs::create_dir_all(path)?;
    let lock = File::open(path)?;
    lock.lock()?;
    work(path)
}

fn compare(directory: &Directory, declared: &[Declared], report: &mut Report) {
    let Some(chains) = chains(directory, report) else { return };
    for one in declared {
        let table = one.table();
        match head(&chains, &table) {
            None => report.not_installed(&table, &one.model.event),
            Some(step) if step.fingerprint == one.fingerprint => {}
            Some(step) => match evolve::diff(&step.model, &one.model) {
                Ok(diff) => {
                    let up = es_rollup_core::emit::change(&step.model, &one.model, &diff.alteration);
                    let between = [step.fingerprint.as_str(), one.fingerprint.as_str()];
                    report.lags(&table, &one.model.event, between, &diff, &up);
                }
                Err(refused) => report.fault(unchangeable(&table, &refused)),
            },
        }
    }
    if report.is_fine() && directory.heads != heads(&chains) {
        report.heads_differ();
    }
}

fn unchangeable(table: &str, refused: &evolve::Refused) -> String {
    let reasons = refused.0.join("\n  ");
    format!(
        "{table} cannot be changed in place:\n  {reasons}\n  declare a rollup with another table beside it, move its readers, and revert the old one"
    )
}

fn head<'a>(chains: &'a [Chain], table: &str) -> Option<&'a Step> {
    chains.iter().find(|chain| chain.table == table).and_then(Chain::head)
}

/// The chains of all rollups in the directory. What does not fit is reported, and then there are none.
fn chains(directory: &Directory, report: &mut Report) -> Option<Vec<Chain>> {
    let faults = match migrations::chains(directory) {
        Ok(chains) => return Some(chains),
        Err(faults) => faults,
    };
    for fault in faults {
        report.fault(fault);
    }
    None
}

fn write(path: &Path, declared: &[Declared], breaking: bool, report: &mut Report) -> io::Result<()> {
    let directory = migrations::read(path)?;
    let Some(chains) = chains(&directory, report) else { return Ok(()) };
    let mut missing = Vec::new();
    for one in declared {
        missing.extend(next(one, head(&chains, &one.table()), breaking, report));
    }
    if report.is_fine() { put(path, &directory, &missing, report) } else { Ok(()) }
}

/// The migration that leads to the enum's model; `None` if there is nothing to write, or if something is wrong.
fn next(one: &Declared, head: Option<&Step>, breaking: bool, report: &mut Report) -> Option<Missing> {
    let table = one.table();
    let to = one.fingerprint.clone();
    let Some(step) = head else {
        return Some(Missing {
            table,
            arrow: Arrow::Install { to },
            name: format!("{}_install", one.model.root.table.name),
            up: es_rollup_core::emit::installation(&one.model),
            down: one.revert.into(),
        });
    };
    if step.fingerprint == to {
        return None;
    }
    let diff = match evolve::diff(&step.model, &one.model) {
        Ok(diff) => diff,
        Err(refused) => {
            report.fault(unchangeable(&table, &refused));
            return None;
        }
    };
    if diff.is_breaking() && !breaking {
        report.breaks(&one.model.event, [&step.fingerprint, &to], &diff);
        return None;
    }
    let down = evolve::migration(&one.model, &step.model).expect("what can be changed can be changed back");
    Some(Missing {
        table,
        arrow: Arrow::Change { from: step.fingerprint.clone(), to },
        name: format!("{}_{}", one.model.root.table.name, words(&diff)),
        up: es_rollup_core::emit::change(&step.model, &one.model, &diff.alteration),
        down,
    })
}

/// What a migration does, in one or two words: what it adds or removes if that is one thing.
fn words(diff: &Diff) -> String {
    // A column says more than the event that fills it.
    let structure: Vec<_> = diff.changes.iter().filter(|change| change.what != What::Event).collect();
    let one = match (structure.as_slice(), diff.changes.as_slice()) {
        ([one], _) => *one,
        ([], [one]) => one,
        ([], [] | [_, _, ..]) | ([_, _, ..], _) => return "change".into(),
    };
    let verb = match one.sign {
        Sign::Added => "add",
        Sign::Removed => "remove",
        Sign::Changed => "change",
        Sign::Renamed | Sign::RenamedBack => "rename",
    };
    let what = match one.what {
        What::Trigger | What::Model | What::History | What::Archive => one.what.word(),
        // The name of a column comes before its type.
        What::Event | What::Column | What::View | What::Check | What::Unique | What::Index => {
            one.name.split(' ').next().unwrap_or_default()
        }
    };
    format!("{verb}_{what}")
}

/// Writes the newest migration of each rollup again, from the model before it.
fn redo(path: &Path, declared: &[Declared], version: Option<u64>, report: &mut Report) -> io::Result<()> {
    let mut directory = migrations::read(path)?;
    let tables: Vec<String> = declared.iter().map(Declared::table).collect();
    let of_declared = |found: &Found| {
        let table = found.migration.as_ref().ok().map(|migration| migration.table.clone());
        table.filter(|table| tables.contains(table))
    };
    let mut replaced: Vec<(u64, String, String)> = Vec::new();
    match version {
        Some(version) => {
            let found = directory.found.iter().filter(|found| found.version == version);
            replaced
                .extend(found.filter_map(|found| Some((version, found.name.clone(), of_declared(found)?))));
            if replaced.is_empty() {
                report.fault(format!("no migration of these enums has the version {version}"));
                return Ok(());
            }
        }
        None => {
            for table in &tables {
                let mut newest =
                    directory.found.iter().rev().filter(|found| of_declared(found).as_ref() == Some(table));
                replaced
                    .extend(newest.next().map(|found| (found.version, found.name.clone(), table.clone())));
            }
        }
    }
    let is_replaced = |found: &Found| replaced.iter().any(|(_, name, _)| *name == found.name);
    let all: Vec<String> =
        directory.found.iter().filter(|found| is_replaced(found)).map(|found| found.name.clone()).collect();
    directory.found.retain(|found| !is_replaced(found));
    let Some(chains) = chains(&directory, report) else { return Ok(()) };
    let mut missing = Vec::new();
    for one in declared.iter().filter(|one| replaced.iter().any(|(.., table)| *table == one.table())) {
        // What is written again was meant.
        missing.extend(next(one, head(&chains, &one.table()), true, report));
    }
    if !report.is_fine() {
        return Ok(());
    }
    for name in all {
        let down = name.replace(".up.sql", ".down.sql");
        fs::remove_file(path.join(&name))?;
        if down != name && path.join(&down).exists() {
            fs::remove_file(path.join(down))?;
        }
        report.note(&format!("{name} is replaced"));
    }
    let directory = migrations::read(path)?;
    put(path, &directory, &missing, report)
}

/// Writes migrations that install the present models.
fn squash(path: &Path, declared: &[Declared], report: &mut Report) -> io::Result<()> {
    let directory = migrations::read(path)?;
    let Some(chains) = chains(&directory, report) else { return Ok(()) };
    let mut missing = Vec::new();
    for one in declared {
        match head(&chains, &one.table()) {
            Some(step) if step.fingerprint != one.fingerprint => {
                report.fault(format!(
                    "{} lags behind {}: write its migration first",
                    one.table(),
                    one.model.event
                ));
            }
            Some(step) if step.is_install => {}
            Some(_) | None => missing.extend(next(one, None, false, report)),
        }
    }
    if !report.is_fine() {
        return Ok(());
    }
    put(path, &directory, &missing, report)?;
    if !missing.is_empty() {
        report.note("older migrations of these rollups can go once every database has them");
    }
    Ok(())
}

/// Writes the migrations, and the file with the newest models.
fn put(path: &Path, directory: &Directory, missing: &[Missing], report: &mut Report) -> io::Result<()> {
    let mut versions = Versions::above(&directory.names, directory.form);
    for Missing { table, arrow, name, up, down } in missing {
        let line = arrow.line(table);
        let names = files(directory.form, &versions.next(), &slug(name));
        let texts = match directory.form {
            Form::Pair => vec![format!("{line}\n{up}"), down.clone()],
            Form::Forward | Form::Refinery => vec![format!("{line}\n{up}")],
            Form::Dbmate => vec![format!("{UP}\n{line}\n{up}\n{DOWN}\n{down}")],
        };
        for (name, text) in names.iter().zip(texts) {
            // Never over a file that is there.
            let mut file = File::create_new(path.join(name))?;
            file.write_all(text.as_bytes())?;
        }
        report.wrote(&names);
    }
    let now = migrations::read(path)?;
    let Some(chains) = chains(&now, report) else { return Ok(()) };
    let heads = heads(&chains);
    if heads != now.heads {
        fs::write(path.join(HEADS), heads)?;
        report.wrote(&[HEADS.into()]);
    }
    Ok(())
}
