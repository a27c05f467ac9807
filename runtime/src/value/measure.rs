//! How large values are: live heap in abstract units, and what a value weighs when it leaves the machine.
//!
//! Both walk in loops, never by recursion. The units depend on no platform, allocator or capacity.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{Key, SealedPart, Value};

/// Units of a text or of bytes of some length.
#[must_use]
pub fn text_units(bytes: usize) -> u64 {
    2 + bytes as u64 / 16
}

/// Units of a composed value with some values directly inside.
#[must_use]
pub fn items_units(items: usize) -> u64 {
    2 + items as u64
}

/// Units that an entry takes in a map, beside its value's own.
pub const ENTRY_UNITS: u64 = 3;

/// Counts units of live heap; what is shared counts once.
#[derive(Default)]
pub struct Heap {
    seen: FxHashSet<usize>,
    units: u64,
}

impl Heap {
    /// Counts everything reachable from some values, and the places they stand in.
    pub fn add<'a>(&mut self, roots: impl IntoIterator<Item = &'a Value>) {
        let mut open = Vec::new();
        for root in roots {
            self.units += 1;
            open.push(root);
            while let Some(value) = open.pop() {
                let Some((address, shared, units)) = own(value) else { continue };
                if shared && !self.seen.insert(address) {
                    continue;
                }
                self.units += units;
                for at in 0..value.children() {
                    open.extend(value.child(at));
                }
            }
        }
    }

    /// The units counted.
    #[must_use]
    pub fn units(&self) -> u64 {
        self.units
    }
}

/// Where a value's own part lies, whether others hold it too, and what it takes.
fn own(value: &Value) -> Option<(usize, bool, u64)> {
    fn at<T>(arc: &Arc<T>, units: u64) -> (usize, bool, u64) {
        (Arc::as_ptr(arc).addr(), Arc::strong_count(arc) > 1, units)
    }
    Some(match value {
        Value::Decimal(decimal) => at(decimal, 2),
        Value::Number(text) | Value::Text(text) => at(text, text_units(text.len())),
        Value::Bytes(bytes) => at(bytes, text_units(bytes.len())),
        Value::List(items) | Value::Tuple(items) => at(items, items_units(items.len())),
        Value::Map(map) => at(map, items_units(0) + map.len() as u64 * ENTRY_UNITS + keys(map.keys())),
        Value::Record(record) => at(record, items_units(record.fields.len())),
        Value::Variant(variant) => at(variant, items_units(variant.fields.len())),
        Value::Closure(closure) => at(closure, items_units(closure.captures.len())),
        Value::Sealed(parts) => at(parts, parts.iter().map(|part| text_units(sealed(part))).sum()),
        _ => return None,
    })
}

fn keys<'a>(keys: impl Iterator<Item = &'a Key>) -> u64 {
    keys.map(|key| if let Key::Text(text) = key { text_units(text.len()) } else { 0 }).sum()
}

fn sealed(part: &SealedPart) -> usize {
    match part {
        SealedPart::Text(text) | SealedPart::Secret(text) => text.len(),
    }
}

/// Why a value cannot leave the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// Its JSON form is larger than the limit on payloads.
    Size,
    /// It nests deeper than JSON texts may.
    Depth,
}

/// Checks that a value's JSON form has at most about `bytes` bytes, with what is shared written out each time, and
/// nests at most `depth` deep.
///
/// # Errors
/// Which of the two it exceeds.
pub fn payload(value: &Value, bytes: u64, depth: usize) -> Result<(), Excess> {
    let mut left = bytes;
    let mut open = vec![(value, 0usize)];
    while let Some((value, nesting)) = open.pop() {
        let weight = match value {
            Value::Text(text) | Value::Number(text) => 2 + text.len() as u64,
            Value::Bytes(data) => 2 + data.len() as u64 / 3 * 4,
            Value::Map(map) => {
                map.keys().map(|key| if let Key::Text(t) = key { 4 + t.len() as u64 } else { 6 }).sum()
            }
            _ => 2,
        };
        left = left.checked_sub(weight).ok_or(Excess::Size)?;
        let children = value.children();
        if children > 0 && nesting >= depth {
            return Err(Excess::Depth);
        }
        if children as u64 > left {
            return Err(Excess::Size);
        }
        open.extend((0..children).filter_map(|at| value.child(at)).map(|child| (child, nesting + 1)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_parts_count_once_on_the_heap_and_each_time_in_a_payload() {
        let mut wide = Value::text("x".repeat(160));
        for _ in 0..60 {
            wide = Value::list(vec![wide.clone(), wide]);
        }
        let mut heap = Heap::default();
        heap.add([&wide]);
        assert_eq!(heap.units(), 1 + 60 * 4 + 12);
        assert_eq!(payload(&wide, 1_000_000, 100), Err(Excess::Size));
        assert_eq!(payload(&wide, 1_000_000, 10), Err(Excess::Depth));
        assert_eq!(payload(&Value::list(vec![Value::text("ab")]), 6, 1), Ok(()));
        assert_eq!(payload(&Value::list(vec![Value::text("ab")]), 5, 1), Err(Excess::Size));
    }

    #[test]
    fn a_unit_count_does_not_depend_on_capacity() {
        let mut items = Vec::with_capacity(1_000);
        items.push(Value::Int(1));
        let (mut a, mut b) = (Heap::default(), Heap::default());
        a.add([&Value::list(items)]);
        b.add([&Value::list(vec![Value::Int(1)])]);
        assert_eq!(a.units(), b.units());
    }
}
