//! Numbers.

use super::Run::Builtin;
use super::{Builtin as B, Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "Int.to_float() -> Float",
        "The same number as a Float.",
        "(2).to_float() == 2.0",
        Builtin(B::IntToFloat),
    ),
    entry(
        "Int.to_decimal() -> Decimal",
        "The same number as a Decimal.",
        "(2).to_decimal() == 2.0d",
        Builtin(B::IntToDecimal),
    ),
    entry(
        "Float.to_int() -> Int?",
        "The same number as an Int, if it is whole and fits.",
        "2.0.to_int() == 2",
        Builtin(B::FloatToInt),
    ),
    entry(
        "Float.to_decimal() -> Decimal",
        "The number its text shows.",
        "0.1.to_decimal() == 0.1d",
        Builtin(B::FloatToDecimal),
    ),
    entry(
        "Decimal.to_int() -> Int?",
        "The same number as an Int, if it is whole and fits.",
        "2.0d.to_int() == 2",
        Builtin(B::DecimalToInt),
    ),
    entry(
        "Decimal.to_float() -> Float",
        "The nearest Float.",
        "0.5d.to_float() == 0.5",
        Builtin(B::DecimalToFloat),
    ),
    entry(
        "Decimal.round(digits: Int) -> Decimal",
        "With this many digits after the point, half to even.",
        "2.345d.round(2) == 2.34d",
        Builtin(B::DecimalRound),
    ),
    entry(
        "math.floor(x: Float) -> Float",
        "The greatest whole number that is not greater.",
        "math.floor(1.7) == 1.0",
        Builtin(B::FloatFloor),
    ),
    entry(
        "math.ceil(x: Float) -> Float",
        "The least whole number that is not less.",
        "math.ceil(1.2) == 2.0",
        Builtin(B::FloatCeil),
    ),
    entry(
        "math.round(x: Float) -> Float",
        "The nearest whole number, half away from zero.",
        "math.round(1.5) == 2.0",
        Builtin(B::FloatRound),
    ),
    entry(
        "math.abs(x: Int) -> Int",
        "Without its sign; fails with Arithmetic for the least Int.",
        "math.abs(-1) == 1",
        Builtin(B::IntAbs),
    ),
    entry("math.abs(x: Float) -> Float", "Without its sign.", "math.abs(-1.5) == 1.5", Builtin(B::FloatAbs)),
    entry(
        "math.abs(x: Decimal) -> Decimal",
        "Without its sign.",
        "math.abs(-1.50d) == 1.50d",
        Builtin(B::DecimalAbs),
    ),
    entry(
        "math.min(a: T, b: T) -> T where T: ordered",
        "The lesser of two.",
        "math.min(1, 2) == 1",
        Builtin(B::Min),
    ),
    entry(
        "math.max(a: T, b: T) -> T where T: ordered",
        "The greater of two.",
        "math.max(1, 2) == 2",
        Builtin(B::Max),
    ),
    entry(
        "math.pow(base: Int, exponent: Int) -> Int",
        "The power; fails with Arithmetic if the exponent is negative or the result does not fit.",
        "math.pow(2, 10) == 1024",
        Builtin(B::IntPow),
    ),
    entry(
        "math.pow(base: Float, exponent: Float) -> Float",
        "The power.",
        "math.pow(2.0, 0.5) > 1.4",
        Builtin(B::FloatPow),
    ),
    entry(
        "math.sqrt(x: Float) -> Float",
        "The square root; fails with Arithmetic below 0.",
        "math.sqrt(4.0) == 2.0",
        Builtin(B::FloatSqrt),
    ),
    entry("math.exp(x: Float) -> Float", "e to this power.", "math.exp(0.0) == 1.0", Builtin(B::FloatExp)),
    entry(
        "math.log(x: Float) -> Float",
        "The natural logarithm.",
        "math.log(1.0) == 0.0",
        Builtin(B::FloatLog),
    ),
    entry("math.sin(x: Float) -> Float", "The sine.", "math.sin(0.0) == 0.0", Builtin(B::FloatSin)),
    entry("math.cos(x: Float) -> Float", "The cosine.", "math.cos(0.0) == 1.0", Builtin(B::FloatCos)),
    entry("math.tan(x: Float) -> Float", "The tangent.", "math.tan(0.0) == 0.0", Builtin(B::FloatTan)),
];
