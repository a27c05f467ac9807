//! Strings. Positions count Unicode scalar values.

use std::sync::Arc;

use aeth_lang::library::Builtin;

use super::{Library, Run, count, pattern, slice, text};
use crate::value::measure::{items_units, text_units};
use crate::value::{Value, decimal};

pub(super) fn call(builtin: Builtin, args: &mut [Value], library: &mut Library<'_>) -> Run<Value> {
    use Builtin as B;
    let whole = Arc::clone(text(&args[0])?);
    let whole = whole.as_str();
    library.meter.work(whole.len() as u64 / 64);
    match builtin {
        B::TextLen => Ok(Value::Int(whole.chars().count() as i64)),
        B::TextChars => parts(characters(whole), library),
        B::TextLines => {
            let lines = whole.strip_suffix('\n').unwrap_or(whole);
            let lines = if whole.is_empty() { None } else { Some(lines.split('\n')) };
            parts(lines.into_iter().flatten().map(|line| line.strip_suffix('\r').unwrap_or(line)), library)
        }
        B::TextSplit => match text(&args[1])?.as_str() {
            "" => parts(characters(whole), library),
            between => parts(whole.split(between), library),
        },
        B::TextTrim => made(whole.trim(), library),
        B::TextUpper => changed(whole, str::to_uppercase, library),
        B::TextLower => changed(whole, str::to_lowercase, library),
        B::TextStartsWith => Ok(Value::Bool(whole.starts_with(text(&args[1])?.as_str()))),
        B::TextEndsWith => Ok(Value::Bool(whole.ends_with(text(&args[1])?.as_str()))),
        B::TextContains => Ok(Value::Bool(whole.contains(text(&args[1])?.as_str()))),
        B::TextReplace => replace(whole, text(&args[1])?, text(&args[2])?, library),
        B::TextSlice => {
            // a text has at most as many characters as bytes, so clamping to bytes is harmless
            let range = slice(args, || whole.len())?;
            let mut starts = whole.char_indices().map(|(at, _)| at).chain([whole.len()]);
            let from = starts.nth(range.start).unwrap_or(whole.len());
            let to = match range.len() {
                0 => from,
                more => starts.nth(more - 1).unwrap_or(whole.len()),
            };
            made(&whole[from..to], library)
        }
        B::TextDropPrefix => made(whole.strip_prefix(text(&args[1])?.as_str()).unwrap_or(whole), library),
        B::TextDropSuffix => made(whole.strip_suffix(text(&args[1])?.as_str()).unwrap_or(whole), library),
        B::TextRepeat => {
            let times = count(&args[1], "the number of repetitions")?;
            library.meter.alloc_text(whole.len().saturating_mul(times))?;
            Ok(Value::text(whole.repeat(if whole.is_empty() { 0 } else { times })))
        }
        B::TextPad => pad(whole, count(&args[1], "the width")?, text(&args[2])?, library),
        B::TextToInt => Ok(whole_number(whole).map_or(Value::Null, Value::Int)),
        B::TextToFloat => Ok(number(whole)
            .and_then(|text| text.parse().ok())
            .filter(|f: &f64| f.is_finite())
            .map_or(Value::Null, Value::Float)),
        B::TextToDecimal => Ok(number(whole).and_then(decimal::parse).map_or(Value::Null, Value::decimal)),
        B::TextMatches => {
            Ok(Value::Bool(pattern::searching(text(&args[1])?, whole, library)?.is_match(whole)))
        }
        _ => captures(whole, text(&args[1])?, library),
    }
}

fn made(text: &str, library: &mut Library<'_>) -> Run<Value> {
    library.meter.alloc_text(text.len())?;
    Ok(Value::text(text))
}

/// A text in another case, which can be up to three times as long.
fn changed(text: &str, change: impl Fn(&str) -> String, library: &mut Library<'_>) -> Run<Value> {
    library.meter.alloc_text(text.len())?;
    let changed = change(text);
    library.meter.alloc_text(changed.len().saturating_sub(text.len()))?;
    Ok(Value::text(changed))
}

fn characters(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.char_indices().map(|(at, char)| &text[at..at + char.len_utf8()])
}

/// Texts as a list. They are counted before any is made: a long text has more characters than fit into memory.
fn parts<'a>(parts: impl Iterator<Item = &'a str> + Clone, library: &mut Library<'_>) -> Run<Value> {
    let (mut count, mut units) = (0usize, 0u64);
    for part in parts.clone() {
        count += 1;
        units += text_units(part.len());
    }
    library.meter.alloc(units + items_units(count))?;
    library.meter.work(units / 4);
    let mut items = Vec::with_capacity(count);
    items.extend(parts.map(Value::text));
    Ok(Value::list(items))
}

fn replace(whole: &str, from: &str, to: &str, library: &mut Library<'_>) -> Run<Value> {
    let found = whole.matches(from).count();
    let length =
        whole.len().saturating_sub(found * from.len()).saturating_add(found.saturating_mul(to.len()));
    library.meter.alloc_text(length)?;
    Ok(Value::text(whole.replace(from, to)))
}

fn pad(whole: &str, width: usize, with: &str, library: &mut Library<'_>) -> Run<Value> {
    let missing = width.saturating_sub(whole.chars().count());
    if missing == 0 || with.is_empty() {
        return made(whole, library);
    }
    let longest = with.chars().map(char::len_utf8).max().unwrap_or(1);
    library.meter.alloc_text(missing.saturating_mul(longest).saturating_add(whole.len()))?;
    let mut out: String = with.chars().cycle().take(missing).collect();
    out.push_str(whole);
    Ok(Value::text(out))
}

/// An optional minus and digits, nothing else.
fn whole_number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// A number as programs and JSON write it: no `inf`, no plus, no bare point.
fn number(text: &str) -> Option<&str> {
    crate::value::number::Exact::read(text).map(|_| text)
}

fn captures(whole: &str, pattern: &Arc<String>, library: &mut Library<'_>) -> Run<Value> {
    let Some(found) = pattern::searching(pattern, whole, library)?.captures(whole) else {
        return Ok(Value::Null);
    };
    let mut groups = Vec::with_capacity(found.len());
    for group in found.iter() {
        groups.push(match group {
            Some(group) => made(group.as_str(), library)?,
            None => Value::Null,
        });
    }
    library.meter.alloc_items(groups.len())?;
    Ok(Value::list(groups))
}
