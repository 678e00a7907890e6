//! How a recorded time is written for serde, whatever type an enum has for it.

use std::marker::PhantomData;

use crate::sql::Sql;
use crate::template::Filling;
use crate::{SqlType, TypeInfo};

/// The type of recorded times. The compiler finds its own constant if the type has a column type, and else that of
/// [`PlainTime`].
#[derive(Debug)]
pub struct RecordedTime<T>(PhantomData<T>);

impl<T: SqlType> RecordedTime<T> {
    /// What the type puts into SQL.
    pub const FILLING: Filling = T::FILLING;
}

/// A type without a column type. `to_jsonb` writes its values.
pub trait PlainTime {
    /// What the type puts into SQL.
    const FILLING: Filling = Filling::new(&TypeInfo::BARE, Sql::Text(""), Sql::Text("\"\""));
}

impl<T> PlainTime for RecordedTime<T> {}

#[cfg(test)]
mod tests {
    use super::{PlainTime as _, RecordedTime};
    use crate::model::Part;

    #[test]
    fn a_type_of_times_need_not_have_a_column_type() {
        assert_eq!(RecordedTime::<i64>::FILLING.part(Part::Name).to_string(), "bigint");
        assert_eq!(RecordedTime::<std::time::SystemTime>::FILLING.part(Part::Name).to_string(), "");
    }
}
