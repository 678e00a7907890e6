//! A model from its description, as [`emit::description`](crate::emit::description) writes it.

mod former;
mod meaning;
mod members;
mod parts;
mod references;
mod rules;

use super::Model;
use super::json::Json;
use members::Reader;
use std::fmt;

/// No description is as long as this.
const LONGEST: usize = 4 << 20;

/// Everything that is wrong with a description, one sentence for each fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Faults {}

impl Model {
    /// The model that a description describes: the text of `Rollup::MODEL`, which each migration carries.
    ///
    /// It is the same model as the one from which the description was written, with all texts of its types, and
    /// [`emit`](crate::emit) makes the same SQL of it. So a tool can read what is installed in a database, or what stands
    /// in a migration, without the enum.
    ///
    /// A description is code: the texts of its types go into the emitted SQL as they stand. Emit SQL only from a
    /// description that you trust as you trust a migration.
    ///
    /// # Errors
    ///
    /// Everything that is wrong: text that is not JSON or of another format, members that are missing or unknown, values
    /// of the wrong kind, names that nothing has, everything that [`validate`](Self::validate) refuses, and a fingerprint
    /// that is not that of the model, because the description was changed by hand.
    ///
    /// ```
    /// # use es_rollup_core::{SqlType, model::{Key, Store, Table, Tagging, Trigger, Types, View}};
    /// use es_rollup_core::emit;
    /// use es_rollup_core::model::Model;
    ///
    /// # let mut types = Types::default();
    /// # let id = types.of(i64::SQL);
    /// # let model = Model {
    /// #     event: "UserEvent".into(),
    /// #     types,
    /// #     store: Store::es_entity(Table::parse("user_events"), id),
    /// #     tagging: Tagging::Internal { tag: "type".into() },
    /// #     variants: vec![],
    /// #     trigger: Trigger::Statement,
    /// #     root: View { name: View::ROOT.into(), was: None, table: Table::parse("users"), key: Key::Entity, columns: vec![], rules: vec![], constraints: vec![] },
    /// #     views: vec![],
    /// #     history: None,
    /// #     archive: false,
    /// # };
    /// # let description = emit::text(&model, emit::description(&model));
    /// let model = Model::read(&description)?;
    /// assert_eq!(model.root.table.name, "users");
    /// assert_eq!(emit::text(&model, emit::description(&model)), description);
    ///
    /// let faults = Model::read(&description.replace("\"users\"", "\"people\"")).unwrap_err();
    /// assert!(faults.to_string().contains("changed by hand"));
    /// # Ok::<(), es_rollup_core::model::Faults>(())
    /// ```
    pub fn read(description: &str) -> Result<Self, Faults> {
        if description.len() > LONGEST {
            let length = description.len();
            return Err(Faults(vec![format!(
                "the description is {length} bytes long; at most {LONGEST} are read"
            )]));
        }
        let json: Json = serde_json::from_str(description)
            .map_err(|error| Faults(vec![format!("the description is not JSON: {error}")]))?;
        let mut reader = Reader::default();
        let (model, fingerprint) = reader.description(&json)?;
        if !reader.faults.is_empty() {
            return Err(Faults(reader.faults));
        }
        model.validate().map_err(Faults)?;
        match model.fingerprint() {
            Some(own) if own == fingerprint => Ok(model),
            own => Err(Faults(vec![format!(
                "the fingerprint is {fingerprint:?}, but that of the model is {:?}: the description was changed by hand",
                own.unwrap_or_default()
            )])),
        }
    }
}
