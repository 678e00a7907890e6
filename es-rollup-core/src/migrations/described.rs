//! The model in the text of a migration, or in the body of the function that a migration creates for it.

use crate::emit::MODEL_TAG;
use crate::model::Model;

/// The first model in the text.
///
/// # Errors
///
/// A sentence if there is none, or if it cannot be read.
pub fn model_in(text: &str) -> Result<Model, String> {
    let between = text.split_once(MODEL_TAG).and_then(|(_, rest)| rest.split_once(MODEL_TAG));
    // The function's body has the fingerprint first.
    let described = between.and_then(|(body, _)| body.trim().split_once("\"model\":")?.1.strip_suffix('}'));
    Model::read(described.ok_or("its model is missing")?).map_err(|faults| faults.to_string())
}
