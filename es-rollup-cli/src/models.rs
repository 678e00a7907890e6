//! A model from wherever an argument says.

use crate::arguments::{Chosen, Database};
use crate::connection::connect;
use crate::failure::Failure;
use crate::rollups;
use es_rollup_core::emit::qualified;
use es_rollup_core::migrations::{self, Chain, Directory, model_in};
use es_rollup_core::model::Model;
use std::fs;
use std::path::Path;

/// The model that an argument names: that of a migration, of a JSON file, the newest one of a directory, or the one in the
/// database.
pub(crate) async fn load(named: &str, database: &Database, chosen: &Chosen) -> Result<Model, Failure> {
    let wanted = chosen.rollup.as_deref();
    if named == "db" {
        let mut connection = connect(database).await?;
        let rollup = rollups::one(&mut connection, wanted).await?;
        return rollup.model().cloned();
    }
    let path = Path::new(named);
    let models = if path.is_dir() {
        let (_, chains) = directory(path)?;
        chains.iter().filter_map(|chain| Some(chain.head()?.model.clone())).collect()
    } else {
        of_text(&read(path)?).map_err(|fault| {
            Failure::usage(
                format!("{named} has no model that can be read: {fault}"),
                "name a migration of es-rollup, a JSON file with a model, a directory of migrations, or db",
            )
        })?
    };
    only(models, named, wanted)
}

/// The models in a text, the newest of each rollup.
pub(crate) fn of_text(text: &str) -> Result<Vec<Model>, String> {
    if text.trim_start().starts_with('{') {
        return json(text.trim()).map(|model| vec![model]);
    }
    let found = migrations::read_file(text);
    if found.is_empty() {
        return model_in(text).map(|model| vec![model]);
    }
    let mut models: Vec<Model> = Vec::new();
    for migration in found {
        let model = migration?.model;
        models.retain(|other| other.root.table != model.root.table);
        models.push(model);
    }
    Ok(models)
}

/// A description of a model, or what the function in a database returns.
fn json(text: &str) -> Result<Model, String> {
    let inner = text.split_once("\"model\":").filter(|(before, _)| before.contains("\"fingerprint\":\""));
    let description = match inner {
        Some((before, rest)) if before.len() < 64 => rest.strip_suffix('}').unwrap_or(rest),
        Some(_) | None => text,
    };
    Model::read(description).map_err(|faults| faults.to_string())
}

fn only(mut models: Vec<Model>, named: &str, wanted: Option<&str>) -> Result<Model, Failure> {
    let spellings = |model: &Model| {
        let table = &model.root.table;
        [table.name.clone(), format!("{}.{}", table.schema, table.name), qualified(table)]
    };
    models.retain(|model| wanted.is_none_or(|wanted| spellings(model).iter().any(|name| name == wanted)));
    match (models.pop(), models.as_slice()) {
        (Some(model), []) => Ok(model),
        (None, _) => Err(Failure::usage(
            format!(
                "{named} has no model{}",
                wanted.map(|wanted| format!(" of {wanted}")).unwrap_or_default()
            ),
            "name another one, or another --rollup",
        )),
        (Some(last), others) => {
            let all: Vec<String> =
                others.iter().chain([&last]).map(|model| spellings(model)[1].clone()).collect();
            Err(Failure::usage(
                format!("{named} has models of several rollups"),
                format!("pass one of these to --rollup: {}", all.join(", ")),
            ))
        }
    }
}

/// A text file.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("{} cannot be read: {error}", path.display()), "check the path")
    })
}

/// A directory of migrations with its chains.
pub(crate) fn directory(path: &Path) -> Result<(Directory, Vec<Chain>), Failure> {
    let directory = files(path)?;
    let chains = migrations::chains(&directory).map_err(|faults| {
        Failure::usage(
            format!("the migrations in {} are not one chain for each rollup", path.display()),
            format!("es-rollup check --migrations {} says what is wrong: {}", path.display(), faults.len()),
        )
    })?;
    Ok((directory, chains))
}

/// The migrations of a directory.
pub(crate) fn files(path: &Path) -> Result<Directory, Failure> {
    let failed = |error| {
        Failure::usage(
            format!("the directory {} cannot be read: {error}", path.display()),
            "pass the directory of your migrations",
        )
    };
    fs::read_dir(path).map_err(failed)?;
    migrations::read(path).map_err(failed)
}
