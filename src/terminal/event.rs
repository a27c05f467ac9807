//! One line per event, for people.

use aeth_lang::bytecode::module::Class;
use aeth_runtime::effect::FiberEnd;
use aeth_runtime::event::{Event, Payload, Resolution, StoredEvent, Verdict};

use super::style::{ATTENTION, BOLD, DIM, ERROR, GOOD};
use super::text;

/// Columns of an event's name: the longest there is.
const NAME: usize = 20;

/// The line of an event: number, time since the job's creation, name, what is special about it.
pub(crate) fn line(event: &StoredEvent, created_ms: i64, columns: usize) -> String {
    let (name, about) = words(&event.event);
    let style = match &event.event {
        Event::JobCompleted { .. } => GOOD,
        Event::JobFailed { .. } | Event::TaskFailed { .. } | Event::EffectFailed { .. } => ERROR,
        Event::EffectInDoubt { .. } | Event::DuplicateEffect { .. } | Event::QuestionAsked { .. } => {
            ATTENTION
        }
        _ => BOLD,
    };
    let head = format!("{:>5} {:>9}", event.seq, since(event.time_ms - created_ms));
    let room = columns.saturating_sub(text::width(&head) + NAME + 3);
    let about = text::plain(&about);
    let about = text::fit(&about, room);
    let name = text::pad(name, NAME);
    format!("{DIM}{head}{DIM:#}  {style}{name}{style:#} {about}").trim_end().to_owned()
}

