//! What a job is, read from its events: for listings, the live tree, the inbox of people, and recovery.
//!
//! In: events in order, one by one. Out: a [`JobView`]. Invariant: a pure function of the events; folding the first
//! n and then the rest gives the same view as folding all at once, and no sequence of events makes it fail.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Event, Lineage, Payload, Resolution, StoredEvent, Verdict};
use crate::effect::{EffectId, FiberEnd};
use crate::limits::Limits;
use crate::store::{Head, JobState};
use aeth_lang::bytecode::module::Class;

/// A job as its events tell it. Maps are in the order of first appearance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobView {
    /// Its program.
    pub program: [u8; 32],
    /// Its agent.
    pub agent: String,
    /// Its arguments: a JSON object.
    pub args: Payload,
    /// Environment variables as they were: a JSON object.
    pub env: Payload,
    /// What it may reach: JSON.
    pub grants: Payload,
    /// Its limits.
    pub limits: Limits,
    /// What its keys are made of.
    pub lineage: Lineage,
    /// When it was created.
    pub created_ms: i64,
    /// The last event seen.
    pub head: Head,
    /// The segment of its log, from 1.
    pub segment: u64,
    /// Who took it last; `None` before the first lease.
    pub worker: Option<String>,
    /// How often it was taken.
    pub epoch: u64,
    /// Tasks that have begun, were skipped or cancelled, by fiber path.
    pub tasks: IndexMap<Arc<str>, TaskView>,
    /// Items, arms and flow calls, by fiber path.
    pub fibers: IndexMap<Arc<str>, FiberView>,
    /// Effects that were intended or have an outcome.
    pub effects: IndexMap<EffectId, EffectView>,
    /// Waits for a signal that are open.
    pub waits: IndexMap<EffectId, WaitView>,
    /// Questions that are open.
    pub questions: IndexMap<EffectId, QuestionView>,
    /// Pauses that are open, with their instants in milliseconds since 1970.
    pub timers: IndexMap<EffectId, i64>,
    /// Signals that arrived before anybody waited for them.
    pub kept: Vec<KeptSignal>,
    /// What the program noted.
    pub notes: Vec<NoteView>,
    /// Calls that turned out to have happened more than once.
    pub duplicates: Vec<DuplicateView>,
    /// Who paused it, while it rests.
    pub paused: Option<String>,
    /// Who asked for its end.
    pub cancel: Option<CancelView>,
    /// How it ended.
    pub end: Option<EndView>,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskView {
    /// How far it is.
    pub state: TaskState,
    /// When it began; `None` if it never did.
    pub started_ms: Option<i64>,
    /// When it ended.
    pub ended_ms: Option<i64>,
}

/// How far a task is. One that is not in the view is pending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// It runs.
    Started,
    /// It has its value (JSON form).
    Completed(Payload),
    /// It failed (JSON form of the Error).
    Failed(Payload),
    /// Its `when` gave false.
    Skipped,
    /// From outside.
    Cancelled,
}

/// An item, arm or flow call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiberView {
    /// When it began.
    pub started_ms: i64,
    /// How and when it ended.
    pub end: Option<(FiberEnd, i64)>,
}

/// An effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectView {
    /// What was sent; `None` for a recorded read, and for an effect that failed before its first intent.
    pub call: Option<CallView>,
    /// Attempts so far; 0 for a recorded read.
    pub attempts: u32,
    /// How far it is.
    pub state: EffectState,
    /// What is known of its last closed attempt.
    pub verdict: Option<Verdict>,
    /// Its first event.
    pub started_ms: i64,
    /// Its last event.
    pub changed_ms: i64,
}

/// The call of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallView {
    /// The tool.
    pub tool: String,
    /// What recovery may do.
    pub class: Class,
    /// `call.key`, hex.
    pub key: String,
    /// The canonical request.
    pub request: Payload,
}

/// How far an effect is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EffectState {
    /// An attempt has no outcome yet.
    Intended,
    /// The last attempt is closed, the next may begin then.
    Retrying {
        /// Milliseconds since 1970.
        at_ms: i64,
        /// Why (JSON form of the Error).
        error: Payload,
    },
    /// It has a value (JSON form).
    Completed(Payload),
    /// It failed for good (JSON form of the Error).
    Failed(Payload),
    /// Nobody knows, and a person must say.
    InDoubt,
    /// A person said.
    Resolved {
        /// What.
        how: Resolution,
        /// Who.
        by: String,
    },
}

