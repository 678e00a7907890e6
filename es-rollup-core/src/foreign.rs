//! Column types for types that another macro writes, which cannot derive them.

/// Lets a type stand in PostgreSQL as another one, where `#[derive(SqlType)]` cannot be written on it: an id that
/// es-entity's `entity_id!` makes, or any type of this crate that a macro of another crate writes.
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
/// The type must be written as that one by serde, as `#[serde(transparent)]` does, and be `Clone`; that one must be
/// `From<UserId>`. Default, order and equality are taken to be the same, as a newtype's are.
///
/// With `both ways`, the type is also made from that one. A column of time needs it, since it keeps microseconds:
/// `sql_type!(SeenAt as DateTime<Utc>, both ways)`. With `number`, it can be counted with as well:
/// `sql_type!(Cents as i64, number)`.
///
/// A type of another crate cannot have it. Read its fields as a type that is known instead:
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
    fn what_does_not_fit_the_known_type_does_not_fit_the_other() {
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
