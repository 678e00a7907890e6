//! Checks that SQL can be emitted from a model.
//!
//! The derive reports most faults earlier, with the span of the source. This check is for models from other sources,
//! and it is the last one before SQL is emitted.

mod events;
mod faults;
mod former;
mod rollup;
mod types;
mod views;

pub use faults::LONGEST_NAME;

use super::Model;
use faults::Faults;

impl Model {
    /// Checks whether SQL can be emitted from the model.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, one sentence for each fault.
    ///
    /// ```
    /// # use es_rollup_core::{SqlType, model::{Key, Model, Store, Table, Tagging, Trigger, Types, View}};
    /// let mut types = Types::default();
    /// let id = types.of(i64::SQL);
    /// let mut model = Model {
    ///     event: "UserEvent".into(),
    ///     types,
    ///     store: Store::es_entity(Table::parse("user_events"), id),
    ///     tagging: Tagging::Internal { tag: "type".into() },
    ///     variants: vec![],
    ///     trigger: Trigger::Statement,
    ///     root: View {
    ///         name: View::ROOT.into(),
    ///         was: None,
    ///         table: Table::parse("users"),
    ///         key: Key::Entity,
    ///         columns: vec![],
    ///         rules: vec![],
    ///         constraints: vec![],
    ///     },
    ///     views: vec![],
    ///     history: None,
    ///     archive: false,
    /// };
    /// assert_eq!(model.validate(), Ok(()));
    ///
    /// model.store.payload = "event\n".into();
    /// let faults = model.validate().unwrap_err();
    /// assert_eq!(faults, [r#"the event table's column "event\n" contains a control character"#]);
    /// ```
    pub fn validate(&self) -> Result<(), Vec<String>> {
        let mut faults = Faults(Vec::new());
        faults.text("the enum's name", &self.event);
        faults.types(self);
        faults.store(self);
        faults.tagging(&self.tagging);
        faults.variants(self);
        faults.view(self, &self.root);
        faults.views(self);
        faults.former(self);
        if faults.0.is_empty() { Ok(()) } else { Err(faults.0) }
    }
}
