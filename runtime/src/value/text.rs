//! What `{x}` shows: the JSON form without quotes where that is a string, compact JSON else.

use aeth_lang::bytecode::Module;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Key, Unit, Value, json, time};

/// What `{x}` shows of a value; `None` if it is longer than `limit` bytes.
#[must_use]
pub fn text(value: &Value, module: &Module, limit: usize) -> Option<String> {
    match scalar(value, module) {
        Some((text, _)) => (text.len() <= limit).then_some(text),
        None => json::encode_within(value, module, limit),
    }
}

/// The text of a value that is not composed, and whether it stands in quotes in JSON.
pub(super) fn scalar(value: &Value, module: &Module) -> Option<(String, bool)> {
    Some(match value {
        Value::Null => ("null".into(), false),
        Value::Bool(bool) => (bool.to_string(), false),
        Value::Int(int) => (int.to_string(), false),
        Value::Float(value) => (float(*value), false),
        Value::Number(number) => (number.as_str().into(), false),
        Value::Duration(ms) => (time::duration(*ms), true),
        Value::Timestamp(ms) => (time::timestamp(*ms), true),
        Value::Unit(value) => (unit(*value, module).into(), true),
        Value::Decimal(decimal) => (decimal.to_string(), true),
        Value::Text(text) => (text.as_str().into(), true),
        Value::Bytes(bytes) => (STANDARD.encode(bytes.as_slice()), true),
        Value::Closure(_) => ("<function>".into(), true),
        Value::Sealed(parts) => (parts.iter().map(sealed).collect(), true),
        Value::List(_) | Value::Map(_) | Value::Tuple(_) | Value::Record(_) | Value::Variant(_) => {
            return None;
        }
    })
}

/// Secrets by name only: their text is known to hosts alone.
fn sealed(part: &super::SealedPart) -> String {
    match part {
        super::SealedPart::Text(text) => text.clone(),
        super::SealedPart::Secret(name) => format!("[secret {name}]"),
    }
}

/// The shortest text that reads back, always with `.` or `e`.
#[must_use]
pub fn float(float: f64) -> String {
    format!("{float:?}")
}

/// The name of a payload-free enum value.
#[must_use]
pub fn unit(unit: Unit, module: &Module) -> &str {
    let variants = module.enums.get(unit.ty as usize).map(|ty| ty.variants.as_slice());
    variants
        .and_then(|variants| variants.get(unit.variant as usize))
        .map_or("?", |variant| variant.name.as_str())
}

/// The canonical text of a map key, as it stands in JSON.
#[must_use]
pub fn key(key: &Key, module: &Module) -> String {
    match key {
        Key::Bool(bool) => bool.to_string(),
        Key::Int(int) => int.to_string(),
        Key::Unit(value) => unit(*value, module).to_owned(),
        Key::Text(text) => text.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_back_and_never_look_like_ints() {
        for (value, expected) in [
            (1.0, "1.0"),
            (-0.5, "-0.5"),
            (1e300, "1e300"),
            (1e-7, "1e-7"),
            (123_456.789, "123456.789"),
            (0.1 + 0.2, "0.30000000000000004"),
        ] {
            assert_eq!(float(value), expected);
            assert_eq!(expected.parse::<f64>().map(f64::to_bits), Ok(value.to_bits()));
        }
    }

    #[test]
    fn what_has_a_string_as_json_form_stands_without_quotes() {
        let module = Module::default();
        let shown = |value: &Value| text(value, &module, 1_000);
        for (value, expected) in [
            (Value::text("a\"b"), "a\"b"),
            (Value::Duration(1500), "PT1.5S"),
            (Value::Timestamp(0), "1970-01-01T00:00:00Z"),
            (Value::Bytes(vec![1, 2, 3].into()), "AQID"),
            (Value::list(vec![Value::text("a"), Value::Float(1.0), Value::Null]), "[\"a\",1.0,null]"),
            (Value::Bool(true), "true"),
        ] {
            assert_eq!(shown(&value).as_deref(), Some(expected));
        }
        assert_eq!(text(&Value::text("abcdef"), &module, 3), None);
    }
}
