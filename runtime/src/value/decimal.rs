//! Decimal: 28 significant digits, exact but for division. `rust_decimal` stores it; the rules are the language's.

use rust_decimal::Decimal;

use super::number::Exact;

/// Most significant digits.
pub const DIGITS: u32 = 28;
/// Most digits after the point.
pub const SCALE: u32 = 28;
const LIMIT: i128 = 10i128.pow(DIGITS);

/// A decimal of a mantissa and scale, dropping trailing zeros where it would not fit otherwise.
fn fit(mut mantissa: i128, mut scale: u32) -> Option<Decimal> {
    while scale > SCALE || mantissa.abs() >= LIMIT {
        if scale == 0 || mantissa % 10 != 0 {
            return None;
        }
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}

/// As [`fit`], with zeros added towards the scale it should have, where dropping them all was too much.
fn fit_towards(ideal: u32, mut mantissa: i128, mut scale: u32) -> Option<Decimal> {
    while scale < ideal.min(SCALE) && mantissa.abs() < LIMIT / 10 {
        mantissa *= 10;
        scale += 1;
    }
    fit(mantissa, scale)
}

/// Both mantissas at the larger scale.
fn align(a: Decimal, b: Decimal) -> Option<(i128, i128, u32)> {
    let scale = a.scale().max(b.scale());
    let raise = |d: Decimal| d.mantissa().checked_mul(10i128.checked_pow(scale - d.scale())?);
    Some((raise(a)?, raise(b)?, scale))
}

/// Both mantissas at one scale, after dropping trailing zeros if they do not fit with them.
fn aligned(a: Decimal, b: Decimal) -> Option<(i128, i128, u32)> {
    align(a, b).or_else(|| align(a.normalize(), b.normalize()))
}

/// `a + b`, at the larger scale; `None` if it needs more than 28 digits.
#[must_use]
pub fn add(a: Decimal, b: Decimal) -> Option<Decimal> {
    let ideal = a.scale().max(b.scale());
    let (a, b, scale) = aligned(a, b)?;
    fit_towards(ideal, a.checked_add(b)?, scale)
}

/// `a - b`, at the larger scale; `None` if it needs more than 28 digits.
#[must_use]
pub fn sub(a: Decimal, b: Decimal) -> Option<Decimal> {
    add(a, neg(b))
}

/// `a * b`, the scales added; `None` if it needs more than 28 digits.
#[must_use]
pub fn mul(a: Decimal, b: Decimal) -> Option<Decimal> {
    let scale = a.scale() + b.scale();
    if let Some(mantissa) = a.mantissa().checked_mul(b.mantissa()) {
        return fit(mantissa, scale);
    }
    // too wide, but perhaps with zeros at the end: factors of ten are taken out before the product is made
    let (a, twos, fives) = odd_part(a.mantissa());
    let (b, more_twos, more_fives) = odd_part(b.mantissa());
    let (twos, fives) = (twos + more_twos, fives + more_fives);
    let tens = twos.min(fives);
    let rest = 2i128.checked_pow(twos - tens)?.checked_mul(5i128.checked_pow(fives - tens)?)?;
    let mantissa = a.checked_mul(b)?.checked_mul(rest)?;
    match scale.checked_sub(tens) {
        Some(left) => fit_towards(scale, mantissa, left),
        None => fit_towards(scale, mantissa.checked_mul(10i128.checked_pow(tens - scale)?)?, 0),
    }
}

/// A number without its factors of two and five, and how many there were of each.
fn odd_part(mut number: i128) -> (i128, u32, u32) {
    let twos = if number == 0 { 0 } else { number.trailing_zeros() };
    number >>= twos;
    let mut fives = 0;
    while number != 0 && number % 5 == 0 {
        number /= 5;
        fives += 1;
    }
    (number, twos, fives)
}

/// `a / b` to 28 digits, half to even, an exact quotient at the difference of scales or as few more as it needs;
/// `None` for a zero divisor or a quotient out of range.
#[must_use]
pub fn div(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (dividend, divisor) = (a.mantissa(), b.mantissa());
    if divisor == 0 {
        return None;
    }
    let negative = (dividend < 0) != (divisor < 0);
    let (dividend, divisor) = (dividend.abs(), divisor.abs());
    let mut quotient = dividend / divisor;
    let mut rest = dividend % divisor;
    let mut scale = i64::from(a.scale()) - i64::from(b.scale());
    while scale < 0 || (rest != 0 && scale < i64::from(SCALE) && quotient < LIMIT / 10) {
        rest *= 10;
        quotient = quotient.checked_mul(10)? + rest / divisor;
        rest %= divisor;
        scale += 1;
    }
    let half = (rest * 2).cmp(&divisor);
    if half.is_gt() || (half.is_eq() && quotient % 2 == 1) {
        quotient += 1;
    }
    fit(if negative { -quotient } else { quotient }, u32::try_from(scale).ok()?)
}

/// `a % b` at the larger scale, with the sign of `a`; `None` for a zero divisor.
#[must_use]
pub fn rem(a: Decimal, b: Decimal) -> Option<Decimal> {
    let scale = a.scale().max(b.scale());
    let raised = 10i128.checked_pow(scale - b.scale()).and_then(|unit| b.mantissa().checked_mul(unit));
    // a divisor that is too wide at the scale of `a` is larger than it
    let Some(divisor) = raised else { return Some(a) };
    let mut rest = a.mantissa().checked_rem(divisor)?;
    for _ in a.scale()..scale {
        rest = (rest * 10).checked_rem(divisor)?;
    }
    fit(rest, scale)
}

/// `-a`; zero has no sign.
#[must_use]
pub fn neg(a: Decimal) -> Decimal {
    if a.is_zero() { a } else { -a }
}

/// `a` rounded to some digits after the point, half to even; negative digits round before the point.
#[must_use]
pub fn round(a: Decimal, digits: i64) -> Option<Decimal> {
    let drop = i64::from(a.scale()).saturating_sub(digits);
    if drop <= 0 {
        return Some(a);
    }
    let Ok(drop) = u32::try_from(drop) else { return Some(Decimal::ZERO) };
    let Some(unit) = 10i128.checked_pow(drop) else { return Some(Decimal::ZERO) };
    let (mut whole, rest) = (a.mantissa() / unit, (a.mantissa() % unit).abs());
    let half = rest.cmp(&(unit / 2));
    if half.is_gt() || (half.is_eq() && whole % 2 != 0) {
        whole += a.mantissa().signum();
    }
    match u32::try_from(digits) {
        Ok(scale) => fit(whole, scale),
        Err(_) => fit(whole.checked_mul(10i128.checked_pow(u32::try_from(-digits).ok()?)?)?, 0),
    }
}

/// The greatest whole number that is not greater, without digits after the point.
#[must_use]
pub fn floor(a: Decimal) -> Decimal {
    let unit = 10i128.pow(a.scale().min(SCALE));
    // nearer to zero than `a` by one at most: it always fits
    Decimal::try_from_i128_with_scale(a.mantissa().div_euclid(unit), 0).unwrap_or(a)
}

/// A number of JSON's grammar, its scale kept; `None` if it is none or needs more than 28 digits.
#[must_use]
pub fn parse(text: &str) -> Option<Decimal> {
    let exact = Exact::read(text)?;
    // as written where that fits: `1.50` keeps its scale
    if !text.contains(['e', 'E']) {
        let scale = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let written = digits.parse::<i128>().ok().map(|m| if exact.negative { -m } else { m });
        if let Some(decimal) = written.and_then(|mantissa| fit(mantissa, u32::try_from(scale).ok()?)) {
            return Some(decimal);
        }
    }
    if exact.digits.len() > DIGITS as usize {
        return None;
    }
    let digits: i128 = if exact.digits.is_empty() { 0 } else { exact.digits.parse().ok()? };
    let mantissa = if exact.negative { -digits } else { digits };
    match u32::try_from(exact.exponent) {
        Ok(power) => fit(mantissa.checked_mul(10i128.checked_pow(power)?)?, 0),
        Err(_) => fit(mantissa, u32::try_from(-exact.exponent).ok()?),
    }
}

/// The value as an Int, if it is whole and within 64 bits.
#[must_use]
pub fn to_int(decimal: Decimal) -> Option<i64> {
    let whole = decimal.normalize();
    if whole.scale() == 0 { i64::try_from(whole.mantissa()).ok() } else { None }
}

/// The nearest Float.
#[must_use]
pub fn to_float(decimal: Decimal) -> f64 {
    // the text is exact and its reading correctly rounded
    decimal.to_string().parse().unwrap_or(0.0)
}

/// The Decimal of a Float's shortest text; `None` if it needs more than 28 digits.
#[must_use]
pub fn from_float(float: f64) -> Option<Decimal> {
    parse(&format!("{float:?}")).map(|decimal| if decimal.is_zero() { Decimal::ZERO } else { decimal })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    fn shown(decimal: Option<Decimal>) -> String {
        decimal.map_or("-".into(), |decimal| decimal.to_string())
    }

    #[test]
    fn arithmetic() {
        type Op = fn(Decimal, Decimal) -> Option<Decimal>;
        for (op, a, b, expected) in [
            (add as Op, "1.50", "2.5", "4.00"),
            (add, "9999999999999999999999999999", "1", "-"),
            (add, "99999999999999999999", "0.00000000000000000001", "-"),
            (add, "9999999999999999999999999999", "0.1", "-"),
            (sub, "1", "0.01", "0.99"),
            (sub, "0.1", "0.1", "0.0"),
            (mul, "1.50", "2.0", "3.000"),
            (mul, "99999999999999", "100000000000000", "9999999999999900000000000000"),
            (mul, "99999999999999.9", "99999999999999.9", "-"),
            (mul, "99999999999999", "1000000000000000", "-"),
            (mul, "0.00000000000001", "0.000000000000001", "-"),
            (div, "10.00", "4", "2.50"),
            (div, "1", "3", "0.3333333333333333333333333333"),
            (div, "2", "3", "0.6666666666666666666666666667"),
            (div, "1", "8", "0.125"),
            (div, "-1", "3", "-0.3333333333333333333333333333"),
            (div, "100", "0.5", "200"),
            (div, "1", "0", "-"),
            (div, "9999999999999999999999999999", "0.1", "-"),
            (div, "0.0000000000000000000000000001", "2", "0.0000000000000000000000000000"),
            (rem, "7.5", "2", "1.5"),
            (rem, "-7.5", "2", "-1.5"),
            (rem, "1", "0", "-"),
        ] {
            assert_eq!(shown(op(d(a), d(b))), expected, "{a} {b}");
        }
    }

    #[test]
    fn rounding_is_half_to_even() {
        for (text, digits, expected) in [
            ("2.345", 2, "2.34"),
            ("2.355", 2, "2.36"),
            ("-2.5", 0, "-2"),
            ("-3.5", 0, "-4"),
            ("1.5", 3, "1.5"),
            ("1250", -2, "1200"),
            ("1", -40, "0"),
            ("1.9", i64::MIN, "0"),
        ] {
            assert_eq!(shown(round(d(text), digits)), expected, "{text} {digits}");
        }
    }

    #[test]
    fn reading_keeps_the_scale() {
        for (text, expected) in [
            ("12.50", "12.50"),
            ("-0.00", "0.00"),
            ("1e3", "1000"),
            ("1.5e-3", "0.0015"),
            ("0e5", "0"),
            ("1e28", "-"),
            ("1e27", "1000000000000000000000000000"),
            ("0.00000000000000000000000000001", "-"),
            ("1.00000000000000000000000000000000", "1.000000000000000000000000000"),
            ("1e-400", "-"),
            ("1e999999999999999999999", "-"),
            ("", "-"),
            ("abc", "-"),
            ("1.", "-"),
        ] {
            assert_eq!(shown(parse(text)), expected, "{text}");
        }
        assert_eq!(to_int(d("12.00")), Some(12));
        assert_eq!(to_int(d("12.01")), None);
        assert_eq!(to_int(d("9223372036854775808")), None);
        assert!((to_float(d("0.1")) - 0.1).abs() < f64::EPSILON);
        assert_eq!(shown(from_float(0.1)), "0.1");
        assert_eq!(shown(from_float(-0.0)), "0");
        assert_eq!(shown(from_float(1e300)), "-");
    }
}
