//! Strings. Positions count Unicode scalar values.

use super::Run::{Builtin, Written};
use super::{Builtin as B, Entry, entry, fails, gives, total};

pub(super) const ENTRIES: &[Entry] = &[
    total(
        "String.len() -> Int",
        "How many Unicode scalar values it has.",
        &[gives(r#""día".len()"#, "3"), gives(r#""👩‍👧".len()"#, "3"), gives(r#""".len()"#, "0")],
        Builtin(B::TextLen),
    ),
    total(
        "String.is_empty() -> Bool",
        r#"Whether it is `""`."#,
        &[gives(r#""a".is_empty()"#, "false"), gives(r#""".is_empty()"#, "true")],
        Written("text_is_empty"),
    ),
    total(
        "String.chars() -> List<String>",
        "Its Unicode scalar values, one text each.",
        &[gives(r#""aä😀".chars()"#, r#"["a","ä","😀"]"#), gives(r#""".chars()"#, "[]")],
        Builtin(B::TextChars),
    ),
    total(
        "String.lines() -> List<String>",
        "Its lines. A line break, `\\n` or `\\r\\n`, at the very end begins no further one.",
        &[
            gives(r#""a\nb\r\n".lines()"#, r#"["a","b"]"#),
            gives(r#""a\n\n".lines()"#, r#"["a",""]"#),
            gives(r#""".lines()"#, "[]"),
        ],
        Builtin(B::TextLines),
    ),
    total(
        "String.split(separator: String) -> List<String>",
        r#"The texts between separators; `""` separates all characters."#,
        &[
            gives(r#""a,b,,c".split(",")"#, r#"["a","b","","c"]"#),
            gives(r#""aä".split("")"#, r#"["a","ä"]"#),
            gives(r#""".split(",")"#, r#"[""]"#),
        ],
        Builtin(B::TextSplit),
    ),
    total(
        "String.trim() -> String",
        "Without white space (as Unicode defines it) at both ends.",
        &[
            gives(r#"" a b\n".trim()"#, r#""a b""#),
            gives(r#""\u{a0}\u{3000}a\u{200b}".trim()"#, "\"a\u{200b}\""),
        ],
        Builtin(B::TextTrim),
    ),
    total(
        "String.upper() -> String",
        "In upper case, by Unicode and for no language in particular.",
        &[gives(r#""día".upper()"#, r#""DÍA""#), gives(r#""straße".upper()"#, r#""STRASSE""#)],
        Builtin(B::TextUpper),
    ),
    total(
        "String.lower() -> String",
        "In lower case, by Unicode and for no language in particular.",
        &[gives(r#""DÍA".lower()"#, r#""día""#), gives(r#""ΟΔΟΣ".lower()"#, r#""οδος""#)],
        Builtin(B::TextLower),
    ),
    total(
        "String.starts_with(prefix: String) -> Bool",
        "Whether it begins with a text.",
        &[gives(r#""abc".starts_with("ab")"#, "true"), gives(r#""abc".starts_with("")"#, "true")],
        Builtin(B::TextStartsWith),
    ),
    total(
        "String.ends_with(suffix: String) -> Bool",
        "Whether it ends with a text.",
        &[gives(r#""abc".ends_with("bc")"#, "true"), gives(r#""abc".ends_with("abcd")"#, "false")],
        Builtin(B::TextEndsWith),
    ),
    total(
        "String.contains(part: String) -> Bool",
        r#"Whether it contains a text; also `"a" in text`."#,
        &[gives(r#""abc".contains("b")"#, "true"), gives(r#""".contains("")"#, "true")],
        Builtin(B::TextContains),
    ),
    entry(
        "String.replace(part: String, with: String) -> String",
        r#"With every occurrence of a text replaced, from the left; `""` occurs around each character."#,
        &[
            gives(r#""a-b-c".replace("-", "+")"#, r#""a+b+c""#),
            gives(r#""aaa".replace("aa", "b")"#, r#""ba""#),
            gives(r#""ab".replace("", "-")"#, r#""-a-b-""#),
            fails(
                r#""a".repeat(1_000_000).replace("a", "b".repeat(1_000_000))"#,
                "Limit",
                "the job's limit `heap` (67108864) was reached: the program holds too much data",
            ),
        ],
        Builtin(B::TextReplace),
    ),
    entry(
        "String.slice(from: Int, to: Int? = null) -> String",
        "From a position up to another one, which is not included; to the end if it is not given. What lies beyond the \
         end is cut off.",
        &[
            gives(r#""aä😀z".slice(1, 3)"#, r#""ä😀""#),
            gives(r#""abc".slice(1)"#, r#""bc""#),
            gives(r#""abc".slice(1, 99)"#, r#""bc""#),
            gives(r#""abc".slice(2, 1)"#, r#""""#),
            fails(r#""abc".slice(0, -1)"#, "Limit", "the end of a slice must not be negative, found -1"),
        ],
        Builtin(B::TextSlice),
    ),
    total(
        "String.drop_prefix(prefix: String) -> String",
        "Without a text at its beginning, if it is there.",
        &[
            gives(r#""abc".drop_prefix("ab")"#, r#""c""#),
            gives(r#""abc".drop_prefix("x")"#, r#""abc""#),
            gives(r#""aab".drop_prefix("a")"#, r#""ab""#),
        ],
        Builtin(B::TextDropPrefix),
    ),
    total(
        "String.drop_suffix(suffix: String) -> String",
        "Without a text at its end, if it is there.",
        &[gives(r#""abc".drop_suffix("bc")"#, r#""a""#), gives(r#""abc".drop_suffix("x")"#, r#""abc""#)],
        Builtin(B::TextDropSuffix),
    ),
    entry(
        "String.repeat(count: Int) -> String",
        "This many times in a row.",
        &[
            gives(r#""ab".repeat(2)"#, r#""abab""#),
            gives(r#""ab".repeat(0)"#, r#""""#),
            fails(r#""ab".repeat(-1)"#, "Limit", "the number of repetitions must not be negative, found -1"),
            fails(
                r#""ab".repeat(9_000_000_000_000)"#,
                "Limit",
                "the job's limit `heap` (67108864) was reached: the program holds too much data",
            ),
        ],
        Builtin(B::TextRepeat),
    ),
    entry(
        r#"String.pad(width: Int, with: String = " ") -> String"#,
        r#"Filled up on the left to a width with a text, of which the last turn may be cut; `""` fills nothing."#,
        &[
            gives(r#""7".pad(3, with: "0")"#, r#""007""#),
            gives(r#""7".pad(4, with: "ab")"#, r#""aba7""#),
            gives(r#""long".pad(2)"#, r#""long""#),
            fails(r#""7".pad(-1)"#, "Limit", "the width must not be negative, found -1"),
        ],
        Builtin(B::TextPad),
    ),
    total(
        "String.to_int() -> Int?",
        "The number it spells, if it does: an optional minus and digits, within 64 bits.",
        &[
            gives(r#""-12".to_int()"#, "-12"),
            gives(r#""12.0".to_int()"#, "null"),
            gives(r#""+1".to_int()"#, "null"),
            gives(r#""9223372036854775808".to_int()"#, "null"),
        ],
        Builtin(B::TextToInt),
    ),
    total(
        "String.to_float() -> Float?",
        "The nearest number to what it spells, if it does, in the grammar of JSON.",
        &[
            gives(r#""1.5e3".to_float()"#, "1500.0"),
            gives(r#""NaN".to_float()"#, "null"),
            gives(r#""1e999".to_float()"#, "null"),
        ],
        Builtin(B::TextToFloat),
    ),
    total(
        "String.to_decimal() -> Decimal?",
        "The number it spells, if it does, in the grammar of JSON and in at most 28 digits. The scale is kept.",
        &[
            gives(r#""12.50".to_decimal()"#, r#""12.50""#),
            gives(r#""1.5e3".to_decimal()"#, r#""1500""#),
            gives(r#"" 1".to_decimal()"#, "null"),
            gives(r#""12345678901234567890123456789".to_decimal()"#, "null"),
        ],
        Builtin(B::TextToDecimal),
    ),
    entry(
        "String.matches(pattern: String) -> Bool",
        "Whether a regular expression fits somewhere; `^` and `$` bind it to the ends. It takes time in proportion to \
         the text. There are no look-around and no back references.",
        &[
            gives(r#""abc123".matches(r"\d+")"#, "true"),
            gives(r#""abc123".matches(r"^\d+$")"#, "false"),
            gives(r#""Ä".matches(r"(?i)^ä$")"#, "true"),
            fails(
                r#""a".matches("(")"#,
                "Decode",
                "the regular expression \"(\" cannot be used: unclosed group",
            ),
            fails(
                r#""a".matches(r"a{1000}{1000}")"#,
                "Limit",
                "the regular expression \"a{1000}{1000}\" is too large: compiled, it takes more than 1048576 bytes",
            ),
        ],
        Builtin(B::TextMatches),
    ),
    entry(
        "String.captures(pattern: String) -> List<String?>?",
        "The groups of the first match of a regular expression, the whole first; null for a group that took no part.",
        &[
            gives(r#""k=v".captures(r"(\w)=(\w)(x)?")"#, r#"["k=v","k","v",null]"#),
            gives(r#""abc".captures(r"\d")"#, "null"),
            fails(
                r#""a".captures(r"(?=a)")"#,
                "Decode",
                "the regular expression \"(?=a)\" cannot be used: look-around, including look-ahead and look-behind, is not supported",
            ),
        ],
        Builtin(B::TextCaptures),
    ),
    total(
        "String.to_bytes() -> Bytes",
        "Its UTF-8 bytes.",
        &[gives(r#""ä".to_bytes()"#, r#""w6Q=""#), gives(r#""".to_bytes()"#, r#""""#)],
        Builtin(B::TextToBytes),
    ),
];
