//! Events: the facts of a job, append-only, numbered from 1, chained by hash. Public API: versioned, closed.
//!
//! In: what the driver decided or the world answered. Out: rows of bytes, and back. Invariant: the chain covers
//! payload *digests*, so a payload can be erased or encrypted and the chain still verifies.

pub mod codec;
pub mod export;
pub mod fold;
pub mod json;
pub mod verify;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::effect::{EffectId, FiberEnd};
use crate::limits::Limits;
use aeth_lang::bytecode::module::Class;

/// Bytes that an event speaks of but does not hold: events carry the digest, rows carry the bytes beside it.
///
/// Values travel in their JSON form; what shape decodes them is known from the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// BLAKE3 of the bytes.
    pub digest: [u8; 32],
    /// The bytes; `None` after they were erased.
    pub bytes: Option<Arc<[u8]>>,
}

impl Payload {
    /// The payload of some bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        Self { digest: *blake3::hash(&bytes).as_bytes(), bytes: Some(bytes) }
    }

    /// The bytes as text; `None` when erased or not UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.bytes.as_deref()?).ok()
    }
}

impl Serialize for Payload {
    /// The digest alone: hexadecimal where people read, 32 bytes elsewhere.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(&blake3::Hash::from_bytes(self.digest).to_hex());
        }
        self.digest.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    /// The digest alone: who reads a row puts the bytes back.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { digest: <[u8; 32]>::deserialize(deserializer)?, bytes: None })
    }
}

/// What is known of an attempt, beside its answer (runtime.md L3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Proven not to have happened: no byte left, or the protocol says so.
    NotDone,
    /// Any other final answer.
    Done,
    /// Nobody can tell.
    Unknown,
}

/// 128 random bits drawn when a job is created, which every key of its effects is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lineage(pub [u8; 16]);

/// How a doubt was settled, or an effect overruled, by a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolution {
    /// It happened, with this value (JSON form).
    Completed(Payload),
    /// It did not happen: call it.
    NotDone,
    /// Give up: an error (JSON form of Error).
    Failed(Payload),
}

