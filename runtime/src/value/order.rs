//! Order of values: `<` of the language, for Int, Float, Decimal, String, Bool, Duration, Timestamp and tuples.

use std::cmp::Ordering;

use super::Value;

/// How two values of one ordered type compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// They compare so.
    Is(Ordering),
    /// Their type has no order.
    None,
    /// The comparison needs more work than it may use.
    Exhausted,
}

/// Compares two values of one type, tuples from the left; `budget` goes down by what was used.
pub fn order(a: &Value, b: &Value, budget: &mut u64) -> Order {
    let mut open = vec![(a, b)];
    while let Some((a, b)) = open.pop() {
        let Some(left) = budget.checked_sub(1) else { return Order::Exhausted };
        *budget = left;
        let ordering = match (a, b) {
            (Value::Int(a), Value::Int(b))
            | (Value::Duration(a), Value::Duration(b))
            | (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
            (Value::Float(a), Value::Float(b)) => match a.partial_cmp(b) {
                Some(ordering) => ordering,
                None => return Order::None,
            },
            (Value::Decimal(a), Value::Decimal(b)) => a.cmp(b),
            // bytes of UTF-8 order as scalar values do
            (Value::Text(a), Value::Text(b)) => {
                *budget = budget.saturating_sub(a.len().min(b.len()) as u64 / 64);
                a.as_str().cmp(b)
            }
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Tuple(a), Value::Tuple(b)) if a.len() == b.len() => {
                open.extend(a.iter().zip(b.iter()).rev());
                Ordering::Equal
            }
            _ => return Order::None,
        };
        if ordering != Ordering::Equal {
            return Order::Is(ordering);
        }
    }
    Order::Is(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ordered_type_and_tuples_of_them() {
        let text = |t: &str| Value::text(t);
        for (a, b) in [
            (Value::Int(-1), Value::Int(2)),
            (Value::Float(-0.5), Value::Float(0.25)),
            (text("a"), text("b")),
            (text("z"), text("ä")),
            (text("\u{FFFF}"), text("\u{10000}")),
            (text("ab"), text("abc")),
            (Value::Bool(false), Value::Bool(true)),
            (Value::Duration(1), Value::Duration(2)),
            (Value::Timestamp(1), Value::Timestamp(2)),
            (
                Value::tuple(vec![Value::Int(1), text("a"), Value::Int(9)]),
                Value::tuple(vec![Value::Int(1), text("b"), Value::Int(0)]),
            ),
        ] {
            assert_eq!(order(&a, &b, &mut 100), Order::Is(Ordering::Less), "{a:?} {b:?}");
            assert_eq!(order(&b, &a, &mut 100), Order::Is(Ordering::Greater));
            assert_eq!(order(&a, &a, &mut 100), Order::Is(Ordering::Equal));
        }
        assert_eq!(order(&Value::Null, &Value::Null, &mut 100), Order::None);
        assert_eq!(order(&Value::Int(1), &text("1"), &mut 100), Order::None);
        assert_eq!(order(&Value::Int(1), &Value::Int(1), &mut 0), Order::Exhausted);
    }
}
