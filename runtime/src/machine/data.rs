//! Instructions on data: text, lists, maps, tuples, JSON, records, enum values, errors, function values.

use std::fmt::Write;
use std::sync::Arc;

use aeth_lang::bytecode::Instr;
use aeth_lang::bytecode::module::JsonKind;
use aeth_lang::ids::ShapeId;

use super::exec::Library;
use super::fault::{Fault, Run};
use crate::value::equal::equal;
use crate::value::measure::ENTRY_UNITS;
use crate::value::order::{Order, order};
use crate::value::{
    Closure, Error, ErrorKind, Key, Map, SealedPart, Unit, Value, Variant, decimal, json, text,
};

/// Carries out an instruction that is not in the loop itself.
#[inline(never)]
pub(crate) fn perform(instr: Instr, regs: &mut [Value], library: &mut Library<'_>) -> Run<()> {
    let module = &library.program.module;
    let malformed = || Fault::internal(format_args!("{instr:?} on values of other types"));
    let (d, value) = match instr {
        Instr::Eq { d, a, b } => {
            let (a, b) = (&regs[a as usize], &regs[b as usize]);
            (d, Value::Bool(library.meter.bounded(|left| equal(a, b, left))?))
        }
        Instr::Lt { d, a, b } => {
            let ordering = compare(&regs[a as usize], &regs[b as usize], library)?;
            (d, Value::Bool(ordering.is_lt()))
        }
        Instr::Le { d, a, b } => {
            let ordering = compare(&regs[a as usize], &regs[b as usize], library)?;
            (d, Value::Bool(ordering.is_le()))
        }
        Instr::Concat { d, first, n } => {
            let parts = &mut regs[first as usize..first as usize + n as usize];
            let whole = concat(parts, library);
            parts.fill(Value::Null);
            (d, whole?)
        }
        Instr::Seal { d, first, n } => (d, seal(&take(regs, first, n as usize), library)?),
        Instr::Secret { d, k } => {
            let name = library.program.constants[k as usize].as_text().ok_or_else(malformed)?;
            (d, Value::Sealed(Arc::new(vec![SealedPart::Secret(name.into())])))
        }
        Instr::List { d, first, n } => {
            library.meter.alloc_items(n as usize)?;
            (d, Value::list(take(regs, first, n as usize)))
        }
        Instr::Tuple { d, first, n } => {
            library.meter.alloc_items(n as usize)?;
            (d, Value::tuple(take(regs, first, n as usize)))
        }
        Instr::Map { d, first, n } => {
            library.meter.alloc_items(n as usize * 3)?;
            let mut map = Map::with_capacity(n as usize);
            let mut parts = take(regs, first, n as usize * 2).into_iter();
            while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
                map.put(Key::from_value(key).ok_or_else(malformed)?, value);
            }
            (d, Value::map(map))
        }
        Instr::Extend { d, s } => {
            let Value::List(more) = &regs[s as usize] else { return Err(malformed()) };
            let more = Arc::clone(more);
            let Value::List(items) = &mut regs[d as usize] else { return Err(malformed()) };
            unshare(items, items.len(), library)?;
            library.meter.alloc_items(more.len())?;
            Arc::make_mut(items).extend(more.iter().cloned());
            return Ok(());
        }
        Instr::Put { d, k, v } => {
            let key = Key::of(&regs[k as usize]).ok_or_else(malformed)?;
            let value = regs[v as usize].clone();
            let Value::Map(map) = &mut regs[d as usize] else { return Err(malformed()) };
            unshare(map, map.len() * 3, library)?;
            library.meter.alloc(ENTRY_UNITS)?;
            Arc::make_mut(map).put(key, value);
            return Ok(());
        }
        Instr::Merge { d, s } => {
            let Value::Map(more) = &regs[s as usize] else {
                let what = json_what(&regs[s as usize]);
                return Err(Fault::new(
                    ErrorKind::Decode,
                    format!("expected an object to spread, found {what}"),
                ));
            };
            let more = Arc::clone(more);
            let Value::Map(map) = &mut regs[d as usize] else { return Err(malformed()) };
            unshare(map, map.len() * 3, library)?;
            library.meter.alloc_items(more.len() * 3)?;
            Arc::make_mut(map).extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
            return Ok(());
        }
        Instr::Entry { d, a, b } => {
            let Value::Map(map) = &regs[a as usize] else { return Err(malformed()) };
            let key = Key::of(&regs[b as usize]).ok_or_else(malformed)?;
            (d, map.get(&key).ok_or_else(|| no_entry(&key, library))?.clone())
        }
        Instr::ToJson { d, a } => (d, to_json(&regs[a as usize], library)?),
        Instr::Decode { d, a, shape } => {
            let json = to_json(&regs[a as usize], library)?;
            (d, json::from_json(&json, ShapeId(shape), library.program.types())?)
        }
        Instr::JsonField { d, a, b } => {
            let name = Key::of(&regs[b as usize]).ok_or_else(malformed)?;
            let found = if let Value::Map(map) = &regs[a as usize] { map.get(&name).cloned() } else { None };
            (d, found.unwrap_or_default())
        }
        Instr::JsonIndex { d, a, b } => (d, json_index(&regs[a as usize], &regs[b as usize], library)?),
        Instr::JsonPayload { d, a } => (d, json_payload(&regs[a as usize])?),
        Instr::Record { d, first, ty } => {
            let fields = module.records.get(ty as usize).ok_or_else(malformed)?.fields.len();
            library.meter.alloc_items(fields)?;
            (d, Value::record(ty, take(regs, first, fields)))
        }
        Instr::SetField { d, n, s } => {
            let value = regs[s as usize].clone();
            let Value::Record(record) = &mut regs[d as usize] else { return Err(malformed()) };
            unshare(record, record.fields.len(), library)?;
            *Arc::make_mut(record).fields.get_mut(n as usize).ok_or_else(malformed)? = value;
            return Ok(());
        }
        Instr::Variant { d, first, v } => {
            let &(ty, variant) = module.variants.get(v as usize).ok_or_else(malformed)?;
            let declared = module.enums.get(ty as usize).and_then(|ty| ty.variants.get(variant as usize));
            let fields = declared.ok_or_else(malformed)?.fields.len();
            let value = if fields == 0 {
                Value::Unit(Unit { ty, variant })
            } else {
                library.meter.alloc_items(fields)?;
                Value::Variant(Arc::new(Variant { ty, variant, fields: take(regs, first, fields).into() }))
            };
            (d, value)
        }
        Instr::Closure { d, f, first } => {
            let captures = module.functions.get(f as usize).ok_or_else(malformed)?.captures as usize;
            library.meter.alloc_items(captures)?;
            let captures = take(regs, first, captures).into();
            (d, Value::Closure(Arc::new(Closure { function: f, captures })))
        }
        Instr::Fail { s } => {
            let error = Error::from_value(&regs[s as usize]).ok_or_else(malformed)?;
            return Err(error.into());
        }
        Instr::Error { d, s, kind } => {
            let kind = if kind == 1 { ErrorKind::Assertion } else { ErrorKind::Failed };
            let message = regs[s as usize].as_text().ok_or_else(malformed)?;
            library.meter.alloc_items(5)?;
            (d, Error::new(kind, message).to_value())
        }
        _ => return Err(malformed()),
    };
    regs[d as usize] = value;
    Ok(())
}