/// A fact of a job. Append only: the position of a variant stands in stored bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Always the first.
    JobCreated {
        /// Hash of the program, which the job runs for ever.
        program: [u8; 32],
        /// Its agent.
        agent: String,
        /// Its arguments: a JSON object.
        args: Payload,
        /// Environment variables as they were: a JSON object.
        env: Payload,
        /// What it may reach: JSON.
        grants: Payload,
        /// Its limits.
        limits: Limits,
        /// What its keys are made of.
        lineage: Lineage,
    },
    /// A worker took the job.
    LeaseTaken {
        /// Its random id.
        worker: String,
        /// Counts the holders of this job.
        epoch: u64,
    },
    /// See [`Fact`](crate::effect::Fact).
    TaskStarted {
        /// The task's fiber path.
        task: Arc<str>,
    },
    /// A task has its value (JSON form).
    TaskCompleted {
        /// The task's fiber path.
        task: Arc<str>,
        /// Its value.
        value: Payload,
    },
    /// A task failed (JSON form of the Error).
    TaskFailed {
        /// The task's fiber path.
        task: Arc<str>,
        /// Its error.
        error: Payload,
    },
    /// Its `when` gave false.
    TaskSkipped {
        /// The task's fiber path.
        task: Arc<str>,
    },
    /// A sibling failed, or the job was cancelled.
    TaskCancelled {
        /// The task's fiber path.
        task: Arc<str>,
    },
    /// An item, arm or flow call began.
    FiberStarted {
        /// Its path.
        fiber: Arc<str>,
    },
    /// It ended.
    FiberEnded {
        /// Its path.
        fiber: Arc<str>,
        /// How.
        end: FiberEnd,
    },
    /// A world-changing call is about to be sent: durable before its first byte.
    EffectIntended {
        /// Its name.
        effect: EffectId,
        /// The tool.
        tool: String,
        /// What recovery may do.
        class: Class,
        /// `call.key`, hex.
        key: String,
        /// The canonical request, secrets as placeholders.
        request: Payload,
        /// Counts from 1.
        attempt: u32,
    },
    /// An effect has its value (JSON form). Attempt 0: a recorded read (`now()` …).
    EffectCompleted {
        /// Its name.
        effect: EffectId,
        /// Which attempt.
        attempt: u32,
        /// Done, except by lookup or from a person.
        verdict: Verdict,
        /// Its value.
        value: Payload,
    },
    /// An effect failed for good (JSON form of the Error).
    EffectFailed {
        /// Its name.
        effect: EffectId,
        /// Which attempt; 0 if it failed before the first intent.
        attempt: u32,
        /// Whether it may have happened all the same. Not done only if every attempt was.
        verdict: Verdict,
        /// Its error.
        error: Payload,
    },
    /// Closes an attempt; the next begins at `at_ms` with an intent of its own.
    EffectRetryScheduled {
        /// Its name.
        effect: EffectId,
        /// The attempt that is closed.
        attempt: u32,
        /// What is known of it.
        verdict: Verdict,
        /// Why (JSON form of the Error).
        error: Payload,
        /// When the next may begin, milliseconds since 1970.
        at_ms: i64,
    },
    /// An attempt has no outcome and its class forbids another: a person must say.
    EffectInDoubt {
        /// Its name.
        effect: EffectId,
        /// The attempt in doubt.
        attempt: u32,
    },
    /// A person said.
    EffectResolved {
        /// Its name.
        effect: EffectId,
        /// What.
        how: Resolution,
        /// Who.
        by: String,
    },
    /// A late outcome shows that an effect happened more than once.
    DuplicateEffect {
        /// Its name.
        effect: EffectId,
        /// The attempt that answered late.
        attempt: u32,
    },
    /// `note("text", data)`: a JSON object `{"text", "data"}`.
    NoteRecorded {
        /// Its name.
        effect: EffectId,
        /// What was noted.
        note: Payload,
    },
    /// A fiber sleeps.
    TimerSet {
        /// Its name.
        effect: EffectId,
        /// Until when.
        at_ms: i64,
    },
    /// The instant of a sleep, or the deadline of a wait, has passed.
    TimerFired {
        /// Its name.
        effect: EffectId,
    },
    /// A fiber waits for a signal.
    SignalAwaited {
        /// Its name.
        effect: EffectId,
        /// The signal.
        signal: String,
        /// Until when.
        deadline_ms: Option<i64>,
    },
    /// A signal ended a wait, or is kept until someone waits (`effect` is `None`).
    SignalReceived {
        /// Who waited.
        effect: Option<EffectId>,
        /// The signal.
        signal: String,
        /// What it carried (JSON form).
        value: Payload,
        /// Its number in the inbox.
        inbox: u64,
    },
    /// A fiber asks a person.
    QuestionAsked {
        /// Its name, which is the question's id.
        effect: EffectId,
        /// The signal whose type the answer has.
        signal: String,
        /// Question, what is shown, for whom: a JSON object `{"text", "show", "to"}`.
        question: Payload,
        /// What the answer is good for: BLAKE3 over program, question and what is shown, hex.
        digest: String,
        /// Until when.
        deadline_ms: Option<i64>,
    },
    /// A person answered.
    QuestionAnswered {
        /// Which question.
        effect: EffectId,
        /// The answer (JSON form).
        value: Payload,
        /// Who.
        by: String,
        /// Its number in the inbox.
        inbox: u64,
    },
    /// Someone asked for the job's end.
    CancelRequested {
        /// Who.
        by: String,
        /// Without waiting for what is unsettled.
        force: bool,
    },
    /// The job rests until resumed.
    Paused {
        /// Who.
        by: String,
    },
    /// It goes on.
    Resumed {
        /// Who.
        by: String,
    },
    /// The end: with a result (JSON form).
    JobCompleted {
        /// The result.
        result: Payload,
    },
    /// The end: with an error (JSON form of the Error), and where in the source it arose.
    JobFailed {
        /// The error.
        error: Payload,
        /// Frames from the innermost outwards: `file:line:column`.
        trace: Vec<String>,
    },
    /// The end: cancelled.
    JobCancelled,
    /// The log had reached its limit: the job as it is, and a new segment, for which limits count from here.
    Continued {
        /// The segment that begins, from 2.
        segment: u64,
        /// The state: machine, open effects, ledger.
        state: Payload,
        /// What is large of it, in the order in which the state names it; kept once per content.
        large: Vec<Payload>,
    },
}

