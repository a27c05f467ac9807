//! The library functions that the machine carries out itself. Those that take a function (`map`, `sort_by` …) are
//! written in the language, in `prelude.aeth`, on top of these.
//!
//! Invariant: append only. The number of a builtin stands in stored modules, and its results belong to the
//! semantics version.

use serde::{Deserialize, Serialize};

macro_rules! builtins {
    ($($(#[$doc:meta])* $name:ident / $arity:literal),+ $(,)?) => {
        /// A function the machine carries out itself. The doc of each gives its type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u16)]
        pub enum Builtin { $($(#[$doc])* $name),+ }

        impl Builtin {
            /// Every builtin, in order.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// How many values it takes.
            #[must_use]
            pub fn arity(self) -> u16 {
                match self { $(Self::$name => $arity),+ }
            }
        }
    };
}

builtins! {
    // lists
    /// `List<T> -> Int`
    ListLen / 1,
    /// `(List<T>, Int) -> T?`
    ListGet / 2,
    /// `(List<T>, T) -> Bool`; also `x in xs`
    ListContains / 2,
    /// `List<T> -> List<T>`: ascending, stable
    ListSort / 1,
    /// `(List<T>, List<K>) -> List<T>`: the first list in the stable ascending order of the second (same length)
    ListSortByKeys / 2,
    /// `List<T> -> List<T>`
    ListReverse / 1,
    /// `(List<T>, Int, Int?) -> List<T>`: from, to (exclusive), clamped; negative fails with Limit
    ListSlice / 3,
    /// `(List<A>, List<B>) -> List<(A, B)>`
    ListZip / 2,
    /// `List<T> -> List<T>`: first of equals kept
    ListUnique / 1,
    /// `(List<String>, String) -> String`
    ListJoin / 2,
    /// `List<Int> -> Int`: checked
    ListSumInt / 1,
    /// `List<Float> -> Float`
    ListSumFloat / 1,
    /// `List<Decimal> -> Decimal`
    ListSumDecimal / 1,
    /// `List<T> -> T?`
    ListMin / 1,
    /// `List<T> -> T?`
    ListMax / 1,
    /// `(List<T>, Int) -> List<List<T>>`: 0 or less fails with Limit
    ListChunk / 2,
    /// `(List<T>, List<T>) -> List<T>`: `+`
    ListConcat / 2,
    /// `(Int, Int, Bool) -> List<Int>`: start, end, inclusive
    ListRange / 3,
    // strings: positions count Unicode scalar values
    /// `String -> Int`
    TextLen / 1,
    /// `String -> List<String>`
    TextChars / 1,
    /// `String -> List<String>`: drops a trailing newline
    TextLines / 1,
    /// `(String, String) -> List<String>`: `split("")` gives characters
    TextSplit / 2,
    /// `String -> String`
    TextTrim / 1,
    /// `String -> String`
    TextUpper / 1,
    /// `String -> String`
    TextLower / 1,
    /// `(String, String) -> Bool`
    TextStartsWith / 2,
    /// `(String, String) -> Bool`
    TextEndsWith / 2,
    /// `(String, String) -> Bool`; also `"a" in text`
    TextContains / 2,
    /// `(String, String, String) -> String`: all
    TextReplace / 3,
    /// `(String, Int, Int?) -> String`: clamped; negative fails with Limit
    TextSlice / 3,
    /// `(String, String) -> String`
    TextDropPrefix / 2,
    /// `(String, String) -> String`
    TextDropSuffix / 2,
    /// `(String, Int) -> String`: negative fails with Limit
    TextRepeat / 2,
    /// `(String, Int, String) -> String`: pads left to n with a text
    TextPad / 3,
    /// `String -> Int?`
    TextToInt / 1,
    /// `String -> Float?`
    TextToFloat / 1,
    /// `String -> Decimal?`
    TextToDecimal / 1,
    /// `(String, String) -> Bool`: regular expression, anywhere in the text; a bad one fails with Decode
    TextMatches / 2,
    /// `(String, String) -> List<String?>?`: groups of the first match, the whole first
    TextCaptures / 2,
    // maps
    /// `(Map<K, V>, K) -> V?`
    MapGet / 2,
    /// `(Map<K, V>, K) -> Bool`; also `k in map`
    MapHas / 2,
    /// `Map<K, V> -> List<K>`
    MapKeys / 1,
    /// `Map<K, V> -> List<V>`
    MapValues / 1,
    /// `Map<K, V> -> List<Entry<K, V>>`
    MapEntries / 1,
    /// `(Map<K, V>, K, V) -> Map<K, V>`
    MapPut / 3,
    /// `(Map<K, V>, K) -> Map<K, V>`
    MapRemove / 2,
    /// `(Map<K, V>, Map<K, V>) -> Map<K, V>`: the second wins
    MapMerge / 2,
    /// `Map<K, V> -> Int`
    MapLen / 1,
    // JSON
    /// `String -> Json`: strict; fails with Decode
    JsonParse / 1,
    /// `T -> String`: compact JSON of the value's JSON form
    ToJsonText / 1,
    /// `T -> String`: what `{x}` shows
    ToText / 1,
    /// `(Json, String) -> Bool`
    JsonHas / 2,
    // numbers
    /// `Int -> Float`
    IntToFloat / 1,
    /// `Int -> Decimal`
    IntToDecimal / 1,
    /// `Float -> Int?`: null if not whole or out of range
    FloatToInt / 1,
    /// `Float -> Decimal`
    FloatToDecimal / 1,
    /// `Decimal -> Int?`
    DecimalToInt / 1,
    /// `Decimal -> Float`
    DecimalToFloat / 1,
    /// `(Decimal, Int) -> Decimal`: half even
    DecimalRound / 2,
    /// `Float -> Float`
    FloatFloor / 1,
    /// `Float -> Float`
    FloatCeil / 1,
    /// `Float -> Float`: half away from zero
    FloatRound / 1,
    /// `Int -> Int`: checked
    IntAbs / 1,
    /// `Float -> Float`
    FloatAbs / 1,
    /// `Decimal -> Decimal`
    DecimalAbs / 1,
    /// `(T, T) -> T` by order
    Min / 2,
    /// `(T, T) -> T` by order
    Max / 2,
    /// `(Int, Int) -> Int`: checked; a negative exponent fails with Arithmetic
    IntPow / 2,
    /// `(Float, Float) -> Float`
    FloatPow / 2,
    /// `Float -> Float`: of a negative fails with Arithmetic
    FloatSqrt / 1,
    /// `Float -> Float`
    FloatExp / 1,
    /// `Float -> Float`: natural
    FloatLog / 1,
    /// `Float -> Float`
    FloatSin / 1,
    /// `Float -> Float`
    FloatCos / 1,
    /// `Float -> Float`
    FloatTan / 1,
    // arithmetic of the other types
    /// `(Decimal, Decimal) -> Decimal`
    DecimalAdd / 2,
    /// `(Decimal, Decimal) -> Decimal`
    DecimalSub / 2,
    /// `(Decimal, Decimal) -> Decimal`
    DecimalMul / 2,
    /// `(Decimal, Decimal) -> Decimal`: 28 digits, half even
    DecimalDiv / 2,
    /// `(Decimal, Decimal) -> Decimal`
    DecimalRem / 2,
    /// `Decimal -> Decimal`
    DecimalNeg / 1,
    /// `(Duration, Duration) -> Duration`
    DurationAdd / 2,
    /// `(Duration, Duration) -> Duration`
    DurationSub / 2,
    /// `(Duration, Int) -> Duration`
    DurationMul / 2,
    /// `(Duration, Int) -> Duration`: truncates
    DurationDiv / 2,
    /// `Duration -> Duration`
    DurationNeg / 1,
    /// `Duration -> Int`
    DurationToMillis / 1,
    /// `(Timestamp, Duration) -> Timestamp`
    TimestampAdd / 2,
    /// `(Timestamp, Duration) -> Timestamp`
    TimestampSub / 2,
    /// `(Timestamp, Timestamp) -> Duration`
    TimestampDiff / 2,
    /// `Timestamp -> Int`: milliseconds since 1970
    TimestampToMillis / 1,
    /// `String -> Timestamp`: RFC 3339; fails with Decode
    TimeParse / 1,
    /// `(Timestamp, String, String) -> String`: strftime pattern, zone name
    TimestampFormat / 3,
    // the rest
    /// `String -> String`: lower hex of the UTF-8 bytes; Bytes too
    HashSha256 / 1,
    /// `Bytes or String -> String`
    Base64Encode / 1,
    /// `String -> Bytes`: fails with Decode
    Base64Decode / 1,
    /// `String -> String`: percent-encoding of a component
    UrlEncode / 1,
    /// `ErrorKind -> String`
    ErrorKindName / 1,
    /// `String -> Bytes`
    TextToBytes / 1,
    /// `Bytes -> String`: fails with Decode if not UTF-8
    BytesToText / 1,
    /// `Bytes -> Int`
    BytesLen / 1,
    /// `Null -> List<Nothing>`: fails with Internal error text; the value of an unreachable place
    Unreachable / 1,
    // added later: the order is stored in modules
    /// `(List<T>, Int) -> List<T>`: the first ones; negative fails with Limit
    ListTake / 2,
    /// `(List<T>, Int) -> List<T>`: all but the first ones; negative fails with Limit
    ListDrop / 2,
    /// `Decimal -> Decimal`
    DecimalFloor / 1,
    /// `Decimal -> Decimal`
    DecimalCeil / 1,
}