/// An open wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitView {
    /// The signal.
    pub signal: String,
    /// Since when.
    pub since_ms: i64,
    /// Until when.
    pub deadline_ms: Option<i64>,
}

/// An open question; its effect is its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionView {
    /// The signal whose type the answer has.
    pub signal: String,
    /// What is asked, shown, and of whom: a JSON object `{"text", "show", "to"}`.
    pub question: Payload,
    /// What an answer must name.
    pub digest: String,
    /// Since when.
    pub since_ms: i64,
    /// Until when.
    pub deadline_ms: Option<i64>,
}

/// A signal that nobody has waited for yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSignal {
    /// The signal.
    pub signal: String,
    /// What it carries (JSON form).
    pub value: Payload,
    /// Its number in the inbox.
    pub inbox: u64,
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteView {
    /// Its name.
    pub effect: EffectId,
    /// A JSON object `{"text", "data"}`.
    pub note: Payload,
    /// When.
    pub time_ms: i64,
}

/// A call that happened more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateView {
    /// Its effect.
    pub effect: EffectId,
    /// The attempt that answered late.
    pub attempt: u32,
    /// When it was noticed.
    pub time_ms: i64,
}

/// A request for the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelView {
    /// Who.
    pub by: String,
    /// Without waiting for what is unsettled.
    pub force: bool,
}

/// The end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndView {
    /// With what.
    pub outcome: EndOutcome,
    /// When.
    pub time_ms: i64,
}

/// What a job ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndOutcome {
    /// A result (JSON form).
    Completed(Payload),
    /// An error (JSON form), and where it arose: frames from the innermost outwards.
    Failed {
        /// The error.
        error: Payload,
        /// `file:line:column`.
        trace: Vec<String>,
    },
    /// From outside.
    Cancelled,
}

impl JobView {
    /// The view of a whole log; `None` unless it begins with `JobCreated`.
    #[must_use]
    pub fn of(events: &[StoredEvent]) -> Option<Self> {
        let (first, rest) = events.split_first()?;
        let mut view = Self::new(first)?;
        for event in rest {
            view.apply(event);
        }
        Some(view)
    }

    /// The view after the first event; `None` unless that is `JobCreated`.
    #[must_use]
    pub fn new(first: &StoredEvent) -> Option<Self> {
        let Event::JobCreated { program, agent, args, env, grants, limits, lineage } = &first.event else {
            return None;
        };
        Some(Self {
            program: *program,
            agent: agent.clone(),
            args: args.clone(),
            env: env.clone(),
            grants: grants.clone(),
            limits: limits.clone(),
            lineage: *lineage,
            created_ms: first.time_ms,
            head: Head { seq: first.seq, time_ms: first.time_ms, hash: first.hash },
            segment: 1,
            worker: None,
            epoch: 0,
            tasks: IndexMap::new(),
            fibers: IndexMap::new(),
            effects: IndexMap::new(),
            waits: IndexMap::new(),
            questions: IndexMap::new(),
            timers: IndexMap::new(),
            kept: Vec::new(),
            notes: Vec::new(),
            duplicates: Vec::new(),
            paused: None,
            cancel: None,
            end: None,
        })
    }

    /// The view after one more event. One that was seen before changes nothing.
    pub fn apply(&mut self, stored: &StoredEvent) {
        if stored.seq <= self.head.seq {
            return;
        }
        self.head = Head { seq: stored.seq, time_ms: stored.time_ms, hash: stored.hash };
        let now_ms = stored.time_ms;
        self.apply_tasks(&stored.event, now_ms);
        self.apply_effects(&stored.event, now_ms);
        self.apply_waits(&stored.event, now_ms);
        self.apply_job(&stored.event, now_ms);
    }

    /// What the job is. While a worker executes it, the row in the store knows better: events do not tell whether
    /// pure code or a readonly call is under way.
    #[must_use]
    pub fn state(&self) -> JobState {
        if let Some(end) = &self.end {
            return match end.outcome {
                EndOutcome::Completed(_) => JobState::Completed,
                EndOutcome::Failed { .. } => JobState::Failed,
                EndOutcome::Cancelled => JobState::Cancelled,
            };
        }
        let any =
            |wanted: fn(&EffectState) -> bool| self.effects.values().any(|effect| wanted(&effect.state));
        if self.paused.is_some() {
            JobState::Paused
        } else if self.epoch == 0 {
            JobState::Queued
        } else if any(|state| matches!(state, EffectState::Intended)) {
            JobState::Running
        } else if any(|state| matches!(state, EffectState::InDoubt)) {
            JobState::NeedsAttention
        } else if any(|state| matches!(state, EffectState::Retrying { .. }))
            || !(self.waits.is_empty() && self.questions.is_empty() && self.timers.is_empty())
        {
            JobState::Waiting
        } else {
            JobState::Running
        }
    }

