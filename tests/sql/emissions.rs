//! Everything that the derive emits, as values that tests can iterate over.

use es_rollup::{Rollup, SqlType};

use crate::again;
use crate::enums::{CartEvent, FaultEvent, HoldingEvent, MeterReadingEvent, PurseEvent};
use crate::fixtures::{
    AccountEvent, DocumentEvent, LedgerEvent, LedgerRowEvent, MemberEvent, ParcelEvent, ParcelRowEvent,
    ProfileEvent, SensorEvent, UserEvent,
};

/// Everything that is emitted for one enum.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Emission {
    pub(crate) name: &'static str,
    pub(crate) event_table: &'static str,
    pub(crate) rollup_table: &'static str,
    pub(crate) views: &'static [(&'static str, &'static str)],
    pub(crate) id_type: &'static str,
    pub(crate) migration: &'static str,
    pub(crate) revert: &'static str,
    pub(crate) state: &'static str,
    pub(crate) explanation: &'static str,
    pub(crate) model: &'static str,
}

impl Emission {
    fn of<E: Rollup>(name: &'static str) -> Self
    where
        E::Id: SqlType,
    {
        // Every id here has a type whose name is a single fragment.
        let es_rollup::__private::Sql::Text(id_type) = E::Id::SQL.name else {
            panic!("the name of the id type of {name} is not a single fragment");
        };
        Self {
            name,
            event_table: E::EVENT_TABLE,
            rollup_table: E::ROLLUP_TABLE,
            views: E::VIEWS,
            id_type,
            migration: E::MIGRATION_SQL,
            revert: E::REVERT_SQL,
            state: E::STATE_SQL,
            explanation: E::EXPLANATION,
            model: E::MODEL,
        }
    }

    /// The schemas that must exist, quoted.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = &'static str> {
        let views = self.views.iter().map(|(_, table)| *table);
        [self.event_table, self.rollup_table].into_iter().chain(views).map(|table| {
            let (schema, _) = table.split_once("\".\"").expect("tables are quoted and qualified");
            &schema[1..]
        })
    }
}

/// What is emitted for every enum of these tests.
pub(crate) fn emissions() -> [Emission; 15] {
    [
        Emission::of::<UserEvent>("user"),
        Emission::of::<AccountEvent>("account"),
        Emission::of::<SensorEvent>("sensor"),
        Emission::of::<LedgerEvent>("ledger"),
        Emission::of::<LedgerRowEvent>("ledger_row"),
        Emission::of::<DocumentEvent>("document"),
        Emission::of::<MemberEvent>("member"),
        Emission::of::<ProfileEvent>("profile"),
        Emission::of::<HoldingEvent>("holding"),
        Emission::of::<FaultEvent>("fault"),
        Emission::of::<MeterReadingEvent>("meter_reading"),
        Emission::of::<CartEvent>("cart"),
        Emission::of::<PurseEvent>("purse"),
        Emission::of::<ParcelEvent>("parcel"),
        Emission::of::<ParcelRowEvent>("parcel_row"),
    ]
}

/// The same, from derives that ran a second time.
pub(crate) fn emissions_again() -> [Emission; 15] {
    [
        Emission::of::<again::fixtures::UserEvent>("user"),
        Emission::of::<again::fixtures::AccountEvent>("account"),
        Emission::of::<again::fixtures::SensorEvent>("sensor"),
        Emission::of::<again::fixtures::LedgerEvent>("ledger"),
        Emission::of::<again::fixtures::LedgerRowEvent>("ledger_row"),
        Emission::of::<again::fixtures::DocumentEvent>("document"),
        Emission::of::<again::fixtures::MemberEvent>("member"),
        Emission::of::<again::fixtures::ProfileEvent>("profile"),
        Emission::of::<again::enums::HoldingEvent>("holding"),
        Emission::of::<again::enums::FaultEvent>("fault"),
        Emission::of::<again::enums::MeterReadingEvent>("meter_reading"),
        Emission::of::<again::enums::CartEvent>("cart"),
        Emission::of::<again::enums::PurseEvent>("purse"),
        Emission::of::<again::fixtures::ParcelEvent>("parcel"),
        Emission::of::<again::fixtures::ParcelRowEvent>("parcel_row"),
    ]
}
