//! Lists.

use std::cmp::Ordering;
use std::sync::Arc;

use aeth_lang::library::Builtin;
use rust_decimal::Decimal;

use super::{Fault, Library, Run, count, decimal, float, int, list, slice, text, wrong};
use crate::machine::data::compare;
use crate::value::equal::equal;
use crate::value::{ErrorKind, Key, KeySet, Value};

pub(super) fn call(builtin: Builtin, args: &mut [Value], library: &mut Library<'_>) -> Run<Value> {
    use Builtin as B;
    // What takes as long for a long list as for a short one costs as much, so that a loop of it is no square.
    if !matches!(builtin, B::ListLen | B::ListGet | B::ListConcat) {
        let length = list(&args[0]).map_or(0, |items| items.len());
        library.meter.work(length as u64 / 64);
    }
    match builtin {
        B::ListLen => Ok(Value::Int(list(&args[0])?.len() as i64)),
        B::ListGet => {
            let at = usize::try_from(int(&args[1])?).ok();
            Ok(at.and_then(|at| list(&args[0]).ok()?.get(at)).cloned().unwrap_or_default())
        }
        B::ListContains => Ok(Value::Bool(contains(list(&args[0])?, &args[1], library)?)),
        B::ListSort => {
            let items = take(&mut args[0], library)?;
            Ok(Value::list(
                sort(items.into_iter().map(|item| (item, ())).collect(), library)?
                    .into_iter()
                    .map(|(item, ())| item)
                    .collect(),
            ))
        }
        B::ListSortByKeys => {
            let keys = list(&args[1])?.to_vec();
            let items = take(&mut args[0], library)?;
            if keys.len() != items.len() {
                return Err(Fault::internal("a list is sorted by keys of another number"));
            }
            library.meter.alloc_items(items.len())?;
            let sorted = sort(keys.into_iter().zip(items).collect(), library)?;
            Ok(Value::list(sorted.into_iter().map(|(_, item)| item).collect()))
        }
        B::ListReverse => {
            let mut items = take(&mut args[0], library)?;
            items.reverse();
            Ok(Value::list(items))
        }
        B::ListSlice => {
            let items = list(&args[0])?;
            let range = slice(args, || items.len())?;
            library.meter.alloc_items(range.len())?;
            Ok(Value::list(items[range].to_vec()))
        }
        B::ListTake => {
            let wanted = count(&args[1], "the number of items to take")?;
            part(&mut args[0], |length| 0..wanted.min(length), library)
        }
        B::ListDrop => {
            let dropped = count(&args[1], "the number of items to drop")?;
            part(&mut args[0], |length| dropped.min(length)..length, library)
        }
        B::ListZip => {
            let (a, b) = (list(&args[0])?, list(&args[1])?);
            library.meter.alloc_items(a.len().min(b.len()) * 5)?;
            Ok(Value::list(
                a.iter().zip(b.iter()).map(|(a, b)| Value::tuple(vec![a.clone(), b.clone()])).collect(),
            ))
        }
        B::ListUnique => unique(list(&args[0])?, library),
        B::ListJoin => join(&args[0], text(&args[1])?, library),
        B::ListSumInt => {
            let mut sum = 0i64;
            for item in list(&args[0])?.iter() {
                let item = int(item)?;
                sum = sum
                    .checked_add(item)
                    .ok_or_else(|| arithmetic(format!("{sum} + {item} does not fit in 64 bits")))?;
            }
            Ok(Value::Int(sum))
        }
        B::ListSumFloat => {
            let mut sum = 0.0;
            for item in list(&args[0])?.iter() {
                sum += float(item)?;
            }
            if sum.is_finite() {
                Ok(Value::Float(sum))
            } else {
                Err(arithmetic("the sum is not finite".into()))
            }
        }
        B::ListSumDecimal => {
            let mut sum = Decimal::ZERO;
            for item in list(&args[0])?.iter() {
                let item = decimal(item)?;
                let next = crate::value::decimal::add(sum, item);
                sum = next.ok_or_else(|| arithmetic(format!("{sum} + {item} needs more than 28 digits")))?;
            }
            Ok(Value::decimal(sum))
        }
        B::ListMin => extreme(list(&args[0])?, Ordering::Less, library),
        B::ListMax => extreme(list(&args[0])?, Ordering::Greater, library),
        B::ListChunk => {
            let size = int(&args[1])?;
            if size < 1 {
                return Err(Fault::new(
                    ErrorKind::Limit,
                    format!("a chunk must have at least 1 item, found {size}"),
                ));
            }
            let items = list(&args[0])?;
            library.meter.alloc_items(items.len() * 2)?;
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            Ok(Value::list(items.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect()))
        }
        B::ListConcat => {
            let more = Arc::clone(list(&args[1])?);
            library.meter.alloc_items(more.len())?;
            let mut whole = std::mem::take(&mut args[0]);
            let Value::List(items) = &mut whole else { return Err(wrong("a list", &whole)) };
            if Arc::strong_count(items) > 1 {
                library.meter.alloc_items(items.len())?;
            }
            Arc::make_mut(items).extend(more.iter().cloned());
            Ok(whole)
        }
        _ => range(args, library),
    }
}

fn arithmetic(message: String) -> Box<Fault> {
    Fault::new(ErrorKind::Arithmetic, message)
}

