//! Library functions one by one: normal, edge and failing cases.

use aeth_lang::library::Builtin as B;
use aeth_lang::library::prelude::ENTRY;

use super::*;
use crate::value::{Key, Map, decimal};

fn i(n: i64) -> Value {
    Value::Int(n)
}

fn f(n: f64) -> Value {
    Value::Float(n)
}

fn s(text: &str) -> Value {
    Value::text(text)
}

fn d(text: &str) -> Value {
    Value::decimal(decimal::parse(text).unwrap())
}

fn is(items: &[i64]) -> Value {
    Value::list(items.iter().copied().map(Value::Int).collect())
}

fn ss(items: &[&str]) -> Value {
    Value::list(items.iter().map(|text| s(text)).collect())
}

fn map(entries: &[(&str, i64)]) -> Value {
    Value::map(entries.iter().map(|(key, value)| (Key::from(*key), i(*value))).collect::<Map>())
}

fn of(builtin: B, args: &[Value]) -> Result<Value, Error> {
    assert_eq!(args.len(), builtin.arity() as usize, "{builtin:?}");
    let d = u16::try_from(args.len()).unwrap();
    run(module(), args.to_vec(), vec![Instr::Builtin { d, f: builtin, first: 0 }, Instr::Return { s: d }])
}

/// Each row: function, arguments, value.
fn gives(rows: &[(B, &[Value], Value)]) {
    for (builtin, args, expected) in rows {
        let found = of(*builtin, args);
        assert_eq!(found.as_ref(), Ok(expected), "{builtin:?} {args:?}");
        // equal decimals may differ in scale, which shows
        assert_eq!(format!("{:?}", found.unwrap()), format!("{expected:?}"), "{builtin:?} {args:?}");
    }
}

/// Each row: function, arguments, kind, the beginning of the sentence.
fn fails(rows: &[(B, &[Value], ErrorKind, &str)]) {
    for (builtin, args, kind, expected) in rows {
        let (found, text) = message(of(*builtin, args));
        assert_eq!(&found, kind, "{builtin:?} {args:?}: {text}");
        assert!(text.starts_with(expected), "{builtin:?} {args:?}: {text}");
    }
}

const NULL: Value = Value::Null;

