//! Column types for types that another macro generates, and that therefore cannot derive them.

/// Gives a type the column type of another one if `#[derive(SqlType)]` cannot be written on it: an id that es-entity's
/// `entity_id!` generates, or any type of your crate that a macro of another crate generates.
///
/// ```
/// use es_rollup_core::{SqlType, sql_type};
/// # mod made_elsewhere {
/// #     #[derive(Clone)]
/// #     pub struct UserId(i64);
/// #     impl From<UserId> for i64 {
/// #         fn from(id: UserId) -> i64 {
/// #             id.0
/// #         }
/// #     }
/// # }
/// # use made_elsewhere::UserId;
///
/// sql_type!(UserId as i64);
///
/// assert_eq!(UserId::SQL.name.to_string(), "bigint");
/// ```
///
/// serde must write the type as it writes the other one, as with `#[serde(transparent)]`. The type must be `Clone`, and
/// the other one `From<UserId>`. Default, order and equality are taken to be the same, as those of a newtype are.
///
/// With `both ways`, the type is also created from the other one. A column of times needs it, since it keeps
/// microseconds: `sql_type!(SeenAt as DateTime<Utc>, both ways)`. With `number`, a counter can have the type as well:
/// `sql_type!(Cents as i64, number)`.
///
/// It cannot be used for a type of another crate. Instead, read its fields as a type that has a column type:
/// `#[rollup(set, as = Uuid)]`.
#[macro_export]
macro_rules! sql_type {
    ($ty:ty as $known:ty $(,)?) => {
        $crate::sql_type!(@implement $ty, $known, {});
    };
    ($ty:ty as $known:ty, both ways $(,)?) => {
        $crate::sql_type!(@implement $ty, $known, {
            #[inline]
            fn keep(&mut self) {
                if <$known as $crate::SqlType>::SQL.changes {
                    let mut known = <$known as ::core::convert::From<Self>>::from(::core::clone::Clone::clone(self));
                    $crate::SqlType::keep(&mut known);
                    *self = ::core::convert::From::from(known);
                }
            }
        });
    };
    ($ty:ty as $known:ty, number $(,)?) => {
        $crate::sql_type!($ty as $known, both ways);

        impl $crate::Number for $ty {
            #[inline]
            fn zero() -> Self {
                ::core::convert::From::from(<$known as $crate::Number>::zero())
            }
            #[inline]
            fn one() -> Self {
                ::core::convert::From::from(<$known as $crate::Number>::one())
            }
            #[inline]
            fn plus(&self, other: &Self) -> ::core::option::Option<Self> {
                let known = |value: &Self| <$known as ::core::convert::From<Self>>::from(::core::clone::Clone::clone(value));
                $crate::Number::plus(&known(self), &known(other)).map(::core::convert::From::from)
            }
            #[inline]
            fn minus(&self, other: &Self) -> ::core::option::Option<Self> {
                let known = |value: &Self| <$known as ::core::convert::From<Self>>::from(::core::clone::Clone::clone(value));
                $crate::Number::minus(&known(self), &known(other)).map(::core::convert::From::from)
            }
        }
    };
    (@implement $ty:ty, $known:ty, { $($keep:tt)* }) => {
        impl $crate::SqlType for $ty {
            const SQL: $crate::TypeInfo = $crate::TypeInfo {
                list: ::core::option::Option::None,
                ..<$known as $crate::SqlType>::SQL
            };

            #[inline]
            fn fits(&self) -> ::core::primitive::bool {
                $crate::SqlType::fits(&<$known as ::core::convert::From<Self>>::from(::core::clone::Clone::clone(self)))
            }

            #[inline]
            fn is_null(&self) -> ::core::primitive::bool {
                $crate::SqlType::is_null(&<$known as ::core::convert::From<Self>>::from(::core::clone::Clone::clone(self)))
            }

            $($keep)*
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::{Number, SqlType};

    #[derive(Clone, Debug, PartialEq)]
    struct Share(f64);

    impl From<Share> for f64 {
        fn from(share: Share) -> Self {
            share.0
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    struct Cents(i64);

    impl From<Cents> for i64 {
        fn from(cents: Cents) -> Self {
            cents.0
        }
    }

    impl From<i64> for Cents {
        fn from(cents: i64) -> Self {
            Self(cents)
        }
    }

    sql_type!(Share as f64);
    sql_type!(Cents as i64, number);

    #[test]
    fn a_value_that_does_not_fit_the_known_type_does_not_fit_the_other() {
        assert!(Share(1.5).fits() && !Share(1.5).is_null());
        assert!(!Share(f64::INFINITY).fits() && Share(f64::NAN).is_null());
    }

    #[test]
    fn a_number_counts_as_the_known_type_does() {
        assert_eq!(Cents::zero().plus(&Cents::one()), Some(Cents(1)));
        assert_eq!(Cents(i64::MAX).plus(&Cents(1)), None);
        assert_eq!(Cents(3).minus(&Cents(5)), Some(Cents(-2)));
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn a_time_loses_what_the_known_type_loses() {
        use chrono::{DateTime, Utc};

        #[derive(Clone, Debug, PartialEq)]
        struct SeenAt(DateTime<Utc>);

        impl From<SeenAt> for DateTime<Utc> {
            fn from(seen: SeenAt) -> Self {
                seen.0
            }
        }

        impl From<DateTime<Utc>> for SeenAt {
            fn from(time: DateTime<Utc>) -> Self {
                Self(time)
            }
        }

        sql_type!(SeenAt as DateTime<Utc>, both ways);
        let mut seen = SeenAt(DateTime::from_timestamp_nanos(1_999));
        seen.keep();
        assert_eq!(seen, SeenAt(DateTime::from_timestamp_nanos(1_000)));
    }
}
