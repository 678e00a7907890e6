//! `explain`: what each event does to each column.

use crate::answer::Answer;
use crate::arguments::Explain;
use crate::failure::Failure;
use crate::models::load;
use es_rollup_core::emit;

pub(crate) async fn run(arguments: &Explain) -> Result<Answer, Failure> {
    let model = load(&arguments.model, &arguments.database, &arguments.chosen).await?;
    let text = emit::text(&model, emit::explanation(&model));
    Ok(Answer::text(format!("{}\n", text.trim_end())))
}