/// Takes a run of registers, which are null afterwards.
fn take(regs: &mut [Value], first: u16, n: usize) -> Vec<Value> {
    regs[first as usize..first as usize + n].iter_mut().map(std::mem::take).collect()
}

/// Charges for the copy that a change of something shared makes.
pub(crate) fn unshare<T>(arc: &Arc<T>, items: usize, library: &mut Library<'_>) -> Run<()> {
    if Arc::strong_count(arc) > 1 {
        library.meter.alloc_items(items)?;
    }
    Ok(())
}

/// Compares two values of an ordered type within the steps that are left.
pub(crate) fn compare(a: &Value, b: &Value, library: &mut Library<'_>) -> Run<std::cmp::Ordering> {
    let found = library.meter.bounded(|left| match order(a, b, left) {
        Order::Exhausted => None,
        found => Some(found),
    })?;
    match found {
        Order::Is(ordering) => Ok(ordering),
        _ => Err(Fault::internal(format_args!("{} and {} have no order", a.what(), b.what()))),
    }
}

/// What `{x}` shows of a value, charged to the heap.
pub(crate) fn shown(value: &Value, library: &mut Library<'_>) -> Run<String> {
    let shown = text::text(value, &library.program.module, library.meter.text_limit());
    let shown = shown.ok_or_else(|| library.meter.heap_limit())?;
    library.meter.alloc_text(shown.len())?;
    Ok(shown)
}

/// The text forms of values, joined. A first text that nobody else holds grows in place, so that a text built in a
/// loop costs its length, not its square.
fn concat(parts: &mut [Value], library: &mut Library<'_>) -> Run<Value> {
    let Some((first, rest)) = parts.split_first_mut() else { return Ok(Value::text("")) };
    let length = |part: &Value| part.as_text().map_or(NUMBER, str::len);
    let more: usize = rest.iter().map(length).sum();
    if let Value::Text(text) = first
        && let Some(own) = Arc::get_mut(text)
    {
        library.meter.alloc_text(more)?;
        for part in rest {
            append(own, part, library)?;
        }
        return Ok(std::mem::take(first));
    }
    let whole = length(first) + more;
    library.meter.alloc_text(whole)?;
    let mut text = String::with_capacity(whole);
    for part in std::iter::once(first).chain(rest) {
        append(&mut text, part, library)?;
    }
    Ok(Value::text(text))
}

/// What a number is taken to be long, before it is written.
const NUMBER: usize = 8;

