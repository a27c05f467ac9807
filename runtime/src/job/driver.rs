//! The durable loop of one job: one owner, one order of deliveries.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::inbound::Inbound;
use super::outbox::{Outbox, Row, Urgency};
use super::pending::{Effects, Pending, State};
use super::saving::Saving;
use super::tool::Report;
use super::{DriveError, DriveOptions, End, Stop, Stopped, Wait};
use crate::effect::{Delivery, Effect, EffectId, Output, Request};
use crate::event::{Event, Lineage, Payload};
use crate::host::{Clock, Entropy, Tools};
use crate::ledger::Ledger;
use crate::limits::{self, Limits};
use crate::machine::{Context, Delivered, Failure, Halt, Machine, Program};
use crate::replay::{Cursor, Divergence, fact_event};
use crate::schedule::ActiveWorker;
use crate::store::{AppendError, Fence, JobKey, JobRow, JobState, Store};
use crate::value::{Error, Value};

/// A job under this worker's lease, with all that executing it takes.
pub(crate) struct Held<'r> {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) tools: Arc<dyn Tools>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) worker: &'r ActiveWorker,
    pub(crate) row: JobRow,
    pub(crate) fence: Fence,
    /// When it was taken: the former holder can send no more.
    pub(crate) taken_ms: i64,
    /// How much its log must grow between two snapshots; `None`: there are none.
    pub(crate) pace: Option<u64>,
}

pub(crate) struct Driver<'r> {
    pub(super) store: Arc<dyn Store>,
    pub(super) tools: Arc<dyn Tools>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) worker: &'r ActiveWorker,
    pub(super) key: JobKey,
    pub(super) lineage: Lineage,
    pub(super) limits: Limits,
    pub(super) program: Arc<Program>,
    pub(super) context: Context,
    pub(super) machine: Machine,
    pub(super) outbox: Outbox,
    pub(super) ledger: Ledger,
    pub(super) effects: Effects,
    pub(super) inbound: Inbound,
    /// Events that need nothing from outside, to be fed one by one after those before them.
    pub(super) instant: VecDeque<Event>,
    pub(super) finished: Option<Result<Value, Failure>>,
    pub(super) cancelled: bool,
    /// The latest time that is recorded: `now()` and deadlines never go back behind it.
    pub(super) last_ms: i64,
    pub(super) taken_ms: i64,
    /// Whether somebody was told that the log has grown long.
    pub(super) warned: bool,
    pub(super) saving: Saving,
    /// The last event that could feed the machine something.
    pub(super) heard: u64,
    /// The segment of the log, and the event that began it.
    pub(super) segment: (u64, u64),
    /// Whether no new segment can begin: the state is too large to be written.
    pub(super) full: bool,
    pub(super) reports: mpsc::UnboundedReceiver<Report>,
    pub(super) reporter: mpsc::UnboundedSender<Report>,
    options: DriveOptions,
}

impl<'r> Driver<'r> {
    /// Takes over where the log ends. Nothing is sent yet.
    pub(crate) fn new(held: Held<'r>, cursor: Cursor, options: DriveOptions) -> Self {
        let (reporter, reports) = mpsc::unbounded_channel();
        let mut outbox = Outbox::new(
            held.store.clone(),
            held.entropy.clone(),
            held.clock.clone(),
            held.row.key.clone(),
            (held.fence, held.row.head),
            options.observer.clone(),
        );
        let (worker, epoch) = (held.worker.id().to_owned(), held.fence.epoch);
        let taken = Event::LeaseTaken { worker, epoch };
        let mut ledger = cursor.ledger;
        ledger.apply(&taken, held.taken_ms);
        outbox.push(taken, Urgency::Rides);
        if cursor.paused {
            outbox.push(Event::Resumed { by: "resume".to_owned() }, Urgency::Rides);
        }
        // What the machine has stated beyond the log has yet to be written.
        for event in cursor.stated {
            outbox.push(event, Urgency::Rides);
        }
        Self {
            store: held.store,
            tools: held.tools,
            entropy: held.entropy,
            clock: held.clock,
            worker: held.worker,
            key: held.row.key,
            lineage: cursor.lineage,
            limits: cursor.context.limits.clone(),
            program: cursor.program,
            context: cursor.context,
            machine: cursor.machine,
            outbox,
            ledger,
            effects: cursor.effects,
            inbound: Inbound::default(),
            instant: VecDeque::new(),
            finished: cursor.finished,
            cancelled: cursor.cancelled,
            last_ms: cursor.last_ms,
            taken_ms: held.taken_ms,
            warned: false,
            saving: Saving::new(held.fence, held.pace),
            heard: cursor.heard,
            segment: cursor.segment,
            full: false,
            reports,
            reporter,
            options,
        }
    }

