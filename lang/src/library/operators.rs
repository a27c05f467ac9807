//! The operators of the built-in types: what each takes, gives and fails with.
//!
//! The checker and the code generator decide by the types themselves; the tests below hold this table against the
//! checker, so that the reference page says no more and no less.

use super::{Example, fails, gives};

/// An operator on some types.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
    /// How it is written, with types for its operands: `Int / Int -> Int`.
    pub form: &'static str,
    /// What it gives.
    pub doc: &'static str,
    /// Uses and what comes of them.
    pub examples: &'static [Example],
    /// Whether it never fails, but for the limits of the job.
    pub total: bool,
}

const fn operator(form: &'static str, doc: &'static str, examples: &'static [Example]) -> Operator {
    Operator { form, doc, examples, total: false }
}

const fn total(form: &'static str, doc: &'static str, examples: &'static [Example]) -> Operator {
    Operator { form, doc, examples, total: true }
}

/// Every operator, by type, in the order of the reference.
pub const OPERATORS: &[(&str, &[Operator])] = &[
    ("Int", INT),
    ("Float", FLOAT),
    ("Decimal", DECIMAL),
    ("String", STRING),
    ("Bool", BOOL),
    ("Duration", DURATION),
    ("Timestamp", TIMESTAMP),
    ("List", LIST),
    ("Map", MAP),
    ("Json", JSON),
    ("any type", ANY),
];

const INT: &[Operator] = &[
    operator(
        "Int + Int -> Int",
        "The sum.",
        &[
            gives("2 + 3", "5"),
            gives("9223372036854775807 + 0", "9223372036854775807"),
            fails("9223372036854775807 + 1", "Arithmetic", "9223372036854775807 + 1 does not fit in 64 bits"),
        ],
    ),
    operator(
        "Int - Int -> Int",
        "The difference.",
        &[
            gives("2 - 3", "-1"),
            gives("-9223372036854775807 - 1", "-9223372036854775808"),
            fails(
                "-9223372036854775807 - 2",
                "Arithmetic",
                "-9223372036854775807 - 2 does not fit in 64 bits",
            ),
        ],
    ),
    operator(
        "Int * Int -> Int",
        "The product.",
        &[
            gives("2 * 3", "6"),
            gives("-3037000500 * 3037000499", "-9223372033963249500"),
            fails("4294967296 * 4294967296", "Arithmetic", "4294967296 * 4294967296 does not fit in 64 bits"),
        ],
    ),
    operator(
        "Int / Int -> Int",
        "The quotient, its fraction cut off.",
        &[
            gives("7 / 2", "3"),
            gives("-7 / 2", "-3"),
            fails("7 / 0", "Arithmetic", "division by zero: 7 / 0"),
            fails(
                "-9223372036854775808 / -1",
                "Arithmetic",
                "-9223372036854775808 / -1 does not fit in 64 bits",
            ),
        ],
    ),
    operator(
        "Int % Int -> Int",
        "The remainder, with the sign of the left side.",
        &[
            gives("7 % 2", "1"),
            gives("-7 % 2", "-1"),
            gives("7 % -2", "1"),
            fails("7 % 0", "Arithmetic", "division by zero: 7 % 0"),
        ],
    ),
    operator(
        "-Int -> Int",
        "The number with the other sign.",
        &[
            gives("let n = 5  -n", "-5"),
            gives("let n = 0  -n", "0"),
            fails(
                "let n = -9223372036854775808  -n",
                "Arithmetic",
                "-(-9223372036854775808) does not fit in 64 bits",
            ),
        ],
    ),
    total(
        "Int < Int -> Bool",
        "Whether it is less; also `<= > >=`.",
        &[gives("1 < 2", "true"), gives("2 < 2", "false"), gives("2 >= 2", "true")],
    ),
    operator(
        "Int..Int -> List<Int>",
        "The numbers from the left to the right, which is not included; `..=` includes it. Counting down gives nothing.",
        &[
            gives("1..4", "[1,2,3]"),
            gives("1..=4", "[1,2,3,4]"),
            gives("1..0", "[]"),
            fails(
                "(0..9_000_000_000_000_000_000).len()",
                "Limit",
                "the job's limit `heap` (67108864) was reached: the program holds too much data",
            ),
        ],
    ),
];

