//! From what a job's events tell to what is drawn of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use aeth_runtime::effect::{EffectId, FiberEnd};
use aeth_runtime::event::Payload;
use aeth_runtime::event::fold::{EffectState, EffectView, FiberView, JobView, TaskState, TaskView};
use aeth_runtime::store::JobState;

use super::event::{roughly, since};
use super::tree::{Mark, Picture, Row};

/// Live items, arms and flow calls that are drawn per task; the rest is counted.
const FIBERS: usize = 8;

/// The picture of a job at an instant. `tasks`: those of its agent, in the order of the source.
pub(crate) fn of(job: &str, view: &JobView, tasks: &[String], now_ms: i64) -> Picture {
    let end_ms = view.end.as_ref().map_or(now_ms, |end| end.time_ms);
    let state = state_word(view.state());
    let took = end_ms - view.created_ms;
    let took = if view.end.is_some() { since(took) } else { roughly(took) };
    let title = format!("{}  {job}  {state}  {took}", view.agent);
    let planned = tasks.iter().map(String::as_str);
    let unplanned =
        view.tasks.keys().map(|task| &**task).filter(|task| !tasks.iter().any(|name| name == task));
    let about = About::of(view);
    let mut rows = Vec::new();
    for task in planned.chain(unplanned) {
        match view.tasks.get(task) {
            None => rows.push(pending(task)),
            Some(state) => task_rows(view, task, state, &about, end_ms, &mut rows),
        }
    }
    // A body without tasks is one node: its name says nothing.
    if let [row] = rows.as_mut_slice()
        && row.name == "return"
    {
        row.name.clone_from(&view.agent);
    }
    Picture { title, rows }
}

/// A state in the word of listings.
pub(crate) fn state_word(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Waiting => "waiting",
        JobState::Paused => "paused",
        JobState::NeedsAttention => "needs_attention",
        JobState::Completed => "completed",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
    }
}

/// The question of a payload `{"text", "show", "to"}`.
pub(crate) fn question_text(question: &Payload) -> String {
    let value = question.text().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    value.and_then(|value| value["text"].as_str().map(str::to_owned)).unwrap_or_default()
}

/// The message of an error in JSON form.
pub(crate) fn error_text(error: &Payload) -> String {
    let value = error.text().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    value.and_then(|value| value["message"].as_str().map(str::to_owned)).unwrap_or_default()
}

fn pending(task: &str) -> Row {
    Row { depth: 0, mark: Mark::Pending, name: task.into(), ms: None, note: String::new() }
}

fn task_rows(
    view: &JobView,
    task: &str,
    state: &TaskView,
    about: &About<'_>,
    now_ms: i64,
    rows: &mut Vec<Row>,
) {
    let ms = state.started_ms.map(|start| state.ended_ms.unwrap_or(now_ms) - start);
    let row = |mark, note| Row { depth: 0, mark, name: task.to_owned(), ms, note };
    match &state.state {
        TaskState::Completed(_) => rows.push(row(Mark::Done, String::new())),
        TaskState::Failed(error) => rows.push(row(Mark::Failed, error_text(error))),
        TaskState::Skipped => rows.push(row(Mark::Skipped, "skipped".into())),
        TaskState::Cancelled => rows.push(row(Mark::Cancelled, "cancelled".into())),
        TaskState::Started => {
            let fibers: Vec<_> = view.fibers.iter().filter(|(path, _)| is_below(path, task)).collect();
            let ended = fibers.iter().filter(|(_, fiber)| fiber.end.is_some()).count();
            let (mark, mut note) = about.note(task, now_ms);
            if !fibers.is_empty() {
                let count = format!("{ended} of {} done", fibers.len());
                note = if note.is_empty() { count } else { format!("{count}, {note}") };
            }
            rows.push(row(mark, note));
            fiber_rows(&fibers, task, about, now_ms, rows);
        }
    }
}

fn fiber_rows(
    fibers: &[(&Arc<str>, &FiberView)],
    task: &str,
    about: &About<'_>,
    now_ms: i64,
    rows: &mut Vec<Row>,
) {
    let live = |fiber: &FiberView| !matches!(fiber.end, Some((FiberEnd::Completed | FiberEnd::Cancelled, _)));
    for (path, fiber) in fibers.iter().filter(|(_, fiber)| live(fiber)).take(FIBERS) {
        let parents = fibers.iter().filter(|(other, _)| is_below(path, other)).count();
        let (mark, note) = match fiber.end {
            Some(_) => (Mark::Failed, String::new()),
            None => about.note(path, now_ms),
        };
        let name = path.strip_prefix(task).unwrap_or(path).trim_start_matches('/').to_owned();
        let ms = Some(fiber.end.map_or(now_ms, |(_, at)| at) - fiber.started_ms);
        rows.push(Row { depth: 1 + parents, mark, name, ms, note });
    }
}

