//! Values inside JSON: in a field of an event, or in its context.

use crate::{ErrorKind, Refusal};
use serde_core::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The context of an event: what is recorded about it in a separate column.
#[doc(hidden)]
pub type Context = Value;

/// The value at the end of the keys, each of them in an object; `None` if it is absent or null.
///
/// # Errors
///
/// If the value is not of the type.
#[doc(hidden)]
pub fn inside<T: DeserializeOwned>(
    whole: Option<&Value>,
    keys: &[&str],
    column: &'static str,
) -> Result<Option<T>, Refusal> {
    let found = whole.and_then(|whole| keys.iter().try_fold(whole, |value, key| value.get(key)));
    match found {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match T::deserialize(value) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Refusal::column(ErrorKind::WrongValue, column)),
        },
    }
}

/// The same, inside what serde writes for a field.
///
/// # Errors
///
/// If serde cannot write the field, or the value is not of the type.
#[doc(hidden)]
pub fn inside_field<T: DeserializeOwned>(
    field: &impl Serialize,
    keys: &[&str],
    column: &'static str,
) -> Result<Option<T>, Refusal> {
    let Ok(whole) = serde_json::to_value(field) else {
        return Err(Refusal::column(ErrorKind::WrongValue, column));
    };
    inside(Some(&whole), keys, column)
}

/// Reads a field as another type with the same JSON.
///
/// # Errors
///
/// If serde cannot write the field, or what it writes is not of the type.
#[doc(hidden)]
pub fn read_as<T: DeserializeOwned>(field: &impl Serialize, column: &'static str) -> Result<T, Refusal> {
    let wrong = |kind| Refusal::column(kind, column);
    let whole = serde_json::to_value(field).map_err(|_| wrong(ErrorKind::WrongValue))?;
    let kind = if whole.is_null() { ErrorKind::NullValue } else { ErrorKind::WrongValue };
    T::deserialize(whole).map_err(|_| wrong(kind))
}

#[cfg(test)]
mod tests {
    use super::{inside, inside_field, read_as};
    use serde_json::json;

    #[test]
    fn keys_lead_into_objects_and_nothing_else() {
        let whole = json!({"a": {"b": 7}, "list": [1], "none": null});
        let read = |keys: &[&str]| inside::<i64>(Some(&whole), keys, "c").map_err(|_| ());
        assert_eq!(read(&["a", "b"]), Ok(Some(7)));
        assert_eq!(read(&["a", "c"]), Ok(None));
        assert_eq!(read(&["a", "b", "c"]), Ok(None));
        assert_eq!(read(&["list", "0"]), Ok(None));
        assert_eq!(read(&["none"]), Ok(None));
        assert_eq!(read(&["list"]), Err(()));
        assert_eq!(inside::<i64>(None, &[], "c").map_err(|_| ()), Ok(None));
    }

    #[test]
    fn a_field_of_another_type_is_read_as_what_serde_writes() {
        assert_eq!(read_as::<i64>(&json!(7), "c").map_err(|_| ()), Ok(7));
        assert_eq!(read_as::<Option<i64>>(&json!(null), "c").map_err(|_| ()), Ok(None));
        assert_eq!(read_as::<i64>(&json!("7"), "c").map_err(|_| ()), Err(()));
        assert_eq!(read_as::<i64>(&json!(null), "c").map_err(|_| ()), Err(()));
    }

    #[test]
    fn a_field_is_read_as_serde_writes_it() {
        let field = Some(json!({"city": "Zug"}));
        assert_eq!(inside_field::<String>(&field, &["city"], "c").map_err(|_| ()), Ok(Some("Zug".into())));
    }
}
