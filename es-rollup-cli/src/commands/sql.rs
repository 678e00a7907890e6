//! `sql`: the SQL that follows from models.

use crate::answer::Answer;
use crate::arguments::{Change, Explain, Sql};
use crate::commands::diff::compare;
use crate::failure::Failure;
use crate::models::load;
use es_rollup_core::emit;
use es_rollup_core::model::Model;

pub(crate) async fn run(arguments: &Sql) -> Result<Answer, Failure> {
    let text = match arguments {
        Sql::Install(from) => emit::installation(&model(from).await?),
        Sql::Revert(from) => {
            let model = model(from).await?;
            emit::text(&model, emit::revert(&model))
        }
        Sql::Change(Change { from, to, database, chosen }) => {
            let old = load(from, database, chosen).await?;
            let new = load(to, database, chosen).await?;
            let diff = compare(&old, &new)?;
            if diff.changes.is_empty() {
                return Err(Failure::usage("both have the same model", "there is nothing to change"));
            }
            emit::change(&old, &new, &diff.alteration)
        }
    };
    Ok(Answer::text(text))
}

async fn model(from: &Explain) -> Result<Model, Failure> {
    load(&from.model, &from.database, &from.chosen).await
}
