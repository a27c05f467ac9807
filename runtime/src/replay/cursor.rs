//! One pass over a log: pure code runs again, outcomes are restored, and whatever the machine does by itself must be
//! what the log says it did.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use aeth_lang::ids::GraphId;
use serde_json::value::RawValue;

use super::Divergence;
use crate::effect::{Delivery, EffectId, Fact, Output, Request};
use crate::event::{Environment, Event, Lineage, Payload, StoredEvent};
use crate::job::call::Plan;
use crate::job::image::Known;
use crate::job::pending::{Effects, State};
use crate::job::{deliver_from_event, error_json};
use crate::ledger::{Ledger, call_key};
use crate::machine::{Context, Delivered, Failure, Halt, Machine, Program};
use crate::value::{Error, ErrorKind, Value};

/// What a job began with, read from its first event.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) graph: GraphId,
    pub(crate) args: Vec<Value>,
    pub(crate) context: Context,
    pub(crate) lineage: Lineage,
    pub(crate) grants: String,
}

impl Origin {
    /// Reads `JobCreated` by the job's program.
    pub(crate) fn read(program: &Program, job: &str, first: &Event) -> Result<Self, String> {
        let Event::JobCreated { agent, args, env, grants, limits, lineage, .. } = first else {
            return Err(format!("the log begins with {} instead of JobCreated", first.name()));
        };
        let (graph, declared) =
            program.module.agent(agent).ok_or_else(|| format!("the program has no agent {agent}"))?;
        let text = args.text().ok_or("its arguments are missing")?;
        // As texts: the order of members and the digits of numbers belong to the value.
        let values: BTreeMap<String, &RawValue> =
            serde_json::from_str(text).map_err(|error| format!("its arguments cannot be read: {error}"))?;
        let mut inputs = Vec::new();
        for param in &declared.params {
            let value = values.get(&param.json).map_or("null", |value| value.get());
            let value = program
                .decode(value, param.shape)
                .map_err(|error| format!("argument {}: {}", param.name, error.message))?;
            inputs.push(value);
        }
        let env: Environment = serde_json::from_str(env.text().unwrap_or("{}"))
            .map_err(|error| format!("its environment cannot be read: {error}"))?;
        let context = Context { job: job.to_owned(), env, limits: limits.clone() };
        let grants = grants.text().unwrap_or("{}").to_owned();
        Ok(Self { graph, args: inputs, context, lineage: *lineage, grants })
    }
}

/// A machine on its way through a log.
pub(crate) struct Cursor {
    pub(crate) program: Arc<Program>,
    pub(crate) context: Context,
    pub(crate) lineage: Lineage,
    pub(crate) machine: Machine,
    pub(crate) ledger: Ledger,
    pub(crate) effects: Effects,
    pub(crate) finished: Option<Result<Value, Failure>>,
    /// Facts the machine has stated, ahead of the log that must state the same.
    pub(crate) stated: VecDeque<Event>,
    /// The latest recorded time.
    pub(crate) last_ms: i64,
    pub(crate) cancelled: bool,
    pub(crate) paused: bool,
    /// The last event that could feed the machine something.
    pub(crate) heard: u64,
    /// The segment of the log, and the event that began it.
    pub(crate) segment: (u64, u64),
    /// How many outcomes were restored.
    pub(crate) restored: u64,
}

impl Cursor {
    /// A machine before the first event.
    pub(crate) fn new(program: Arc<Program>, origin: &Origin) -> Result<Self, Divergence> {
        let machine =
            Machine::start(program.clone(), origin.graph, origin.args.clone(), origin.context.clone());
        let mut cursor = Self {
            program,
            context: origin.context.clone(),
            lineage: origin.lineage,
            machine,
            ledger: Ledger::default(),
            effects: Effects::default(),
            finished: None,
            stated: VecDeque::new(),
            last_ms: 0,
            cancelled: false,
            paused: false,
            heard: 0,
            segment: (1, 0),
            restored: 0,
        };
        cursor.settle();
        Ok(cursor)
    }

    /// A machine in the middle of a log, as a snapshot has it.
    pub(crate) fn at(
        program: &Arc<Program>,
        origin: &Origin,
        machine: Machine,
        effects: Effects,
        ledger: Ledger,
    ) -> Self {
        let mut cursor = Self {
            program: program.clone(),
            context: origin.context.clone(),
            lineage: origin.lineage,
            machine,
            ledger,
            effects,
            finished: None,
            stated: VecDeque::new(),
            last_ms: 0,
            cancelled: false,
            paused: false,
            heard: 0,
            segment: (1, 0),
            restored: 0,
        };
        cursor.settle();
        cursor
    }

