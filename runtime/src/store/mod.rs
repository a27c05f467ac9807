//! What a store guarantees, and nothing about how. Implementations: [`memory`], [`sqlite`].
//!
//! In: appends under a fence, inbox rows, leases. Out: what was committed. Invariants, proven by one suite:
//! an append is all or nothing; it is accepted only at the expected sequence number under the current epoch and
//! nonce; what was acknowledged survives a crash; the same append or request id twice is once.

mod clock;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod memory;
mod message;
mod rules;
pub mod sqlite;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::event::{Lineage, Payload, StoredEvent, Verdict};

/// What to do where there is no store yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Create one.
    Create,
    /// Say so: a command that only looks leaves nothing behind.
    Refuse,
}

/// The store of a URL: `memory`, or a directory.
pub fn open(url: &str, missing: Missing) -> Result<Arc<dyn Store>, StoreError> {
    match url {
        "memory" => Ok(Arc::new(memory::MemoryStore::new())),
        _ if url.starts_with("postgres://") || url.starts_with("postgresql://") => Err(StoreError::new(
            StoreErrorKind::Open,
            "PostgreSQL stores are not part of this build yet: name a directory",
        )),
        _ if url.contains("://") => Err(StoreError::new(
            StoreErrorKind::Open,
            format!("{url} is no store: name a directory, or `memory`"),
        )),
        "" => {
            Err(StoreError::new(StoreErrorKind::Open, "the store has no name: name a directory, or `memory`"))
        }
        _ => Ok(Arc::new(sqlite::SqliteStore::open(Path::new(url), missing)?)),
    }
}

/// A job of a namespace: the beginning of every key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// The namespace; `default` if nobody says.
    pub namespace: String,
    /// The job's id.
    pub job: String,
}

/// The right to append: one counter and one random number per holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// Counts the holders of the job, from 1.
    pub epoch: u64,
    /// Random per holder.
    pub nonce: u64,
}

/// Who holds a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The holder's worker id; `None` when released.
    pub holder: Option<String>,
    /// The current fence. Epoch 0: never held.
    pub fence: Fence,
}

impl Lease {
    /// Of a job that nobody has held yet.
    pub const NEVER: Self = Self { holder: None, fence: Fence { epoch: 0, nonce: 0 } };
}

/// What a job is, as a fold of its events that the store keeps at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Created, not yet begun.
    Queued,
    /// Somebody executes it.
    Running,
    /// It waits for a timer, signal, answer.
    Waiting,
    /// Somebody paused it.
    Paused,
    /// It cannot go on without a person: an effect is in doubt.
    NeedsAttention,
    /// Ended with a result.
    Completed,
    /// Ended with an error.
    Failed,
    /// Ended from outside.
    Cancelled,
}

impl JobKey {
    /// The key of a job in a namespace.
    #[must_use]
    pub fn new(namespace: impl Into<String>, job: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), job: job.into() }
    }
}

impl JobState {
    /// Whether the job has ended.
    #[must_use]
    pub fn ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// The row of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    /// Namespace and id.
    pub key: JobKey,
    /// What its keys are made of.
    pub lineage: Lineage,
    /// Its program.
    pub program: [u8; 32],
    /// Its agent.
    pub agent: String,
    /// Digest of its arguments: the same id with others is refused.
    pub args_digest: [u8; 32],
    /// When it was created.
    pub created_ms: i64,
    /// Number, time and hash of its last event.
    pub head: Head,
    /// Who holds it.
    pub lease: Lease,
    /// What it is.
    pub state: JobState,
    /// When its next timer is due, if it waits for one.
    pub due_ms: Option<i64>,
    /// What it waits for, in words.
    pub waiting_for: String,
}

/// The end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of the last event.
    pub seq: u64,
    /// Its time.
    pub time_ms: i64,
    /// The chain's hash.
    pub hash: [u8; 32],
}

impl Head {
    /// Before the first event.
    pub const START: Self = Self { seq: 0, time_ms: i64::MIN, hash: [0; 32] };
}

/// A job to be created with its first event.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Namespace and id.
    pub key: JobKey,
    /// What its keys are made of.
    pub lineage: Lineage,
    /// Its program, which must have been put.
    pub program: [u8; 32],
    /// Its agent.
    pub agent: String,
    /// Digest of its arguments.
    pub args_digest: [u8; 32],
    /// `JobCreated`, encoded: seq 1, epoch 0.
    pub event: EncodedEvent,
}

/// Whether a job was created now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// Now.
    New,
    /// It was there before.
    Exists(Box<JobRow>),
}

/// An event ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedEvent {
    /// Its number.
    pub seq: u64,
    /// Its time.
    pub time_ms: i64,
    /// Canonical bytes: digests in place of payloads.
    pub body: Vec<u8>,
    /// The payloads, in the order of their digests in the body.
    pub payloads: Vec<Payload>,
    /// The chain's hash up to and with it.
    pub hash: [u8; 32],
}

