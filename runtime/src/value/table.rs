//! Values as a table: each part that lies on the heap is one row, however many hold it, so that what is shared stays
//! shared and costs its bytes once.
//!
//! In: values. Out: rows in the order in which they were first met, parts before what holds them; texts and bytes that
//! are large stand beside the table. And back. Invariant: equal values with equal sharing give equal rows on every
//! platform, and rows from anywhere give values or an error: nothing here believes a number it reads.

use std::sync::Arc;

use aeth_lang::bytecode::Module;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Closure, Key, Map, Record, SealedPart, Unit, Value, Variant, number};
use crate::limits::INLINE_PAYLOAD;

/// A value where it stands: itself if it is small, else what holds it (`N`: a row, or a digest).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Ref<N> {
    /// `null`
    Null,
    /// Bool
    Bool(bool),
    /// Int
    Int(i64),
    /// The bits of a Float
    Float(u64),
    /// Duration
    Duration(i64),
    /// Timestamp
    Timestamp(i64),
    /// A payload-free enum value
    Unit(u16, u16),
    /// Everything else.
    Held(N),
}

/// A row. Append only: the position of a variant stands in stored bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Row<'a> {
    /// A value that the program itself holds, by its number there.
    Known(u32),
    /// Decimal: whether it is negative (zero can be), its digits, digits after the point
    Decimal(bool, u128, u32),
    /// A JSON number
    Number(&'a str),
    /// String
    Text(&'a str),
    /// Bytes
    Bytes(&'a [u8]),
    /// A String that stands beside the table, by its number there.
    LargeText(u32),
    /// Bytes that stand beside the table.
    LargeBytes(u32),
    /// List
    List(Vec<Ref<u32>>),
    /// Tuple
    Tuple(Vec<Ref<u32>>),
    /// Map: keys are rows too, because a text can be shared as key and value.
    Map(Vec<(Ref<u32>, Ref<u32>)>),
    /// A record of a type
    Record(u16, Vec<Ref<u32>>),
    /// An enum value with payload
    Variant(u16, u16, Vec<Ref<u32>>),
    /// A function value
    Closure(u16, Vec<Ref<u32>>),
    /// Text with secrets
    Sealed(Vec<SealedPart>),
}

/// The values that a program holds for all its jobs: what jobs share with it is named, not copied.
#[derive(Debug, Default)]
pub(crate) struct Known {
    values: Vec<Value>,
    at: FxHashMap<usize, u32>,
}

/// Takes values in.
pub(crate) struct Table<'a> {
    known: &'a Known,
    at: FxHashMap<usize, u32>,
    /// The rows so far.
    pub(crate) rows: Vec<Row<'a>>,
    /// What stands beside them.
    pub(crate) large: Vec<&'a [u8]>,
}

/// Why rows are no values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub(crate) &'static str);

/// What takes values in, one after the other.
pub(crate) trait Taker<'a> {
    /// What it gives for a value that is not small.
    type Held;
    /// Takes a value in.
    fn take(&mut self, value: &'a Value) -> Ref<Self::Held>;
}

/// A value that is small; `None` for others.
pub(crate) fn small<N>(value: &Value) -> Option<Ref<N>> {
    Some(match value {
        Value::Null => Ref::Null,
        Value::Bool(bool) => Ref::Bool(*bool),
        Value::Int(int) => Ref::Int(*int),
        Value::Float(float) => Ref::Float(float.to_bits()),
        Value::Duration(ms) => Ref::Duration(*ms),
        Value::Timestamp(ms) => Ref::Timestamp(*ms),
        Value::Unit(unit) => Ref::Unit(unit.ty, unit.variant),
        _ => return None,
    })
}

/// Where a value lies, if it lies on the heap.
fn address(value: &Value) -> Option<usize> {
    fn of<T>(arc: &Arc<T>) -> Option<usize> {
        Some(Arc::as_ptr(arc).addr())
    }
    match value {
        Value::Decimal(decimal) => of(decimal),
        Value::Number(text) | Value::Text(text) => of(text),
        Value::Bytes(bytes) => of(bytes),
        Value::List(items) | Value::Tuple(items) => of(items),
        Value::Map(map) => of(map),
        Value::Record(record) => of(record),
        Value::Variant(variant) => of(variant),
        Value::Closure(closure) => of(closure),
        Value::Sealed(parts) => of(parts),
        _ => None,
    }
}

impl Known {
    /// Everything that can be reached from the values of a program, in one order.
    pub(crate) fn new<'v>(roots: impl Iterator<Item = &'v Value>) -> Self {
        let mut known = Self::default();
        for root in roots {
            let mut open = vec![root.clone()];
            while let Some(value) = open.pop() {
                let Some(address) = address(&value) else { continue };
                let number = known.values.len() as u32;
                if known.at.contains_key(&address) {
                    continue;
                }
                known.at.insert(address, number);
                if let Value::Map(map) = &value {
                    open.extend(map.keys().map(Key::value));
                }
                open.extend((0..value.children()).filter_map(|at| value.child(at)).cloned());
                known.values.push(value);
            }
        }
        known
    }
}