    /// What is known of the job here.
    pub(crate) fn known(&self) -> Known<'_> {
        Known {
            machine: &self.machine,
            effects: &self.effects,
            ledger: &self.ledger,
            cancelled: self.cancelled,
            paused: self.paused,
            heard: self.heard,
            segment: self.segment,
        }
    }

    /// Computes the requests that were recorded and have no outcome again, as if their intents had just been read.
    pub(crate) fn replan(&mut self) -> Result<(), Divergence> {
        let recorded = |(id, _): (&EffectId, _)| {
            let entry = self.ledger.get(id)?;
            Some((id.clone(), entry.request.clone()?))
        };
        let recorded: Vec<_> = self.effects.iter().filter_map(recorded).collect();
        recorded.into_iter().try_for_each(|(id, request)| self.compare_request(&id, &request, 0))
    }

    /// Takes one event of the log.
    pub(crate) fn feed(&mut self, stored: &StoredEvent) -> Result<(), Divergence> {
        let seq = stored.seq;
        self.last_ms = stored.time_ms;
        if stored.event.delivers() {
            self.heard = seq;
        }
        self.ledger.apply(&stored.event, stored.time_ms);
        match &stored.event {
            event if is_fact(event) => self.compare(event, seq)?,
            Event::EffectIntended { effect, request, .. } => self.compare_request(effect, request, seq)?,
            Event::TimerSet { effect, at_ms } => {
                self.effects.set(effect, State::Sleeping(*at_ms));
            }
            Event::SignalAwaited { effect, deadline_ms, .. } => {
                self.effects.set(effect, State::Waiting { deadline_ms: *deadline_ms, question: None });
            }
            Event::QuestionAsked { effect, deadline_ms, digest, .. } => {
                let question = Some(digest.clone());
                self.effects.set(effect, State::Waiting { deadline_ms: *deadline_ms, question });
            }
            Event::Continued { segment, .. } => self.segment(*segment, seq)?,
            Event::CancelRequested { .. } => self.cancelled = true,
            Event::Paused { .. } => self.paused = true,
            Event::Resumed { .. } => self.paused = false,
            _ => {}
        }
        self.deliver(stored)
    }

    fn deliver(&mut self, stored: &StoredEvent) -> Result<(), Divergence> {
        let StoredEvent { seq, event, state, .. } = stored;
        let seq = *seq;
        if state.is_some_and(|state| !self.machine.digest().starts_with(&state)) {
            let what = "the program has come to another state than it was in when this was recorded";
            return Err(self.divergence(seq, what, None));
        }
        let asked = |id: &EffectId| self.effects.get(id).map(|pending| &pending.request);
        let delivery = deliver_from_event(&self.program, event, asked)
            .map_err(|error| self.divergence(seq, &error.message, None))?;
        let Some(delivery) = delivery else {
            if let Event::EffectCompleted { effect, .. } | Event::EffectFailed { effect, .. } = event {
                self.effects.remove(effect);
            }
            return Ok(());
        };
        if let Delivery::Outcome { id, .. } = &delivery {
            self.effects.remove(id);
            self.restored += 1;
        }
        if self.machine.deliver(&delivery) == Delivered::Accepted {
            self.settle();
        }
        Ok(())
    }

    /// Runs the machine to quiescence and takes note of what it says.
    fn settle(&mut self) {
        loop {
            let halt = self.machine.run(u64::MAX);
            for output in self.machine.outputs() {
                match output {
                    Output::Fact(fact) => self.stated.push_back(fact_event(&self.program, &fact)),
                    Output::Request(request) => self.effects.ask(request),
                    Output::Withdraw(id) => self.withdraw(&id),
                }
            }
            match halt {
                Halt::OutOfFuel => {}
                Halt::Blocked => return,
                Halt::Done(result) => {
                    self.finished.get_or_insert(result);
                    return;
                }
            }
        }
    }

    fn withdraw(&mut self, id: &EffectId) {
        let owed = self.ledger.get(id).is_some_and(|entry| entry.open && !entry.doubt);
        match self.effects.get_mut(id) {
            Some(pending) if owed => pending.withdrawn = true,
            _ => {
                self.effects.remove(id);
            }
        }
    }

    /// A new segment begins: everything that the program says of itself has been written by then.
    fn segment(&mut self, segment: u64, seq: u64) -> Result<(), Divergence> {
        if segment != self.segment.0 + 1 {
            let what = format!("segment {segment} begins behind segment {}", self.segment.0);
            return Err(self.divergence(seq, &what, None));
        }
        if let Some(stated) = self.stated.front() {
            let what = format!("a segment ends before the program comes to {}", brief(stated));
            return Err(self.divergence(seq, &what, None));
        }
        self.segment = (segment, seq);
        Ok(())
    }

    fn compare(&mut self, recorded: &Event, seq: u64) -> Result<(), Divergence> {
        match self.stated.pop_front() {
            Some(stated) if stated == *recorded => Ok(()),
            Some(stated) => {
                let what = format!("the log says {}, the program says {}", brief(recorded), brief(&stated));
                Err(self.divergence(seq, &what, None))
            }
            None => {
                let what = format!("the program never comes to {}", brief(recorded));
                Err(self.divergence(seq, &what, None))
            }
        }
    }

    /// A recorded intent must be asked for by now, with the same request (L2, R2).
    fn compare_request(&mut self, effect: &EffectId, recorded: &Payload, seq: u64) -> Result<(), Divergence> {
        let Some(pending) = self.effects.get(effect) else {
            return Err(self.divergence(seq, &format!("the program does not ask for {effect} here"), None));
        };
        if pending.plan.is_some() {
            return Ok(());
        }
        let request = pending.request.clone();
        let diverges = |error: Error| self.divergence(seq, &error.message, Some(&request));
        let plan = plan(&self.program, &self.context, self.lineage, &request).map_err(diverges)?;
        if plan.payload().map_err(diverges)?.digest != recorded.digest {
            let what = format!("{effect} was recorded with another request than the program computes now");
            return Err(self.divergence(seq, &what, Some(&request)));
        }
        if let Some(pending) = self.effects.get_mut(effect) {
            pending.plan = Some(plan);
        }
        Ok(())
    }

    pub(crate) fn divergence(&self, seq: u64, what: &str, request: Option<&Request>) -> Divergence {
        let place = request.and_then(|request| self.program.place_of_site(request.site?));
        Divergence { seq, what: what.to_owned(), place }
    }
}

