//! Lists.

use super::Run::{Builtin, Mutation, Written};
use super::{Builtin as B, Entry, entry, fails, gives, total};
use crate::bytecode::module::Mutation as M;

pub(super) const ENTRIES: &[Entry] = &[
    total(
        "List<T>.len() -> Int",
        "How many items it has.",
        &[gives("[1, 2].len()", "2"), gives("let xs: List<Int> = []  xs.len()", "0")],
        Builtin(B::ListLen),
    ),
    total(
        "List<T>.is_empty() -> Bool",
        "Whether it has no items.",
        &[gives("[1].is_empty()", "false"), gives("[1].drop(1).is_empty()", "true")],
        Written("list_is_empty"),
    ),
    total(
        "List<T>.first() -> T?",
        "The first item, if there is one.",
        &[gives("[1, 2].first()", "1"), gives("[1].drop(1).first()", "null")],
        Written("list_first"),
    ),
    total(
        "List<T>.last() -> T?",
        "The last item, if there is one.",
        &[gives("[1, 2].last()", "2"), gives("[1].drop(1).last()", "null")],
        Written("list_last"),
    ),
    total(
        "List<T>.get(index: Int) -> T?",
        "The item at an index, counted from 0, if there is one. `xs[i]` fails instead.",
        &[
            gives("[10, 20].get(1)", "20"),
            gives("[10, 20].get(2)", "null"),
            gives("[10, 20].get(-1)", "null"),
        ],
        Builtin(B::ListGet),
    ),
    total(
        "List<T>.contains(item: T) -> Bool",
        "Whether an item equals this one; also `x in xs`.",
        &[
            gives("[1, 2].contains(2)", "true"),
            gives("[[1], [2]].contains([2])", "true"),
            gives("[1].drop(1).contains(1)", "false"),
        ],
        Builtin(B::ListContains),
    ),
    entry(
        "List<T>.map(change: fn(T) -> U) -> List<U>",
        "What the function makes of each item. A failure of the function is one of `map`.",
        &[
            gives("[1, 2].map(x => x * 10)", "[10,20]"),
            gives("[1].drop(1).map(x => x * 10)", "[]"),
            fails("[1, 0].map(x => 1 / x)", "Arithmetic", "division by zero: 1 / 0"),
        ],
        Written("list_map"),
    ),
    entry(
        "List<T>.filter(keep: fn(T) -> Bool) -> List<T>",
        "The items for which the function holds.",
        &[
            gives("[1, 2, 3].filter(x => x > 1)", "[2,3]"),
            gives("[1, 2].filter(x => x > 9)", "[]"),
            fails("[1, 0].filter(x => 1 / x > 0)", "Arithmetic", "division by zero: 1 / 0"),
        ],
        Written("list_filter"),
    ),
    entry(
        "List<T>.flat_map(change: fn(T) -> List<U>) -> List<U>",
        "The items of all lists that the function makes.",
        &[
            gives("[1, 2].flat_map(x => [x, x * 10])", "[1,10,2,20]"),
            gives("[1, 2].flat_map(x => if x > 1 { [x] } else { [] })", "[2]"),
            fails("[0].flat_map(x => [1 / x])", "Arithmetic", "division by zero: 1 / 0"),
        ],
        Written("list_flat_map"),
    ),
    entry(
        "List<T>.fold(start: A, join: fn(A, T) -> A) -> A",
        "Joins the items from the first to the last, beginning with a value.",
        &[
            gives("[1, 2, 3].fold(0, (sum, x) => sum + x)", "6"),
            gives(r#"["a", "b"].fold("", (text, x) => "({text}{x})")"#, r#""((a)b)""#),
            gives("[1].drop(1).fold(7, (sum, x) => sum + x)", "7"),
            fails("[1, 0].fold(8, (rest, x) => rest / x)", "Arithmetic", "division by zero: 8 / 0"),
        ],
        Written("list_fold"),
    ),
    total(
        "List<T>.each_with_index() -> List<(Int, T)>",
        "Pairs of an index and the item there.",
        &[
            gives(r#"["a", "b"].each_with_index()"#, r#"[[0,"a"],[1,"b"]]"#),
            gives("[1].drop(1).each_with_index()", "[]"),
        ],
        Written("list_indexed"),
    ),
    entry(
        "List<T>.each_with_index(change: fn(Int, T) -> U) -> List<U>",
        "What the function makes of each index and the item there.",
        &[
            gives(r#"["a", "b"].each_with_index((i, x) => "{i}{x}")"#, r#"["0a","1b"]"#),
            gives("[1].drop(1).each_with_index((i, x) => i + x)", "[]"),
            fails("[7].each_with_index((i, x) => x / i)", "Arithmetic", "division by zero: 7 / 0"),
        ],
        Written("list_each_with_index"),
    ),
    total(
        "List<T>.sort() -> List<T> where T: ordered",
        "The items in ascending order. Strings are ordered by Unicode scalar values, `false` comes before `true`, tuples \
         are compared from the left. Equal items keep their order.",
        &[
            gives("[3, 1, 2].sort()", "[1,2,3]"),
            gives(r#"["b", "ä", "a", "Z"].sort()"#, r#"["Z","a","b","ä"]"#),
            gives("[1.50d, 1.5d, 1.0d].sort()", r#"["1.0","1.50","1.5"]"#),
            gives(r#"[(2, "a"), (1, "z"), (1, "b")].sort()"#, r#"[[1,"b"],[1,"z"],[2,"a"]]"#),
        ],
        Builtin(B::ListSort),
    ),
    entry(
        "List<T>.sort_by(key: fn(T) -> K) -> List<T> where K: ordered",
        "The items in ascending order of a key, which is computed once for each. Items with equal keys keep their order.",
        &[
            gives(r#"["ccc", "a", "bb"].sort_by(x => x.len())"#, r#"["a","bb","ccc"]"#),
            gives(r#"["b1", "a1", "b0"].sort_by(x => x.slice(0, 1))"#, r#"["a1","b1","b0"]"#),
            fails("[1, 0].sort_by(x => 1 / x)", "Arithmetic", "division by zero: 1 / 0"),
        ],
        Written("list_sort_by"),
    ),
    entry(
        "List<T>.sort_with(compare: fn(T, T) -> Int) -> List<T>",
        "The items in the order of a comparison that gives a negative number if the first comes first, a positive one if \
         the second does, and else 0. Items that compare as 0 keep their order.",
        &[
            gives("[1, 3, 2].sort_with((a, b) => b - a)", "[3,2,1]"),
            gives(r#"["b", "a"].sort_with((_, _) => 0)"#, r#"["b","a"]"#),
            fails("[1, 0].sort_with((a, b) => a / b)", "Arithmetic", "division by zero: 1 / 0"),
        ],
        Written("list_sort_with"),
    ),
    total(
        "List<T>.reverse() -> List<T>",
        "The items from the last to the first.",
        &[gives("[1, 2].reverse()", "[2,1]"), gives("[1].drop(1).reverse()", "[]")],
        Builtin(B::ListReverse),
    ),
    entry(
        "List<T>.take(count: Int) -> List<T>",
        "The first items, at most this many.",
        &[
            gives("[1, 2, 3].take(2)", "[1,2]"),
            gives("[1, 2, 3].take(9)", "[1,2,3]"),
            fails("[1].take(-1)", "Limit", "the number of items to take must not be negative, found -1"),
        ],
        Builtin(B::ListTake),
    ),
    entry(
        "List<T>.drop(count: Int) -> List<T>",
        "All but the first items.",
        &[
            gives("[1, 2, 3].drop(2)", "[3]"),
            gives("[1, 2, 3].drop(9)", "[]"),
            fails("[1].drop(-1)", "Limit", "the number of items to drop must not be negative, found -1"),
        ],
        Builtin(B::ListDrop),
    ),
    entry(
        "List<T>.slice(from: Int, to: Int? = null) -> List<T>",
        "The items from an index up to another one, which is not included; to the end if it is not given. What lies \
         beyond the end is cut off.",
        &[
            gives("[1, 2, 3].slice(1, 2)", "[2]"),
            gives("[1, 2, 3].slice(1)", "[2,3]"),
            gives("[1, 2, 3].slice(1, 99)", "[2,3]"),
            gives("[1, 2, 3].slice(2, 1)", "[]"),
            fails("[1, 2].slice(-1)", "Limit", "the start of a slice must not be negative, found -1"),
        ],
        Builtin(B::ListSlice),
    ),
    total(
        "List<T>.zip(other: List<U>) -> List<(T, U)>",
        "Pairs of the items of both; ends with the shorter one.",
        &[
            gives(r#"[1, 2].zip(["a", "b"])"#, r#"[[1,"a"],[2,"b"]]"#),
            gives(r#"[1, 2].zip(["a"])"#, r#"[[1,"a"]]"#),
        ],
        Builtin(B::ListZip),
    ),
    entry(
        "List<T>.group_by(key: fn(T) -> K) -> Map<K, List<T>> where K: key",
        "The items by a key, the keys in the order in which they are first met.",
        &[
            gives("[1, 2, 3].group_by(x => x % 2)", r#"{"1":[1,3],"0":[2]}"#),
            gives("[1].drop(1).group_by(x => x % 2)", "{}"),
            fails("[0].group_by(x => 1 / x)", "Arithmetic", "division by zero: 1 / 0"),
        ],
        Written("list_group_by"),
    ),
    total(
        "List<T>.unique() -> List<T>",
        "The items without repetitions; the first of equals stays.",
        &[gives("[1, 2, 1].unique()", "[1,2]"), gives("[1.5d, 1.50d, 2.0d].unique()", r#"["1.5","2.0"]"#)],
        Builtin(B::ListUnique),
    ),
    total(
        "List<String>.join(separator: String) -> String",
        "The texts with another one between them.",
        &[
            gives(r#"["a", "b"].join(", ")"#, r#""a, b""#),
            gives(r#"["a"].join(", ")"#, r#""a""#),
            gives(r#"["a"].drop(1).join(", ")"#, r#""""#),
        ],
        Builtin(B::ListJoin),
    ),
    entry(
        "List<Int>.sum() -> Int",
        "The sum; 0 if it is empty.",
        &[
            gives("[1, 2].sum()", "3"),
            gives("let xs: List<Int> = []  xs.sum()", "0"),
            fails(
                "[9223372036854775807, 1].sum()",
                "Arithmetic",
                "9223372036854775807 + 1 does not fit in 64 bits",
            ),
        ],
        Builtin(B::ListSumInt),
    ),
    entry(
        "List<Float>.sum() -> Float",
        "The sum from the first to the last item; 0.0 if it is empty.",
        &[
            gives("[0.5, 1.0].sum()", "1.5"),
            gives("let xs: List<Float> = []  xs.sum()", "0.0"),
            fails("[1e308, 1e308].sum()", "Arithmetic", "the sum is not finite"),
        ],
        Builtin(B::ListSumFloat),
    ),
    entry(
        "List<Decimal>.sum() -> Decimal",
        "The exact sum; 0 if it is empty.",
        &[
            gives("[0.50d, 1.25d].sum()", r#""1.75""#),
            gives("let xs: List<Decimal> = []  xs.sum()", r#""0""#),
            fails(
                "[999999999999999999999999999.9d, 0.01d].sum()",
                "Arithmetic",
                "999999999999999999999999999.9 + 0.01 needs more than 28 digits",
            ),
        ],
        Builtin(B::ListSumDecimal),
    ),
    total(
        "List<T>.min() -> T? where T: ordered",
        "The least item, if there is one; the first of equals.",
        &[gives("[2, 1, 3].min()", "1"), gives("[1].drop(1).min()", "null")],
        Builtin(B::ListMin),
    ),
    total(
        "List<T>.max() -> T? where T: ordered",
        "The greatest item, if there is one; the first of equals.",
        &[gives("[2, 1, 3].max()", "3"), gives("[1].drop(1).max()", "null")],
        Builtin(B::ListMax),
    ),
    entry(
        "List<T>.any(holds: fn(T) -> Bool) -> Bool",
        "Whether the function holds for some item. It is not asked further once it holds.",
        &[
            gives("[1, 2].any(x => x > 1)", "true"),
            gives("[1].drop(1).any(_ => true)", "false"),
            gives("[1, 0].any(x => 1 / x > 0)", "true"),
            fails("[0].any(x => 1 / x > 0)", "Arithmetic", "division by zero: 1 / 0"),
        ],
        Written("list_any"),
    ),
    entry(
        "List<T>.all(holds: fn(T) -> Bool) -> Bool",
        "Whether the function holds for every item. It is not asked further once it does not.",
        &[
            gives("[1, 2].all(x => x > 0)", "true"),
            gives("[1].drop(1).all(_ => false)", "true"),
            gives("[1, 0].all(x => 1 / x > 1)", "false"),
            fails("[0].all(x => 1 / x > 0)", "Arithmetic", "division by zero: 1 / 0"),
        ],
        Written("list_all"),
    ),
    entry(
        "List<T>.find(holds: fn(T) -> Bool) -> T?",
        "The first item for which the function holds, if there is one.",
        &[
            gives("[1, 2, 3].find(x => x > 1)", "2"),
            gives("[1, 2].find(x => x > 9)", "null"),
            fails("[0].find(x => 1 / x > 0)", "Arithmetic", "division by zero: 1 / 0"),
        ],
        Written("list_find"),
    ),
    entry(
        "List<T>.position(holds: fn(T) -> Bool) -> Int?",
        "The index of the first item for which the function holds, if there is one.",
        &[
            gives("[1, 2, 3].position(x => x > 1)", "1"),
            gives("[1, 2].position(x => x > 9)", "null"),
            fails("[0].position(x => 1 / x > 0)", "Arithmetic", "division by zero: 1 / 0"),
        ],
        Written("list_position"),
    ),
    entry(
        "List<T>.chunk(size: Int) -> List<List<T>>",
        "The items in lists of this size; the last one may be shorter.",
        &[
            gives("[1, 2, 3].chunk(2)", "[[1,2],[3]]"),
            gives("[1].drop(1).chunk(2)", "[]"),
            fails("[1].chunk(0)", "Limit", "a chunk must have at least 1 item, found 0"),
        ],
        Builtin(B::ListChunk),
    ),
    entry(
        "List<T>._sort_by_keys(keys: List<K>) -> List<T>",
        "The items in the order of as many keys.",
        &[],
        Builtin(B::ListSortByKeys),
    ),
    total(
        "List<T>.push(item: T) -> Null",
        "Adds an item at the end of a `var`.",
        &[
            gives("var xs = [1]  xs.push(2)  xs", "[1,2]"),
            gives("let old = [1]  var new = old  new.push(2)  [old, new]", "[[1],[1,2]]"),
        ],
        Mutation(M::ListPush),
    ),
    total(
        "List<T>.pop() -> T?",
        "Takes the last item off a `var`, if there is one.",
        &[
            gives("var xs = [1, 2]  let last = xs.pop()  (last, xs)", "[2,[1]]"),
            gives("var xs = [1].drop(1)  let last = xs.pop()  (last, xs)", "[null,[]]"),
        ],
        Mutation(M::ListPop),
    ),
    entry(
        "List<T>.insert(index: Int, item: T) -> Null",
        "Adds an item before the one at an index of a `var`, or at its end.",
        &[
            gives("var xs = [1, 3]  xs.insert(1, 2)  xs", "[1,2,3]"),
            gives("var xs = [1]  xs.insert(1, 2)  xs", "[1,2]"),
            fails(
                "var xs = [1]  xs.insert(2, 9)  xs",
                "NotFound",
                "index 2 is out of range: the list has 1 item",
            ),
        ],
        Mutation(M::ListInsert),
    ),
    entry(
        "List<T>.remove_at(index: Int) -> T",
        "Takes the item at an index off a `var`.",
        &[
            gives("var xs = [1, 2, 3]  let gone = xs.remove_at(1)  (gone, xs)", "[2,[1,3]]"),
            gives("var xs = [1]  let gone = xs.remove_at(0)  (gone, xs)", "[1,[]]"),
            fails(
                "var xs = [1]  let gone = xs.remove_at(-1)  gone",
                "NotFound",
                "index -1 is out of range: the list has 1 item",
            ),
        ],
        Mutation(M::ListRemoveAt),
    ),
    total(
        "List<T>.clear() -> Null",
        "Takes all items off a `var`.",
        &[
            gives("var xs = [1, 2]  xs.clear()  xs", "[]"),
            gives("let old = [1]  var new = old  new.clear()  [old, new]", "[[1],[]]"),
        ],
        Mutation(M::ListClear),
    ),
];
