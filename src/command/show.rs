//! `aeth show`: a job's tasks, their values, what it waits for.

use aeth_runtime::event::Payload;
use aeth_runtime::event::fold::{EndOutcome, JobView, TaskState};
use aeth_runtime::event::json::rfc3339;
use aeth_runtime::store::{JobKey, JobRow};
use serde_json::{Value, json};

use super::{inbox, log};
use crate::args::OneJob;
use crate::exit::{Exit, Failure, Outcome};
use crate::place::{Home, Place};
use crate::terminal::event::{age, since};
use crate::terminal::picture::{error_text, state_word};
use crate::terminal::style::{ATTENTION, BOLD, DIM, ERROR, GOOD};
use crate::terminal::{self, text};

/// Columns of a value where there is no terminal.
const COLUMNS: usize = 400;

pub(crate) async fn run(namespace: &str, args: &OneJob) -> Outcome {
    let home = Place::choose(args.store.store.as_deref())?.open()?;
    let key = JobKey::new(namespace, &args.job);
    let row = log::row(&*home.store, &key).await?;
    let view = log::view(&*home.store, &key).await?;
    if args.json {
        terminal::print_json(&object(&row, &view).to_string())?;
    } else {
        print(&home, &row, &view).await?;
    }
    Ok(Exit::Done)
}

async fn print(home: &Home, row: &JobRow, view: &JobView) -> Result<(), Failure> {
    let store = &*home.store;
    let columns = terminal::print_columns().unwrap_or(COLUMNS);
    let now_ms = view.end.as_ref().map_or_else(|| store.now_ms(), |end| end.time_ms);
    let field = |name: &str, value: &str| {
        let value = text::plain(value);
        let value = text::fit(&value, columns.saturating_sub(12));
        terminal::print(&format!("{DIM}{name:<10}{DIM:#}  {value}"))
    };
    terminal::print(&format!("{BOLD}{}{BOLD:#}  {}", text::plain(&row.key.job), state_word(row.state)))?;
    field("agent", &row.agent)?;
    field("created", &format!("{}, {} ago", rfc3339(row.created_ms), age(store.now_ms() - row.created_ms)))?;
    field("program", &hex(&row.program)[..16])?;
    field("arguments", view.args.text().unwrap_or("(erased)"))?;
    let segment = if view.segment > 1 { format!(" in {} segments", view.segment) } else { String::new() };
    field("events", &format!("{}{segment}", row.head.seq))?;
    let waiting_for = super::jobs::waiting_for(home, row);
    if !waiting_for.is_empty() {
        field("waits for", &waiting_for)?;
    }
    tasks(view, now_ms, columns)?;
    for entry in inbox::of_job(store, &row.key, view).await? {
        terminal::print(&format!("{ATTENTION}?{ATTENTION:#} {}", text::plain(&entry.summary())))?;
    }
    for duplicate in &view.duplicates {
        let effect = text::plain(duplicate.effect.as_str());
        terminal::print(&format!("{ERROR}happened twice{ERROR:#}: {effect}, attempt {}", duplicate.attempt))?;
    }
    for note in &view.notes {
        field("note", note.note.text().unwrap_or("(erased)"))?;
    }
    match view.end.as_ref().map(|end| &end.outcome) {
        Some(EndOutcome::Completed(result)) => field("result", result.text().unwrap_or("(erased)")),
        Some(EndOutcome::Failed { error, trace }) => {
            field("error", &error_text(error))?;
            trace.iter().try_for_each(|place| field("at", place))
        }
        Some(EndOutcome::Cancelled) | None => Ok(()),
    }
}

fn tasks(view: &JobView, now_ms: i64, columns: usize) -> Result<(), Failure> {
    let names = view.tasks.keys().map(|task| text::width(&text::plain(task))).max().unwrap_or(0);
    for (name, task) in &view.tasks {
        let (mark, about) = match &task.state {
            TaskState::Completed(value) => {
                (format!("{GOOD}✓{GOOD:#}"), value.text().unwrap_or("(erased)").to_owned())
            }
            TaskState::Failed(error) => (format!("{ERROR}✗{ERROR:#}"), error_text(error)),
            TaskState::Skipped => (format!("{DIM}–{DIM:#}"), "skipped".into()),
            TaskState::Cancelled => (format!("{DIM}✗{DIM:#}"), "cancelled".into()),
            TaskState::Started => (format!("{BOLD}…{BOLD:#}"), String::new()),
        };
        let took =
            task.started_ms.map(|start| since(task.ended_ms.unwrap_or(now_ms) - start)).unwrap_or_default();
        let about = text::plain(&about);
        let about = text::fit(&about, columns.saturating_sub(names + 15));
        let name = text::plain(name);
        terminal::print(
            format!("  {mark} {} {DIM}{took:>9}{DIM:#}  {about}", text::pad(&name, names)).trim_end(),
        )?;
    }
    Ok(())
}

fn object(row: &JobRow, view: &JobView) -> Value {
    let mut object = super::jobs::object(row);
    let tasks: Vec<Value> = view.tasks.iter().map(|(name, task)| task_object(name, task)).collect();
    let waits = view.waits.iter().map(|(effect, wait)| {
        json!({"effect": effect.as_str(), "signal": wait.signal, "until": wait.deadline_ms.map(rfc3339)})
    });
    let questions = view.questions.iter().map(|(effect, question)| {
        json!({
            "effect": effect.as_str(),
            "signal": question.signal,
            "question": value(&question.question),
            "until": question.deadline_ms.map(rfc3339),
        })
    });
    let timers =
        view.timers.iter().map(|(effect, &at)| json!({"effect": effect.as_str(), "at": rfc3339(at)}));
    let doubts = view.doubts().map(|(effect, doubt)| {
        json!({"effect": effect.as_str(), "tool": doubt.call.as_ref().map(|call| &call.tool)})
    });
    object["arguments"] = value(&view.args);
    object["segment"] = view.segment.into();
    object["tasks"] = tasks.into();
    object["waits"] = waits.collect();
    object["questions"] = questions.collect();
    object["timers"] = timers.collect();
    object["doubts"] = doubts.collect();
    object["notes"] = view.notes.iter().map(|note| value(&note.note)).collect();
    match view.end.as_ref().map(|end| &end.outcome) {
        Some(EndOutcome::Completed(result)) => object["result"] = value(result),
        Some(EndOutcome::Failed { error, trace }) => {
            object["error"] = value(error);
            object["trace"] = json!(trace);
        }
        Some(EndOutcome::Cancelled) | None => {}
    }
    object
}

fn task_object(name: &str, task: &aeth_runtime::event::fold::TaskView) -> Value {
    let state = match &task.state {
        TaskState::Started => "running",
        TaskState::Completed(_) => "completed",
        TaskState::Failed(_) => "failed",
        TaskState::Skipped => "skipped",
        TaskState::Cancelled => "cancelled",
    };
    let mut object = json!({
        "task": name,
        "state": state,
        "started": task.started_ms.map(rfc3339),
        "ended": task.ended_ms.map(rfc3339),
    });
    match &task.state {
        TaskState::Completed(result) => object["value"] = value(result),
        TaskState::Failed(error) => object["error"] = value(error),
        _ => {}
    }
    object
}

/// A payload as JSON; null when it was erased.
pub(crate) fn value(payload: &Payload) -> Value {
    payload.text().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
