//! Tool calls under the ledger's rules: plan, prepare, intend, send, settle (runtime.md L1-L6).

use std::future::Future;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};

use super::call::{self, Plan};
use super::outbox::{Row, Urgency};
use super::pending::State;
use super::{DriveError, Driver, Stop};
use crate::crash::{self, Boundary};
use crate::effect::{EffectId, Request};
use crate::event::{Event, Payload, Resolution, Verdict};
use crate::host::{Answer, Prepared};
use crate::ledger::{After, Entry, Recovery, Refusal, after_answer, call_key, recover};
use crate::limits;
use crate::schedule::attempt_name;
use crate::store::{AppendError, Message};
use crate::value::{Error, ErrorKind, Value};

/// What a task of the driver tells it.
pub(super) enum Report {
    /// Local work is done.
    Prepared { id: EffectId, result: Result<Box<dyn Prepared>, Error> },
    /// The dispatch window had closed: not one byte was sent.
    Unsent { id: EffectId, attempt: u32 },
    /// The world answered.
    Answered { id: EffectId, attempt: u32, answer: Answer },
    /// The world was asked whether it happened.
    LookedUp { id: EffectId, attempt: u32, found: Result<Value, Error> },
}

/// How often a failing lookup is tried before a person is asked.
const LOOKUPS: u32 = 5;

/// What stands in place of an error where an attempt was not sent, or was found not to have happened.
const NO_ERROR: &[u8] = b"null";