    /// Executes until the job ends or stops.
    pub(crate) async fn run(mut self) -> Result<End, DriveError> {
        let outcome = self.execute().await;
        if outcome.is_err() {
            // The outcome of a call that was sent is handed over to whoever holds the job now (L6).
            self.abandon(|pending| !(pending.changes_world() && matches!(pending.state, State::Sent(_))));
        }
        outcome
    }

    async fn execute(&mut self) -> Result<End, DriveError> {
        self.resume_restored().await?;
        self.read_inbox().await?;
        loop {
            self.advance().await?;
            self.place_signals().await?;
            self.fire_timers().await?;
            self.advance().await?;
            self.send_ready().await?;
            if let Some(end) = self.ended().await? {
                return Ok(end);
            }
            if let Some(stopped) = self.resting().await? {
                return Ok(End::Stopped(stopped));
            }
            self.save_if_worth();
            self.wait().await?;
        }
    }

    /// Lets the machine run, and acts on what it says, until it waits for something outside. After each delivery it
    /// runs to quiescence: what needs nothing from outside is fed one by one, in the order in which it was asked.
    pub(super) async fn advance(&mut self) -> Result<(), DriveError> {
        let began_ms = self.clock.elapsed_ms();
        while self.finished.is_none() {
            let halt = self.machine.run(limits::FUEL_SLICE);
            for output in self.machine.outputs() {
                self.take(output)?;
            }
            match halt {
                Halt::OutOfFuel => tokio::task::yield_now().await,
                Halt::Done(result) => self.finished = Some(result),
                Halt::Blocked => {
                    self.make_room().await?;
                    // A program that never waits for long still hears of what comes from outside, between two deliveries.
                    if self.clock.elapsed_ms().saturating_sub(began_ms) >= limits::POLL_MS {
                        break;
                    }
                    match self.instant.pop_front() {
                        Some(event) => self.record_instant(event)?,
                        None => break,
                    }
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, output: Output) -> Result<(), DriveError> {
        match output {
            Output::Fact(fact) => {
                let event = fact_event(&self.program, &fact);
                self.outbox.push(event, Urgency::Rides);
                Ok(())
            }
            Output::Withdraw(id) => self.withdraw(&id),
            Output::Request(request) => {
                let id = request.id.clone();
                self.effects.ask(request);
                if self.full { self.refuse(&id) } else { self.begin(&id) }
            }
        }
    }

    /// Begins an effect that nothing has been done about yet.
    pub(super) fn begin(&mut self, id: &EffectId) -> Result<(), DriveError> {
        let Some(request) = self.effects.get(id).map(|pending| pending.request.clone()) else {
            return Ok(());
        };
        match &request.effect {
            Effect::Tool { .. } => return self.begin_call(&request),
            Effect::Await { .. } => self.begin_wait(&request),
            Effect::Sleep { .. } | Effect::SleepUntil { .. } => self.begin_sleep(&request),
            Effect::Now | Effect::Random | Effect::RandomInt { .. } | Effect::Uuid | Effect::Note { .. } => {
                let event = self.read_world(&request);
                self.instant.push_back(event);
            }
        }
        Ok(())
    }

    /// Feeds an instant event, unless its fiber was cancelled while it waited for its turn.
    fn record_instant(&mut self, event: Event) -> Result<(), DriveError> {
        let (Event::EffectCompleted { effect, .. }
        | Event::EffectFailed { effect, .. }
        | Event::NoteRecorded { effect, .. }) = &event
        else {
            return Ok(());
        };
        if self.effects.get(effect).is_some() {
            self.record(event, Urgency::Rides)?;
        }
        Ok(())
    }

    /// Writes an event behind the others and feeds the machine what it delivers; whether it was fed.
    pub(super) fn record(&mut self, event: Event, urgency: Urgency) -> Result<bool, DriveError> {
        let now = self.now_ms();
        self.ledger.apply(&event, now);
        let asked = |id: &EffectId| {
            self.effects.get(id).filter(|pending| !pending.withdrawn).map(|pending| &pending.request)
        };
        let delivery = super::deliver_from_event(&self.program, &event, asked)
            .map_err(|error| self.divergence(0, &error.message))?;
        if matches!(event, Event::CancelRequested { .. }) {
            self.cancelled = true;
        }
        let state = delivery.as_ref().and_then(|_| self.machine.state_digest());
        let delivers = event.delivers();
        self.outbox.push_at(event, state, urgency);
        if delivers {
            self.heard = self.outbox.log_length();
        }
        let Some(delivery) = delivery else { return Ok(false) };
        if let Delivery::Outcome { id, .. } = &delivery {
            self.effects.remove(id);
        }
        Ok(self.machine.deliver(&delivery) == Delivered::Accepted)
    }

    /// The store's clock, never behind what is recorded.
    pub(super) fn now_ms(&mut self) -> i64 {
        self.last_ms = self.last_ms.max(self.store.now_ms());
        self.last_ms
    }

    pub(super) fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    pub(super) fn value_payload(&self, value: &Value) -> Payload {
        Payload::new(self.program.encode(value).into_bytes())
    }

    pub(super) fn error_payload(&self, error: &Error) -> Payload {
        Payload::new(super::error_json(&self.program, error).into_bytes())
    }

    /// A cancelled fiber waits no longer: what was not sent is withdrawn, what was sent is owed a record (S5).
    fn withdraw(&mut self, id: &EffectId) -> Result<(), DriveError> {
        let owed = self.ledger.get(id).is_some_and(|entry| entry.open && !entry.doubt);
        let Some(pending) = self.effects.get_mut(id) else { return Ok(()) };
        let asking = matches!(pending.state, State::Sent(_) | State::LookingUp(_) | State::Settling(_));
        if pending.changes_world() && asking {
            pending.withdrawn = true;
            return Ok(());
        }
        pending.state.abort();
        if pending.changes_world() && owed {
            // An attempt whose outcome a crash has lost, about to be made again: nobody would wait for it.
            pending.withdrawn = true;
            return self.lost(id);
        }
        self.effects.remove(id);
        Ok(())
    }

    /// The job's end, once the machine is done and the world owes nothing.
    async fn ended(&mut self) -> Result<Option<End>, DriveError> {
        if self.finished.is_none() || self.effects.any(|pending| pending.state.busy()) {
            return Ok(None);
        }
        if self.effects.any(|pending| pending.withdrawn && !matches!(pending.state, State::Doubt)) {
            return Ok(None);
        }
        let Some(finished) = self.finished.take() else { return Ok(None) };
        let (event, state, end) = self.end_of(finished);
        self.outbox.push(event, Urgency::Now);
        self.commit(Row::at_rest(state)).await?;
        Ok(Some(end))
    }

    fn end_of(&self, finished: Result<Value, Failure>) -> (Event, JobState, End) {
        match finished {
            // A result that was reached all the same stands, also when somebody asked for the end meanwhile.
            Ok(value) => {
                let result = self.value_payload(&value);
                let text = result.text().unwrap_or("null").to_owned();
                (Event::JobCompleted { result }, JobState::Completed, End::Completed { result: text })
            }
            Err(_) if self.cancelled => (Event::JobCancelled, JobState::Cancelled, End::Cancelled),
            Err(failure) => {
                let trace = self.program.trace(&failure.trace);
                let error = self.error_payload(&failure.error);
                let event = Event::JobFailed { error, trace: trace.clone() };
                (event, JobState::Failed, End::Failed { error: failure.error, trace })
            }
        }
    }

    /// Whether nothing is under way and the job is to be left: for a long wait, a doubt, or because we are told to.
    async fn resting(&mut self) -> Result<Option<Stopped>, DriveError> {
        let stop = *self.options.stop.borrow();
        if stop == Stop::Now {
            self.abandon(|_| true);
            self.leave(JobState::Queued, Vec::new()).await?;
            return Ok(Some(Stopped::Interrupted));
        }
        // Whoever stops waits for what the world still owes; what can be asked again is left.
        let busy = |pending: &Pending| match stop {
            Stop::No => pending.state.busy(),
            _ => pending.changes_world() && matches!(pending.state, State::Sent(_) | State::Intending(_)),
        };
        if self.effects.any(busy) {
            return Ok(None);
        }
        if stop == Stop::Drain {
            self.abandon(|_| true);
            let waits = self.waits();
            self.leave(if waits.is_empty() { JobState::Queued } else { JobState::Waiting }, waits).await?;
            return Ok(Some(Stopped::Interrupted));
        }
        if self.inbound.paused {
            self.leave(JobState::Paused, Vec::new()).await?;
            return Ok(Some(Stopped::Paused));
        }
        self.rest_if_long().await
    }

    async fn rest_if_long(&mut self) -> Result<Option<Stopped>, DriveError> {
        if self.finished.is_some() {
            return Ok(None);
        }
        let doubts: Vec<String> = self
            .effects
            .iter()
            .filter(|(_, pending)| matches!(pending.state, State::Doubt))
            .map(|(id, _)| id.to_string())
            .collect();
        let waits = self.waits();
        if !doubts.is_empty() && waits.is_empty() {
            // Only a person can end this, whatever else the caller would stay for.
            self.leave(JobState::NeedsAttention, Vec::new()).await?;
            return Ok(Some(Stopped::NeedsAttention(doubts)));
        }
        let Some(longest) = self.options.stop_at_wait else { return Ok(None) };
        let now = self.now_ms();
        let threshold = i64::try_from(longest.as_millis()).unwrap_or(i64::MAX);
        let soon = self.effects.next_due().is_some_and(|due| due.saturating_sub(now) <= threshold);
        if soon {
            return Ok(None);
        }
        self.leave(JobState::Waiting, waits.clone()).await?;
        Ok(Some(Stopped::Waiting(waits)))
    }

    /// What the job waits for.
    pub(super) fn waits(&self) -> Vec<Wait> {
        self.effects
            .in_order()
            .filter_map(|(id, pending)| {
                let until_ms = match &pending.state {
                    State::Waiting { deadline_ms, .. } => *deadline_ms,
                    State::Sleeping(at) | State::RetryAt(at) | State::Settling(at) => Some(*at),
                    _ => return None,
                };
                let (signal, question) = match &pending.request.effect {
                    Effect::Await { signal, ask, .. } => {
                        let name = self.program.module.signals[signal.index()].name.clone();
                        (Some(name), ask.as_ref().map(|question| question.text.clone()))
                    }
                    _ => (None, None),
                };
                Some(Wait { effect: id.to_string(), signal, question, until_ms })
            })
            .collect()
    }

    /// Writes what waits and gives the lease back.
    async fn leave(&mut self, state: JobState, waits: Vec<Wait>) -> Result<(), DriveError> {
        let due_ms = self.effects.next_due();
        let names: Vec<String> =
            waits.into_iter().map(|wait| wait.signal.unwrap_or_else(|| "a timer".to_owned())).collect();
        self.outbox.drop_intents();
        let row = Row { state, due_ms, waiting_for: names.join(", "), release: true };
        if self.worth_saving() {
            // Under the lease still: afterwards nobody may.
            self.commit(Row { release: false, ..row.clone() }).await?;
            self.save_if_worth();
        }
        self.saving.finish().await;
        self.commit(row).await
    }

    /// One durable write of all that waits in the outbox.
    pub(super) async fn commit(&mut self, row: Row) -> Result<(), DriveError> {
        match self.outbox.commit(row).await {
            Ok(()) => Ok(()),
            Err(AppendError::Store(error)) => Err(error.into()),
            Err(AppendError::Fenced) => Err(DriveError::Fenced),
            Err(AppendError::NoJob) => Err(DriveError::NoJob(self.key.job.clone())),
            Err(AppendError::Sequence(seq)) => {
                Err(self.divergence(seq, "the log has moved on under this lease"))
            }
            Err(AppendError::Interrupted | AppendError::Unknown(_)) => {
                Err(self.divergence(0, "an append without intent was refused for a cancellation"))
            }
        }
    }

    /// Waits until something happens: a call is answered, a timer is due, a row arrives, a write is owed.
    async fn wait(&mut self) -> Result<(), DriveError> {
        let only_outside = !self.effects.any(|pending| pending.state.busy());
        if self.outbox.due() || (only_outside && self.outbox.urgency().is_some()) {
            let row = if only_outside { self.idle_row() } else { Row::running() };
            self.commit(row).await?;
            self.save_if_worth();
        }
        let now = self.now_ms();
        let until_due =
            self.effects.next_due().map(|due| u64::try_from(due.saturating_sub(now)).unwrap_or(0));
        let pause_ms = until_due.unwrap_or(u64::MAX).min(limits::POLL_MS);
        let pause_ms = if self.instant.is_empty() { pause_ms } else { 0 };
        let mut stop = self.options.stop.clone();
        let told = *stop.borrow_and_update();
        tokio::select! {
            report = self.reports.recv() => {
                if let Some(report) = report {
                    self.take_report(report).await?;
                }
            }
            Ok(()) = stop.changed(), if told != Stop::Now => {}
            () = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
        }
        while let Ok(report) = self.reports.try_recv() {
            self.take_report(report).await?;
        }
        self.poll_inbox().await
    }

    /// The row of a job that only waits, although this process stays with it.
    fn idle_row(&self) -> Row {
        let waits = self.waits();
        let doubt = self.effects.any(|pending| matches!(pending.state, State::Doubt));
        let state = match (waits.is_empty(), doubt) {
            (false, _) => JobState::Waiting,
            (true, true) => JobState::NeedsAttention,
            (true, false) => JobState::Running,
        };
        let names: Vec<String> =
            waits.into_iter().map(|wait| wait.signal.unwrap_or_else(|| "a timer".to_owned())).collect();
        Row { state, due_ms: self.effects.next_due(), waiting_for: names.join(", "), release: false }
    }

    /// Drops what is under way in this process. Calls that were sent go on as far as the world is concerned.
    fn abandon(&mut self, which: impl Fn(&Pending) -> bool) {
        for (_, pending) in self.effects.iter().filter(|(_, pending)| which(pending)) {
            pending.state.abort();
        }
    }

    /// Whether somebody wants this execution to stop.
    pub(super) fn stopping(&self) -> Stop {
        *self.options.stop.borrow()
    }

    pub(super) fn divergence(&self, seq: u64, what: &str) -> DriveError {
        let divergence = Divergence { seq, what: what.to_owned(), place: None };
        DriveError::Divergence { job: self.key.job.clone(), divergence }
    }

    /// The call a request stands for.
    pub(super) fn plan(&self, request: &Request) -> Result<super::call::Plan, Error> {
        crate::replay::plan(&self.program, &self.context, self.lineage, request)
    }
}