const FLOAT: &[Operator] = &[
    operator(
        "Float + Float -> Float",
        "The sum, rounded to the nearest Float. A Float is always finite.",
        &[
            gives("0.5 + 0.25", "0.75"),
            gives("0.1 + 0.2", "0.30000000000000004"),
            fails("1.7e308 + 1.7e308", "Arithmetic", "1.7e308 + 1.7e308 is not finite"),
        ],
    ),
    operator(
        "Float - Float -> Float",
        "The difference.",
        &[
            gives("0.5 - 0.75", "-0.25"),
            gives("0.5 - 0.5", "0.0"),
            fails("-1.7e308 - 1.7e308", "Arithmetic", "-1.7e308 - 1.7e308 is not finite"),
        ],
    ),
    operator(
        "Float * Float -> Float",
        "The product.",
        &[
            gives("1.5 * 2.0", "3.0"),
            gives("1e-200 * 1e-200", "0.0"),
            fails("1e200 * 1e200", "Arithmetic", "1e200 * 1e200 is not finite"),
        ],
    ),
    operator(
        "Float / Float -> Float",
        "The quotient.",
        &[
            gives("1.0 / 4.0", "0.25"),
            gives("1.0 / 3.0", "0.3333333333333333"),
            fails("1.0 / 0.0", "Arithmetic", "1.0 / 0.0 is not finite"),
        ],
    ),
    operator(
        "Float % Float -> Float",
        "The remainder, with the sign of the left side; exact.",
        &[
            gives("7.5 % 2.0", "1.5"),
            gives("-7.5 % 2.0", "-1.5"),
            fails("1.0 % 0.0", "Arithmetic", "1.0 % 0.0 is not finite"),
        ],
    ),
    total(
        "-Float -> Float",
        "The number with the other sign.",
        &[gives("let x = 1.5  -x", "-1.5"), gives("let x = 0.0  -x == x", "true")],
    ),
    total(
        "Float < Float -> Bool",
        "Whether it is less; also `<= > >=`.",
        &[gives("0.5 < 1.0", "true"), gives("-0.0 < 0.0", "false")],
    ),
];

