//! Events as JSON, for `aeth events --json`, the API and exporters.
//!
//! In: a stored event. Out: one object: `seq`, `time`, `epoch`, `type`, then what the event says. Invariant: names
//! and meanings here are public and only ever added to; times are RFC 3339, digests and keys hexadecimal.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Event, Payload, Resolution, StoredEvent, Verdict};
use crate::effect::FiberEnd;
use crate::limits::Limits;
use aeth_lang::bytecode::module::Class;

/// An event that serializes as its JSON form.
#[derive(Clone, Copy, Debug)]
pub struct EventJson<'a>(pub &'a StoredEvent);

/// The JSON form as one line of text.
#[must_use]
pub fn line(event: &StoredEvent) -> String {
    // Only keys that are no strings, or a writer that fails, make serde_json fail.
    serde_json::to_string(&EventJson(event)).expect("an event is plain data")
}

impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(stored) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("seq", &stored.seq)?;
        map.serialize_entry("time", &Field::Time(stored.time_ms))?;
        map.serialize_entry("epoch", &stored.epoch)?;
        map.serialize_entry("type", stored.event.name())?;
        for (name, field) in fields(&stored.event) {
            map.serialize_entry(name, &field)?;
        }
        map.serialize_entry("hash", &Field::Hex(&stored.hash))?;
        map.end()
    }
}

/// A value of the JSON form.
enum Field<'a> {
    Text(&'a str),
    Texts(&'a [String]),
    Hex(&'a [u8]),
    Time(i64),
    MaybeTime(Option<i64>),
    Number(u64),
    Bool(bool),
    Payload(&'a Payload),
    Limits(&'a Limits),
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Texts(texts) => texts.serialize(serializer),
            Self::Hex(bytes) => serializer.serialize_str(&hex(bytes)),
            Self::Time(at_ms) => serializer.serialize_str(&rfc3339(*at_ms)),
            Self::MaybeTime(at_ms) => at_ms.map(rfc3339).serialize(serializer),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Payload(payload) => serialize_payload(payload, serializer),
            Self::Limits(limits) => limits.serialize(serializer),
        }
    }
}

type Fields<'a> = Vec<(&'static str, Field<'a>)>;

/// What an event says, in the order in which it is shown.
fn fields(event: &Event) -> Fields<'_> {
    match event {
        Event::JobCreated { program, agent, args, env, grants, limits, lineage } => vec![
            ("program", Field::Hex(program)),
            ("agent", Field::Text(agent)),
            ("args", Field::Payload(args)),
            ("env", Field::Payload(env)),
            ("grants", Field::Payload(grants)),
            ("limits", Field::Limits(limits)),
            ("lineage", Field::Hex(&lineage.0)),
        ],
        // Its epoch stands in the row too.
        Event::LeaseTaken { worker, epoch: _ } => vec![("worker", Field::Text(worker))],
        Event::JobCompleted { result } => vec![("result", Field::Payload(result))],
        Event::JobFailed { error, trace } => {
            vec![("error", Field::Payload(error)), ("trace", Field::Texts(trace))]
        }
        Event::JobCancelled => Vec::new(),
        Event::Continued { segment, state, large } => {
            let bytes = |payload: &Payload| payload.bytes.as_deref().map_or(0, <[u8]>::len) as u64;
            vec![
                ("segment", Field::Number(*segment)),
                ("state", Field::Payload(state)),
                ("bytes", Field::Number(bytes(state) + large.iter().map(bytes).sum::<u64>())),
            ]
        }
        Event::CancelRequested { by, force } => vec![("by", Field::Text(by)), ("force", Field::Bool(*force))],
        Event::Paused { by } | Event::Resumed { by } => vec![("by", Field::Text(by))],
        Event::TaskStarted { .. }
        | Event::TaskCompleted { .. }
        | Event::TaskFailed { .. }
        | Event::TaskSkipped { .. }
        | Event::TaskCancelled { .. }
        | Event::FiberStarted { .. }
        | Event::FiberEnded { .. } => fiber_fields(event),
        Event::EffectIntended { .. }
        | Event::EffectCompleted { .. }
        | Event::EffectFailed { .. }
        | Event::EffectRetryScheduled { .. }
        | Event::EffectInDoubt { .. }
        | Event::EffectResolved { .. }
        | Event::DuplicateEffect { .. }
        | Event::NoteRecorded { .. } => effect_fields(event),
        Event::TimerSet { .. }
        | Event::TimerFired { .. }
        | Event::SignalAwaited { .. }
        | Event::SignalReceived { .. }
        | Event::QuestionAsked { .. }
        | Event::QuestionAnswered { .. } => wait_fields(event),
    }
}

fn fiber_fields(event: &Event) -> Fields<'_> {
    match event {
        Event::TaskStarted { task } | Event::TaskSkipped { task } | Event::TaskCancelled { task } => {
            vec![("task", Field::Text(task))]
        }
        Event::TaskCompleted { task, value } => {
            vec![("task", Field::Text(task)), ("value", Field::Payload(value))]
        }
        Event::TaskFailed { task, error } => {
            vec![("task", Field::Text(task)), ("error", Field::Payload(error))]
        }
        Event::FiberStarted { fiber } => vec![("fiber", Field::Text(fiber))],
        Event::FiberEnded { fiber, end } => {
            vec![("fiber", Field::Text(fiber)), ("end", Field::Text(end_name(*end)))]
        }
        _ => Vec::new(),
    }
}

