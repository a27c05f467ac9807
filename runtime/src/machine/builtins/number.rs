//! Int, Float, Decimal and the order of values. Float functions come from one portable implementation.

use aeth_lang::library::Builtin;
use rust_decimal::Decimal;

use super::{Fault, Library, Run, decimal, float, int};
use crate::machine::data::compare;
use crate::value::{ErrorKind, Value, decimal as exact};

pub(super) fn call(builtin: Builtin, args: &mut [Value], library: &mut Library<'_>) -> Run<Value> {
    use Builtin as B;
    Ok(match builtin {
        B::IntToFloat => Value::Float(int(&args[0])? as f64),
        B::IntToDecimal => Value::decimal(int(&args[0])?.into()),
        B::IntAbs => {
            let a = int(&args[0])?;
            let absolute =
                a.checked_abs().ok_or_else(|| arithmetic(format!("abs({a}) does not fit in 64 bits")));
            Value::Int(absolute?)
        }
        B::IntPow => Value::Int(pow(int(&args[0])?, int(&args[1])?)?),
        B::FloatToInt => {
            let a = float(&args[0])?;
            // the bounds are exact: 2^63 is a Float, and every Float below it fits
            let fits =
                a.trunc() == a && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&a);
            if fits { Value::Int(a as i64) } else { Value::Null }
        }
        B::FloatToDecimal => {
            let a = float(&args[0])?;
            let found = exact::from_float(a);
            Value::decimal(
                found
                    .ok_or_else(|| arithmetic(format!("{a:?} does not fit Decimal, which has 28 digits")))?,
            )
        }
        B::DecimalToInt => exact::to_int(decimal(&args[0])?).map_or(Value::Null, Value::Int),
        B::DecimalToFloat => Value::Float(exact::to_float(decimal(&args[0])?)),
        B::DecimalRound => {
            let (a, digits) = (decimal(&args[0])?, int(&args[1])?);
            let found = exact::round(a, digits);
            Value::decimal(
                found.ok_or_else(|| {
                    arithmetic(format!("{a} rounded to {digits} digits does not fit Decimal"))
                })?,
            )
        }
        B::DecimalFloor => Value::decimal(exact::floor(decimal(&args[0])?)),
        B::DecimalCeil => Value::decimal(exact::neg(exact::floor(exact::neg(decimal(&args[0])?)))),
        B::DecimalAbs => Value::decimal(decimal(&args[0])?.abs()),
        B::DecimalNeg => Value::decimal(exact::neg(decimal(&args[0])?)),
        B::DecimalAdd => of_decimals(args, "+", exact::add)?,
        B::DecimalSub => of_decimals(args, "-", exact::sub)?,
        B::DecimalMul => of_decimals(args, "*", exact::mul)?,
        B::DecimalDiv => of_decimals(args, "/", exact::div)?,
        B::DecimalRem => of_decimals(args, "%", exact::rem)?,
        B::Min | B::Max => {
            let ordering = compare(&args[0], &args[1], library)?;
            let second = if builtin == B::Min { ordering.is_gt() } else { ordering.is_lt() };
            std::mem::take(&mut args[usize::from(second)])
        }
        B::FloatFloor => finite("floor", float(&args[0])?, libm::floor)?,
        B::FloatCeil => finite("ceil", float(&args[0])?, libm::ceil)?,
        B::FloatRound => finite("round", float(&args[0])?, libm::round)?,
        B::FloatAbs => Value::Float(float(&args[0])?.abs()),
        B::FloatPow => {
            let (a, b) = (float(&args[0])?, float(&args[1])?);
            let value = libm::pow(a, b);
            if !value.is_finite() {
                return Err(arithmetic(format!("pow({a:?}, {b:?}) is no finite number")));
            }
            Value::Float(value)
        }
        B::FloatSqrt => finite("sqrt", float(&args[0])?, f64::sqrt)?,
        B::FloatExp => finite("exp", float(&args[0])?, libm::exp)?,
        B::FloatLog => finite("log", float(&args[0])?, libm::log)?,
        B::FloatSin => finite("sin", float(&args[0])?, libm::sin)?,
        B::FloatCos => finite("cos", float(&args[0])?, libm::cos)?,
        B::FloatTan => finite("tan", float(&args[0])?, libm::tan)?,
        other => return Err(Fault::internal(format_args!("no library function {other:?}"))),
    })
}

fn arithmetic(message: String) -> Box<Fault> {
    Fault::new(ErrorKind::Arithmetic, message)
}

fn finite(name: &str, a: f64, function: impl Fn(f64) -> f64) -> Run<Value> {
    let value = function(a);
    if value.is_finite() {
        Ok(Value::Float(value))
    } else {
        Err(arithmetic(format!("{name}({a:?}) is no finite number")))
    }
}

fn pow(a: i64, exponent: i64) -> Run<i64> {
    if exponent < 0 {
        return Err(arithmetic(format!("pow({a}, {exponent}): the exponent must not be negative")));
    }
    let found = match (a, u32::try_from(exponent)) {
        (0 | 1, _) if exponent > 0 => Some(a),
        (-1, _) => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        (_, Ok(exponent)) => a.checked_pow(exponent),
        (_, Err(_)) => None,
    };
    found.ok_or_else(|| arithmetic(format!("pow({a}, {exponent}) does not fit in 64 bits")))
}

fn of_decimals(args: &[Value], sign: &str, op: fn(Decimal, Decimal) -> Option<Decimal>) -> Run<Value> {
    let (a, b) = (decimal(&args[0])?, decimal(&args[1])?);
    let why = || {
        if b.is_zero() && matches!(sign, "/" | "%") {
            format!("division by zero: {a} {sign} {b}")
        } else {
            format!("{a} {sign} {b} needs more than 28 digits")
        }
    };
    op(a, b).map(Value::decimal).ok_or_else(|| arithmetic(why()))
}