/// A composed value whose parts are being taken in. Keys of a map come before its values.
struct Open<'a> {
    value: &'a Value,
    keys: Vec<Ref<u32>>,
    parts: Vec<Ref<u32>>,
}

impl<'a> Taker<'a> for Table<'a> {
    type Held = u32;

    fn take(&mut self, root: &'a Value) -> Ref<u32> {
        if let Some(found) = small(root).or_else(|| self.leaf(root)) {
            return found;
        }
        let mut open = vec![self.open(root)];
        let mut done = Ref::Null;
        while let Some(top) = open.last_mut() {
            let Some(part) = top.value.child(top.parts.len()) else {
                done = self.close(&open.pop().expect("the last one is there"));
                if let Some(above) = open.last_mut() {
                    above.parts.push(done);
                }
                continue;
            };
            match small(part).or_else(|| self.leaf(part)) {
                Some(found) => top.parts.push(found),
                None => {
                    let next = self.open(part);
                    open.push(next);
                }
            }
        }
        done
    }
}

impl<'a> Table<'a> {
    /// An empty table for values of a program.
    pub(crate) fn new(known: &'a Known) -> Self {
        Self { known, at: FxHashMap::default(), rows: Vec::new(), large: Vec::new() }
    }

    fn push(&mut self, address: usize, row: Row<'a>) -> Ref<u32> {
        let number = self.rows.len() as u32;
        self.at.insert(address, number);
        self.rows.push(row);
        Ref::Held(number)
    }

    /// What was met before, what the program holds, and what has no parts.
    fn leaf(&mut self, value: &'a Value) -> Option<Ref<u32>> {
        let address = address(value)?;
        if let Some(number) = self.at.get(&address) {
            return Some(Ref::Held(*number));
        }
        if let Some(number) = self.known.at.get(&address) {
            return Some(self.push(address, Row::Known(*number)));
        }
        let row = match value {
            Value::Decimal(decimal) => {
                let digits = decimal.mantissa().unsigned_abs();
                Row::Decimal(decimal.is_sign_negative(), digits, decimal.scale())
            }
            Value::Number(text) => Row::Number(text),
            Value::Text(text) => return Some(self.text(address, text)),
            Value::Bytes(bytes) if bytes.len() > INLINE_PAYLOAD => Row::LargeBytes(self.beside(bytes)),
            Value::Bytes(bytes) => Row::Bytes(bytes),
            Value::Sealed(parts) => Row::Sealed(parts.to_vec()),
            _ => return None,
        };
        Some(self.push(address, row))
    }

    fn text(&mut self, address: usize, text: &'a str) -> Ref<u32> {
        if text.len() > INLINE_PAYLOAD {
            let number = self.beside(text.as_bytes());
            return self.push(address, Row::LargeText(number));
        }
        self.push(address, Row::Text(text))
    }

    fn beside(&mut self, bytes: &'a [u8]) -> u32 {
        self.large.push(bytes);
        self.large.len() as u32 - 1
    }

    fn open(&mut self, value: &'a Value) -> Open<'a> {
        let keys = match value {
            Value::Map(map) => map.keys().map(|key| self.key(key)).collect(),
            _ => Vec::new(),
        };
        Open { value, keys, parts: Vec::with_capacity(value.children()) }
    }

    fn key(&mut self, key: &'a Key) -> Ref<u32> {
        match key {
            Key::Bool(bool) => Ref::Bool(*bool),
            Key::Int(int) => Ref::Int(*int),
            Key::Unit(unit) => Ref::Unit(unit.ty, unit.variant),
            Key::Text(text) => {
                let address = Arc::as_ptr(text).addr();
                match (self.at.get(&address), self.known.at.get(&address)) {
                    (Some(number), _) => Ref::Held(*number),
                    (None, Some(number)) => self.push(address, Row::Known(*number)),
                    (None, None) => self.text(address, text),
                }
            }
        }
    }

    fn close(&mut self, open: &Open<'a>) -> Ref<u32> {
        let Open { value, keys, parts } = open;
        let (keys, parts) = (keys.iter().copied(), parts.clone());
        let row = match value {
            Value::Tuple(_) => Row::Tuple(parts),
            Value::Map(_) => Row::Map(keys.zip(parts).collect()),
            Value::Record(record) => Row::Record(record.ty, parts),
            Value::Variant(variant) => Row::Variant(variant.ty, variant.variant, parts),
            Value::Closure(closure) => Row::Closure(closure.function, parts),
            _ => Row::List(parts),
        };
        self.push(address(value).unwrap_or_default(), row)
    }
}

/// Values made of rows.
pub(crate) struct Made<'m> {
    module: &'m Module,
    values: Vec<Value>,
}