fn append(text: &mut String, part: &Value, library: &mut Library<'_>) -> Run<()> {
    match part {
        Value::Text(part) => text.push_str(part),
        Value::Int(int) => {
            // writing to a String does not fail
            let _ = write!(text, "{int}");
        }
        other => {
            let shown = shown(other, library)?;
            library.meter.alloc_text(shown.len())?;
            text.push_str(&shown);
        }
    }
    Ok(())
}

/// Sealed text of parts: neighbouring text becomes one part.
fn seal(values: &[Value], library: &mut Library<'_>) -> Run<Value> {
    let mut parts: Vec<SealedPart> = Vec::new();
    let mut add = |part: SealedPart| match (parts.last_mut(), part) {
        (Some(SealedPart::Text(before)), SealedPart::Text(more)) => before.push_str(&more),
        (_, part) => parts.push(part),
    };
    for value in values {
        match value {
            Value::Sealed(inner) => inner.iter().cloned().for_each(&mut add),
            other => add(SealedPart::Text(shown(other, library)?)),
        }
    }
    library.meter.alloc_items(parts.len())?;
    Ok(Value::Sealed(Arc::new(parts)))
}

/// The JSON form of a value as a Json, charged to the heap.
pub(crate) fn to_json(value: &Value, library: &mut Library<'_>) -> Run<Value> {
    if matches!(value, Value::Null | Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Text(_)) {
        return Ok(value.clone());
    }
    let allowed = library.meter.limits().heap;
    let mut left = allowed;
    let json = json::to_json(value, &library.program.module, &mut left)
        .map_err(|error| Box::new(Fault { catchable: false, ..*Box::<Fault>::from(error) }))?;
    library.meter.work((allowed - left) / 4);
    library.meter.alloc((allowed - left) * 2)?;
    Ok(json)
}

/// What kind of JSON value this is.
pub(crate) fn json_kind(value: &Value) -> Run<JsonKind> {
    Ok(match value {
        Value::Null => JsonKind::Null,
        Value::Bool(_) => JsonKind::Bool,
        Value::Int(_) | Value::Number(_) => JsonKind::Number,
        Value::Text(_) => JsonKind::String,
        Value::List(_) => JsonKind::List,
        Value::Map(_) => JsonKind::Object,
        other => return Err(Fault::internal(format_args!("{} is no Json", other.what()))),
    })
}

/// A Json in a sentence.
pub(crate) fn json_what(value: &Value) -> &'static str {
    match value {
        Value::Int(_) => "a number",
        Value::Map(_) => "an object",
        Value::Text(_) => "a string",
        Value::Bool(_) => "a boolean",
        other => other.what(),
    }
}

fn json_index(json: &Value, key: &Value, library: &Library<'_>) -> Run<Value> {
    match (json, key) {
        (Value::Map(map), Value::Text(name)) => {
            let key = Key::Text(Arc::clone(name));
            map.get(&key).cloned().ok_or_else(|| no_entry(&key, library))
        }
        (Value::List(items), Value::Int(at)) => {
            let found = usize::try_from(*at).ok().and_then(|at| items.get(at)).cloned();
            found.ok_or_else(|| no_item(*at, items.len()))
        }
        (other, Value::Text(name)) => {
            let what = json_what(other);
            Err(Fault::new(ErrorKind::NotFound, format!("no member {} in {what}", quoted(name))))
        }
        (other, Value::Int(at)) => {
            Err(Fault::new(ErrorKind::NotFound, format!("no item {at} in {}", json_what(other))))
        }
        _ => Err(Fault::internal("a Json is indexed by neither String nor Int")),
    }
}

fn json_payload(json: &Value) -> Run<Value> {
    let number = match json {
        Value::Int(int) => return Ok(Value::decimal((*int).into())),
        Value::Number(text) => text,
        other => return Ok(other.clone()),
    };
    let decimal = decimal::parse(number).map(Value::decimal);
    decimal.ok_or_else(|| {
        let digits: String = number.chars().take(40).collect();
        Fault::new(
            ErrorKind::Decode,
            format!("the number {digits} does not fit Decimal, which has 28 digits"),
        )
    })
}

/// The fault of an index outside a list.
#[cold]
pub(crate) fn no_item(at: i64, length: usize) -> Box<Fault> {
    let items = if length == 1 { "item" } else { "items" };
    Fault::new(ErrorKind::NotFound, format!("index {at} is out of range: the list has {length} {items}"))
}

/// The fault of a key that a map does not have.
#[cold]
pub(crate) fn no_entry(key: &Key, library: &Library<'_>) -> Box<Fault> {
    let shown = match key {
        Key::Text(text) => quoted(text),
        other => text::key(other, &library.program.module),
    };
    Fault::new(ErrorKind::NotFound, format!("the key {shown} is not there"))
}

/// A text in quotes, cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{:?}…", &text[..at]),
        None => format!("{text:?}"),
    }
}