impl Driver<'_> {
    /// A fresh call: computes its request and begins to prepare it.
    pub(super) fn begin_call(&mut self, request: &Request) -> Result<(), DriveError> {
        match self.plan(request) {
            Ok(plan) => {
                if let Some(pending) = self.effects.get_mut(&request.id) {
                    pending.plan = Some(plan);
                }
                self.begin_attempt(&request.id)
            }
            Err(error) => {
                let error = self.error_payload(&error);
                let (effect, verdict) = (request.id.clone(), Verdict::NotDone);
                self.instant.push_back(Event::EffectFailed { effect, attempt: 0, verdict, error });
                Ok(())
            }
        }
    }

    /// The next attempt: everything that may wait or fail locally, before any intent (L1). Most of it is done at
    /// once; what is not goes on beside the loop.
    pub(super) fn begin_attempt(&mut self, id: &EffectId) -> Result<(), DriveError> {
        if self.effects.get(id).is_some_and(|pending| pending.plan.is_none()) {
            let request = self.effects.get(id).map(|pending| pending.request.clone());
            return request.map_or(Ok(()), |request| self.begin_call(&request));
        }
        let Some(plan) = self.effects.get(id).and_then(|pending| pending.plan.clone()) else { return Ok(()) };
        let tool = &self.program.module.tools[plan.tool.index()];
        let attempt = self.entry(id).attempt + 1;
        let name = attempt_name(&self.key, id, attempt);
        let call = plan.call(tool, self.limits.payload, name);
        let tools = self.tools.clone();
        let mut prepare = Box::pin(async move { tools.prepare(call).await });
        match prepare.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())) {
            Poll::Ready(result) => self.prepared(id, result)?,
            Poll::Pending => {
                let (reporter, id_there) = (self.reporter.clone(), id.clone());
                let task = tokio::spawn(async move {
                    let result = prepare.await;
                    let _ = reporter.send(Report::Prepared { id: id_there, result });
                });
                self.effects.set(id, State::Preparing(task.abort_handle()));
            }
        }
        Ok(())
    }

    fn prepared(
        &mut self,
        id: &EffectId,
        result: Result<Box<dyn Prepared>, Error>,
    ) -> Result<(), DriveError> {
        if self.effects.get(id).is_none() {
            return Ok(());
        }
        match result {
            Ok(prepared) => {
                self.effects.set(id, State::Ready(prepared));
                Ok(())
            }
            Err(error) => {
                let attempt = self.entry(id).attempt;
                self.refused(id, attempt, Verdict::NotDone, &error)
            }
        }
    }

    /// The entry of an effect; an empty one if the log says nothing of it.
    pub(super) fn entry(&self, id: &EffectId) -> Entry {
        self.ledger.get(id).cloned().unwrap_or_default()
    }

    /// Sends what is ready: world-changing calls behind their intents, in one durable write; others at once.
    pub(super) async fn send_ready(&mut self) -> Result<(), DriveError> {
        if self.inbound.paused || self.stopping() != Stop::No {
            return Ok(());
        }
        let ready: Vec<(EffectId, bool)> = self
            .effects
            .in_order()
            .filter(|(_, pending)| matches!(pending.state, State::Ready(_)) && !pending.withdrawn)
            .map(|(id, pending)| {
                (id.clone(), pending.plan.as_ref().is_none_or(|plan| plan.policy.changes_world()))
            })
            .collect();
        let open = u32::try_from(self.ledger.open()).unwrap_or(u32::MAX);
        let places = self.limits.open_calls.saturating_sub(open) as usize;
        let world: Vec<EffectId> =
            ready.iter().filter(|(_, world)| *world).map(|(id, _)| id.clone()).take(places).collect();
        if !world.is_empty() {
            self.intend_and_send(&world).await?;
        }
        let readonly = ready.into_iter().filter(|(_, world)| !world);
        for (id, _) in readonly {
            // What a call is computed from must be durable before it leaves, if it cannot be read again (L7).
            if self.outbox.holds_back() {
                self.commit(Row::running()).await?;
            }
            let attempt = self.entry(&id).failures + 1;
            self.send(&id, attempt, false);
        }
        Ok(())
    }

    async fn intend_and_send(&mut self, world: &[EffectId]) -> Result<(), DriveError> {
        let mut intents = Vec::new();
        for id in world {
            let Some(plan) = self.effects.get(id).and_then(|pending| pending.plan.clone()) else { continue };
            let event = self.intent(id, &plan)?;
            self.outbox.push(event.clone(), Urgency::Now);
            if let Some(State::Ready(prepared)) = self.effects.set(id, State::Asked) {
                self.effects.set(id, State::Intending(prepared));
            }
            intents.push((id.clone(), event));
        }
        match self.outbox.commit(Row::running()).await {
            Ok(()) => {}
            Err(AppendError::Interrupted) => return self.interrupted(intents).await,
            Err(AppendError::Store(error)) => return Err(error.into()),
            Err(AppendError::Fenced) => return Err(DriveError::Fenced),
            Err(AppendError::NoJob) => return Err(DriveError::NoJob(self.key.job.clone())),
            Err(error @ (AppendError::Sequence(_) | AppendError::Unknown(_))) => {
                return Err(self.divergence(0, &error.to_string()));
            }
        }
        let now = self.now_ms();
        for (id, event) in intents {
            self.ledger.apply(&event, now);
            let attempt = self.entry(&id).attempt;
            self.send(&id, attempt, true);
        }
        Ok(())
    }

    fn intent(&self, id: &EffectId, plan: &Plan) -> Result<Event, DriveError> {
        let tool = &self.program.module.tools[plan.tool.index()];
        Ok(Event::EffectIntended {
            effect: id.clone(),
            tool: tool.name.clone(),
            class: plan.policy.class,
            key: call_key(self.lineage, id),
            request: plan.payload().map_err(|error| self.divergence(0, &error.message))?,
            attempt: self.entry(id).attempt + 1,
        })
    }

    /// A cancel or pause lay in the inbox (E2): nothing was written, nothing is sent, and it is heard first.
    async fn interrupted(&mut self, intents: Vec<(EffectId, Event)>) -> Result<(), DriveError> {
        self.outbox.drop_intents();
        for (id, _) in intents {
            if let Some(State::Intending(prepared)) = self.effects.set(&id, State::Asked) {
                self.effects.set(&id, State::Ready(prepared));
            }
        }
        self.read_inbox().await
    }

    /// Hands a call to a task of its own. The window is checked there, immediately before the first byte (L4).
    fn send(&mut self, id: &EffectId, attempt: u32, world: bool) {
        let (State::Ready(prepared) | State::Intending(prepared)) =
            self.effects.set(id, State::Asked).unwrap_or(State::Asked)
        else {
            return;
        };
        let (reporter, window, clock) = (self.reporter.clone(), self.worker.window(), self.clock.clone());
        let late = world.then(|| Late {
            store: self.store.clone(),
            key: self.key.clone(),
            program: self.program.clone(),
            tool: self.effects.get(id).and_then(|pending| pending.plan.as_ref()).map(|plan| plan.tool),
        });
        let id_there = id.clone();
        let task = tokio::spawn(async move {
            let id = id_there;
            if world && !window.may_send(clock.elapsed_ms()) {
                let _ = reporter.send(Report::Unsent { id, attempt });
                return;
            }
            if world {
                crash::point(Boundary::CallSent);
            }
            let answer = prepared.dispatch().await;
            if world {
                crash::point(Boundary::CallAnswered);
            }
            let report = Report::Answered { id, attempt, answer };
            if let (Err(unheard), Some(late)) = (reporter.send(report), late) {
                late.deposit(unheard.0).await;
            }
        });
        self.effects.set(id, State::Sent(task.abort_handle()));
    }

    pub(super) async fn take_report(&mut self, report: Report) -> Result<(), DriveError> {
        match report {
            Report::Prepared { id, result } => self.prepared(&id, result)?,
            Report::Unsent { id, attempt } => {
                let at_ms = self.now_ms() + i64::try_from(limits::HEARTBEAT_MS).unwrap_or(0);
                self.close_undone(&id, attempt, at_ms)?;
            }
            Report::Answered { id, attempt, answer } => self.answered(&id, attempt, answer)?,
            Report::LookedUp { id, attempt, found } => self.looked_up(&id, attempt, found)?,
        }
        self.advance().await
    }

    fn answered(&mut self, id: &EffectId, attempt: u32, answer: Answer) -> Result<(), DriveError> {
        let Some(plan) = self.effects.get(id).and_then(|pending| pending.plan.clone()) else { return Ok(()) };
        let tool = &self.program.module.tools[plan.tool.index()];
        let (verdict, value) = call::decode(&self.program, tool, answer);
        match value {
            Ok(value) => {
                let value = self.value_payload(&value);
                let event = Event::EffectCompleted { effect: id.clone(), attempt, verdict, value };
                self.settled(id, event, &plan)
            }
            Err(error) => self.refused(id, attempt, verdict, &error),
        }
    }

    /// An attempt came to nothing: the ledger's table says what follows.
    fn refused(
        &mut self,
        id: &EffectId,
        attempt: u32,
        verdict: Verdict,
        error: &Error,
    ) -> Result<(), DriveError> {
        let Some(pending) = self.effects.get(id) else { return Ok(()) };
        let (Some(plan), withdrawn) = (pending.plan.clone(), pending.withdrawn) else { return Ok(()) };
        let entry = self.entry(id);
        let (now_ms, random) = (self.now_ms(), self.random());
        let refusal = Refusal { verdict, kind: &error.kind, now_ms, random };
        let after = match after_answer(&plan.policy, &entry, &refusal) {
            // Nobody waits for another attempt.
            After::Retry { .. } if withdrawn => After::Fail(entry.overall(verdict)),
            after => after,
        };
        let effect = id.clone();
        match after {
            After::Fail(verdict) => {
                let error = self.error_payload(error);
                self.settled(id, Event::EffectFailed { effect, attempt, verdict, error }, &plan)
            }
            After::Retry { at_ms } => {
                let error = self.error_payload(error);
                let event = Event::EffectRetryScheduled { effect, attempt, verdict, error, at_ms };
                self.record(event, urgency(&plan))?;
                self.effects.set(id, State::RetryAt(at_ms));
                Ok(())
            }
            After::Lookup { not_before_ms } => {
                self.effects.set(id, State::Settling(not_before_ms));
                Ok(())
            }
            After::Doubt => self.doubt(id, attempt),
            After::DoubtFails => self.doubt_fails(id, attempt, &error.message),
        }
    }

    fn settled(&mut self, id: &EffectId, event: Event, plan: &Plan) -> Result<(), DriveError> {
        self.record(event, urgency(plan))?;
        self.effects.remove(id);
        Ok(())
    }

    fn doubt(&mut self, id: &EffectId, attempt: u32) -> Result<(), DriveError> {
        self.effects.set(id, State::Doubt);
        self.record(Event::EffectInDoubt { effect: id.clone(), attempt }, Urgency::Now)?;
        Ok(())
    }

    fn doubt_fails(&mut self, id: &EffectId, attempt: u32, why: &str) -> Result<(), DriveError> {
        let message = format!("nobody knows whether {id} happened: {why}");
        let error = self.error_payload(&Error::new(ErrorKind::InDoubt, message));
        let (effect, verdict) = (id.clone(), Verdict::Unknown);
        self.record(Event::EffectFailed { effect, attempt, verdict, error }, Urgency::Now)?;
        self.effects.remove(id);
        Ok(())
    }

    /// Closes an attempt that did not happen; the next begins at `at_ms`, if anyone still waits.
    fn close_undone(&mut self, id: &EffectId, attempt: u32, at_ms: i64) -> Result<(), DriveError> {
        let Some(pending) = self.effects.get(id) else { return Ok(()) };
        let (effect, verdict) = (id.clone(), Verdict::NotDone);
        if pending.withdrawn {
            let error = self.error_payload(&Error::new(ErrorKind::Cancelled, "withdrawn before it was sent"));
            self.record(Event::EffectFailed { effect, attempt, verdict, error }, Urgency::Now)?;
            self.effects.remove(id);
            return Ok(());
        }
        let error = Payload::new(NO_ERROR.to_vec());
        self.record(Event::EffectRetryScheduled { effect, attempt, verdict, error, at_ms }, Urgency::Now)?;
        self.effects.set(id, State::RetryAt(at_ms));
        Ok(())
    }

    /// Asks the world whether an attempt happened.
    pub(super) fn begin_lookup(&mut self, id: &EffectId) {
        let Some(pending) = self.effects.get(id) else { return };
        let Some(plan) = pending.plan.clone() else { return };
        let attempt = self.entry(id).attempt;
        let question = super::aside::Lookup {
            program: self.program.clone(),
            context: self.context.clone(),
            tools: self.tools.clone(),
            tool: plan.tool,
            args: match &pending.request.effect {
                crate::effect::Effect::Tool { args, .. } => args.clone(),
                _ => Vec::new(),
            },
            key: call_key(self.lineage, id),
            path: format!("{id}.lookup{attempt}"),
            name: attempt_name(&self.key, id, attempt),
            answer_bytes: self.limits.payload,
        };
        let (reporter, id_there) = (self.reporter.clone(), id.clone());
        let task = tokio::spawn(async move {
            let found = question.ask().await;
            let _ = reporter.send(Report::LookedUp { id: id_there, attempt, found });
        });
        self.effects.set(id, State::LookingUp(task.abort_handle()));
    }

    fn looked_up(
        &mut self,
        id: &EffectId,
        attempt: u32,
        found: Result<Value, Error>,
    ) -> Result<(), DriveError> {
        let found = match found {
            Ok(found) => found,
            Err(error) => return self.lookup_failed(id, attempt, &error),
        };
        let value = match found {
            Value::Null | Value::Bool(false) => {
                let now = self.now_ms();
                return self.close_undone(id, attempt, now);
            }
            // A tool without a result is asked with yes or no.
            Value::Bool(true) if self.gives_nothing(id) => Value::Null,
            value => value,
        };
        let how = Resolution::Completed(self.value_payload(&value));
        self.record(
            Event::EffectResolved { effect: id.clone(), how, by: "lookup".to_owned() },
            Urgency::Now,
        )?;
        self.effects.remove(id);
        Ok(())
    }

    fn gives_nothing(&self, id: &EffectId) -> bool {
        use aeth_lang::bytecode::module::Shape;
        self.effects.get(id).and_then(|pending| pending.plan.as_ref()).is_some_and(|plan| {
            let tool = &self.program.module.tools[plan.tool.index()];
            *self.program.module.shape(tool.result) == Shape::Null
        })
    }

    fn lookup_failed(&mut self, id: &EffectId, attempt: u32, error: &Error) -> Result<(), DriveError> {
        let Some(pending) = self.effects.get_mut(id) else { return Ok(()) };
        pending.lookups += 1;
        let tries = pending.lookups;
        tracing::warn!(job = %self.key.job, effect = %id, tries, error = %error.message, "lookup failed");
        if tries >= LOOKUPS {
            return self.doubt(id, attempt);
        }
        let at_ms = self.now_ms() + (500_i64 << tries.min(6));
        self.effects.set(id, State::Settling(at_ms));
        Ok(())
    }

    /// After a restart: every effect that has no outcome goes on from where the log leaves it (L5).
    pub(super) async fn resume_restored(&mut self) -> Result<(), DriveError> {
        let asked: Vec<EffectId> = self
            .effects
            .in_order()
            .filter(|(_, pending)| matches!(pending.state, State::Asked))
            .map(|(id, _)| id.clone())
            .collect();
        for id in asked {
            let entry = self.entry(&id);
            if entry.doubt {
                self.effects.set(&id, State::Doubt);
            } else if entry.open {
                self.recover_open(&id, &entry)?;
            } else if let Some(at_ms) = entry.retry_at_ms {
                self.effects.set(&id, State::RetryAt(at_ms));
            } else {
                self.begin(&id)?;
            }
        }
        self.advance().await
    }

    /// Closes an attempt whose outcome a crash has lost and that nobody waits for any more.
    pub(super) fn lost(&mut self, id: &EffectId) -> Result<(), DriveError> {
        let message = "cancelled, and its outcome was lost in a crash";
        let error = self.error_payload(&Error::new(ErrorKind::Cancelled, message));
        let (effect, attempt) = (id.clone(), self.entry(id).attempt);
        let event = Event::EffectFailed { effect, attempt, verdict: Verdict::Unknown, error };
        self.record(event, Urgency::Now)?;
        self.effects.remove(id);
        Ok(())
    }

    fn recover_open(&mut self, id: &EffectId, entry: &Entry) -> Result<(), DriveError> {
        let Some(pending) = self.effects.get(id) else { return Ok(()) };
        let (Some(plan), withdrawn) = (pending.plan.clone(), pending.withdrawn) else { return Ok(()) };
        let now = self.now_ms();
        match recover(&plan.policy, entry, now, self.taken_ms) {
            Recovery::Call if withdrawn => self.lost(id),
            Recovery::Call => self.begin_attempt(id),
            Recovery::Lookup { not_before_ms } => {
                self.effects.set(id, State::Settling(not_before_ms));
                Ok(())
            }
            Recovery::Doubt => self.doubt(id, entry.attempt),
            Recovery::DoubtFails => {
                self.doubt_fails(id, entry.attempt, "its worker ended before the outcome was recorded")
            }
        }
    }
}

/// How soon the outcome of a call is written.
fn urgency(plan: &Plan) -> Urgency {
    if plan.policy.changes_world() { Urgency::Now } else { Urgency::Rides }
}

/// Where the outcome of a call goes when its job has been taken over meanwhile (L6).
struct Late {
    store: Arc<dyn crate::store::Store>,
    key: crate::store::JobKey,
    program: Arc<crate::machine::Program>,
    tool: Option<aeth_lang::ids::ToolId>,
}

impl Late {
    async fn deposit(self, report: Report) {
        let (Report::Answered { id, attempt, answer }, Some(tool)) = (report, self.tool) else { return };
        let tool = &self.program.module.tools[tool.index()];
        let (verdict, value) = call::decode(&self.program, tool, answer);
        let value = match value {
            Ok(value) => Ok(self.program.encode(&value)),
            Err(error) => Err(super::error_json(&self.program, &error)),
        };
        let request_id = format!("late:{id}#{attempt}");
        let message = Message::LateOutcome { effect: id.to_string(), attempt, verdict, value };
        if let Err(error) = self.store.post(&self.key, &request_id, message).await {
            tracing::error!(job = %self.key.job, %error, "the outcome of a call could not be handed over");
        }
    }
}