/// Events to be appended to one job, all or nothing, with what changes beside them.
#[derive(Clone, Debug)]
pub struct Append {
    /// The job.
    pub key: JobKey,
    /// Random: the same append sent twice is accepted once.
    pub id: u128,
    /// The right to append.
    pub fence: Fence,
    /// Number of the last event so far.
    pub expected_seq: u64,
    /// The events, numbered on from there. May be empty if only the row changes.
    pub events: Vec<EncodedEvent>,
    /// Inbox rows that these events consume.
    pub consume: Vec<u64>,
    /// Whether it holds an intent: then it is refused if a cancel or pause lies in the inbox (E2).
    pub intends: bool,
    /// What the job is now.
    pub state: JobState,
    /// When its next timer is due.
    pub due_ms: Option<i64>,
    /// What it waits for, in words.
    pub waiting_for: String,
    /// Whether the lease ends with this append.
    pub release: bool,
}

/// What a job was behind one of its events, to spare reading the events before. A cache: it is believed only if all
/// that it names is so, and taking it away changes nothing but speed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last event that is in it.
    pub seq: u64,
    /// The chain's hash there.
    pub hash: [u8; 32],
    /// The program it is of.
    pub program: [u8; 32],
    /// The semantics that ran.
    pub semantics: u16,
    /// How `body` is to be read.
    pub format: u16,
    /// The state.
    pub body: Vec<u8>,
}

/// Why an append was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Another holder, or the lease was released: the caller must stop at once.
    #[error("the job is held by another worker")]
    Fenced,
    /// The log has moved on under this fence: a defect of the caller.
    #[error("the log is at event {0}, not where the append expects it")]
    Sequence(u64),
    /// A cancel or pause lies in the inbox: read it first.
    #[error("a cancellation or pause arrived first")]
    Interrupted,
    /// There is no such job.
    #[error("there is no such job")]
    NoJob,
    /// The fate of the append is unknown: send it again unchanged.
    #[error("the store did not answer: {0}")]
    Unknown(String),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a store cannot be used, as a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    /// What is wrong.
    pub kind: StoreErrorKind,
    /// The sentence.
    pub message: String,
}

impl StoreError {
    /// An error of a kind with its sentence.
    #[must_use]
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

/// Kinds of store failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Cannot be opened: missing folder, permissions, read-only, network file system.
    Open,
    /// Not a store of ours.
    NotAStore,
    /// Written by a newer version.
    Newer,
    /// Damaged.
    Corrupt,
    /// Held by another process for too long.
    Busy,
    /// No space, I/O error.
    Io,
    /// Anything else.
    Other,
}

/// What comes to a job from outside (E2). Append only: the position of a variant stands in stored bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// A signal, already checked against the pinned program.
    Signal {
        /// Its name.
        name: String,
        /// What it carries (JSON form).
        value: String,
    },
    /// An answer to a question, checked.
    Answer {
        /// The question's effect.
        question: String,
        /// The digest of what was asked and shown.
        digest: String,
        /// The answer (JSON form).
        value: String,
        /// Who.
        by: String,
    },
    /// End the job.
    Cancel {
        /// Who.
        by: String,
        /// Without waiting for what is unsettled.
        force: bool,
    },
    /// Rest.
    Pause {
        /// Who.
        by: String,
    },
    /// Go on.
    Resume {
        /// Who.
        by: String,
    },
    /// Settle a doubt.
    Resolve {
        /// The effect in doubt.
        effect: String,
        /// What happened, or what to do.
        how: ResolveHow,
        /// Who.
        by: String,
    },
    /// A fenced worker's outcome of a call it had sent.
    LateOutcome {
        /// The effect.
        effect: String,
        /// The attempt that was answered.
        attempt: u32,
        /// What is known of it.
        verdict: Verdict,
        /// The value, or the Error (JSON forms).
        value: Result<String, String>,
    },
}

/// A [`Resolution`](crate::event::Resolution) as it travels through the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResolveHow {
    /// It happened, with this value (JSON form).
    Completed(String),
    /// It did not happen: call it.
    NotDone,
    /// Give up.
    Fail,
}

/// A row of an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    /// Its number in the job, from 1, never used twice.
    pub number: u64,
    /// Given by the sender: the same twice is one row.
    pub request_id: String,
    /// The store's clock when it was acknowledged.
    pub time_ms: i64,
    /// What it says.
    pub message: Message,
}

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// There is no such job.
    #[error("there is no such job")]
    NoJob,
    /// The job has ended.
    #[error("the job has ended")]
    Ended(JobState),
    /// Too many rows wait.
    #[error("the job's inbox is full ({0} rows wait)")]
    Full(usize),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which jobs to list.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// Only in this state.
    pub state: Option<JobState>,
    /// Only of this agent.
    pub agent: Option<String>,
    /// Only those that nobody has ended.
    pub unfinished: bool,
}

