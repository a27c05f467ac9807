//! Json, and what every value with a JSON form can do.

use super::Run::Builtin;
use super::{Builtin as B, Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "json.parse(text: String) -> Json",
        "The value that a JSON text means; fails with Decode.",
        r#"json.parse("[1]")[0] == 1"#,
        Builtin(B::JsonParse),
    ),
    entry(
        "Json.has(name: String) -> Bool",
        "Whether an object has a member, be it null.",
        r#"json { a: null }.has("a")"#,
        Builtin(B::JsonHas),
    ),
    entry(
        "T.to_json() -> String",
        "Compact JSON text of the value's JSON form.",
        r#"[1, 2].to_json() == "[1,2]""#,
        Builtin(B::ToJsonText),
    ),
    entry("T.to_text() -> String", r#"What `"{x}"` shows."#, r#"(12).to_text() == "12""#, Builtin(B::ToText)),
];