    /// Effects that a person must settle.
    pub fn doubts(&self) -> impl Iterator<Item = (&EffectId, &EffectView)> {
        self.effects.iter().filter(|(_, effect)| effect.state == EffectState::InDoubt)
    }

    /// Effects with an attempt that has no outcome.
    pub fn open_intents(&self) -> impl Iterator<Item = (&EffectId, &EffectView)> {
        self.effects.iter().filter(|(_, effect)| effect.state == EffectState::Intended)
    }

    /// The next instant at which something is due: a timer, a deadline, a retry.
    #[must_use]
    pub fn due_ms(&self) -> Option<i64> {
        let retries = self.effects.values().filter_map(|effect| match effect.state {
            EffectState::Retrying { at_ms, .. } => Some(at_ms),
            _ => None,
        });
        let waits = self.waits.values().filter_map(|wait| wait.deadline_ms);
        let questions = self.questions.values().filter_map(|question| question.deadline_ms);
        retries.chain(waits).chain(questions).chain(self.timers.values().copied()).min()
    }

    fn apply_tasks(&mut self, event: &Event, now_ms: i64) {
        match event {
            Event::TaskStarted { task } => {
                let started =
                    TaskView { state: TaskState::Started, started_ms: Some(now_ms), ended_ms: None };
                self.tasks.insert(task.clone(), started);
            }
            Event::TaskCompleted { task, value } => {
                self.end_task(task, TaskState::Completed(value.clone()), now_ms);
            }
            Event::TaskFailed { task, error } => {
                let failed = TaskState::Failed(error.clone());
                self.end_task(task, failed, now_ms);
            }
            Event::TaskSkipped { task } => self.end_task(task, TaskState::Skipped, now_ms),
            Event::TaskCancelled { task } => self.end_task(task, TaskState::Cancelled, now_ms),
            Event::FiberStarted { fiber } => {
                self.fibers.insert(fiber.clone(), FiberView { started_ms: now_ms, end: None });
            }
            Event::FiberEnded { fiber, end } => {
                let begun = FiberView { started_ms: now_ms, end: None };
                self.fibers.entry(fiber.clone()).or_insert(begun).end = Some((*end, now_ms));
                self.close_below(fiber);
            }
            _ => {}
        }
    }

    fn end_task(&mut self, task: &Arc<str>, state: TaskState, now_ms: i64) {
        let unseen = TaskView { state: TaskState::Started, started_ms: None, ended_ms: None };
        let view = self.tasks.entry(task.clone()).or_insert(unseen);
        view.state = state;
        view.ended_ms = Some(now_ms);
        self.close_below(task);
    }

    /// Nothing below a fiber that has ended waits any more. Calls stay: a call that was sent is owed an outcome.
    fn close_below(&mut self, fiber: &str) {
        let open = |effect: &EffectId| !is_below(effect.as_str(), fiber);
        self.waits.retain(|effect, _| open(effect));
        self.questions.retain(|effect, _| open(effect));
        self.timers.retain(|effect, _| open(effect));
    }

    fn apply_effects(&mut self, event: &Event, now_ms: i64) {
        match event {
            Event::EffectIntended { effect, tool, class, key, request, attempt } => {
                let call = CallView {
                    tool: tool.clone(),
                    class: *class,
                    key: key.clone(),
                    request: request.clone(),
                };
                let view = self.change(effect, EffectState::Intended, Some(*attempt), None, now_ms);
                view.call = Some(call);
            }
            Event::EffectCompleted { effect, attempt, verdict, value } => {
                let state = EffectState::Completed(value.clone());
                self.change(effect, state, Some(*attempt), Some(*verdict), now_ms);
            }
            Event::EffectFailed { effect, attempt, verdict, error } => {
                let state = EffectState::Failed(error.clone());
                self.change(effect, state, Some(*attempt), Some(*verdict), now_ms);
            }
            Event::EffectRetryScheduled { effect, attempt, verdict, error, at_ms } => {
                let state = EffectState::Retrying { at_ms: *at_ms, error: error.clone() };
                self.change(effect, state, Some(*attempt), Some(*verdict), now_ms);
            }
            Event::EffectInDoubt { effect, attempt } => {
                self.change(effect, EffectState::InDoubt, Some(*attempt), Some(Verdict::Unknown), now_ms);
            }
            Event::EffectResolved { effect, how, by } => {
                let verdict = match how {
                    Resolution::Completed(_) => Verdict::Done,
                    Resolution::NotDone => Verdict::NotDone,
                    Resolution::Failed(_) => Verdict::Unknown,
                };
                let state = EffectState::Resolved { how: how.clone(), by: by.clone() };
                self.change(effect, state, None, Some(verdict), now_ms);
            }
            Event::DuplicateEffect { effect, attempt } => {
                let (effect, attempt) = (effect.clone(), *attempt);
                self.duplicates.push(DuplicateView { effect, attempt, time_ms: now_ms });
            }
            Event::NoteRecorded { effect, note } => {
                let (effect, note) = (effect.clone(), note.clone());
                self.notes.push(NoteView { effect, note, time_ms: now_ms });
            }
            _ => {}
        }
    }