#[test]
fn lists() {
    let yes = Value::Bool(true);
    let no = Value::Bool(false);
    let pair = |a: Value, b: Value| Value::tuple(vec![a, b]);
    gives(&[
        (B::ListLen, &[is(&[1, 2])], i(2)),
        (B::ListGet, &[is(&[1, 2]), i(1)], i(2)),
        (B::ListGet, &[is(&[1, 2]), i(2)], NULL),
        (B::ListGet, &[is(&[1, 2]), i(-1)], NULL),
        (B::ListContains, &[is(&[1, 2]), i(2)], yes.clone()),
        (B::ListContains, &[is(&[]), i(2)], no.clone()),
        (B::ListSort, &[is(&[3, 1, 2])], is(&[1, 2, 3])),
        (B::ListSort, &[ss(&["b", "ä", "a", "Z"])], ss(&["Z", "a", "b", "ä"])),
        (B::ListSort, &[is(&[])], is(&[])),
        (
            B::ListSort,
            &[Value::list(vec![pair(i(2), s("a")), pair(i(1), s("z")), pair(i(1), s("b"))])],
            Value::list(vec![pair(i(1), s("b")), pair(i(1), s("z")), pair(i(2), s("a"))]),
        ),
        (B::ListSortByKeys, &[ss(&["x", "y", "z"]), is(&[2, 1, 2])], ss(&["y", "x", "z"])),
        (
            B::ListSortByKeys,
            &[ss(&["x", "y", "z"]), Value::list(vec![d("1.0"), d("0.5"), d("1.00")])],
            ss(&["y", "x", "z"]),
        ),
        (B::ListReverse, &[is(&[1, 2, 3])], is(&[3, 2, 1])),
        (B::ListSlice, &[is(&[1, 2, 3]), i(1), NULL], is(&[2, 3])),
        (B::ListSlice, &[is(&[1, 2, 3]), i(1), i(99)], is(&[2, 3])),
        (B::ListSlice, &[is(&[1, 2, 3]), i(2), i(1)], is(&[])),
        (B::ListSlice, &[is(&[1, 2, 3]), i(i64::MAX), i(i64::MAX)], is(&[])),
        (B::ListZip, &[is(&[1, 2]), ss(&["a"])], Value::list(vec![pair(i(1), s("a"))])),
        (B::ListUnique, &[is(&[2, 1, 2, 1])], is(&[2, 1])),
        (
            B::ListUnique,
            &[Value::list(vec![f(1.0), f(1.0), is(&[1]), is(&[1])])],
            Value::list(vec![f(1.0), is(&[1])]),
        ),
        (B::ListJoin, &[ss(&["a", "b"]), s(", ")], s("a, b")),
        (B::ListJoin, &[ss(&[]), s(", ")], s("")),
        (B::ListSumInt, &[is(&[1, 2, 3])], i(6)),
        (B::ListSumInt, &[is(&[])], i(0)),
        (B::ListSumFloat, &[Value::list(vec![f(0.5), f(0.25)])], f(0.75)),
        (B::ListSumDecimal, &[Value::list(vec![d("0.50"), d("1")])], d("1.50")),
        (B::ListSumDecimal, &[is(&[])], d("0")),
        (B::ListMin, &[is(&[3, 1, 2])], i(1)),
        (B::ListMax, &[ss(&["a", "c", "b"])], s("c")),
        (B::ListMin, &[is(&[])], NULL),
        (B::ListChunk, &[is(&[1, 2, 3]), i(2)], Value::list(vec![is(&[1, 2]), is(&[3])])),
        (B::ListChunk, &[is(&[]), i(2)], is(&[])),
        (B::ListConcat, &[is(&[1]), is(&[2])], is(&[1, 2])),
        (B::ListRange, &[i(1), i(4), no.clone()], is(&[1, 2, 3])),
        (B::ListRange, &[i(1), i(4), yes.clone()], is(&[1, 2, 3, 4])),
        (B::ListRange, &[i(1), i(0), no], is(&[])),
        (B::ListRange, &[i(i64::MAX), i(i64::MAX), yes.clone()], is(&[i64::MAX])),
    ]);
    fails(&[
        (
            B::ListSlice,
            &[is(&[1]), i(-1), NULL],
            ErrorKind::Limit,
            "the start of a slice must not be negative, found -1",
        ),
        (B::ListChunk, &[is(&[1]), i(0)], ErrorKind::Limit, "a chunk must have at least 1 item, found 0"),
        (B::ListSumInt, &[is(&[i64::MAX, 1])], ErrorKind::Arithmetic, "9223372036854775807 + 1 does not fit"),
        (
            B::ListSumFloat,
            &[Value::list(vec![f(1e308), f(1e308)])],
            ErrorKind::Arithmetic,
            "the sum is not finite",
        ),
        (B::ListRange, &[i(i64::MIN), i(i64::MAX), yes], ErrorKind::Limit, "the job's limit `heap`"),
    ]);
}

#[test]
fn sorting_is_stable_whatever_the_type() {
    let keys = |n: i64| Value::tuple(vec![i(n % 3), f(0.0)]);
    let items = is(&(0..100).collect::<Vec<_>>());
    let sorted = of(B::ListSortByKeys, &[items, Value::list((0..100).map(keys).collect())]).unwrap();
    let mut expected: Vec<i64> = (0..100).collect();
    expected.sort_by_key(|n| n % 3);
    assert_eq!(sorted, is(&expected));
}