const DECIMAL: &[Operator] = &[
    operator(
        "Decimal + Decimal -> Decimal",
        "The exact sum, with the larger number of digits after the point.",
        &[
            gives("1.50d + 2.5d", r#""4.00""#),
            gives("0.1d + 0.2d == 0.3d", "true"),
            fails(
                "999999999999999999999999999.9d + 0.01d",
                "Arithmetic",
                "999999999999999999999999999.9 + 0.01 needs more than 28 digits",
            ),
        ],
    ),
    operator(
        "Decimal - Decimal -> Decimal",
        "The exact difference, with the larger number of digits after the point.",
        &[
            gives("1.0d - 0.01d", r#""0.99""#),
            gives("1.50d - 1.5d", r#""0.00""#),
            fails(
                "99999999999999999999.0d - 0.00000000000000000001d",
                "Arithmetic",
                "99999999999999999999.0 - 0.00000000000000000001 needs more than 28 digits",
            ),
        ],
    ),
    operator(
        "Decimal * Decimal -> Decimal",
        "The exact product, with as many digits after the point as both sides together, fewer if they are zeros that do \
         not fit.",
        &[
            gives("1.50d * 2.0d", r#""3.000""#),
            gives("-0.5d * 0.0d", r#""0.00""#),
            fails(
                "99999999999999.9d * 99999999999999.9d",
                "Arithmetic",
                "99999999999999.9 * 99999999999999.9 needs more than 28 digits",
            ),
        ],
    ),
    operator(
        "Decimal / Decimal -> Decimal",
        "The quotient: exact if it can be, else rounded half to even to 28 digits, at most 28 of them after the point.",
        &[
            gives("1.00d / 4.0d", r#""0.25""#),
            gives("2.40d / 2.0d", r#""1.2""#),
            gives("2.0d / 3.0d", r#""0.6666666666666666666666666667""#),
            fails("1.0d / 0.00d", "Arithmetic", "division by zero: 1.0 / 0.00"),
        ],
    ),
    operator(
        "Decimal % Decimal -> Decimal",
        "The remainder, with the sign of the left side; exact.",
        &[
            gives("7.5d % 2.0d", r#""1.5""#),
            gives("-7.5d % 2.0d", r#""-1.5""#),
            fails("7.5d % 0.0d", "Arithmetic", "division by zero: 7.5 % 0.0"),
        ],
    ),
    total(
        "-Decimal -> Decimal",
        "The number with the other sign; zero has none.",
        &[gives("let d = 1.50d  -d", r#""-1.50""#), gives("let d = 0.00d  -d", r#""0.00""#)],
    ),
    total(
        "Decimal < Decimal -> Bool",
        "Whether its value is less; also `<= > >=`.",
        &[gives("1.5d < 1.51d", "true"), gives("1.5d < 1.50d", "false")],
    ),
];

const STRING: &[Operator] = &[
    total(
        "String + String -> String",
        "Both texts joined.",
        &[gives(r#""a" + "b""#, r#""ab""#), gives(r#""" + """#, r#""""#)],
    ),
    total(
        "String < String -> Bool",
        "Whether it comes first by Unicode scalar values; also `<= > >=`.",
        &[gives(r#""a" < "b""#, "true"), gives(r#""Z" < "a""#, "true"), gives(r#""a" < "a""#, "false")],
    ),
    total(
        "String in String -> Bool",
        "Whether the right text contains the left one.",
        &[gives(r#""b" in "abc""#, "true"), gives(r#""" in "abc""#, "true")],
    ),
];

const BOOL: &[Operator] = &[
    total(
        "Bool && Bool -> Bool",
        "Whether both are true. The right side is not evaluated if the left one is false.",
        &[gives("true && false", "false"), gives("false && 1 / 0 == 1", "false")],
    ),
    total(
        "Bool || Bool -> Bool",
        "Whether one is true. The right side is not evaluated if the left one is true.",
        &[gives("true || false", "true"), gives("true || 1 / 0 == 1", "true")],
    ),
    total("!Bool -> Bool", "The opposite.", &[gives("!true", "false"), gives("!(1 > 2)", "true")]),
    total(
        "Bool < Bool -> Bool",
        "Whether it is `false` and the other `true`; also `<= > >=`.",
        &[gives("false < true", "true"), gives("true < true", "false")],
    ),
];

const DURATION: &[Operator] = &[
    operator(
        "Duration + Duration -> Duration",
        "The sum.",
        &[
            gives("1h + 30m", r#""PT1H30M""#),
            gives("1s + 0s", r#""PT1S""#),
            fails("106751991167d + 1d", "Arithmetic", "P106751991167D + P1D does not fit Duration"),
        ],
    ),
    operator(
        "Duration - Duration -> Duration",
        "The difference.",
        &[
            gives("1h - 30m", r#""PT30M""#),
            gives("0s - 5s", r#""-PT5S""#),
            fails("0s - 106751991167d - 1d", "Arithmetic", "-P106751991167D - P1D does not fit Duration"),
        ],
    ),
    operator(
        "Duration * Int -> Duration",
        "So many times as long. The Duration stands first.",
        &[
            gives("90s * 2", r#""PT3M""#),
            gives("1d * 0", r#""PT0S""#),
            fails("1d * 1_000_000_000_000", "Arithmetic", "P1D * 1000000000000 does not fit Duration"),
        ],
    ),
    operator(
        "Duration / Int -> Duration",
        "A part of it; what is less than a millisecond is cut off.",
        &[
            gives("1h / 4", r#""PT15M""#),
            gives("10ms / 4", r#""PT0.002S""#),
            fails("1h / 0", "Arithmetic", "division by zero: PT1H / 0"),
        ],
    ),
    total(
        "-Duration -> Duration",
        "As long in the other direction.",
        &[gives("let d = 1h  -d", r#""-PT1H""#), gives("let d = 0s  -d", r#""PT0S""#)],
    ),
    total(
        "Duration < Duration -> Bool",
        "Whether it is shorter; also `<= > >=`.",
        &[gives("59m < 1h", "true"), gives("60m < 1h", "false")],
    ),
];

const TIMESTAMP: &[Operator] = &[
    operator(
        "Timestamp + Duration -> Timestamp",
        "The instant so much later. A day has 24 hours.",
        &[
            gives(r#"time.parse("2026-01-31T00:00:00Z") + 1d"#, r#""2026-02-01T00:00:00Z""#),
            gives(r#"time.parse("2024-02-28T23:59:59Z") + 1500ms"#, r#""2024-02-29T00:00:00.500Z""#),
            fails(
                r#"time.parse("9999-12-31T23:59:59Z") + 1s"#,
                "Arithmetic",
                "9999-12-31T23:59:59Z + PT1S is outside the years 0 to 9999",
            ),
        ],
    ),
    operator(
        "Timestamp - Duration -> Timestamp",
        "The instant so much earlier.",
        &[
            gives(r#"time.parse("2026-03-01T00:00:00Z") - 1d"#, r#""2026-02-28T00:00:00Z""#),
            gives(r#"time.parse("1970-01-01T00:00:00Z") - 1ms"#, r#""1969-12-31T23:59:59.999Z""#),
            fails(
                r#"time.parse("0000-01-01T00:00:00Z") - 1s"#,
                "Arithmetic",
                "0000-01-01T00:00:00Z - PT1S is outside the years 0 to 9999",
            ),
        ],
    ),
    total(
        "Timestamp - Timestamp -> Duration",
        "How much later the left one is.",
        &[
            gives(r#"time.parse("2026-01-02T00:00:00Z") - time.parse("2026-01-01T00:00:00Z")"#, r#""P1D""#),
            gives(r#"time.parse("2026-01-01T00:00:00Z") - time.parse("2026-01-01T01:00:00Z")"#, r#""-PT1H""#),
        ],
    ),
    total(
        "Timestamp < Timestamp -> Bool",
        "Whether it is earlier; also `<= > >=`.",
        &[
            gives(r#"time.parse("2026-01-01T00:00:00Z") < time.parse("2026-01-01T00:00:01Z")"#, "true"),
            gives(r#"time.parse("2026-01-01T01:00:00+01:00") < time.parse("2026-01-01T00:00:00Z")"#, "false"),
        ],
    ),
];

const LIST: &[Operator] = &[
    total(
        "List<T> + List<T> -> List<T>",
        "The items of both.",
        &[gives("[1] + [2, 3]", "[1,2,3]"), gives("[1] + []", "[1]")],
    ),
    operator(
        "List<T>[Int] -> T",
        "The item at an index, counted from 0. `.get` gives null instead of failing.",
        &[
            gives("[10, 20][1]", "20"),
            gives("[[1, 2], [3]][0][1]", "2"),
            fails("[10, 20][2]", "NotFound", "index 2 is out of range: the list has 2 items"),
            fails("[10, 20][-1]", "NotFound", "index -1 is out of range: the list has 2 items"),
        ],
    ),
    total(
        "T in List<T> -> Bool",
        "Whether an item equals it.",
        &[gives("2 in [1, 2]", "true"), gives("[2] in [[1], [2]]", "true"), gives("3 in [1, 2]", "false")],
    ),
];

const MAP: &[Operator] = &[
    operator(
        "Map<K, V>[K] -> V",
        "The value of a key. `.get` gives null instead of failing.",
        &[
            gives(r#"["a": 1]["a"]"#, "1"),
            gives("[true: 1, false: 0][1 > 2]", "0"),
            fails(r#"["a": 1]["b"]"#, "NotFound", "the key \"b\" is not there"),
        ],
    ),
    total(
        "K in Map<K, V> -> Bool",
        "Whether there is a key.",
        &[gives(r#""a" in ["a": 1]"#, "true"), gives("1 in [2: 1]", "false")],
    ),
];

const JSON: &[Operator] = &[
    total(
        "Json.name -> Json",
        "The member of an object; null if it is missing or there is no object.",
        &[
            gives(r#"let j = json { a: { b: 1 } }  j.a.b"#, "1"),
            gives(r#"let j = json { a: 1 }  j.a.b.c"#, "null"),
        ],
    ),
    operator(
        "Json[String] -> Json",
        "The member of an object, which must be there.",
        &[
            gives(r#"let j = json { a: 1 }  j["a"]"#, "1"),
            gives(r#"let j = json { a: null }  j["a"]"#, "null"),
            fails(r#"let j = json { a: 1 }  j["b"]"#, "NotFound", "the key \"b\" is not there"),
            fails(r#"let j = json [1]  j["b"]"#, "NotFound", "no member \"b\" in a list"),
        ],
    ),
    operator(
        "Json[Int] -> Json",
        "The item of a list, which must be there.",
        &[
            gives("let j = json [1, 2]  j[1]", "2"),
            gives("let j = json [[]]  j[0]", "[]"),
            fails("let j = json [1, 2]  j[2]", "NotFound", "index 2 is out of range: the list has 2 items"),
            fails("let j = json { a: 1 }  j[0]", "NotFound", "no item 0 in an object"),
        ],
    ),
    operator(
        "value as T -> T",
        "The JSON form of a value, decoded as another type.",
        &[
            gives(r#"(json ["1.50"]) as List<Decimal>"#, r#"["1.50"]"#),
            gives("json.parse(\"2.0\") as Int", "2"),
            fails(r#"(json [1, true]) as List<Int>"#, "Decode", "$[1]: expected Int, found true"),
        ],
    ),
];

const ANY: &[Operator] = &[
    total(
        "T == T -> Bool",
        "Whether both are equal, by value and in depth; also `!=`. Maps are equal whatever their order, Decimals whatever \
         their scale, Json numbers whatever their form.",
        &[
            gives("[1, 2] == [1, 2]", "true"),
            gives("1.5d == 1.50d", "true"),
            gives(r#"["a": 1, "b": 2] == ["b": 2, "a": 1]"#, "true"),
            gives(r#"json.parse("1.0") == json.parse("10e-1")"#, "true"),
        ],
    ),
    total(
        "(A, B) < (A, B) -> Bool",
        "Whether the first parts that differ are less, for tuples of ordered types; also `<= > >=`.",
        &[gives(r#"(1, "b") < (1, "c")"#, "true"), gives("(2, 0) < (1, 9)", "false")],
    ),
    total(
        "T? ?? T -> T",
        "The value, or the right side if it is null. The right side is not evaluated else.",
        &[gives("[1].get(5) ?? 0", "0"), gives("[1].get(0) ?? 1 / 0", "1")],
    ),
    total(
        "T?.member -> U?",
        "A field or method of the value; null if it is null.",
        &[gives(r#"["ab"].get(0)?.len()"#, "2"), gives(r#"["ab"].get(1)?.len()"#, "null")],
    ),
    operator(
        "x |> f(y) -> T",
        "`f(x, y)` for a function in scope, else `x.f(y)`.",
        &[
            gives(r#""a,b" |> split(",")"#, r#"["a","b"]"#),
            gives("[3, 1] |> sort() |> first()", "1"),
            fails("[1] |> chunk(0)", "Limit", "a chunk must have at least 1 item, found 0"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::OPERATORS;
    use crate::analyze;
    use crate::source::SourceMap;

    const TYPES: [&str; 8] = ["Int", "Float", "Decimal", "String", "Bool", "Bytes", "Duration", "Timestamp"];

    fn listed(form: &str) -> bool {
        OPERATORS.iter().flat_map(|(_, operators)| *operators).any(|operator| operator.form == form)
    }

    fn accepts(declaration: &str) -> bool {
        analyze(&SourceMap::single("operators.aeth", declaration)).program.is_some()
    }

    /// Each operator on each pair of plain types: the checker takes what is listed, with the listed result, and
    /// nothing else.
    #[test]
    fn the_checker_takes_what_is_listed_and_nothing_else() {
        for sign in ["+", "-", "*", "/", "%", "<", "in"] {
            for left in TYPES {
                for right in TYPES {
                    for result in TYPES {
                        let form = format!("{left} {sign} {right} -> {result}");
                        let source =
                            format!("fn f(a: {left}, b: {right}) -> {result} {{\n  a {sign} b\n}}\n");
                        assert_eq!(accepts(&source), listed(&form), "{form}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_checker_takes_the_signs_that_are_listed() {
        for ty in TYPES {
            for sign in ["-", "!"] {
                let source = format!("fn f(a: {ty}) -> {ty} {{\n  {sign}a\n}}\n");
                assert_eq!(accepts(&source), listed(&format!("{sign}{ty} -> {ty}")), "{sign}{ty}");
            }
            let source = format!("fn f(a: {ty}, b: {ty}) -> Bool {{\n  a == b && a != b\n}}\n");
            assert!(accepts(&source), "{ty} == {ty}");
        }
    }
}
