//! Maps: entries keep the order in which their keys were first put.

use std::sync::Arc;

use aeth_lang::library::Builtin;
use aeth_lang::library::prelude::ENTRY;

use super::{Library, Run, map, wrong};
use crate::value::measure::ENTRY_UNITS;
use crate::value::{Key, Map, Value};

pub(super) fn call(builtin: Builtin, args: &mut [Value], library: &mut Library<'_>) -> Run<Value> {
    use Builtin as B;
    let length = map(&args[0])?.len();
    match builtin {
        B::MapLen => Ok(Value::Int(length as i64)),
        B::MapGet => Ok(map(&args[0])?.get(&key(&args[1])?).cloned().unwrap_or_default()),
        B::MapHas => Ok(Value::Bool(map(&args[0])?.contains_key(&key(&args[1])?))),
        B::MapKeys => {
            library.meter.alloc_items(length)?;
            Ok(Value::list(map(&args[0])?.keys().map(Key::value).collect()))
        }
        B::MapValues => {
            library.meter.alloc_items(length)?;
            Ok(Value::list(map(&args[0])?.values().cloned().collect()))
        }
        B::MapEntries => {
            library.meter.alloc_items(length * 5)?;
            let entry =
                |(key, value): (&Key, &Value)| Value::record(ENTRY.0, vec![key.value(), value.clone()]);
            Ok(Value::list(map(&args[0])?.iter().map(entry).collect()))
        }
        B::MapPut => {
            let key = key(&args[1])?;
            let value = std::mem::take(&mut args[2]);
            change(&mut args[0], library, |map| map.put(key, value))
        }
        B::MapRemove => {
            let key = key(&args[1])?;
            library.meter.work(length as u64 / 8);
            change(&mut args[0], library, |map| {
                map.shift_remove(&key);
            })
        }
        _ => {
            let more = Arc::clone(map(&args[1])?);
            library.meter.alloc_items(more.len() * 3)?;
            change(&mut args[0], library, |map| {
                map.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
            })
        }
    }
}

fn key(value: &Value) -> Run<Key> {
    Key::of(value).ok_or_else(|| wrong("a map key", value))
}

/// Changes a map, in place if nobody else holds it.
fn change(value: &mut Value, library: &mut Library<'_>, change: impl FnOnce(&mut Map)) -> Run<Value> {
    let mut whole = std::mem::take(value);
    let Value::Map(map) = &mut whole else { return Err(wrong("a map", &whole)) };
    let copied = if Arc::strong_count(map) > 1 { map.len() as u64 } else { 0 };
    library.meter.alloc((copied + 1) * ENTRY_UNITS)?;
    library.meter.work(copied / 8);
    change(Arc::make_mut(map));
    Ok(whole)
}