impl JobFilter {
    /// Whether a row is listed.
    #[must_use]
    pub fn takes(&self, row: &JobRow) -> bool {
        self.state.is_none_or(|state| state == row.state)
            && self.agent.as_ref().is_none_or(|agent| *agent == row.agent)
            && !(self.unfinished && row.state.ended())
    }
}

/// A program as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProgram {
    /// Canonical module bytes; the key is their hash.
    pub module: Vec<u8>,
    /// Encoded debug table, sources included.
    pub debug: Vec<u8>,
}

impl StoredProgram {
    /// The hash it is stored under.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(&self.module).as_bytes()
    }
}

/// A durable home for jobs. One per process; shared by all who work in it.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The store's clock, milliseconds since 1970. The only clock that timers and events know.
    fn now_ms(&self) -> i64;

    /// A number that changes whenever anyone, here or in another process, commits. Cheap: it is polled.
    async fn version(&self) -> Result<u64, StoreError>;

    /// Stores a program under its hash. Once stored it never changes; putting it again is nothing.
    async fn put_program(&self, hash: [u8; 32], program: StoredProgram) -> Result<(), StoreError>;

    /// A program by its hash.
    async fn program(&self, hash: [u8; 32]) -> Result<Option<StoredProgram>, StoreError>;

    /// Creates a job with its first event, unless the id is taken.
    async fn create(&self, job: NewJob) -> Result<Created, StoreError>;

    /// The row of a job.
    async fn job(&self, key: &JobKey) -> Result<Option<JobRow>, StoreError>;

    /// The rows of a namespace, newest first.
    async fn jobs(&self, namespace: &str, filter: JobFilter) -> Result<Vec<JobRow>, StoreError>;

    /// Events `from..` in order, at most `limit`. Every hash is returned as stored; bytes that do not decode are
    /// a `Corrupt` error that names the event.
    async fn events(&self, key: &JobKey, from: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError>;

    /// The same, undecoded, for verification and export.
    async fn raw_events(&self, key: &JobKey, from: u64, limit: usize) -> Result<Vec<RawEvent>, StoreError>;

    /// Appends, all or nothing. Acknowledged means durable.
    async fn append(&self, append: Append) -> Result<(), AppendError>;

    /// Keeps a snapshot of a job in place of the one before. Refused unless the caller holds the job, and the log has
    /// this event with this hash. An ended job has none.
    async fn put_snapshot(&self, key: &JobKey, fence: Fence, snapshot: Snapshot) -> Result<(), AppendError>;

    /// The snapshot of a job, unless its bytes are damaged.
    async fn snapshot(&self, key: &JobKey) -> Result<Option<Snapshot>, StoreError>;

    /// Forgets the snapshot of a job. Anybody may: nothing depends on it.
    async fn drop_snapshot(&self, key: &JobKey) -> Result<(), StoreError>;

    /// Takes the lease if it is still as `observed`: the holder becomes `worker`, the epoch grows by one, the nonce
    /// is fresh. `None`: somebody was faster. Proving that the former holder is dead is the caller's duty.
    async fn take_lease(
        &self,
        key: &JobKey,
        worker: &str,
        observed: &Lease,
    ) -> Result<Option<Fence>, StoreError>;

    /// Gives the lease back without an append; nothing if it is no longer ours.
    async fn release(&self, key: &JobKey, fence: Fence) -> Result<(), StoreError>;

    /// Writes a worker's heartbeat: a counter that grows.
    async fn heartbeat(&self, worker: &str) -> Result<(), StoreError>;

    /// A worker's heartbeat counter.
    async fn worker(&self, worker: &str) -> Result<Option<u64>, StoreError>;

    /// Puts a message into a job's inbox: durable before it returns. The number of its row.
    async fn post(&self, key: &JobKey, request_id: &str, message: Message) -> Result<u64, PostError>;

    /// The rows of a job's inbox, in order.
    async fn inbox(&self, key: &JobKey) -> Result<Vec<InboxRow>, StoreError>;
}

/// An event as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEvent {
    /// Its number.
    pub seq: u64,
    /// The epoch it was appended under.
    pub epoch: u64,
    /// Its time.
    pub time_ms: i64,
    /// Canonical bytes.
    pub body: Vec<u8>,
    /// Payload bytes in the order of their digests in the body; `None` when erased.
    pub payloads: Vec<Option<Vec<u8>>>,
    /// The stored hash.
    pub hash: [u8; 32],
}