fn effect_fields(event: &Event) -> Fields<'_> {
    match event {
        Event::EffectIntended { effect, tool, class, key, request, attempt } => {
            let mut fields = vec![
                ("effect", Field::Text(effect.as_str())),
                ("tool", Field::Text(tool)),
                ("class", Field::Text(class_name(*class))),
            ];
            if let Class::Idempotent(Some(horizon_ms)) = class {
                fields.push(("horizon_ms", Field::Number(u64::try_from(*horizon_ms).unwrap_or(0))));
            }
            fields.push(("key", Field::Text(key)));
            fields.push(("request", Field::Payload(request)));
            fields.push(("attempt", Field::Number(u64::from(*attempt))));
            fields
        }
        Event::EffectCompleted { effect, attempt, verdict, value } => vec![
            ("effect", Field::Text(effect.as_str())),
            ("attempt", Field::Number(u64::from(*attempt))),
            ("verdict", Field::Text(verdict_name(*verdict))),
            ("value", Field::Payload(value)),
        ],
        Event::EffectFailed { effect, attempt, verdict, error } => vec![
            ("effect", Field::Text(effect.as_str())),
            ("attempt", Field::Number(u64::from(*attempt))),
            ("verdict", Field::Text(verdict_name(*verdict))),
            ("error", Field::Payload(error)),
        ],
        Event::EffectRetryScheduled { effect, attempt, verdict, error, at_ms } => vec![
            ("effect", Field::Text(effect.as_str())),
            ("attempt", Field::Number(u64::from(*attempt))),
            ("verdict", Field::Text(verdict_name(*verdict))),
            ("error", Field::Payload(error)),
            ("at", Field::Time(*at_ms)),
        ],
        Event::EffectInDoubt { effect, attempt } | Event::DuplicateEffect { effect, attempt } => {
            vec![("effect", Field::Text(effect.as_str())), ("attempt", Field::Number(u64::from(*attempt)))]
        }
        Event::EffectResolved { effect, how, by } => {
            let mut fields = vec![("effect", Field::Text(effect.as_str()))];
            match how {
                Resolution::Completed(value) => {
                    fields.extend([("how", Field::Text("completed")), ("value", Field::Payload(value))]);
                }
                Resolution::NotDone => fields.push(("how", Field::Text("not_done"))),
                Resolution::Failed(error) => {
                    fields.extend([("how", Field::Text("failed")), ("error", Field::Payload(error))]);
                }
            }
            fields.push(("by", Field::Text(by)));
            fields
        }
        Event::NoteRecorded { effect, note } => {
            vec![("effect", Field::Text(effect.as_str())), ("note", Field::Payload(note))]
        }
        _ => Vec::new(),
    }
}

