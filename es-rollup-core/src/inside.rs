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
    match found(whole, keys) {
        None => Ok(None),
        Some(value) => match T::deserialize(value) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Refusal::column(ErrorKind::WrongValue, column)),
        },
    }
}

/// What is at the end of the keys, unless it is null.
fn found<'v>(whole: Option<&'v Value>, keys: &[&str]) -> Option<&'v Value> {
    let found = whole.and_then(|whole| keys.iter().try_fold(whole, |value, key| value.get(key)));
    found.filter(|value| !value.is_null())
}

/// The values of a list at the end of the keys; `None` if it is absent or null.
///
/// # Errors
///
/// If it is not a list, or an element is not of the type; a null element is told from a wrong one, as in the database.
#[doc(hidden)]
#[inline]
pub fn inside_each<T: DeserializeOwned>(
    whole: Option<&Value>,
    keys: &[&str],
    column: &'static str,
) -> Result<Option<Vec<T>>, Refusal> {
    found(whole, keys).map(|value| each(value, column)).transpose()
}

/// Reads a list element by element.
fn each<T: DeserializeOwned>(value: &Value, column: &'static str) -> Result<Vec<T>, Refusal> {
    let Value::Array(elements) = value else {
        return Err(Refusal::column(ErrorKind::WrongValue, column));
    };
    let read = |element: &Value| {
        let kind = if element.is_null() { ErrorKind::NullValue } else { ErrorKind::WrongValue };
        T::deserialize(element).map_err(|_| Refusal::column(kind, column))
    };
    elements.iter().map(read).collect()
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
    inside(Some(&written(field, column)?), keys, column)
}

/// The same for a list inside what serde writes for a field.
///
/// # Errors
///
/// If serde cannot write the field, or as for [`inside_each`].
#[doc(hidden)]
pub fn inside_field_each<T: DeserializeOwned>(
    field: &impl Serialize,
    keys: &[&str],
    column: &'static str,
) -> Result<Option<Vec<T>>, Refusal> {
    inside_each(Some(&written(field, column)?), keys, column)
}

/// What serde writes for a field.
fn written(field: &impl Serialize, column: &'static str) -> Result<Value, Refusal> {
    serde_json::to_value(field).map_err(|_| Refusal::column(ErrorKind::WrongValue, column))
}

/// Reads a field as another type with the same JSON.
///
/// # Errors
///
/// If serde cannot write the field, or what it writes is not of the type.
#[doc(hidden)]
pub fn read_as<T: DeserializeOwned>(field: &impl Serialize, column: &'static str) -> Result<T, Refusal> {
    let whole = written(field, column)?;
    let kind = if whole.is_null() { ErrorKind::NullValue } else { ErrorKind::WrongValue };
    T::deserialize(whole).map_err(|_| Refusal::column(kind, column))
}

/// Reads a field as a list of another type with the same JSON.
///
/// # Errors
///
/// If serde cannot write the field, or what it writes is not a list of the type.
#[doc(hidden)]
pub fn read_as_each<T: DeserializeOwned>(
    field: &impl Serialize,
    column: &'static str,
) -> Result<Vec<T>, Refusal> {
    read_as_each_optional(field, column)?.ok_or_else(|| Refusal::column(ErrorKind::NullValue, column))
}

/// The same for an `Option`; `None` is null.
///
/// # Errors
///
/// As for [`read_as_each`].
#[doc(hidden)]
pub fn read_as_each_optional<T: DeserializeOwned>(
    field: &impl Serialize,
    column: &'static str,
) -> Result<Option<Vec<T>>, Refusal> {
    let whole = written(field, column)?;
    if whole.is_null() { Ok(None) } else { each(&whole, column).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::{
        inside, inside_each, inside_field, inside_field_each, read_as, read_as_each, read_as_each_optional,
    };
    use crate::ErrorKind;
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
    fn a_null_in_a_list_is_told_from_a_wrong_value() {
        let read = |list| {
            let whole = json!({"list": list});
            let in_field = inside_field_each::<i64>(&whole, &["list"], "c").map_err(|refusal| refusal.kind);
            let read = inside_each::<i64>(Some(&whole), &["list"], "c").map_err(|refusal| refusal.kind);
            assert_eq!(read, in_field);
            let optional = read_as_each_optional::<i64>(&whole["list"], "c").map_err(|refusal| refusal.kind);
            assert_eq!(read, optional);
            let read_as = read_as_each::<i64>(&whole["list"], "c").map_err(|refusal| refusal.kind);
            assert_eq!(read_as, optional.and_then(|values| values.ok_or(ErrorKind::NullValue)));
            read
        };
        assert_eq!(read(json!([1, 2])), Ok(Some(vec![1, 2])));
        assert_eq!(read(json!(null)), Ok(None));
        assert_eq!(read(json!([1, null, "x"])), Err(ErrorKind::NullValue));
        assert_eq!(read(json!([1, "x", null])), Err(ErrorKind::WrongValue));
        assert_eq!(read(json!({})), Err(ErrorKind::WrongValue));
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