impl Event {
    /// Its name in JSON and listings: the variant in snake case. Never changes.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::JobCreated { .. } => "JobCreated",
            Self::LeaseTaken { .. } => "LeaseTaken",
            Self::TaskStarted { .. } => "TaskStarted",
            Self::TaskCompleted { .. } => "TaskCompleted",
            Self::TaskFailed { .. } => "TaskFailed",
            Self::TaskSkipped { .. } => "TaskSkipped",
            Self::TaskCancelled { .. } => "TaskCancelled",
            Self::FiberStarted { .. } => "FiberStarted",
            Self::FiberEnded { .. } => "FiberEnded",
            Self::EffectIntended { .. } => "EffectIntended",
            Self::EffectCompleted { .. } => "EffectCompleted",
            Self::EffectFailed { .. } => "EffectFailed",
            Self::EffectRetryScheduled { .. } => "EffectRetryScheduled",
            Self::EffectInDoubt { .. } => "EffectInDoubt",
            Self::EffectResolved { .. } => "EffectResolved",
            Self::DuplicateEffect { .. } => "DuplicateEffect",
            Self::NoteRecorded { .. } => "NoteRecorded",
            Self::TimerSet { .. } => "TimerSet",
            Self::TimerFired { .. } => "TimerFired",
            Self::SignalAwaited { .. } => "SignalAwaited",
            Self::SignalReceived { .. } => "SignalReceived",
            Self::QuestionAsked { .. } => "QuestionAsked",
            Self::QuestionAnswered { .. } => "QuestionAnswered",
            Self::CancelRequested { .. } => "CancelRequested",
            Self::Paused { .. } => "Paused",
            Self::Resumed { .. } => "Resumed",
            Self::JobCompleted { .. } => "JobCompleted",
            Self::JobFailed { .. } => "JobFailed",
            Self::JobCancelled => "JobCancelled",
            Self::Continued { .. } => "Continued",
        }
    }

    /// Whether it is of a kind that can feed the machine something.
    #[must_use]
    pub fn delivers(&self) -> bool {
        matches!(
            self,
            Self::EffectCompleted { .. }
                | Self::EffectFailed { .. }
                | Self::EffectResolved { how: Resolution::Completed(_) | Resolution::Failed(_), .. }
                | Self::TimerFired { .. }
                | Self::SignalReceived { effect: Some(_), .. }
                | Self::QuestionAnswered { .. }
                | Self::NoteRecorded { .. }
                | Self::CancelRequested { .. }
        )
    }

    /// Its payloads, in the order of their digests in the encoded event.
    #[must_use]
    pub fn payloads(&self) -> Vec<&Payload> {
        match self {
            Self::JobCreated { args, env, grants, .. } => vec![args, env, grants],
            Self::TaskCompleted { value, .. }
            | Self::EffectCompleted { value, .. }
            | Self::SignalReceived { value, .. }
            | Self::QuestionAnswered { value, .. } => vec![value],
            Self::TaskFailed { error, .. }
            | Self::EffectFailed { error, .. }
            | Self::EffectRetryScheduled { error, .. }
            | Self::JobFailed { error, .. } => vec![error],
            Self::EffectIntended { request, .. } => vec![request],
            Self::EffectResolved {
                how: Resolution::Completed(payload) | Resolution::Failed(payload),
                ..
            } => {
                vec![payload]
            }
            Self::NoteRecorded { note, .. } => vec![note],
            Self::QuestionAsked { question, .. } => vec![question],
            Self::JobCompleted { result } => vec![result],
            Self::Continued { state, large, .. } => std::iter::once(state).chain(large).collect(),
            Self::LeaseTaken { .. }
            | Self::TaskStarted { .. }
            | Self::TaskSkipped { .. }
            | Self::TaskCancelled { .. }
            | Self::FiberStarted { .. }
            | Self::FiberEnded { .. }
            | Self::EffectInDoubt { .. }
            | Self::EffectResolved { how: Resolution::NotDone, .. }
            | Self::DuplicateEffect { .. }
            | Self::TimerSet { .. }
            | Self::TimerFired { .. }
            | Self::SignalAwaited { .. }
            | Self::CancelRequested { .. }
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::JobCancelled => Vec::new(),
        }
    }

    /// The same, to put bytes back or to erase them.
    pub(crate) fn payloads_mut(&mut self) -> Vec<&mut Payload> {
        match self {
            Self::JobCreated { args, env, grants, .. } => vec![args, env, grants],
            Self::TaskCompleted { value, .. }
            | Self::EffectCompleted { value, .. }
            | Self::SignalReceived { value, .. }
            | Self::QuestionAnswered { value, .. } => vec![value],
            Self::TaskFailed { error, .. }
            | Self::EffectFailed { error, .. }
            | Self::EffectRetryScheduled { error, .. }
            | Self::JobFailed { error, .. } => vec![error],
            Self::EffectIntended { request, .. } => vec![request],
            Self::EffectResolved {
                how: Resolution::Completed(payload) | Resolution::Failed(payload),
                ..
            } => {
                vec![payload]
            }
            Self::NoteRecorded { note, .. } => vec![note],
            Self::QuestionAsked { question, .. } => vec![question],
            Self::JobCompleted { result } => vec![result],
            Self::Continued { state, large, .. } => std::iter::once(state).chain(large).collect(),
            // Which variants have none is said once, in `payloads`; a test compares the two.
            _ => Vec::new(),
        }
    }
}

/// The beginning of the digest of a machine's state ([`Machine::digest`](crate::machine::Machine::digest)), as it was
/// before an event was delivered to it.
pub type StateDigest = [u8; 8];

/// An event as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its number in the job, from 1.
    pub seq: u64,
    /// The epoch it was appended under.
    pub epoch: u64,
    /// The store's clock when it was appended, milliseconds since 1970; never decreases within a job.
    pub time_ms: i64,
    /// What happened.
    pub event: Event,
    /// The machine's state when it was about to be delivered. Recorded where that costs little beside what ran.
    pub state: Option<StateDigest>,
    /// The chain's hash up to and with this event.
    pub hash: [u8; 32],
}

/// Environment variables as recorded.
pub type Environment = BTreeMap<String, String>;
