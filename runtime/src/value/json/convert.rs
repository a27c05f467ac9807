//! Values to `Json` values: what `value as Json` gives.

use std::sync::Arc;

use aeth_lang::bytecode::Module;

use super::encode::member;
use crate::limits::JSON_DEPTH;
use crate::value::{Error, ErrorKind, Key, Map, Value, text};

/// The JSON form of a value as a `Json`. `budget` goes down by one for each value in it.
///
/// # Errors
/// Kind Limit if it is larger than the budget or nests too deep.
pub fn to_json(value: &Value, module: &Module, budget: &mut u64) -> Result<Value, Error> {
    convert(value, module, budget, 0)
}

fn convert(value: &Value, module: &Module, budget: &mut u64, depth: usize) -> Result<Value, Error> {
    if depth > JSON_DEPTH {
        let message = format!("the value nests deeper than the {JSON_DEPTH} levels that JSON may have");
        return Err(Error::new(ErrorKind::Limit, message));
    }
    let too_large =
        || Error::new(ErrorKind::Limit, "the value's JSON form is larger than the limit `heap` allows");
    *budget = budget.checked_sub(1).ok_or_else(too_large)?;
    let mut inner = |value: &Value| convert(value, module, budget, depth + 1);
    Ok(match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Text(_) => value.clone(),
        Value::Float(float) => Value::Number(Arc::new(text::float(*float))),
        Value::List(items) | Value::Tuple(items) => {
            Value::list(items.iter().map(inner).collect::<Result<_, _>>()?)
        }
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| Ok((member(key, module), inner(value)?)));
            Value::map(entries.collect::<Result<Map, Error>>()?)
        }
        Value::Record(record) => {
            let names = module.records.get(record.ty as usize).map_or(&[][..], |ty| &ty.fields);
            let fields = names.iter().zip(&record.fields);
            let entries = fields.map(|(field, value)| Ok((Key::from(field.json.as_str()), inner(value)?)));
            Value::map(entries.collect::<Result<Map, Error>>()?)
        }
        Value::Variant(variant) => {
            let ty = module.enums.get(variant.ty as usize);
            let ty = ty.and_then(|ty| ty.variants.get(variant.variant as usize));
            let (name, names) = ty.map_or(("?", &[][..]), |ty| (ty.name.as_str(), &ty.fields));
            let fields = names.iter().zip(&variant.fields);
            let entries = fields.map(|(field, value)| Ok((Key::from(field.json.as_str()), inner(value)?)));
            let payload = Value::map(entries.collect::<Result<Map, Error>>()?);
            Value::map(Map::from_iter([(Key::from(name), payload)]))
        }
        scalar => match text::scalar(scalar, module) {
            Some((text, _)) => Value::text(text),
            None => Value::Null,
        },
    })
}
