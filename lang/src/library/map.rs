//! Maps, which keep the order in which keys were added.

use super::Run::{Builtin, Mutation, Written};
use super::{Builtin as B, Entry, entry};
use crate::bytecode::module::Mutation as M;

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "Map<K, V>.get(key: K) -> V?",
        "The value of a key, if there is one.",
        r#"["a": 1].get("b") == null"#,
        Builtin(B::MapGet),
    ),
    entry(
        "Map<K, V>.has(key: K) -> Bool",
        "Whether there is a key; also `k in map`.",
        r#"["a": 1].has("a")"#,
        Builtin(B::MapHas),
    ),
    entry(
        "Map<K, V>.keys() -> List<K>",
        "Its keys in order.",
        r#"["a": 1].keys() == ["a"]"#,
        Builtin(B::MapKeys),
    ),
    entry(
        "Map<K, V>.values() -> List<V>",
        "Its values in order.",
        r#"["a": 1].values() == [1]"#,
        Builtin(B::MapValues),
    ),
    entry(
        "Map<K, V>.entries() -> List<Entry<K, V>>",
        "Its keys and values in order.",
        r#"["a": 1].entries().map(e => e.key) == ["a"]"#,
        Builtin(B::MapEntries),
    ),
    entry(
        "Map<K, V>.put(key: K, value: V) -> Map<K, V>",
        "With a value for a key.",
        r#"["a": 1].put("b", 2) == ["a": 1, "b": 2]"#,
        Builtin(B::MapPut),
    ),
    entry(
        "Map<K, V>.remove(key: K) -> Map<K, V>",
        "Without a key.",
        r#"["a": 1].remove("a") == [:]"#,
        Builtin(B::MapRemove),
    ),
    entry(
        "Map<K, V>.merge(other: Map<K, V>) -> Map<K, V>",
        "With the entries of another one, which wins.",
        r#"["a": 1].merge(["a": 2]) == ["a": 2]"#,
        Builtin(B::MapMerge),
    ),
    entry("Map<K, V>.len() -> Int", "How many keys it has.", r#"["a": 1].len() == 1"#, Builtin(B::MapLen)),
    entry(
        "Map<K, V>.is_empty() -> Bool",
        "Whether it has no keys.",
        r#"["a": 1].is_empty() == false"#,
        Written("map_is_empty"),
    ),
    entry(
        "Map<K, V>.delete(key: K) -> V?",
        "Takes a key off a `var` and gives its value, if it was there.",
        r#"m.delete("a")"#,
        Mutation(M::MapDelete),
    ),
    entry("Map<K, V>.clear() -> Null", "Takes all keys off a `var`.", "m.clear()", Mutation(M::MapClear)),
];