    fn change(
        &mut self,
        effect: &EffectId,
        state: EffectState,
        attempt: Option<u32>,
        verdict: Option<Verdict>,
        now_ms: i64,
    ) -> &mut EffectView {
        let unseen = || EffectView {
            call: None,
            attempts: 0,
            state: EffectState::Intended,
            verdict: None,
            started_ms: now_ms,
            changed_ms: now_ms,
        };
        let view = self.effects.entry(effect.clone()).or_insert_with(unseen);
        view.state = state;
        view.attempts = view.attempts.max(attempt.unwrap_or(0));
        view.verdict = verdict;
        view.changed_ms = now_ms;
        view
    }

    fn apply_waits(&mut self, event: &Event, now_ms: i64) {
        match event {
            Event::TimerSet { effect, at_ms } => {
                self.timers.insert(effect.clone(), *at_ms);
            }
            Event::TimerFired { effect } => {
                self.timers.shift_remove(effect);
                self.waits.shift_remove(effect);
                self.questions.shift_remove(effect);
            }
            Event::SignalAwaited { effect, signal, deadline_ms } => {
                let (signal, deadline_ms) = (signal.clone(), *deadline_ms);
                self.waits.insert(effect.clone(), WaitView { signal, since_ms: now_ms, deadline_ms });
            }
            Event::SignalReceived { effect: Some(effect), inbox, .. } => {
                self.waits.shift_remove(effect);
                self.kept.retain(|kept| kept.inbox != *inbox);
            }
            Event::SignalReceived { effect: None, signal, value, inbox } => {
                let (signal, value, inbox) = (signal.clone(), value.clone(), *inbox);
                self.kept.push(KeptSignal { signal, value, inbox });
            }
            Event::QuestionAsked { effect, signal, question, digest, deadline_ms } => {
                let view = QuestionView {
                    signal: signal.clone(),
                    question: question.clone(),
                    digest: digest.clone(),
                    since_ms: now_ms,
                    deadline_ms: *deadline_ms,
                };
                self.questions.insert(effect.clone(), view);
            }
            Event::QuestionAnswered { effect, .. } => {
                self.questions.shift_remove(effect);
            }
            _ => {}
        }
    }

    fn apply_job(&mut self, event: &Event, now_ms: i64) {
        match event {
            Event::LeaseTaken { worker, epoch } => {
                self.worker = Some(worker.clone());
                self.epoch = *epoch;
            }
            Event::CancelRequested { by, force } => {
                self.cancel = Some(CancelView { by: by.clone(), force: *force });
            }
            Event::Continued { segment, .. } => self.segment = *segment,
            Event::Paused { by } => self.paused = Some(by.clone()),
            Event::Resumed { .. } => self.paused = None,
            Event::JobCompleted { result } => self.close(EndOutcome::Completed(result.clone()), now_ms),
            Event::JobFailed { error, trace } => {
                self.close(EndOutcome::Failed { error: error.clone(), trace: trace.clone() }, now_ms);
            }
            Event::JobCancelled => self.close(EndOutcome::Cancelled, now_ms),
            _ => {}
        }
    }

    fn close(&mut self, outcome: EndOutcome, time_ms: i64) {
        self.end = Some(EndView { outcome, time_ms });
        self.waits.clear();
        self.questions.clear();
        self.timers.clear();
    }
}

/// Whether an effect belongs to a fiber or to one of its children: `ticket/0.3/1` to `ticket/0.3` and `ticket`, but
/// not to `ticket/0.30` or `tick`.
fn is_below(effect: &str, fiber: &str) -> bool {
    effect.strip_prefix(fiber).is_some_and(|rest| rest.starts_with(['/', '.']))
}

#[cfg(test)]
mod tests;