/// A span of time as people say it: `0.042s`, `3m12s`, `5h03m`, `2d07h`.
pub(crate) fn since(ms: i64) -> String {
    let ms = ms.max(0);
    let seconds = ms / 1000;
    match seconds {
        0..60 => format!("{}.{:03}s", seconds, ms % 1000),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// A span of time that is still to come, rounded up to what is shown: two days that began a moment ago are `2d00h`.
pub(crate) fn until_then(ms: i64) -> String {
    let shown = match ms {
        ..60_000 => 1,
        60_000..3_600_000 => 1_000,
        3_600_000..86_400_000 => 60_000,
        _ => 3_600_000,
    };
    since(ms.saturating_add(shown - 1) / shown * shown)
}

/// A span of time that is still growing: `12.3s`. Thousandths would only flicker.
pub(crate) fn roughly(ms: i64) -> String {
    if ms < 60_000 { format!("{}.{}s", ms.max(0) / 1000, ms.max(0) / 100 % 10) } else { since(ms) }
}

/// The age of something, as roughly as listings need it: `12s`, `3m12s`, `2d07h`.
pub(crate) fn age(ms: i64) -> String {
    if ms < 60_000 { format!("{}s", ms.max(0) / 1000) } else { since(ms) }
}

/// What recovery may do, in the word of the source.
pub(crate) fn class(class: Class) -> &'static str {
    match class {
        Class::Readonly => "readonly",
        Class::Idempotent(_) => "idempotent",
        Class::Once => "once",
    }
}

fn words(event: &Event) -> (&'static str, String) {
    match event {
        Event::JobCreated { program, agent, args, .. } => {
            let program: String = program[..6].iter().map(|byte| format!("{byte:02x}")).collect();
            ("JobCreated", format!("{agent} {} program {program}", show(args)))
        }
        Event::LeaseTaken { worker, epoch } => ("LeaseTaken", format!("epoch {epoch} by {worker}")),
        Event::TaskStarted { task } => ("TaskStarted", task.to_string()),
        Event::TaskCompleted { task, value } => ("TaskCompleted", format!("{task} = {}", show(value))),
        Event::TaskFailed { task, error } => ("TaskFailed", format!("{task}: {}", error_words(error))),
        Event::TaskSkipped { task } => ("TaskSkipped", task.to_string()),
        Event::TaskCancelled { task } => ("TaskCancelled", task.to_string()),
        Event::FiberStarted { fiber } => ("FiberStarted", fiber.to_string()),
        Event::FiberEnded { fiber, end } => ("FiberEnded", format!("{fiber} {}", ended(*end))),
        Event::EffectIntended { effect, tool, class: kind, attempt, .. } => {
            ("EffectIntended", format!("{effect} {tool} {}{}", class(*kind), later(*attempt)))
        }
        Event::EffectCompleted { effect, attempt, value, .. } => {
            ("EffectCompleted", format!("{effect}{} = {}", later(*attempt), show(value)))
        }
        Event::EffectFailed { effect, attempt, verdict, error } => (
            "EffectFailed",
            format!("{effect}{} ({}): {}", later(*attempt), verdict_words(*verdict), error_words(error)),
        ),
        Event::EffectRetryScheduled { effect, attempt, verdict, error, .. } => (
            "EffectRetryScheduled",
            format!("{effect} attempt {attempt} ({}): {}", verdict_words(*verdict), error_words(error)),
        ),
        Event::EffectInDoubt { effect, attempt } => ("EffectInDoubt", format!("{effect}{}", later(*attempt))),
        Event::EffectResolved { effect, how, by } => {
            ("EffectResolved", format!("{effect} by {by}: {}", resolution(how)))
        }
        Event::DuplicateEffect { effect, attempt } => {
            ("DuplicateEffect", format!("{effect}: attempt {attempt} happened as well"))
        }
        Event::NoteRecorded { effect, note } => ("NoteRecorded", format!("{effect} {}", show(note))),
        Event::TimerSet { effect, .. } => ("TimerSet", effect.to_string()),
        Event::TimerFired { effect } => ("TimerFired", effect.to_string()),
        Event::SignalAwaited { effect, signal, .. } => ("SignalAwaited", format!("{effect} {signal}")),
        Event::SignalReceived { effect, signal, value, .. } => {
            let by = effect.as_ref().map_or_else(|| "kept".to_owned(), ToString::to_string);
            ("SignalReceived", format!("{signal} = {} ({by})", show(value)))
        }
        Event::QuestionAsked { effect, question, .. } => {
            ("QuestionAsked", format!("{effect} {}", show(question)))
        }
        Event::QuestionAnswered { effect, value, by, .. } => {
            ("QuestionAnswered", format!("{effect} = {} by {by}", show(value)))
        }
        Event::CancelRequested { by, force } => {
            ("CancelRequested", format!("by {by}{}", if *force { " by force" } else { "" }))
        }
        Event::Continued { segment, state, .. } => {
            let bytes = state.bytes.as_deref().map_or(0, <[u8]>::len);
            ("Continued", format!("segment {segment} begins with a state of {bytes} bytes"))
        }
        Event::Paused { by } => ("Paused", format!("by {by}")),
        Event::Resumed { by } => ("Resumed", format!("by {by}")),
        Event::JobCompleted { result } => ("JobCompleted", show(result)),
        Event::JobFailed { error, trace } => {
            let place = trace.first().map(|place| format!(" at {place}")).unwrap_or_default();
            ("JobFailed", format!("{}{place}", error_words(error)))
        }
        Event::JobCancelled => ("JobCancelled", String::new()),
    }
}

/// A payload as text. Long ones are cut by the caller; what was erased says so.
fn show(payload: &Payload) -> String {
    payload.text().map_or_else(|| "(erased)".to_owned(), |text| text.chars().take(2_000).collect())
}

/// Kind and message of an error in JSON form.
fn error_words(error: &Payload) -> String {
    let text = show(error);
    let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) else { return text };
    let kind = match &value["kind"] {
        serde_json::Value::String(kind) => kind.clone(),
        other => other["Other"]["name"].as_str().unwrap_or("Other").to_owned(),
    };
    format!("{kind}: {}", value["message"].as_str().unwrap_or_default())
}

fn resolution(how: &Resolution) -> String {
    match how {
        Resolution::Completed(value) => format!("completed with {}", show(value)),
        Resolution::NotDone => "not done".into(),
        Resolution::Failed(_) => "given up".into(),
    }
}

fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotDone => "not done",
        Verdict::Done => "done",
        Verdict::Unknown => "nobody knows whether it happened",
    }
}

fn ended(end: FiberEnd) -> &'static str {
    match end {
        FiberEnd::Completed => "completed",
        FiberEnd::Failed => "failed",
        FiberEnd::Cancelled => "cancelled",
    }
}

fn later(attempt: u32) -> String {
    if attempt > 1 { format!(" attempt {attempt}") } else { String::new() }
}
