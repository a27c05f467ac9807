//! Strings. Positions count Unicode scalar values.

use super::Run::{Builtin, Written};
use super::{Builtin as B, Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "String.len() -> Int",
        "How many Unicode scalar values it has.",
        r#""día".len() == 3"#,
        Builtin(B::TextLen),
    ),
    entry(
        "String.is_empty() -> Bool",
        r#"Whether it is `""`."#,
        r#""".is_empty()"#,
        Written("text_is_empty"),
    ),
    entry(
        "String.chars() -> List<String>",
        "Its Unicode scalar values, one text each.",
        r#""ab".chars() == ["a", "b"]"#,
        Builtin(B::TextChars),
    ),
    entry(
        "String.lines() -> List<String>",
        "Its lines; one newline at the end is dropped.",
        r#""a\nb\n".lines() == ["a", "b"]"#,
        Builtin(B::TextLines),
    ),
    entry(
        "String.split(separator: String) -> List<String>",
        r#"The texts between separators; `""` gives the characters."#,
        r#""a,b".split(",") == ["a", "b"]"#,
        Builtin(B::TextSplit),
    ),
    entry(
        "String.trim() -> String",
        "Without white space at both ends.",
        r#"" a ".trim() == "a""#,
        Builtin(B::TextTrim),
    ),
    entry("String.upper() -> String", "In upper case.", r#""a".upper() == "A""#, Builtin(B::TextUpper)),
    entry("String.lower() -> String", "In lower case.", r#""A".lower() == "a""#, Builtin(B::TextLower)),
    entry(
        "String.starts_with(prefix: String) -> Bool",
        "Whether it begins with a text.",
        r#""abc".starts_with("ab")"#,
        Builtin(B::TextStartsWith),
    ),
    entry(
        "String.ends_with(suffix: String) -> Bool",
        "Whether it ends with a text.",
        r#""abc".ends_with("bc")"#,
        Builtin(B::TextEndsWith),
    ),
    entry(
        "String.contains(part: String) -> Bool",
        r#"Whether it contains a text; also `"a" in text`."#,
        r#""abc".contains("b")"#,
        Builtin(B::TextContains),
    ),
    entry(
        "String.replace(part: String, with: String) -> String",
        "With every occurrence of a text replaced.",
        r#""a-b-c".replace("-", "+") == "a+b+c""#,
        Builtin(B::TextReplace),
    ),
    entry(
        "String.slice(from: Int, to: Int? = null) -> String",
        "From a position up to another one, which is not included; clamped, fails with Limit if negative.",
        r#""abcd".slice(1, 3) == "bc""#,
        Builtin(B::TextSlice),
    ),
    entry(
        "String.drop_prefix(prefix: String) -> String",
        "Without a text at its beginning, if it is there.",
        r#""abc".drop_prefix("ab") == "c""#,
        Builtin(B::TextDropPrefix),
    ),
    entry(
        "String.drop_suffix(suffix: String) -> String",
        "Without a text at its end, if it is there.",
        r#""abc".drop_suffix("bc") == "a""#,
        Builtin(B::TextDropSuffix),
    ),
    entry(
        "String.repeat(count: Int) -> String",
        "This many times in a row; fails with Limit if negative.",
        r#""ab".repeat(2) == "abab""#,
        Builtin(B::TextRepeat),
    ),
    entry(
        r#"String.pad(width: Int, with: String = " ") -> String"#,
        "Filled up to a width from the left.",
        r#""7".pad(3, with: "0") == "007""#,
        Builtin(B::TextPad),
    ),
    entry(
        "String.to_int() -> Int?",
        "The number it spells, if it does.",
        r#""12".to_int() == 12"#,
        Builtin(B::TextToInt),
    ),
    entry(
        "String.to_float() -> Float?",
        "The number it spells, if it does.",
        r#""1.5".to_float() == 1.5"#,
        Builtin(B::TextToFloat),
    ),
    entry(
        "String.to_decimal() -> Decimal?",
        "The number it spells, if it does.",
        r#""1.50".to_decimal() == 1.50d"#,
        Builtin(B::TextToDecimal),
    ),
    entry(
        "String.matches(pattern: String) -> Bool",
        "Whether a regular expression fits somewhere; fails with Decode if it is none.",
        r#""abc".matches(r"^a.c$")"#,
        Builtin(B::TextMatches),
    ),
    entry(
        "String.captures(pattern: String) -> List<String?>?",
        "The groups of the first match of a regular expression, the whole first.",
        r#""a1".captures(r"([a-z])(\d)") == ["a1", "a", "1"]"#,
        Builtin(B::TextCaptures),
    ),
    entry(
        "String.to_bytes() -> Bytes",
        "Its UTF-8 bytes.",
        r#""a".to_bytes().len() == 1"#,
        Builtin(B::TextToBytes),
    ),
];