/// What each fiber is at: its open calls and waits.
struct About<'v> {
    /// By the path of the fiber whose number the effect took.
    effects: BTreeMap<&'v str, Vec<Activity<'v>>>,
}

enum Activity<'v> {
    Call(&'v EffectView),
    Question(String),
    Signal(&'v str, Option<i64>),
    Timer(i64),
}

impl<'v> About<'v> {
    fn of(view: &'v JobView) -> Self {
        let mut about = Self { effects: BTreeMap::new() };
        let open = |effect: &&'v EffectView| {
            matches!(
                effect.state,
                EffectState::Intended | EffectState::Retrying { .. } | EffectState::InDoubt
            )
        };
        for (id, effect) in view.effects.iter().filter(|(_, effect)| open(effect)) {
            about.add(view, id, Activity::Call(effect));
        }
        for (id, question) in &view.questions {
            about.add(view, id, Activity::Question(question_text(&question.question)));
        }
        for (id, wait) in &view.waits {
            about.add(view, id, Activity::Signal(&wait.signal, wait.deadline_ms));
        }
        for (id, &at_ms) in &view.timers {
            about.add(view, id, Activity::Timer(at_ms));
        }
        about
    }

    /// The innermost fiber that a row is drawn for.
    fn add(&mut self, view: &'v JobView, effect: &EffectId, activity: Activity<'v>) {
        let paths = view.fibers.keys().chain(view.tasks.keys());
        let owner = paths.filter(|path| is_below(effect.as_str(), path)).max_by_key(|path| path.len());
        if let Some(owner) = owner {
            self.effects.entry(owner).or_default().push(activity);
        }
    }

    fn note(&self, fiber: &str, now_ms: i64) -> (Mark, String) {
        let Some(activities) = self.effects.get(fiber) else { return (Mark::Running, String::new()) };
        let mut mark = Mark::Waiting;
        let mut notes = Vec::new();
        for activity in activities {
            let (kind, note) = activity.show(now_ms);
            mark = match (mark, kind) {
                (Mark::Person, _) | (_, Mark::Person) => Mark::Person,
                (Mark::Running, _) | (_, Mark::Running) => Mark::Running,
                _ => Mark::Waiting,
            };
            notes.push(note);
        }
        (mark, notes.join(", "))
    }
}

impl Activity<'_> {
    fn show(&self, now_ms: i64) -> (Mark, String) {
        match self {
            Self::Call(effect) => call_note(effect, now_ms),
            Self::Question(text) => (Mark::Person, format!("asks: {text}")),
            Self::Signal(signal, None) => (Mark::Waiting, format!("waits for signal {signal}")),
            Self::Signal(signal, Some(until)) => {
                (Mark::Waiting, format!("waits for signal {signal}, at most {}", roughly(until - now_ms)))
            }
            Self::Timer(at_ms) => (Mark::Waiting, format!("sleeps for {}", roughly(at_ms - now_ms))),
        }
    }
}

fn call_note(effect: &EffectView, now_ms: i64) -> (Mark, String) {
    let tool = effect.call.as_ref().map_or("", |call| &call.tool);
    match &effect.state {
        EffectState::Retrying { at_ms, error } => {
            let next = effect.attempts + 1;
            let pause = roughly(at_ms - now_ms);
            (Mark::Waiting, format!("{tool}: attempt {next} in {pause}: {}", error_text(error)))
        }
        EffectState::InDoubt => (Mark::Person, format!("{tool}: nobody knows whether it happened")),
        _ if effect.attempts > 1 => (Mark::Running, format!("{tool}, attempt {}", effect.attempts)),
        _ => (Mark::Running, tool.to_owned()),
    }
}

/// Whether a path belongs to a fiber or to one of its children.
fn is_below(path: &str, fiber: &str) -> bool {
    path.strip_prefix(fiber).is_some_and(|rest| rest.starts_with(['/', '.']))
}

#[cfg(test)]
mod tests {
    use aeth_lang::bytecode::module::Class;
    use aeth_runtime::event::{Event, Lineage, StoredEvent, Verdict};
    use aeth_runtime::limits::Limits;

    use super::*;