#[test]
fn strings() {
    let yes = Value::Bool(true);
    gives(&[
        (B::TextLen, &[s("aä😀")], i(3)),
        (B::TextChars, &[s("aä😀")], ss(&["a", "ä", "😀"])),
        (B::TextLines, &[s("a\nb\r\n")], ss(&["a", "b"])),
        (B::TextLines, &[s("")], ss(&[])),
        (B::TextLines, &[s("\n\n")], ss(&["", ""])),
        (B::TextSplit, &[s("a,b,,c"), s(",")], ss(&["a", "b", "", "c"])),
        (B::TextSplit, &[s("aä"), s("")], ss(&["a", "ä"])),
        (B::TextSplit, &[s(""), s(",")], ss(&[""])),
        (B::TextTrim, &[s(" \ta\n ")], s("a")),
        (B::TextUpper, &[s("straße")], s("STRASSE")),
        (B::TextLower, &[s("ÄB")], s("äb")),
        (B::TextStartsWith, &[s("abc"), s("ab")], yes.clone()),
        (B::TextEndsWith, &[s("abc"), s("bc")], yes.clone()),
        (B::TextContains, &[s("abc"), s("")], yes.clone()),
        (B::TextReplace, &[s("a-b-c"), s("-"), s("+")], s("a+b+c")),
        (B::TextReplace, &[s("ab"), s(""), s("-")], s("-a-b-")),
        (B::TextSlice, &[s("aä😀z"), i(1), i(3)], s("ä😀")),
        (B::TextSlice, &[s("aä😀z"), i(2), NULL], s("😀z")),
        (B::TextSlice, &[s("abc"), i(5), i(9)], s("")),
        (B::TextSlice, &[s("abc"), i(0), i(9)], s("abc")),
        (B::TextSlice, &[s("aä"), i(0), i(2)], s("aä")),
        (B::TextSlice, &[s("abc"), i(2), i(1)], s("")),
        (B::TextDropPrefix, &[s("abc"), s("a")], s("bc")),
        (B::TextDropPrefix, &[s("abc"), s("x")], s("abc")),
        (B::TextDropSuffix, &[s("abc"), s("c")], s("ab")),
        (B::TextRepeat, &[s("ab"), i(3)], s("ababab")),
        (B::TextRepeat, &[s(""), i(i64::MAX)], s("")),
        (B::TextPad, &[s("7"), i(3), s("0")], s("007")),
        (B::TextPad, &[s("ä"), i(2), s(" ")], s(" ä")),
        (B::TextPad, &[s("long"), i(2), s(" ")], s("long")),
        (B::TextToInt, &[s("-12")], i(-12)),
        (B::TextToInt, &[s("+12")], NULL),
        (B::TextToInt, &[s(" 12")], NULL),
        (B::TextToInt, &[s("9223372036854775808")], NULL),
        (B::TextToInt, &[s("")], NULL),
        (B::TextToFloat, &[s("1.5e3")], f(1500.0)),
        (B::TextToFloat, &[s("inf")], NULL),
        (B::TextToFloat, &[s("1e999")], NULL),
        (B::TextToDecimal, &[s("12.50")], d("12.50")),
        (B::TextToDecimal, &[s("x")], NULL),
        (B::TextMatches, &[s("abc123"), s(r"\d+")], yes),
        (B::TextMatches, &[s("abc"), s(r"^\d")], Value::Bool(false)),
        (B::TextCaptures, &[s("k=v"), s("(k)=(v)?(x)?")], Value::list(vec![s("k=v"), s("k"), s("v"), NULL])),
        (B::TextCaptures, &[s("abc"), s("x")], NULL),
    ]);
    fails(&[
        (B::TextSlice, &[s("a"), i(0), i(-1)], ErrorKind::Limit, "the end of a slice must not be negative"),
        (B::TextRepeat, &[s("a"), i(-1)], ErrorKind::Limit, "the number of repetitions must not be negative"),
        (B::TextRepeat, &[s("a"), i(i64::MAX)], ErrorKind::Limit, "the job's limit `heap`"),
        (B::TextPad, &[s("a"), i(-1), s(" ")], ErrorKind::Limit, "the width must not be negative"),
        (
            B::TextMatches,
            &[s("a"), s("(")],
            ErrorKind::Decode,
            "the regular expression \"(\" cannot be used: unclosed group",
        ),
        (
            B::TextMatches,
            &[s("a"), s("a{1000}{1000}")],
            ErrorKind::Limit,
            "the regular expression \"a{1000}{1000}\" is too large: compiled",
        ),
        (
            B::TextMatches,
            &[s("a"), s(&"a".repeat(40_000))],
            ErrorKind::Limit,
            "the regular expression \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"… is too large: it has more than 32768",
        ),
    ]);
}

#[test]
fn maps() {
    let ab = || map(&[("a", 1), ("b", 2)]);
    gives(&[
        (B::MapGet, &[ab(), s("a")], i(1)),
        (B::MapGet, &[ab(), s("z")], NULL),
        (B::MapHas, &[ab(), s("b")], Value::Bool(true)),
        (B::MapKeys, &[ab()], ss(&["a", "b"])),
        (B::MapValues, &[ab()], is(&[1, 2])),
        (B::MapEntries, &[map(&[("a", 1)])], Value::list(vec![Value::record(ENTRY.0, vec![s("a"), i(1)])])),
        (B::MapPut, &[ab(), s("a"), i(9)], map(&[("a", 9), ("b", 2)])),
        (B::MapRemove, &[ab(), s("a")], map(&[("b", 2)])),
        (B::MapRemove, &[ab(), s("z")], ab()),
        (B::MapMerge, &[ab(), map(&[("b", 5), ("c", 6)])], map(&[("a", 1), ("b", 5), ("c", 6)])),
        (B::MapLen, &[ab()], i(2)),
    ]);
}

