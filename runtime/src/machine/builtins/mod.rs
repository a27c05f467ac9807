//! The library functions that the machine carries out itself, one file per type.
//!
//! In: the arguments, which the function may take apart. Out: a value or a fault whose sentence names what was
//! wrong. Invariant: work and memory are charged in proportion before they are spent.

mod codec;
mod list;
mod map;
mod number;
mod pattern;
mod string;
mod time;

use std::sync::Arc;

use aeth_lang::library::Builtin;
use rust_decimal::Decimal;

use super::exec::Library;
use super::fault::{Fault, Run};
use crate::value::{ErrorKind, Items, Map, Value};
pub(crate) use pattern::Patterns;

/// Carries out a builtin.
pub(crate) fn call(builtin: Builtin, args: &mut [Value], library: &mut Library<'_>) -> Run<Value> {
    use Builtin as B;
    match builtin {
        B::ListLen
        | B::ListGet
        | B::ListContains
        | B::ListSort
        | B::ListSortByKeys
        | B::ListReverse
        | B::ListSlice
        | B::ListZip
        | B::ListUnique
        | B::ListJoin
        | B::ListSumInt
        | B::ListSumFloat
        | B::ListSumDecimal
        | B::ListMin
        | B::ListMax
        | B::ListChunk
        | B::ListTake
        | B::ListDrop
        | B::ListConcat
        | B::ListRange => list::call(builtin, args, library),
        B::TextLen
        | B::TextChars
        | B::TextLines
        | B::TextSplit
        | B::TextTrim
        | B::TextUpper
        | B::TextLower
        | B::TextStartsWith
        | B::TextEndsWith
        | B::TextContains
        | B::TextReplace
        | B::TextSlice
        | B::TextDropPrefix
        | B::TextDropSuffix
        | B::TextRepeat
        | B::TextPad
        | B::TextToInt
        | B::TextToFloat
        | B::TextToDecimal
        | B::TextMatches
        | B::TextCaptures => string::call(builtin, args, library),
        B::MapGet
        | B::MapHas
        | B::MapKeys
        | B::MapValues
        | B::MapEntries
        | B::MapPut
        | B::MapRemove
        | B::MapMerge
        | B::MapLen => map::call(builtin, args, library),
        B::JsonParse
        | B::ToJsonText
        | B::ToText
        | B::JsonHas
        | B::HashSha256
        | B::Base64Encode
        | B::Base64Decode
        | B::UrlEncode
        | B::TextToBytes
        | B::BytesToText
        | B::BytesLen => codec::call(builtin, args, library),
        B::DurationAdd
        | B::DurationSub
        | B::DurationMul
        | B::DurationDiv
        | B::DurationNeg
        | B::DurationToMillis
        | B::TimestampAdd
        | B::TimestampSub
        | B::TimestampDiff
        | B::TimestampToMillis
        | B::TimeParse
        | B::TimestampFormat => time::call(builtin, args, library),
        B::ErrorKindName => {
            let kind = crate::value::ErrorKind::from_value(&args[0])
                .ok_or_else(|| wrong("an ErrorKind", &args[0]))?;
            Ok(Value::text(kind.name()))
        }
        B::Unreachable => Err(Fault::internal("a place that cannot be reached was reached")),
        _ => number::call(builtin, args, library),
    }
}

/// The fault of an argument of another type, which no compiled program passes.
fn wrong(expected: &str, found: &Value) -> Box<Fault> {
    Fault::internal(format_args!("a library function expected {expected}, found {}", found.what()))
}

fn list(value: &Value) -> Run<&Arc<Items>> {
    if let Value::List(items) = value { Ok(items) } else { Err(wrong("a list", value)) }
}

fn text(value: &Value) -> Run<&Arc<String>> {
    if let Value::Text(text) = value { Ok(text) } else { Err(wrong("a String", value)) }
}

fn map(value: &Value) -> Run<&Arc<Map>> {
    if let Value::Map(map) = value { Ok(map) } else { Err(wrong("a map", value)) }
}

fn int(value: &Value) -> Run<i64> {
    if let Value::Int(int) = value { Ok(*int) } else { Err(wrong("an Int", value)) }
}

fn float(value: &Value) -> Run<f64> {
    if let Value::Float(float) = value { Ok(*float) } else { Err(wrong("a Float", value)) }
}

fn decimal(value: &Value) -> Run<Decimal> {
    if let Value::Decimal(decimal) = value { Ok(**decimal) } else { Err(wrong("a Decimal", value)) }
}

/// A count or position: negative ones fail with Limit, ones beyond memory clamp.
fn count(value: &Value, what: &str) -> Run<usize> {
    let int = int(value)?;
    if int < 0 {
        return Err(Fault::new(ErrorKind::Limit, format!("{what} must not be negative, found {int}")));
    }
    Ok(usize::try_from(int).unwrap_or(usize::MAX))
}

/// The range of a slice within a length: clamped, empty when turned around.
fn slice(args: &[Value], length: impl Fn() -> usize) -> Run<std::ops::Range<usize>> {
    let from = count(&args[1], "the start of a slice")?;
    let to = match &args[2] {
        Value::Null => None,
        to => Some(count(to, "the end of a slice")?),
    };
    let length = length();
    let to = to.unwrap_or(length).min(length);
    Ok(from.min(to)..to)
}
