//! Json, and what every value with a JSON form can do.

use super::Run::Builtin;
use super::{Builtin as B, Entry, entry, fails, gives, total};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "json.parse(text: String) -> Json",
        "The value that a JSON text means. Strict: one value, no member twice, at most 500 levels deep. Numbers keep \
         their digits.",
        &[
            gives(r#"json.parse(" [1, 2.50, null] ")"#, "[1,2.50,null]"),
            gives(r#"json.parse("123456789012345678901234567890.10")"#, "123456789012345678901234567890.10"),
            fails(
                r#"json.parse("[1,]")"#,
                "Decode",
                "invalid JSON at line 1, column 4: expected a JSON value",
            ),
            fails(
                r#"json.parse("\{\"a\":1,\"a\":2}")"#,
                "Decode",
                "invalid JSON at line 1, column 8: the member \"a\" stands twice",
            ),
        ],
        Builtin(B::JsonParse),
    ),
    total(
        "Json.has(name: String) -> Bool",
        "Whether it is an object with this member, be that null.",
        &[
            gives(r#"json { a: null }.has("a")"#, "true"),
            gives(r#"json { a: null }.has("b")"#, "false"),
            gives(r#"json [1].has("a")"#, "false"),
        ],
        Builtin(B::JsonHas),
    ),
    total(
        "T.to_json() -> String",
        "The JSON form of a value as compact text.",
        &[
            gives(r#"["a": [1.0, 2.5]].to_json()"#, r#""{\"a\":[1.0,2.5]}""#),
            gives(r#""say \"hi\"".to_json()"#, r#""\"say \\\"hi\\\"\"""#),
            gives("null.to_json()", r#""null""#),
        ],
        Builtin(B::ToJsonText),
    ),
    total(
        "T.to_text() -> String",
        r#"What `"{x}"` shows: the JSON form, without quotes if that is a string."#,
        &[
            gives("(1.50d).to_text()", r#""1.50""#),
            gives(r#"["a", "b"].to_text()"#, r#""[\"a\",\"b\"]""#),
            gives("(90m).to_text()", r#""PT1H30M""#),
        ],
        Builtin(B::ToText),
    ),
];
