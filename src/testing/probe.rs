//! What can be learnt from a value whose traits are not known.

use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// A value whose traits are not known. The compiler finds the methods of [`AsTime`] and [`AsJson`] if the type allows
/// them, and otherwise those of [`NoTime`] and [`NoJson`], which are one reference further away.
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<'value, T>(pub &'value T);

#[doc(hidden)]
pub trait AsTime {
    fn es_nanos(&self) -> Option<i128>;
}

impl<T: Clone + Into<SystemTime>> AsTime for &Probe<'_, T> {
    fn es_nanos(&self) -> Option<i128> {
        let time: SystemTime = self.0.clone().into();
        let nanos = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i128::try_from(since.as_nanos()).ok()?,
            Err(before) => -i128::try_from(before.duration().as_nanos()).ok()?,
        };
        Some(nanos)
    }
}

#[doc(hidden)]
pub trait NoTime {
    fn es_nanos(&self) -> Option<i128> {
        None
    }
}

impl<T> NoTime for Probe<'_, T> {}

#[doc(hidden)]
pub trait AsJson {
    fn es_json(&self) -> Option<String>;
}

impl<T: Serialize> AsJson for &Probe<'_, T> {
    fn es_json(&self) -> Option<String> {
        serde_json::to_string(self.0).ok()
    }
}

#[doc(hidden)]
pub trait NoJson {
    fn es_json(&self) -> Option<String> {
        None
    }
}

impl<T> NoJson for Probe<'_, T> {}

#[doc(hidden)]
pub trait AsEqual<T> {
    fn es_equal(&self, other: &T) -> Option<bool>;
}

impl<T: PartialEq> AsEqual<T> for &Probe<'_, T> {
    fn es_equal(&self, other: &T) -> Option<bool> {
        Some(self.0 == other)
    }
}

#[doc(hidden)]
pub trait NotEqual<T> {
    fn es_equal(&self, _: &T) -> Option<bool> {
        None
    }
}

impl<T> NotEqual<T> for Probe<'_, T> {}

#[doc(hidden)]
pub trait AsShown<T> {
    fn es_shown(&self, other: &T) -> Option<[String; 2]>;
}

impl<T: std::fmt::Debug> AsShown<T> for &Probe<'_, T> {
    fn es_shown(&self, other: &T) -> Option<[String; 2]> {
        Some([format!("{:?}", self.0), format!("{other:?}")])
    }
}

#[doc(hidden)]
pub trait NotShown<T> {
    fn es_shown(&self, _: &T) -> Option<[String; 2]> {
        None
    }
}

impl<T> NotShown<T> for Probe<'_, T> {}