impl<'m> Made<'m> {
    /// Makes the values of a table.
    ///
    /// # Errors
    /// When a row is not what a table of this program can hold.
    pub(crate) fn new(
        rows: &[Row<'_>],
        large: &[&[u8]],
        known: &Known,
        module: &'m Module,
    ) -> Result<Self, Malformed> {
        let mut made = Self { module, values: Vec::with_capacity(rows.len()) };
        for row in rows {
            let value = made.row(row, large, known)?;
            made.values.push(value);
        }
        Ok(made)
    }

    /// The value of a reference.
    ///
    /// # Errors
    /// When there is no such row, or the value is none of this program.
    pub(crate) fn value(&self, of: Ref<u32>) -> Result<Value, Malformed> {
        Ok(match of {
            Ref::Null => Value::Null,
            Ref::Bool(bool) => Value::Bool(bool),
            Ref::Int(int) => Value::Int(int),
            Ref::Float(bits) => Value::Float(
                Some(f64::from_bits(bits))
                    .filter(|f| f.is_finite())
                    .ok_or(Malformed("a Float is not finite"))?,
            ),
            Ref::Duration(i64::MIN) => return Err(Malformed("a Duration is out of range")),
            Ref::Duration(ms) => Value::Duration(ms),
            Ref::Timestamp(ms) => Value::Timestamp(ms),
            Ref::Unit(ty, variant) => {
                self.payload(ty, variant, 0)?;
                Value::Unit(Unit { ty, variant })
            }
            Ref::Held(number) => self
                .values
                .get(number as usize)
                .cloned()
                .ok_or(Malformed("a row is held before it stands"))?,
        })
    }

    /// The values of references.
    ///
    /// # Errors
    /// See [`value`](Self::value).
    pub(crate) fn values(&self, of: &[Ref<u32>]) -> Result<Vec<Value>, Malformed> {
        of.iter().map(|of| self.value(*of)).collect()
    }

    fn row(&self, row: &Row<'_>, large: &[&[u8]], known: &Known) -> Result<Value, Malformed> {
        let beside = |number: &u32| large.get(*number as usize).ok_or(Malformed("a large value is missing"));
        Ok(match row {
            Row::Known(number) => known
                .values
                .get(*number as usize)
                .cloned()
                .ok_or(Malformed("the program has no such value"))?,
            Row::Decimal(negative, digits, scale) => Value::decimal(decimal(*negative, *digits, *scale)?),
            Row::Number(text) => {
                number::Exact::read(text).ok_or(Malformed("a number is none"))?;
                Value::Number(Arc::new((*text).to_owned()))
            }
            Row::Text(text) => Value::text(*text),
            Row::Bytes(bytes) => Value::Bytes(Arc::new(bytes.to_vec())),
            Row::LargeText(number) => Value::text(
                std::str::from_utf8(beside(number)?).map_err(|_| Malformed("a text is not UTF-8"))?,
            ),
            Row::LargeBytes(number) => Value::Bytes(Arc::new(beside(number)?.to_vec())),
            Row::List(parts) => Value::list(self.values(parts)?),
            Row::Tuple(parts) => Value::tuple(self.values(parts)?),
            Row::Map(entries) => self.map(entries)?,
            Row::Record(ty, parts) => {
                let fields = self.module.records.get(*ty as usize).map(|record| record.fields.len());
                same(fields, parts.len())?;
                Value::Record(Arc::new(Record { ty: *ty, fields: self.values(parts)?.into() }))
            }
            Row::Variant(ty, variant, parts) => {
                self.payload(*ty, *variant, parts.len())?;
                let fields = self.values(parts)?.into();
                Value::Variant(Arc::new(Variant { ty: *ty, variant: *variant, fields }))
            }
            Row::Closure(function, parts) => {
                let captures = self.module.functions.get(*function as usize).map(|f| f.captures as usize);
                same(captures, parts.len())?;
                let captures = self.values(parts)?.into();
                Value::Closure(Arc::new(Closure { function: *function, captures }))
            }
            Row::Sealed(parts) => Value::Sealed(Arc::new(parts.clone())),
        })
    }

    fn map(&self, entries: &[(Ref<u32>, Ref<u32>)]) -> Result<Value, Malformed> {
        let mut map = Map::with_capacity(entries.len());
        for (key, value) in entries {
            let key = Key::from_value(self.value(*key)?).ok_or(Malformed("a key is none"))?;
            map.put(key, self.value(*value)?);
        }
        if map.len() != entries.len() {
            return Err(Malformed("a map has the same key twice"));
        }
        Ok(Value::map(map))
    }

    fn payload(&self, ty: u16, variant: u16, fields: usize) -> Result<(), Malformed> {
        let declared = self.module.enums.get(ty as usize).and_then(|ty| ty.variants.get(variant as usize));
        same(declared.map(|declared| declared.fields.len()), fields)
    }
}

fn decimal(negative: bool, digits: u128, scale: u32) -> Result<Decimal, Malformed> {
    let digits = i128::try_from(digits).ok();
    let made = digits.and_then(|digits| Decimal::try_from_i128_with_scale(digits, scale).ok());
    let mut decimal = made.ok_or(Malformed("a Decimal is out of range"))?;
    decimal.set_sign_negative(negative);
    Ok(decimal)
}

fn same(declared: Option<usize>, found: usize) -> Result<(), Malformed> {
    if declared == Some(found) { Ok(()) } else { Err(Malformed("a value is of no type of the program")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::measure;

    /// The value back from its rows, and the bytes of those.
    fn there_and_back(value: &Value, known: &Known) -> (Value, Vec<u8>) {
        let mut table = Table::new(known);
        let root = table.take(value);
        let module = Module {
            records: vec![aeth_lang::bytecode::module::RecordType {
                name: "R".into(),
                fields: vec![],
                docs: None,
            }],
            ..Module::default()
        };
        let bytes = postcard::to_stdvec(&(&table.rows, root)).unwrap();
        let (rows, root): (Vec<Row<'_>>, Ref<u32>) = postcard::from_bytes(&bytes).unwrap();
        let made = Made::new(&rows, &table.large, known, &module).unwrap();
        (made.value(root).unwrap(), bytes)
    }

    #[test]
    fn what_is_shared_stays_shared_and_costs_once() {
        let text = Value::text("x".repeat(1_000));
        let many = Value::list(vec![text.clone(); 1_000]);
        let (back, bytes) = there_and_back(&many, &Known::default());
        assert!(bytes.len() < 5_000, "{}", bytes.len());
        let units = |value: &Value| {
            let mut heap = measure::Heap::default();
            heap.add([value]);
            heap.units()
        };
        assert_eq!((units(&back), &back), (units(&many), &many));
        let wide = (0..64).fold(text, |inner, _| Value::list(vec![inner.clone(), inner]));
        assert_eq!(units(&there_and_back(&wide, &Known::default()).0), units(&wide));
    }

    #[test]
    fn a_hundred_thousand_levels_are_no_depth() {
        let deep = (0..100_000).fold(Value::Null, |inner, _| Value::list(vec![inner]));
        let (back, bytes) = there_and_back(&deep, &Known::default());
        assert_eq!(there_and_back(&back, &Known::default()).1, bytes);
    }

    #[test]
    fn every_kind_comes_back() {
        let key = Arc::new("k".to_owned());
        let value = Value::tuple(vec![
            Value::Float(-0.0),
            Value::decimal("1.50".parse().unwrap()),
            Value::Number(Arc::new("1e400".into())),
            Value::Bytes(vec![0, 255].into()),
            Value::Bytes(vec![7; 10_000].into()),
            Value::text("ä".repeat(5_000)),
            Value::map(Map::from_iter([
                (Key::Text(Arc::clone(&key)), Value::Text(key)),
                (Key::Int(-1), Value::Bool(true)),
                (Key::Bool(false), Value::Timestamp(5)),
            ])),
            Value::record(0, vec![]),
            Value::Sealed(Arc::new(vec![SealedPart::Text("a".into()), SealedPart::Secret("B".into())])),
        ]);
        let (back, bytes) = there_and_back(&value, &Known::default());
        assert_eq!(super::super::bytes::digest(&back), super::super::bytes::digest(&value));
        assert_eq!(there_and_back(&back, &Known::default()).1, bytes);
    }

    #[test]
    fn what_the_program_holds_is_named() {
        let held = Value::list(vec![Value::text("y".repeat(3_000))]);
        let known = Known::new([&held].into_iter());
        let inner = held.child(0).unwrap().clone();
        let value = Value::list(vec![inner, held.clone()]);
        let (back, bytes) = there_and_back(&value, &known);
        assert!(bytes.len() < 20);
        assert_eq!(address(back.child(1).unwrap()), address(&held));
    }
}