    fn view(events: Vec<Event>) -> JobView {
        let created = Event::JobCreated {
            program: [0; 32],
            agent: "main".into(),
            args: Payload::new(*b"{}"),
            env: Payload::new(*b"{}"),
            grants: Payload::new(*b"{}"),
            limits: Limits::default(),
            lineage: Lineage([0; 16]),
        };
        let lease = Event::LeaseTaken { worker: "w".into(), epoch: 1 };
        let events: Vec<StoredEvent> = [created, lease]
            .into_iter()
            .chain(events)
            .zip(1..)
            .map(|(event, seq)| StoredEvent {
                state: None,
                seq,
                epoch: 1,
                time_ms: seq as i64 * 1_000,
                event,
                hash: [0; 32],
            })
            .collect();
        JobView::of(&events).expect("a job")
    }

    fn intended(effect: &str, attempt: u32) -> Event {
        Event::EffectIntended {
            effect: effect.into(),
            tool: "publish".into(),
            class: Class::Once,
            key: "k".into(),
            request: Payload::new(*b"r"),
            attempt,
        }
    }

    fn started(task: &str) -> Event {
        Event::TaskStarted { task: task.into() }
    }

    fn error(message: &str) -> Payload {
        Payload::new(format!(r#"{{"kind":"Timeout","message":"{message}"}}"#).into_bytes())
    }

    fn rows(events: Vec<Event>, tasks: &[&str]) -> Vec<String> {
        let tasks: Vec<String> = tasks.iter().map(ToString::to_string).collect();
        let picture = of("j", &view(events), &tasks, 60_000);
        picture
            .rows
            .iter()
            .map(|row| {
                format!("{}{:?} {} {}", "  ".repeat(row.depth), row.mark, row.name, row.note)
                    .trim_end()
                    .into()
            })
            .collect()
    }

    #[test]
    fn tasks_stand_in_the_order_of_the_source() {
        let events = vec![started("b"), Event::TaskSkipped { task: "c".into() }];
        assert_eq!(rows(events, &["a", "b", "c"]), ["Pending a", "Running b", "Skipped c skipped"]);
    }

    #[test]
    fn a_task_shows_its_call_attempt_retry_and_doubt() {
        let call = vec![started("a"), intended("a/0", 1)];
        assert_eq!(rows(call.clone(), &["a"]), ["Running a publish"]);
        let retry = Event::EffectRetryScheduled {
            effect: "a/0".into(),
            attempt: 1,
            verdict: Verdict::NotDone,
            error: error("too slow"),
            at_ms: 62_500,
        };
        let waiting = [call.clone(), vec![retry]].concat();
        assert_eq!(rows(waiting.clone(), &["a"]), ["Waiting a publish: attempt 2 in 2.5s: too slow"]);
        let again = [waiting, vec![intended("a/0", 2)]].concat();
        assert_eq!(rows(again, &["a"]), ["Running a publish, attempt 2"]);
        let doubt = [call, vec![Event::EffectInDoubt { effect: "a/0".into(), attempt: 1 }]].concat();
        assert_eq!(rows(doubt, &["a"]), ["Person a publish: nobody knows whether it happened"]);
    }

    #[test]
    fn waits_say_for_what() {
        let question = Event::QuestionAsked {
            effect: "a/0".into(),
            signal: "ok".into(),
            question: Payload::new(*br#"{"text":"Publish?"}"#),
            digest: "d".into(),
            deadline_ms: None,
        };
        assert_eq!(rows(vec![started("a"), question], &["a"]), ["Person a asks: Publish?"]);
        let signal =
            Event::SignalAwaited { effect: "a/0".into(), signal: "ok".into(), deadline_ms: Some(120_000) };
        assert_eq!(
            rows(vec![started("a"), signal], &["a"]),
            ["Waiting a waits for signal ok, at most 1m00s"]
        );
        let timer = Event::TimerSet { effect: "a/0".into(), at_ms: 61_500 };
        assert_eq!(rows(vec![started("a"), timer], &["a"]), ["Waiting a sleeps for 1.5s"]);
    }

    #[test]
    fn items_under_way_stand_below_their_task() {
        let fiber = |path: &str| Event::FiberStarted { fiber: path.into() };
        let ended = |path: &str, end| Event::FiberEnded { fiber: path.into(), end };
        let events = vec![
            started("a"),
            fiber("a/0.0"),
            fiber("a/0.1"),
            ended("a/0.0", FiberEnd::Completed),
            intended("a/0.1/0", 1),
        ];
        assert_eq!(rows(events, &["a"]), ["Running a 1 of 2 done", "  Running 0.1 publish"]);
    }

    #[test]
    fn a_plain_body_is_called_like_its_agent() {
        assert_eq!(rows(vec![started("return")], &["return"]), ["Running main"]);
    }
}
