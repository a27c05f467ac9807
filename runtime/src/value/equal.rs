//! Equality of values: `==` of the language, in a loop with a bound on its work.
//!
//! A structure that shares its parts can be exponentially larger than its memory, so the machine compares within
//! the steps that are left; `PartialEq` is for everybody else.

use std::sync::Arc;

use super::{Error, Value, number};

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        equal(self, other, &mut u64::MAX.clone()).unwrap_or(false)
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        (&self.kind, &self.message, &self.data, &self.task, &self.cause)
            == (&other.kind, &other.message, &other.data, &other.task, &other.cause)
    }
}

/// Whether two values are equal; `None` when the work exceeds `budget`, which goes down by what was used.
pub fn equal(a: &Value, b: &Value, budget: &mut u64) -> Option<bool> {
    let mut open = Vec::new();
    let mut pair = (a, b);
    loop {
        *budget = budget.checked_sub(1)?;
        match shallow(pair.0, pair.1, budget)? {
            Shallow::Different => return Some(false),
            Shallow::Same => {}
            Shallow::Inside => open.push((pair.0, pair.1, 0)),
        }
        pair = loop {
            let Some((a, b, next)) = open.last_mut() else { return Some(true) };
            let at = *next;
            *next += 1;
            if let Value::Map(left) = a
                && let Value::Map(right) = b
            {
                let Some((key, value)) = left.get_index(at) else {
                    open.pop();
                    continue;
                };
                match right.get(key) {
                    Some(other) => break (value, other),
                    None => return Some(false),
                }
            }
            match (a.child(at), b.child(at)) {
                (Some(a), Some(b)) => break (a, b),
                _ => open.pop(),
            };
        };
    }
}

enum Shallow {
    Different,
    Same,
    Inside,
}

/// Compares two values but for what is inside them.
fn shallow(a: &Value, b: &Value, budget: &mut u64) -> Option<Shallow> {
    let inside = |same: bool, shared: bool| match (same, shared) {
        (false, _) => Shallow::Different,
        (true, true) => Shallow::Same,
        (true, false) => Shallow::Inside,
    };
    let same = match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b))
        | (Value::Duration(a), Value::Duration(b))
        | (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Unit(a), Value::Unit(b)) => a == b,
        (Value::Decimal(a), Value::Decimal(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => {
            if a.len() == b.len() {
                *budget = budget.checked_sub(a.len() as u64 / 64)?;
            }
            a == b
        }
        (Value::Number(_) | Value::Int(_), Value::Number(_) | Value::Int(_)) => number::equal(a, b),
        (Value::Bytes(a), Value::Bytes(b)) => {
            *budget = budget.checked_sub(a.len() as u64 / 64)?;
            a == b
        }
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => {
            return Some(inside(a.len() == b.len(), Arc::ptr_eq(a, b)));
        }
        (Value::Map(a), Value::Map(b)) => return Some(inside(a.len() == b.len(), Arc::ptr_eq(a, b))),
        (Value::Record(a), Value::Record(b)) => {
            return Some(inside(a.ty == b.ty && a.fields.len() == b.fields.len(), Arc::ptr_eq(a, b)));
        }
        (Value::Variant(a), Value::Variant(b)) => {
            let same = (a.ty, a.variant, a.fields.len()) == (b.ty, b.variant, b.fields.len());
            return Some(inside(same, Arc::ptr_eq(a, b)));
        }
        (Value::Sealed(a), Value::Sealed(b)) => a == b,
        _ => false,
    };
    Some(if same { Shallow::Same } else { Shallow::Different })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Map;

    #[test]
    fn maps_are_equal_whatever_their_order_and_json_numbers_by_value() {
        let map = |entries: &[(&str, i64)]| {
            Value::map(Map::from_iter(entries.iter().map(|(k, v)| ((*k).into(), Value::Int(*v)))))
        };
        assert_eq!(map(&[("a", 1), ("b", 2)]), map(&[("b", 2), ("a", 1)]));
        assert_ne!(map(&[("a", 1)]), map(&[("b", 1)]));
        assert_ne!(map(&[("a", 1)]), map(&[("a", 1), ("b", 1)]));
        let number = |text: &str| Value::Number(Arc::new(text.into()));
        assert_eq!(number("1.50"), number("15e-1"));
        assert_eq!(Value::list(vec![number("1e2")]), Value::list(vec![Value::Int(100)]));
        assert_ne!(number("1.5"), number("-1.5"));
        assert_ne!(Value::Int(1), Value::Duration(1));
    }

    #[test]
    fn nested_values_are_compared_to_the_end() {
        let nested = |last: i64| {
            (0..10_000)
                .fold(Value::Int(last), |inner, _| Value::list(vec![Value::Int(1), inner, Value::Int(2)]))
        };
        assert_eq!(nested(5), nested(5));
        assert_ne!(nested(5), nested(6));
    }

    #[test]
    fn shared_structures_end_at_the_budget() {
        let wide = || (0..64).fold(Value::Int(0), |inner, _| Value::list(vec![inner.clone(), inner]));
        let mut budget = 10_000;
        assert_eq!(equal(&wide(), &wide(), &mut budget), None);
        let one = wide();
        assert_eq!(equal(&one, &one.clone(), &mut 10), Some(true));
    }
}