fn wait_fields(event: &Event) -> Fields<'_> {
    match event {
        Event::TimerSet { effect, at_ms } => {
            vec![("effect", Field::Text(effect.as_str())), ("at", Field::Time(*at_ms))]
        }
        Event::TimerFired { effect } => vec![("effect", Field::Text(effect.as_str()))],
        Event::SignalAwaited { effect, signal, deadline_ms } => vec![
            ("effect", Field::Text(effect.as_str())),
            ("signal", Field::Text(signal)),
            ("deadline", Field::MaybeTime(*deadline_ms)),
        ],
        Event::SignalReceived { effect, signal, value, inbox } => {
            let mut fields: Fields<'_> = Vec::new();
            if let Some(effect) = effect {
                fields.push(("effect", Field::Text(effect.as_str())));
            }
            fields.push(("signal", Field::Text(signal)));
            fields.push(("value", Field::Payload(value)));
            fields.push(("inbox", Field::Number(*inbox)));
            fields
        }
        Event::QuestionAsked { effect, signal, question, digest, deadline_ms } => vec![
            ("effect", Field::Text(effect.as_str())),
            ("signal", Field::Text(signal)),
            ("question", Field::Payload(question)),
            ("digest", Field::Text(digest)),
            ("deadline", Field::MaybeTime(*deadline_ms)),
        ],
        Event::QuestionAnswered { effect, value, by, inbox } => vec![
            ("effect", Field::Text(effect.as_str())),
            ("value", Field::Payload(value)),
            ("by", Field::Text(by)),
            ("inbox", Field::Number(*inbox)),
        ],
        _ => Vec::new(),
    }
}

/// A payload as the JSON value it holds, else what is known of it.
fn serialize_payload<S: Serializer>(payload: &Payload, serializer: S) -> Result<S::Ok, S::Error> {
    if let Some(text) = payload.text()
        // Line breaks can only stand between tokens; what has them was not written by us and is left encoded.
        && !text.contains(['\n', '\r'])
        && let Ok(raw) = serde_json::from_str::<&RawValue>(text)
    {
        return raw.serialize(serializer);
    }
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("digest", &Field::Hex(&payload.digest))?;
    match &payload.bytes {
        Some(bytes) => map.serialize_entry("bytes", &bytes.len())?,
        None => map.serialize_entry("erased", &true)?,
    }
    map.end()
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotDone => "not_done",
        Verdict::Done => "done",
        Verdict::Unknown => "unknown",
    }
}

fn end_name(end: FiberEnd) -> &'static str {
    match end {
        FiberEnd::Completed => "completed",
        FiberEnd::Failed => "failed",
        FiberEnd::Cancelled => "cancelled",
    }
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Readonly => "readonly",
        Class::Idempotent(_) => "idempotent",
        Class::Once => "once",
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// An instant as RFC 3339 in UTC with milliseconds. Years beyond 9999 get their sign and digits.
#[must_use]
pub fn rfc3339(at_ms: i64) -> String {
    let (days, of_day) = (at_ms.div_euclid(86_400_000), at_ms.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
    let year = if (0..=9999).contains(&year) { format!("{year:04}") } else { format!("{year:+05}") };
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The proleptic Gregorian date of a day counted from 1970-01-01: years are counted from March, in eras of 400
/// years, so that the leap day is a year's last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::codec::tests::one_of_each;

    #[test]
    fn every_event_has_its_json_form() {
        let lines: Vec<String> = one_of_each()
            .into_iter()
            .enumerate()
            .map(|(index, event)| {
                line(&StoredEvent {
                    state: None,
                    seq: index as u64 + 1,
                    epoch: 2,
                    time_ms: 1_700_000_000_123,
                    event,
                    hash: [0; 32],
                })
            })
            .collect();
        for line in &lines {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(value["type"].is_string(), "{line}");
        }
        insta::assert_snapshot!(lines.join("\n").replace(&"0".repeat(64), "ZEROS"));
    }

    #[test]
    fn instants_are_rfc_3339() {
        for (at_ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_827_696_789, "2000-02-29T12:34:56.789Z"),
            (1_709_251_199_000, "2024-02-29T23:59:59.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "+10000-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(at_ms), text);
        }
        // No instant overflows.
        assert!(rfc3339(i64::MIN).starts_with('-') && rfc3339(i64::MAX).starts_with('+'));
    }

    #[test]
    fn text_that_is_no_json_is_shown_by_its_digest() {
        let show = |payload: &Payload| serde_json::to_string(&Field::Payload(payload)).unwrap();
        assert_eq!(show(&Payload::new(*br#"{"b":1.50,"a":[]}"#)), r#"{"b":1.50,"a":[]}"#);
        let digest = hex(blake3::hash(b"nope").as_bytes());
        assert_eq!(show(&Payload::new(*b"nope")), format!(r#"{{"digest":"{digest}","bytes":4}}"#));
        let erased = Payload { bytes: None, ..Payload::new(*b"nope") };
        assert_eq!(show(&erased), format!(r#"{{"digest":"{digest}","erased":true}}"#));
        assert!(show(&Payload::new(*b"[1,\n2]")).contains("digest"));
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(!show(&Payload::new(deep.as_bytes())).is_empty());
    }
}
