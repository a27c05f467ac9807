//! The storage of composed values: a vector and a map whose drop takes a structure of any depth apart in a loop, so
//! that a long chain of records cannot overflow the native stack.
//!
//! Keys come from documents that strangers write, so they are hashed under a secret of the process: nobody can choose
//! keys that collide. It shows nowhere, because entries are only ever visited in insertion order.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use indexmap::IndexMap;
use indexmap::map::Entry;

use super::seed::Seeded;
use super::{Key, Value};

/// Items of a list or tuple, fields of a record, payload of a variant, captures of a function.
#[derive(Clone, Debug, Default)]
pub struct Items(Vec<Value>);

/// Entries of a map, in insertion order.
#[derive(Clone, Debug, Default)]
pub struct Map(IndexMap<Key, Value, Seeded>);

impl Items {
    /// The vector itself.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<Value> {
        std::mem::take(&mut self.0)
    }
}

impl From<Vec<Value>> for Items {
    fn from(items: Vec<Value>) -> Self {
        Self(items)
    }
}

impl FromIterator<Value> for Items {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl Deref for Items {
    type Target = Vec<Value>;
    fn deref(&self) -> &Vec<Value> {
        &self.0
    }
}

impl DerefMut for Items {
    fn deref_mut(&mut self) -> &mut Vec<Value> {
        &mut self.0
    }
}

impl<'a> IntoIterator for &'a Items {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Map {
    /// A map with room for some entries.
    #[must_use]
    pub fn with_capacity(entries: usize) -> Self {
        Self(IndexMap::with_capacity_and_hasher(entries, Seeded))
    }

    /// Puts a value for a key. What stood there is dropped in its place: handing it out costs more than the rest,
    /// because the processor waits for the new entry's memory before it can read back what it just wrote.
    #[inline]
    pub fn put(&mut self, key: Key, value: Value) {
        match self.0.entry(key) {
            Entry::Occupied(mut place) => *place.get_mut() = value,
            Entry::Vacant(place) => {
                place.insert(value);
            }
        }
    }

    /// The entries in order.
    #[must_use]
    pub fn into_entries(mut self) -> indexmap::map::IntoIter<Key, Value> {
        std::mem::take(&mut self.0).into_iter()
    }
}

impl FromIterator<(Key, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl Deref for Map {
    type Target = IndexMap<Key, Value, Seeded>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Map {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Key, &'a Value);
    type IntoIter = indexmap::map::Iter<'a, Key, Value>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        take_apart(std::mem::take(&mut self.0));
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if self.0.values().any(is_composed) {
            take_apart(std::mem::take(&mut self.0).into_values().collect());
        }
    }
}

/// Drops values, those inside them too, without recursion.
fn take_apart(mut items: Vec<Value>) {
    let mut waiting: Vec<Vec<Value>> = Vec::new();
    loop {
        for value in items.drain(..) {
            if let Some(inner) = contents(value)
                && !inner.is_empty()
            {
                waiting.push(inner);
            }
        }
        match waiting.pop() {
            Some(next) => items = next,
            None => return,
        }
    }
}

/// Whether a value holds others.
fn is_composed(value: &Value) -> bool {
    matches!(
        value,
        Value::List(_)
            | Value::Tuple(_)
            | Value::Record(_)
            | Value::Variant(_)
            | Value::Closure(_)
            | Value::Map(_)
    )
}

/// What was inside a value, if nobody else holds it.
fn contents(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::List(items) | Value::Tuple(items) => Arc::into_inner(items).map(Items::into_vec),
        Value::Record(record) => Arc::into_inner(record).map(|record| record.fields.into_vec()),
        Value::Variant(variant) => Arc::into_inner(variant).map(|variant| variant.fields.into_vec()),
        Value::Closure(closure) => Arc::into_inner(closure).map(|closure| closure.captures.into_vec()),
        Value::Map(map) => {
            Arc::into_inner(map).map(|mut map| std::mem::take(&mut map.0).into_values().collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_levels_are_dropped_without_recursion() {
        let mut value = Value::Null;
        for level in 0..1_000_000 {
            value = match level % 4 {
                0 => Value::list(vec![value]),
                1 => Value::record(7, vec![Value::Int(1), value]),
                2 => Value::variant(3, 1, vec![value]),
                _ => Value::map(Map::from_iter([("next".into(), value)])),
            };
        }
        drop(value);
    }

    #[test]
    fn what_others_hold_survives() {
        let inner = Value::list(vec![Value::Int(1)]);
        drop(Value::list(vec![inner.clone(), inner.clone()]));
        assert_eq!(inner, Value::list(vec![Value::Int(1)]));
    }
}
