//! Numbers. Float functions have one implementation, the same on every platform.

use super::Run::Builtin;
use super::{Builtin as B, Entry, entry, fails, gives, total};

pub(super) const ENTRIES: &[Entry] = &[
    total(
        "Int.to_float() -> Float",
        "The nearest Float: the same number up to 53 bits.",
        &[gives("(2).to_float()", "2.0"), gives("(9007199254740993).to_float()", "9007199254740992.0")],
        Builtin(B::IntToFloat),
    ),
    total(
        "Int.to_decimal() -> Decimal",
        "The same number as a Decimal.",
        &[
            gives("(2).to_decimal()", r#""2""#),
            gives("(-9223372036854775808).to_decimal()", r#""-9223372036854775808""#),
        ],
        Builtin(B::IntToDecimal),
    ),
    total(
        "Float.to_int() -> Int?",
        "The same number as an Int, if it is whole and within 64 bits.",
        &[gives("2.0.to_int()", "2"), gives("2.5.to_int()", "null"), gives("1e19.to_int()", "null")],
        Builtin(B::FloatToInt),
    ),
    entry(
        "Float.to_decimal() -> Decimal",
        "The number that its text shows.",
        &[
            gives("0.1.to_decimal()", r#""0.1""#),
            gives("1e-7.to_decimal()", r#""0.0000001""#),
            fails("1e300.to_decimal()", "Arithmetic", "1e300 does not fit Decimal, which has 28 digits"),
        ],
        Builtin(B::FloatToDecimal),
    ),
    total(
        "Decimal.to_int() -> Int?",
        "The same number as an Int, if it is whole and within 64 bits.",
        &[
            gives("2.00d.to_int()", "2"),
            gives("2.01d.to_int()", "null"),
            gives("9223372036854775808.0d.to_int()", "null"),
        ],
        Builtin(B::DecimalToInt),
    ),
    total(
        "Decimal.to_float() -> Float",
        "The nearest Float.",
        &[gives("0.10d.to_float()", "0.1"), gives("0.1000000000000000055511151231d.to_float()", "0.1")],
        Builtin(B::DecimalToFloat),
    ),
    entry(
        "Decimal.round(digits: Int) -> Decimal",
        "With at most this many digits after the point, half to even. A negative number of digits rounds before the \
         point.",
        &[
            gives("2.345d.round(2)", r#""2.34""#),
            gives("2.355d.round(2)", r#""2.36""#),
            gives("2.5d.round(4)", r#""2.5""#),
            gives("1250.0d.round(-2)", r#""1200""#),
            fails(
                "let d = \"9999999999999999999999999999\".to_decimal() ?? 0.0d  d.round(-1)",
                "Arithmetic",
                "9999999999999999999999999999 rounded to -1 digits does not fit Decimal",
            ),
        ],
        Builtin(B::DecimalRound),
    ),
    total(
        "math.floor(x: Float) -> Float",
        "The greatest whole number that is not greater.",
        &[gives("math.floor(1.7)", "1.0"), gives("math.floor(-1.2)", "-2.0")],
        Builtin(B::FloatFloor),
    ),
    total(
        "math.floor(x: Decimal) -> Decimal",
        "The greatest whole number that is not greater.",
        &[gives("math.floor(1.70d)", r#""1""#), gives("math.floor(-1.20d)", r#""-2""#)],
        Builtin(B::DecimalFloor),
    ),
    total(
        "math.ceil(x: Float) -> Float",
        "The least whole number that is not less.",
        &[gives("math.ceil(1.2)", "2.0"), gives("math.ceil(-1.7)", "-1.0")],
        Builtin(B::FloatCeil),
    ),
    total(
        "math.ceil(x: Decimal) -> Decimal",
        "The least whole number that is not less.",
        &[gives("math.ceil(1.20d)", r#""2""#), gives("math.ceil(-1.70d)", r#""-1""#)],
        Builtin(B::DecimalCeil),
    ),
    total(
        "math.round(x: Float) -> Float",
        "The nearest whole number, half away from zero. For money see `Decimal.round`.",
        &[
            gives("math.round(1.4)", "1.0"),
            gives("math.round(2.5)", "3.0"),
            gives("math.round(-2.5)", "-3.0"),
        ],
        Builtin(B::FloatRound),
    ),
    entry(
        "math.abs(x: Int) -> Int",
        "Without its sign.",
        &[
            gives("math.abs(-1)", "1"),
            gives("math.abs(-9223372036854775807)", "9223372036854775807"),
            fails(
                "math.abs(-9223372036854775808)",
                "Arithmetic",
                "abs(-9223372036854775808) does not fit in 64 bits",
            ),
        ],
        Builtin(B::IntAbs),
    ),
    total(
        "math.abs(x: Float) -> Float",
        "Without its sign.",
        &[gives("math.abs(-1.5)", "1.5"), gives("math.abs(-0.0)", "0.0")],
        Builtin(B::FloatAbs),
    ),
    total(
        "math.abs(x: Decimal) -> Decimal",
        "Without its sign.",
        &[gives("math.abs(-1.50d)", r#""1.50""#), gives("math.abs(0.00d)", r#""0.00""#)],
        Builtin(B::DecimalAbs),
    ),
    total(
        "math.min(a: T, b: T) -> T where T: ordered",
        "The lesser of two; of equals the first.",
        &[gives("math.min(2, 1)", "1"), gives("math.min(1.50d, 1.5d)", r#""1.50""#)],
        Builtin(B::Min),
    ),
    total(
        "math.max(a: T, b: T) -> T where T: ordered",
        "The greater of two; of equals the first.",
        &[gives("math.max(2, 1)", "2"), gives(r#"math.max("a", "ä")"#, r#""ä""#)],
        Builtin(B::Max),
    ),
    entry(
        "math.pow(base: Int, exponent: Int) -> Int",
        "The power of a whole number.",
        &[
            gives("math.pow(2, 10)", "1024"),
            gives("math.pow(0, 0)", "1"),
            gives("math.pow(-1, 9223372036854775807)", "-1"),
            fails("math.pow(2, 63)", "Arithmetic", "pow(2, 63) does not fit in 64 bits"),
            fails("math.pow(2, -1)", "Arithmetic", "pow(2, -1): the exponent must not be negative"),
        ],
        Builtin(B::IntPow),
    ),
    entry(
        "math.pow(base: Float, exponent: Float) -> Float",
        "The power.",
        &[
            gives("math.pow(2.0, 0.5)", "1.4142135623730951"),
            gives("math.pow(0.0, 0.0)", "1.0"),
            fails("math.pow(10.0, 400.0)", "Arithmetic", "pow(10.0, 400.0) is no finite number"),
            fails("math.pow(-1.0, 0.5)", "Arithmetic", "pow(-1.0, 0.5) is no finite number"),
        ],
        Builtin(B::FloatPow),
    ),
    entry(
        "math.sqrt(x: Float) -> Float",
        "The square root.",
        &[
            gives("math.sqrt(2.0)", "1.4142135623730951"),
            gives("math.sqrt(0.0)", "0.0"),
            fails("math.sqrt(-1.0)", "Arithmetic", "sqrt(-1.0) is no finite number"),
        ],
        Builtin(B::FloatSqrt),
    ),
    entry(
        "math.exp(x: Float) -> Float",
        "e to this power.",
        &[
            gives("math.exp(2.0)", "7.38905609893065"),
            gives("math.exp(-1000.0)", "0.0"),
            fails("math.exp(1000.0)", "Arithmetic", "exp(1000.0) is no finite number"),
        ],
        Builtin(B::FloatExp),
    ),
    entry(
        "math.log(x: Float) -> Float",
        "The natural logarithm.",
        &[
            gives("math.log(10.0)", "2.302585092994046"),
            gives("math.log(1.0)", "0.0"),
            fails("math.log(0.0)", "Arithmetic", "log(0.0) is no finite number"),
        ],
        Builtin(B::FloatLog),
    ),
    total(
        "math.sin(x: Float) -> Float",
        "The sine of an angle in radians.",
        &[gives("math.sin(1.0)", "0.8414709848078965"), gives("math.sin(1e22)", "-0.8522008497671888")],
        Builtin(B::FloatSin),
    ),
    total(
        "math.cos(x: Float) -> Float",
        "The cosine of an angle in radians.",
        &[gives("math.cos(1.0)", "0.5403023058681398"), gives("math.cos(0.0)", "1.0")],
        Builtin(B::FloatCos),
    ),
    total(
        "math.tan(x: Float) -> Float",
        "The tangent of an angle in radians.",
        &[
            gives("math.tan(1.0)", "1.5574077246549023"),
            gives("math.tan(1.5707963267948966)", "1.633123935319537e16"),
        ],
        Builtin(B::FloatTan),
    ),
];
