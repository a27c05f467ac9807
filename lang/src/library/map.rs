//! Maps, which keep the order in which keys were added.

use super::Run::{Builtin, Mutation, Written};
use super::{Builtin as B, Entry, gives, total};
use crate::bytecode::module::Mutation as M;

pub(super) const ENTRIES: &[Entry] = &[
    total(
        "Map<K, V>.len() -> Int",
        "How many keys it has.",
        &[gives(r#"["a": 1].len()"#, "1"), gives(r#"["a": 1, "a": 2].len()"#, "1")],
        Builtin(B::MapLen),
    ),
    total(
        "Map<K, V>.is_empty() -> Bool",
        "Whether it has no keys.",
        &[
            gives(r#"["a": 1].is_empty()"#, "false"),
            gives("let m: Map<Int, Int> = [:]  m.is_empty()", "true"),
        ],
        Written("map_is_empty"),
    ),
    total(
        "Map<K, V>.get(key: K) -> V?",
        "The value of a key, if there is one. `m[key]` fails instead.",
        &[gives(r#"["a": 1].get("a")"#, "1"), gives(r#"["a": 1].get("b")"#, "null")],
        Builtin(B::MapGet),
    ),
    total(
        "Map<K, V>.has(key: K) -> Bool",
        "Whether there is a key; also `k in map`.",
        &[
            gives(r#"["a": 1].has("a")"#, "true"),
            gives(r#"let m: Map<String, Int?> = ["a": null]  m.has("a")"#, "true"),
        ],
        Builtin(B::MapHas),
    ),
    total(
        "Map<K, V>.keys() -> List<K>",
        "Its keys in order.",
        &[
            gives(r#"["b": 1, "a": 2].keys()"#, r#"["b","a"]"#),
            gives(r#"["b": 1, "a": 2].put("b", 3).keys()"#, r#"["b","a"]"#),
        ],
        Builtin(B::MapKeys),
    ),
    total(
        "Map<K, V>.values() -> List<V>",
        "Its values in the order of their keys.",
        &[
            gives(r#"["b": 1, "a": 2].values()"#, "[1,2]"),
            gives("let m: Map<Int, Int> = [:]  m.values()", "[]"),
        ],
        Builtin(B::MapValues),
    ),
    total(
        "Map<K, V>.entries() -> List<Entry<K, V>>",
        "Its keys and values in order: records `Entry` with `key` and `value`.",
        &[
            gives("[7: true].entries()", r#"[{"key":7,"value":true}]"#),
            gives(r#"["b": 1, "a": 2].entries().sort_by(e => e.key).map(e => e.value)"#, "[2,1]"),
        ],
        Builtin(B::MapEntries),
    ),
    total(
        "Map<K, V>.put(key: K, value: V) -> Map<K, V>",
        "With a value for a key; a key that was there keeps its place.",
        &[
            gives(r#"["a": 1].put("b", 2)"#, r#"{"a":1,"b":2}"#),
            gives(r#"["a": 1, "b": 2].put("a", 3)"#, r#"{"a":3,"b":2}"#),
        ],
        Builtin(B::MapPut),
    ),
    total(
        "Map<K, V>.remove(key: K) -> Map<K, V>",
        "Without a key; the others keep their order.",
        &[
            gives(r#"["a": 1, "b": 2, "c": 3].remove("a")"#, r#"{"b":2,"c":3}"#),
            gives(r#"["a": 1].remove("z")"#, r#"{"a":1}"#),
        ],
        Builtin(B::MapRemove),
    ),
    total(
        "Map<K, V>.merge(other: Map<K, V>) -> Map<K, V>",
        "With the entries of another one, which wins.",
        &[
            gives(r#"["a": 1, "b": 1].merge(["b": 2, "c": 2])"#, r#"{"a":1,"b":2,"c":2}"#),
            gives(r#"["a": 1].merge([:])"#, r#"{"a":1}"#),
        ],
        Builtin(B::MapMerge),
    ),
    total(
        "Map<K, V>.delete(key: K) -> V?",
        "Takes a key off a `var` and gives its value, if it was there.",
        &[
            gives(r#"var m = ["a": 1, "b": 2]  let gone = m.delete("a")  (gone, m)"#, r#"[1,{"b":2}]"#),
            gives(r#"var m = ["a": 1]  let gone = m.delete("z")  (gone, m)"#, r#"[null,{"a":1}]"#),
        ],
        Mutation(M::MapDelete),
    ),
    total(
        "Map<K, V>.clear() -> Null",
        "Takes all keys off a `var`.",
        &[
            gives(r#"var m = ["a": 1]  m.clear()  m"#, "{}"),
            gives(r#"let old = ["a": 1]  var new = old  new.clear()  [old, new]"#, r#"[{"a":1},{}]"#),
        ],
        Mutation(M::MapClear),
    ),
];
