//! Number literals: integers, floats, decimals, durations.

use super::super::ast::ExprKind;
use super::Builder;
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// The units of a duration, largest first, in milliseconds.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Builder<'_> {
    pub(super) fn number(&self, text: &str, span: Span) -> ExprKind {
        read(text).unwrap_or_else(|message| {
            self.report(Diagnostic::error(codes::NUMBER, span, message));
            ExprKind::Broken
        })
    }
}

fn read(text: &str) -> Result<ExprKind, String> {
    for (prefix, radix) in [("0x", 16), ("0b", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return in_radix(text, digits, radix);
        }
    }
    let suffix_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(suffix_at);
    check_underscores(text, number.split('.'))?;
    let digits = number.replace('_', "");
    match suffix {
        "" if digits.contains('.') => float(text, &digits),
        "" => Ok(digits.parse().map_or(ExprKind::BigInt(digits), ExprKind::Int)),
        "d" if digits.contains('.') => decimal(text, digits),
        _ if suffix.starts_with(['e', 'E'])
            && suffix[1..].starts_with(|c: char| "+-0123456789".contains(c)) =>
        {
            let exponent = &suffix[1..];
            if let Some(at) = exponent.find(|c: char| c.is_ascii_alphabetic()) {
                return Err(letter_after(text, &exponent[at..]));
            }
            check_underscores(text, std::iter::once(exponent.trim_start_matches(['+', '-'])))?;
            float(text, &format!("{digits}e{}", exponent.replace('_', "")))
        }
        _ => duration(text),
    }
}

fn in_radix(text: &str, digits: &str, radix: u32) -> Result<ExprKind, String> {
    check_underscores(text, std::iter::once(digits))?;
    let digits = digits.replace('_', "");
    let fits = |c: char| c.is_digit(radix);
    if let Some(wrong) = digits.chars().find(|&c| !fits(c)) {
        let kind = if radix == 2 { "binary" } else { "hexadecimal" };
        return Err(format!("`{wrong}` is not a {kind} digit in `{}`", short(text)));
    }
    match i64::from_str_radix(&digits, radix) {
        Ok(value) => Ok(ExprKind::Int(value)),
        Err(_) => match u128::from_str_radix(&digits, radix) {
            Ok(value) => Ok(ExprKind::BigInt(value.to_string())),
            Err(_) => Err(format!("`{}` does not fit an Int, which has 64 bits", short(text))),
        },
    }
}

fn check_underscores<'a>(text: &str, mut parts: impl Iterator<Item = &'a str>) -> Result<(), String> {
    if parts.any(|part| part.is_empty() || part.starts_with('_') || part.ends_with('_')) {
        return Err(format!("`_` separates digits: `{}` needs a digit on either side of it", short(text)));
    }
    Ok(())
}

fn float(text: &str, digits: &str) -> Result<ExprKind, String> {
    match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(ExprKind::Float(value)),
        _ => Err(format!("`{}` is beyond the range of a Float", short(text))),
    }
}

fn decimal(text: &str, digits: String) -> Result<ExprKind, String> {
    let significant = digits.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit).count();
    let scale = digits.split('.').nth(1).map_or(0, str::len);
    if significant > 28 || scale > 28 {
        return Err(format!("`{}` has more than the 28 digits of a Decimal", short(text)));
    }
    Ok(ExprKind::Decimal(digits))
}

/// `500ms`, `1h30m`: each unit once, the larger first.
fn duration(text: &str) -> Result<ExprKind, String> {
    let mut rest = text;
    let mut total: i64 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits_end = rest.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(rest.len());
        let (digits, after) = rest.split_at(digits_end);
        let unit_end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        if digits.is_empty() || !UNITS.iter().any(|(name, _)| *name == unit) {
            return Err(letter_after(text, if unit.is_empty() { after } else { unit }));
        }
        check_underscores(text, std::iter::once(digits))?;
        let Some((_, millis)) = units.by_ref().find(|(name, _)| *name == unit) else {
            return Err(format!(
                "`{}` names its units from the largest to the smallest, each once",
                short(text)
            ));
        };
        let count: Option<i64> = digits.replace('_', "").parse().ok();
        let sum = count.and_then(|n| n.checked_mul(*millis)).and_then(|n| total.checked_add(n));
        total = sum.ok_or_else(|| format!("`{}` is too long for a Duration", short(text)))?;
        rest = next;
    }
    Ok(ExprKind::Duration(total))
}

fn letter_after(text: &str, letters: &str) -> String {
    if letters.is_empty() || letters.starts_with('.') {
        return format!("`{}` is not a number: durations have whole parts, as in `1h30m`", short(text));
    }
    format!(
        "`{}` cannot follow a number directly in `{}`: units are `d h m s ms`",
        short(letters),
        short(text)
    )
}

/// A literal as a message shows it.
fn short(text: &str) -> String {
    if text.len() <= 40 { text.to_owned() } else { format!("{}…", &text[..40]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        let cases = [
            ("0", "Int(0)"),
            ("1_000", "Int(1000)"),
            ("0xff", "Int(255)"),
            ("0b101", "Int(5)"),
            ("9223372036854775807", "Int(9223372036854775807)"),
            ("9223372036854775808", "BigInt(\"9223372036854775808\")"),
            ("1.5", "Float(1.5)"),
            ("1e-3", "Float(0.001)"),
            ("1E3", "Float(1000.0)"),
            ("12.50d", "Decimal(\"12.50\")"),
            ("2.0d", "Decimal(\"2.0\")"),
            ("2d", "Duration(172800000)"),
            ("500ms", "Duration(500)"),
            ("1h30m", "Duration(5400000)"),
            ("1d2h3m4s5ms", "Duration(93784005)"),
            ("7d", "Duration(604800000)"),
        ];
        for (text, expected) in cases {
            assert_eq!(format!("{:?}", read(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn slips() {
        let cases = [
            ("1_", "either side"),
            ("1_.5", "either side"),
            ("0x", "either side"),
            ("0b12", "`2` is not a binary digit"),
            ("12abc", "`abc` cannot follow"),
            ("1x", "`x` cannot follow"),
            ("30m1h", "largest to the smallest"),
            ("1h1h", "largest to the smallest"),
            ("1.5h", "whole parts"),
            ("1h30", "whole parts"),
            ("1e999", "range of a Float"),
            ("1e3x", "`x` cannot follow"),
            ("99999999999999999d", "too long for a Duration"),
            ("0.12345678901234567890123456789d", "28 digits"),
        ];
        for (text, expected) in cases {
            let message = read(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
