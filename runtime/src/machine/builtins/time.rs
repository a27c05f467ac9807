//! Durations and timestamps. Time zones come with the language, not with the host.

use aeth_lang::library::Builtin;

use super::{Fault, Library, Run, int, text, wrong};
use crate::machine::data::quoted;
use crate::value::time::{EARLIEST, LATEST, duration, parse_timestamp, timestamp};
use crate::value::{ErrorKind, Value};

pub(super) fn call(builtin: Builtin, args: &mut [Value], library: &mut Library<'_>) -> Run<Value> {
    use Builtin as B;
    let lasting = |value: Option<i64>, what: &dyn Fn() -> String| {
        let value = value.filter(|ms| *ms != i64::MIN);
        value.map(Value::Duration).ok_or_else(|| arithmetic(format!("{} does not fit Duration", what())))
    };
    let instant = |value: Option<i64>, what: &dyn Fn() -> String| {
        let value = value.filter(|ms| (EARLIEST..=LATEST).contains(ms));
        value
            .map(Value::Timestamp)
            .ok_or_else(|| arithmetic(format!("{} is outside the years 0 to 9999", what())))
    };
    match builtin {
        B::DurationAdd => {
            let (a, b) = (length(&args[0])?, length(&args[1])?);
            lasting(a.checked_add(b), &|| format!("{} + {}", duration(a), duration(b)))
        }
        B::DurationSub => {
            let (a, b) = (length(&args[0])?, length(&args[1])?);
            lasting(a.checked_sub(b), &|| format!("{} - {}", duration(a), duration(b)))
        }
        B::DurationMul => {
            let (a, n) = (length(&args[0])?, int(&args[1])?);
            lasting(a.checked_mul(n), &|| format!("{} * {n}", duration(a)))
        }
        B::DurationDiv => {
            let (a, n) = (length(&args[0])?, int(&args[1])?);
            if n == 0 {
                return Err(arithmetic(format!("division by zero: {} / 0", duration(a))));
            }
            lasting(a.checked_div(n), &|| format!("{} / {n}", duration(a)))
        }
        B::DurationNeg => {
            let a = length(&args[0])?;
            lasting(a.checked_neg(), &|| format!("-({})", duration(a)))
        }
        B::DurationToMillis => Ok(Value::Int(length(&args[0])?)),
        B::TimestampAdd => {
            let (a, b) = (moment(&args[0])?, length(&args[1])?);
            instant(a.checked_add(b), &|| format!("{} + {}", timestamp(a), duration(b)))
        }
        B::TimestampSub => {
            let (a, b) = (moment(&args[0])?, length(&args[1])?);
            instant(a.checked_sub(b), &|| format!("{} - {}", timestamp(a), duration(b)))
        }
        B::TimestampDiff => {
            let (a, b) = (moment(&args[0])?, moment(&args[1])?);
            lasting(a.checked_sub(b), &|| format!("{} - {}", timestamp(a), timestamp(b)))
        }
        B::TimestampToMillis => Ok(Value::Int(moment(&args[0])?)),
        B::TimeParse => {
            let source = text(&args[0])?;
            let wrong = || {
                let message = format!("{} is no RFC 3339 time, as \"2026-01-31T12:00:00Z\"", quoted(source));
                Fault::new(ErrorKind::Decode, message)
            };
            parse_timestamp(source).map(Value::Timestamp).ok_or_else(wrong)
        }
        _ => {
            // the longest directive is a few dozen times as long as it is written
            let pattern = text(&args[1])?.len();
            library.meter.work(64 + pattern as u64 / 4);
            library.meter.alloc_text(pattern.saturating_mul(64))?;
            format_at(moment(&args[0])?, text(&args[1])?, text(&args[2])?, library)
        }
    }
}

fn arithmetic(message: String) -> Box<Fault> {
    Fault::new(ErrorKind::Arithmetic, message)
}

fn length(value: &Value) -> Run<i64> {
    if let Value::Duration(ms) = value { Ok(*ms) } else { Err(wrong("a Duration", value)) }
}

fn moment(value: &Value) -> Run<i64> {
    if let Value::Timestamp(ms) = value { Ok(*ms) } else { Err(wrong("a Timestamp", value)) }
}

/// A timestamp by a strftime pattern in a named zone.
fn format_at(ms: i64, pattern: &str, zone: &str, library: &mut Library<'_>) -> Run<Value> {
    let refused = |what: String| Fault::new(ErrorKind::Decode, what);
    let zones = jiff::tz::TimeZoneDatabase::bundled();
    let found = zones.get(zone).map_err(|_| refused(format!("there is no time zone {}", quoted(zone))))?;
    let at = jiff::Timestamp::from_millisecond(ms).map_err(|error| arithmetic(error.to_string()))?;
    let out = jiff::fmt::strtime::format(pattern, &at.to_zoned(found))
        .map_err(|error| refused(format!("the pattern {} cannot be used: {error}", quoted(pattern))))?;
    library.meter.alloc_text(out.len())?;
    Ok(Value::text(out))
}
