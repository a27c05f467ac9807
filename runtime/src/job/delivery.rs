//! Events that feed the machine: the same function for a live outcome, a resume and a replay.

use crate::effect::{Delivery, Effect, EffectId, Outcome, Request};
use crate::event::{Event, Payload, Resolution};
use crate::machine::Program;
use crate::value::{Error, ErrorKind, Key, Value, json};

/// What an event delivers, if it delivers anything. `request` finds what a fiber waits for; an outcome nobody waits
/// for delivers nothing.
pub(crate) fn deliver_from_event<'r>(
    program: &Program,
    event: &Event,
    request: impl Fn(&EffectId) -> Option<&'r Request>,
) -> Result<Option<Delivery>, Error> {
    let heard = |id: &EffectId, outcome: &dyn Fn(&Request) -> Result<Outcome, Error>| {
        request(id)
            .map(|asked| Ok(Delivery::Outcome { id: id.clone(), outcome: outcome(asked)? }))
            .transpose()
    };
    match event {
        Event::EffectCompleted { effect, value, .. }
        | Event::EffectResolved { effect, how: Resolution::Completed(value), .. } => {
            heard(effect, &|asked| Ok(Outcome::Value(value_of(program, asked, value)?)))
        }
        Event::EffectFailed { effect, error, .. }
        | Event::EffectResolved { effect, how: Resolution::Failed(error), .. } => {
            heard(effect, &|_| Ok(Outcome::Error(error_from_payload(error)?)))
        }
        Event::TimerFired { effect } => heard(effect, &|asked| {
            Ok(match asked.effect {
                Effect::Await { .. } => Outcome::Expired,
                _ => Outcome::Value(Value::Null),
            })
        }),
        Event::SignalReceived { effect: Some(effect), value, .. }
        | Event::QuestionAnswered { effect, value, .. } => {
            heard(effect, &|asked| Ok(Outcome::Value(value_of(program, asked, value)?)))
        }
        Event::NoteRecorded { effect, .. } => heard(effect, &|_| Ok(Outcome::Value(Value::Null))),
        Event::CancelRequested { .. } => Ok(Some(Delivery::Cancel)),
        _ => Ok(None),
    }
}

/// A recorded value, decoded by what was asked for.
fn value_of(program: &Program, asked: &Request, payload: &Payload) -> Result<Value, Error> {
    let text = payload_text(payload)?;
    let module = &program.module;
    match &asked.effect {
        Effect::Tool { tool, .. } => program.decode(text, module.tools[tool.index()].result),
        Effect::Await { signal, .. } => program.decode(text, module.signals[signal.index()].shape),
        Effect::Now => number(text).map(Value::Timestamp),
        Effect::RandomInt { .. } => number(text).map(Value::Int),
        Effect::Random => text.parse().map(Value::Float).map_err(|_| unreadable(text)),
        Effect::Uuid => serde_json::from_str::<String>(text).map(Value::text).map_err(|_| unreadable(text)),
        Effect::Sleep { .. } | Effect::SleepUntil { .. } | Effect::Note { .. } => Ok(Value::Null),
    }
}

fn payload_text(payload: &Payload) -> Result<&str, Error> {
    payload.text().ok_or_else(|| Error::new(ErrorKind::Decode, "a recorded value is missing or not text"))
}

fn number(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| unreadable(text))
}

fn unreadable(text: &str) -> Error {
    let shown: String = text.chars().take(80).collect();
    Error::new(ErrorKind::Decode, format!("a recorded value cannot be read: {shown}"))
}

fn error_from_payload(payload: &Payload) -> Result<Error, Error> {
    error_from_json(payload_text(payload)?)
}

/// The JSON form of an Error.
pub(crate) fn error_json(program: &Program, error: &Error) -> String {
    program.encode(&error.to_value())
}

/// An Error from its JSON form.
pub(crate) fn error_from_json(text: &str) -> Result<Error, Error> {
    error_of(&json::parse(text)?).ok_or_else(|| unreadable(text))
}

fn error_of(value: &Value) -> Option<Error> {
    let field = |name: &str| member(value, name);
    Some(Error {
        kind: kind_of(field("kind")?)?,
        message: field("message")?.as_text()?.to_owned(),
        data: field("data").cloned().unwrap_or_default(),
        task: field("task").and_then(Value::as_text).map(str::to_owned),
        cause: field("cause").and_then(error_of).map(Box::new),
    })
}

fn kind_of(value: &Value) -> Option<ErrorKind> {
    if let Some(name) = value.as_text() {
        return ErrorKind::named(name);
    }
    let name = member(member(value, "Other")?, "name")?.as_text()?;
    Some(ErrorKind::Other(name.to_owned()))
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Map(map) = value else { return None };
    map.get(&Key::Text(std::sync::Arc::new(name.to_owned())))
}
