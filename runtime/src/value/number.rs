//! JSON numbers as written: their value without loss, whatever their length or exponent.

use super::Value;

/// The value of a number: sign, digits without leading and trailing zeros, power of ten of the last digit.
/// Zero has no digits. The exponent saturates: nothing that far out is representable anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exact {
    /// Whether it is below zero.
    pub negative: bool,
    /// Its digits; empty for zero.
    pub digits: String,
    /// `digits × 10^exponent`.
    pub exponent: i64,
}

impl Exact {
    /// Reads a number of JSON's grammar.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, power) = match rest.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, exponent(power)?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if fraction.is_empty() && mantissa.ends_with('.') {
            return None;
        }
        let mut digits = String::with_capacity(whole.len() + fraction.len());
        digits.push_str(whole);
        digits.push_str(fraction);
        if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let kept = digits.trim_end_matches('0').len();
        let exponent = power
            .saturating_sub(i64::try_from(fraction.len()).ok()?)
            .saturating_add(i64::try_from(digits.len() - kept).ok()?);
        digits.truncate(kept);
        let digits = digits.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self { negative: false, digits, exponent: 0 });
        }
        Some(Self { negative, digits, exponent })
    }

    /// The value as an Int, if it is a whole number within 64 bits.
    #[must_use]
    pub fn to_int(&self) -> Option<i64> {
        if self.digits.is_empty() {
            return Some(0);
        }
        let power = u32::try_from(self.exponent).ok().filter(|power| *power <= 19)?;
        let mut value: i128 = self.digits.parse().ok().filter(|_| self.digits.len() <= 19)?;
        value = value.checked_mul(10i128.pow(power))?;
        i64::try_from(if self.negative { -value } else { value }).ok()
    }
}

/// The exponent of a number; one beyond 64 bits saturates.
fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse().unwrap_or(i64::MAX / 4);
    Some(if text.starts_with('-') { -value } else { value })
}

/// A JSON number's text as a value: Int if it is the canonical form of a 64-bit integer.
#[must_use]
pub fn value(text: &str) -> Value {
    match text.parse::<i64>() {
        // `-0` and `+1` are no canonical forms
        Ok(int) if text.len() <= 20 && !text.starts_with('+') && text != "-0" => Value::Int(int),
        _ => Value::Number(std::sync::Arc::new(text.into())),
    }
}

/// Whether two JSON numbers (Int or Number) have one value.
#[must_use]
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Number(a), Value::Number(b)) if a == b => true,
        (Value::Number(a), Value::Number(b)) => Exact::read(a).is_some_and(|a| Some(a) == Exact::read(b)),
        (Value::Int(int), Value::Number(text)) | (Value::Number(text), Value::Int(int)) => {
            Exact::read(text).and_then(|exact| exact.to_int()) == Some(*int)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_within_64_bits_are_ints() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("0.000", Some(0)),
            ("0e999999999999999999999", Some(0)),
            ("1e3", Some(1000)),
            ("12.50e1", Some(125)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("922337203685477580700e-2", Some(i64::MAX)),
            ("0.5", None),
            ("1e19", None),
            ("1e99999999999999999999", None),
        ] {
            assert_eq!(Exact::read(text).and_then(|n| n.to_int()), expected, "{text}");
        }
        for text in ["", "-", "1e", "1.e+", "a", "1e+-1", ".5", "1."] {
            assert_eq!(Exact::read(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_canonical_form_is_kept_as_an_int() {
        assert!(matches!(value("12"), Value::Int(12)));
        for text in ["-0", "1.0", "1e2", "9223372036854775808"] {
            assert!(matches!(value(text), Value::Number(n) if n.as_str() == text), "{text}");
        }
    }
}