/// The call a request stands for.
pub(crate) fn plan(
    program: &Arc<Program>,
    context: &Context,
    lineage: Lineage,
    request: &Request,
) -> Result<Plan, Error> {
    let crate::effect::Effect::Tool { tool, args } = &request.effect else {
        return Err(Error::new(ErrorKind::Failed, format!("{} is not a call", request.id)));
    };
    Plan::new(program, context, *tool, args, &call_key(lineage, &request.id))
}

/// A fact as the log has it.
pub(crate) fn fact_event(program: &Program, fact: &Fact) -> Event {
    match fact {
        Fact::TaskStarted { task } => Event::TaskStarted { task: task.clone() },
        Fact::TaskCompleted { task, value } => {
            let value = Payload::new(program.encode(value).into_bytes());
            Event::TaskCompleted { task: task.clone(), value }
        }
        Fact::TaskFailed { task, error, .. } => {
            let error = Payload::new(error_json(program, error).into_bytes());
            Event::TaskFailed { task: task.clone(), error }
        }
        Fact::TaskSkipped { task } => Event::TaskSkipped { task: task.clone() },
        Fact::TaskCancelled { task } => Event::TaskCancelled { task: task.clone() },
        Fact::FiberStarted { fiber } => Event::FiberStarted { fiber: fiber.clone() },
        Fact::FiberEnded { fiber, end } => Event::FiberEnded { fiber: fiber.clone(), end: *end },
    }
}

/// Whether an event states what the machine did by itself.
fn is_fact(event: &Event) -> bool {
    matches!(
        event,
        Event::TaskStarted { .. }
            | Event::TaskCompleted { .. }
            | Event::TaskFailed { .. }
            | Event::TaskSkipped { .. }
            | Event::TaskCancelled { .. }
            | Event::FiberStarted { .. }
            | Event::FiberEnded { .. }
    )
}

fn brief(event: &Event) -> String {
    let text = match event {
        Event::TaskStarted { task }
        | Event::TaskCompleted { task, .. }
        | Event::TaskFailed { task, .. }
        | Event::TaskSkipped { task }
        | Event::TaskCancelled { task } => task,
        Event::FiberStarted { fiber } | Event::FiberEnded { fiber, .. } => fiber,
        _ => return event.name().to_owned(),
    };
    format!("{} of {text}", event.name())
}