/// The items of a list as an own vector, without a copy if nobody else holds it.
fn take(value: &mut Value, library: &mut Library<'_>) -> Run<Vec<Value>> {
    let Value::List(items) = std::mem::take(value) else { return Err(wrong("a list", value)) };
    match Arc::try_unwrap(items) {
        Ok(items) => Ok(items.into_vec()),
        Err(shared) => {
            library.meter.alloc_items(shared.len())?;
            Ok(shared.to_vec())
        }
    }
}

/// A part of a list: what is cut off falls away in place if nobody else holds the list.
fn part(
    value: &mut Value,
    range: impl Fn(usize) -> std::ops::Range<usize>,
    library: &mut Library<'_>,
) -> Run<Value> {
    let Value::List(items) = value else { return Err(wrong("a list", value)) };
    let range = range(items.len());
    library.meter.alloc_items(range.len())?;
    match Arc::get_mut(items) {
        Some(own) => {
            own.truncate(range.end);
            own.drain(..range.start);
            Ok(std::mem::take(value))
        }
        None => Ok(Value::list(items[range].to_vec())),
    }
}

fn contains(items: &[Value], wanted: &Value, library: &mut Library<'_>) -> Run<bool> {
    for item in items {
        if library.meter.bounded(|left| equal(item, wanted, left))? {
            return Ok(true);
        }
        library.meter.work(1);
    }
    Ok(false)
}

/// Sorts by the first of each pair, stable.
fn sort<T>(mut items: Vec<(Value, T)>, library: &mut Library<'_>) -> Run<Vec<(Value, T)>> {
    let length = items.len();
    library.meter.alloc_items(length)?;
    library.meter.work(length as u64 * u64::from(length.max(1).ilog2()) / 4);
    if items.iter().all(|(key, _)| matches!(key, Value::Int(_))) {
        items.sort_by_key(|(key, _)| key.as_int());
        return Ok(items);
    }
    if items.iter().all(|(key, _)| matches!(key, Value::Text(_))) {
        items.sort_by(|(a, _), (b, _)| a.as_text().cmp(&b.as_text()));
        return Ok(items);
    }
    let mut order = merged((0..length).collect(), |a, b| compare(&items[a].0, &items[b].0, library))?;
    // carries out the order: what stands at `at` comes from `order[at]`
    for at in 0..length {
        let mut from = order[at];
        while from < at {
            from = order[from];
        }
        items.swap(at, from);
        order[at] = from;
    }
    Ok(items)
}

/// Positions in the order of a comparison that can fail: a merge sort from runs of one upwards, stable. The number and
/// order of comparisons belong to the semantics, because each is charged.
fn merged(mut order: Vec<usize>, mut compare: impl FnMut(usize, usize) -> Run<Ordering>) -> Run<Vec<usize>> {
    let length = order.len();
    let mut next = Vec::with_capacity(length);
    let mut width = 1;
    while width < length {
        next.clear();
        for low in (0..length).step_by(width * 2) {
            let middle = (low + width).min(length);
            let high = (middle + width).min(length);
            let (mut left, mut right) = (low, middle);
            while left < middle && right < high {
                if compare(order[left], order[right])?.is_le() {
                    next.push(order[left]);
                    left += 1;
                } else {
                    next.push(order[right]);
                    right += 1;
                }
            }
            next.extend_from_slice(&order[left..middle]);
            next.extend_from_slice(&order[right..high]);
        }
        std::mem::swap(&mut order, &mut next);
        width *= 2;
    }
    Ok(order)
}

fn unique(items: &[Value], library: &mut Library<'_>) -> Run<Value> {
    library.meter.alloc_items(items.len())?;
    let mut kept: Vec<Value> = Vec::new();
    let mut keys = KeySet::default();
    for item in items {
        let new = match Key::of(item) {
            Some(key) => keys.insert(key),
            None => !contains(&kept, item, library)?,
        };
        if new {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn join(items: &Value, between: &str, library: &mut Library<'_>) -> Run<Value> {
    let items = list(items)?;
    let mut length = between.len().saturating_mul(items.len());
    for item in items.iter() {
        length = length.saturating_add(text(item)?.len());
    }
    library.meter.alloc_text(length)?;
    let mut out = String::with_capacity(length);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(between);
        }
        out.push_str(text(item)?);
    }
    Ok(Value::text(out))
}

fn extreme(items: &[Value], wanted: Ordering, library: &mut Library<'_>) -> Run<Value> {
    let Some((mut found, rest)) = items.split_first() else { return Ok(Value::Null) };
    for item in rest {
        if compare(item, found, library)? == wanted {
            found = item;
        }
    }
    Ok(found.clone())
}

fn range(args: &[Value], library: &mut Library<'_>) -> Run<Value> {
    let (start, end) = (int(&args[0])?, int(&args[1])?);
    let inclusive = matches!(args[2], Value::Bool(true));
    let length = (i128::from(end) - i128::from(start) + i128::from(inclusive)).max(0);
    let Some(length) = usize::try_from(length).ok().filter(|length| *length < usize::MAX / 32) else {
        return Err(library.meter.heap_limit());
    };
    library.meter.alloc_items(length)?;
    Ok(Value::list((0..length).map(|at| Value::Int(start.wrapping_add(at as i64))).collect()))
}