#[test]
fn json_and_encodings() {
    let parsed = |text: &str| crate::value::json::parse(text).unwrap();
    gives(&[
        (B::JsonParse, &[s("{\"a\":[1]}")], parsed("{\"a\":[1]}")),
        (B::ToJsonText, &[Value::list(vec![s("a"), NULL, f(1.0)])], s("[\"a\",null,1.0]")),
        (B::ToText, &[s("a")], s("a")),
        (B::ToText, &[d("1.50")], s("1.50")),
        (B::ToText, &[is(&[1])], s("[1]")),
        (B::JsonHas, &[parsed("{\"a\":null}"), s("a")], Value::Bool(true)),
        (B::JsonHas, &[parsed("[1]"), s("a")], Value::Bool(false)),
        (B::HashSha256, &[s("abc")], s("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
        (B::Base64Encode, &[s("abcd")], s("YWJjZA==")),
        (B::Base64Decode, &[s("YWJjZA==")], Value::Bytes(b"abcd".to_vec().into())),
        (B::UrlEncode, &[s("a b/ä~")], s("a%20b%2F%C3%A4~")),
        (B::TextToBytes, &[s("ab")], Value::Bytes(b"ab".to_vec().into())),
        (B::BytesToText, &[Value::Bytes(b"ab".to_vec().into())], s("ab")),
        (B::BytesLen, &[Value::Bytes(b"ab".to_vec().into())], i(2)),
        (B::ErrorKindName, &[ErrorKind::NotFound.to_value()], s("NotFound")),
        (B::ErrorKindName, &[ErrorKind::Other("Quota".into()).to_value()], s("Quota")),
    ]);
    fails(&[
        (B::JsonParse, &[s("{")], ErrorKind::Decode, "invalid JSON at line 1, column 2"),
        (B::Base64Decode, &[s("a!")], ErrorKind::Decode, "\"a!\" is not Base64: the character at 1"),
        (
            B::BytesToText,
            &[Value::Bytes(vec![b'a', 0xff].into())],
            ErrorKind::Decode,
            "the bytes are not UTF-8: byte 1",
        ),
        (B::Unreachable, &[NULL], ErrorKind::Failed, "internal error"),
    ]);
}

#[test]
fn numbers() {
    gives(&[
        (B::IntToFloat, &[i(3)], f(3.0)),
        (B::IntToDecimal, &[i(-3)], d("-3")),
        (B::FloatToInt, &[f(3.0)], i(3)),
        (B::FloatToInt, &[f(3.5)], NULL),
        (B::FloatToInt, &[f(9.3e18)], NULL),
        (B::FloatToInt, &[f(-9_223_372_036_854_775_808.0)], i(i64::MIN)),
        (B::FloatToDecimal, &[f(0.1)], d("0.1")),
        (B::DecimalToInt, &[d("3.00")], i(3)),
        (B::DecimalToInt, &[d("3.01")], NULL),
        (B::DecimalToFloat, &[d("0.1")], f(0.1)),
        (B::DecimalRound, &[d("2.345"), i(2)], d("2.34")),
        (B::FloatFloor, &[f(-1.5)], f(-2.0)),
        (B::FloatCeil, &[f(1.2)], f(2.0)),
        (B::FloatRound, &[f(2.5)], f(3.0)),
        (B::FloatRound, &[f(-2.5)], f(-3.0)),
        (B::IntAbs, &[i(-3)], i(3)),
        (B::FloatAbs, &[f(-0.5)], f(0.5)),
        (B::DecimalAbs, &[d("-1.5")], d("1.5")),
        (B::Min, &[i(2), i(1)], i(1)),
        (B::Max, &[s("a"), s("b")], s("b")),
        (B::IntPow, &[i(2), i(10)], i(1024)),
        (B::IntPow, &[i(0), i(0)], i(1)),
        (B::IntPow, &[i(-1), i(i64::MAX)], i(-1)),
        (B::IntPow, &[i(1), i(i64::MAX)], i(1)),
        (B::FloatPow, &[f(2.0), f(0.5)], f(std::f64::consts::SQRT_2)),
        (B::FloatSqrt, &[f(9.0)], f(3.0)),
        (B::FloatExp, &[f(0.0)], f(1.0)),
        (B::FloatLog, &[f(1.0)], f(0.0)),
        (B::FloatSin, &[f(0.0)], f(0.0)),
        (B::FloatCos, &[f(0.0)], f(1.0)),
        (B::FloatTan, &[f(0.0)], f(0.0)),
        (B::DecimalAdd, &[d("1.50"), d("1")], d("2.50")),
        (B::DecimalSub, &[d("1.50"), d("1")], d("0.50")),
        (B::DecimalMul, &[d("1.50"), d("2.0")], d("3.000")),
        (B::DecimalDiv, &[d("1"), d("4")], d("0.25")),
        (B::DecimalRem, &[d("7.5"), d("2")], d("1.5")),
        (B::DecimalNeg, &[d("0.0")], d("0.0")),
    ]);
    fails(&[
        (B::IntAbs, &[i(i64::MIN)], ErrorKind::Arithmetic, "abs(-9223372036854775808) does not fit"),
        (B::IntPow, &[i(2), i(63)], ErrorKind::Arithmetic, "pow(2, 63) does not fit in 64 bits"),
        (B::IntPow, &[i(2), i(i64::MAX)], ErrorKind::Arithmetic, "pow(2, 9223372036854775807) does not fit"),
        (B::IntPow, &[i(2), i(-1)], ErrorKind::Arithmetic, "pow(2, -1): the exponent must not be negative"),
        (B::FloatSqrt, &[f(-1.0)], ErrorKind::Arithmetic, "sqrt(-1.0) is no finite number"),
        (B::FloatLog, &[f(0.0)], ErrorKind::Arithmetic, "log(0.0)"),
        (B::FloatExp, &[f(1000.0)], ErrorKind::Arithmetic, "exp(1000.0)"),
        (B::FloatToDecimal, &[f(1e300)], ErrorKind::Arithmetic, "1e300 does not fit Decimal"),
        (B::DecimalDiv, &[d("1"), d("0.0")], ErrorKind::Arithmetic, "division by zero: 1 / 0.0"),
        (
            B::DecimalMul,
            &[d("1e20"), d("1e20")],
            ErrorKind::Arithmetic,
            "100000000000000000000 * 100000000000000000000 needs more",
        ),
    ]);
}

#[test]
fn durations_and_timestamps() {
    let l = Value::Duration;
    let t = Value::Timestamp;
    gives(&[
        (B::DurationAdd, &[l(1), l(2)], l(3)),
        (B::DurationSub, &[l(1), l(2)], l(-1)),
        (B::DurationMul, &[l(5), i(3)], l(15)),
        (B::DurationDiv, &[l(7), i(2)], l(3)),
        (B::DurationNeg, &[l(7)], l(-7)),
        (B::DurationToMillis, &[l(7)], i(7)),
        (B::TimestampAdd, &[t(1), l(2)], t(3)),
        (B::TimestampSub, &[t(1), l(2)], t(-1)),
        (B::TimestampDiff, &[t(5), t(2)], l(3)),
        (B::TimestampToMillis, &[t(5)], i(5)),
        (B::TimeParse, &[s("1970-01-01T00:00:01Z")], t(1000)),
        (B::TimestampFormat, &[t(0), s("%Y-%m-%d %H:%M"), s("UTC")], s("1970-01-01 00:00")),
        (
            B::TimestampFormat,
            &[t(1_750_000_000_000), s("%Y-%m-%d %H:%M %Z"), s("Europe/Berlin")],
            s("2025-06-15 17:06 CEST"),
        ),
    ]);
    fails(&[
        (
            B::DurationAdd,
            &[l(i64::MAX), l(1)],
            ErrorKind::Arithmetic,
            "P106751991167DT7H12M55.807S + PT0.001S does not fit",
        ),
        (B::DurationDiv, &[l(1), i(0)], ErrorKind::Arithmetic, "division by zero: PT0.001S / 0"),
        (B::TimestampAdd, &[t(0), l(i64::MAX)], ErrorKind::Arithmetic, "1970-01-01T00:00:00Z + "),
        (B::TimeParse, &[s("soon")], ErrorKind::Decode, "\"soon\" is no RFC 3339 time"),
        (
            B::TimestampFormat,
            &[t(0), s("%Y"), s("Mars/Base")],
            ErrorKind::Decode,
            "there is no time zone \"Mars/Base\"",
        ),
        (
            B::TimestampFormat,
            &[t(0), s("%!"), s("UTC")],
            ErrorKind::Decode,
            "the pattern \"%!\" cannot be used",
        ),
    ]);
}
