//! Arithmetic that is the same in both folds: exact, or an error.

use crate::SqlType;

/// A number that a counter column can hold: `increment`, `decrement` and `count`.
///
/// Implemented for the integers of the standard library and for the decimals of `rust_decimal` and
/// `bigdecimal`. For a newtype around one, write `#[rollup(number)]` after `#[derive(SqlType)]`. Floats are
/// left out, because their sums depend on the order of the additions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that a counter can hold",
    label = "`increment` and `decrement` need an integer or a decimal",
    note = "for a newtype around one, write `#[rollup(number)]` after `#[derive(es_rollup::SqlType)]` on `{Self}`"
)]
pub trait Number: SqlType + Sized {
    /// Zero, at which a counter begins.
    fn zero() -> Self;

    /// One, which `count` adds.
    fn one() -> Self;

    /// The sum, unless the type cannot hold it exactly.
    fn plus(&self, other: &Self) -> Option<Self>;

    /// The difference, unless the type cannot hold it exactly.
    fn minus(&self, other: &Self) -> Option<Self>;
}

macro_rules! integers {
    ($($rust:ident)*) => {$(
        impl Number for $rust {
            #[inline]
            fn zero() -> Self {
                0
            }

            #[inline]
            fn one() -> Self {
                1
            }

            #[inline]
            fn plus(&self, other: &Self) -> Option<Self> {
                self.checked_add(*other)
            }

            #[inline]
            fn minus(&self, other: &Self) -> Option<Self> {
                self.checked_sub(*other)
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 i128 u8 u16 u32 u64 u128);

// Their columns have 64 bits on every machine. On a 32-bit machine a sum could fit the column but not the Rust type.
#[cfg(target_pointer_width = "64")]
integers!(isize usize);

#[cfg(feature = "bigdecimal")]
impl Number for bigdecimal::BigDecimal {
    fn zero() -> Self {
        Self::from(0)
    }

    fn one() -> Self {
        Self::from(1)
    }

    fn plus(&self, other: &Self) -> Option<Self> {
        Some(self + other).filter(SqlType::fits)
    }

    fn minus(&self, other: &Self) -> Option<Self> {
        Some(self - other).filter(SqlType::fits)
    }
}

#[cfg(feature = "rust_decimal")]
mod decimal {
    use super::Number;
    use rust_decimal::Decimal;

    impl Number for Decimal {
        fn zero() -> Self {
            Self::ZERO
        }

        fn one() -> Self {
            Self::ONE
        }

        fn plus(&self, other: &Self) -> Option<Self> {
            sum(*self, *other)
        }

        fn minus(&self, other: &Self) -> Option<Self> {
            sum(*self, -*other)
        }
    }

    /// The sum with the greater of the two scales, as `numeric` computes it. `Decimal`'s own addition rounds a sum that
    /// does not fit.
    fn sum(one: Decimal, other: Decimal) -> Option<Decimal> {
        let scale = one.scale().max(other.scale());
        // A mantissa has 96 bits, so a value that overflows 127 bits here cannot fit afterwards.
        let at_scale =
            |number: Decimal| 10_i128.checked_pow(scale - number.scale())?.checked_mul(number.mantissa());
        let mantissa = match (at_scale(one), at_scale(other)) {
            (Some(one), Some(other)) => one.checked_add(other)?,
            (None, _) | (_, None) => return None,
        };
        Decimal::try_from_i128_with_scale(mantissa, scale).ok()
    }

    #[cfg(test)]
    mod tests {
        use super::{Decimal, Number};

        #[test]
        fn sums_are_exact_or_refused() {
            let cent = Decimal::new(1, 2);
            assert_eq!(Decimal::MAX.plus(&cent), None);
            assert_eq!(Decimal::MAX.minus(&Decimal::MAX), Some(Decimal::ZERO));
            let tiny = Decimal::new(1, 28);
            assert_eq!(
                Decimal::new(7, 0).plus(&tiny).map(|sum| sum.to_string()).as_deref(),
                Some("7.0000000000000000000000000001")
            );
            assert_eq!(Decimal::new(8, 0).plus(&tiny), None);
        }
    }
}
