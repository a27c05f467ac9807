//! A job's execution: step → intend → perform → record → deliver, until it ends or waits.
//!
//! In: a job under this worker's lease. Out: committed events, and how it ended or what it waits for. Invariants: a
//! world-changing call is sent only after its intent is durable and within the dispatch window; deliveries reach
//! the machine in the order in which they stand in the log; after any failed append the machine is thrown away.

mod aside;
pub(crate) mod call;
mod delivery;
mod driver;
pub(crate) mod image;
mod inbound;
mod outbox;
pub(crate) mod pending;
mod saving;
mod segment;
#[cfg(test)]
mod tests;
mod tool;
mod waits;

use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::event::StoredEvent;
use crate::replay::Divergence;
use crate::store::StoreError;
use crate::value::Error;

pub(crate) use delivery::{deliver_from_event, error_from_json, error_json};
pub(crate) use driver::{Driver, Held};

/// How an execution ended.
#[derive(Clone, Debug)]
pub enum End {
    /// With a result, in JSON form.
    Completed {
        /// The result.
        result: String,
    },
    /// With an error.
    Failed {
        /// The error.
        error: Error,
        /// Where in the source it arose, innermost first: `file:line:column`.
        trace: Vec<String>,
    },
    /// From outside.
    Cancelled,
    /// It is not at its end: what it waits for.
    Stopped(Stopped),
}

/// Why an execution stopped before its job's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It waits for these.
    Waiting(Vec<Wait>),
    /// Nothing can go on before a person has said what became of these effects.
    NeedsAttention(Vec<String>),
    /// Somebody paused it.
    Paused,
    /// This process was asked to stop.
    Interrupted,
}

/// Something a job waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The effect.
    pub effect: String,
    /// The signal; `None` for a timer.
    pub signal: Option<String>,
    /// Whether it is a question, and its text.
    pub question: Option<String>,
    /// When it ends by itself, milliseconds since 1970.
    pub until_ms: Option<i64>,
}

/// What an execution may be told from outside while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Go on.
    No,
    /// Begin nothing new, record what is under way, then stop.
    Drain,
    /// Stop now; calls under way are left to the next holder.
    Now,
}

/// How to execute.
#[derive(Clone, Debug)]
pub struct DriveOptions {
    /// Stop at a wait that is longer than this, instead of staying in memory; `None` stays.
    pub stop_at_wait: Option<Duration>,
    /// Gets every committed event.
    pub observer: Option<mpsc::UnboundedSender<StoredEvent>>,
    /// The wish to stop.
    pub stop: watch::Receiver<Stop>,
}

/// Why an execution could not go on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DriveError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such job.
    #[error("there is no job {0}")]
    NoJob(String),
    /// What was recorded is not what the program does: a defect, or a damaged store. Nothing was sent.
    #[error("job {job} cannot go on: {divergence}")]
    Divergence {
        /// The job.
        job: String,
        /// Where.
        divergence: Divergence,
    },
    /// The program of the job is missing or unusable.
    #[error("job {job}: its program cannot be used: {why}")]
    Program {
        /// The job.
        job: String,
        /// Why.
        why: String,
    },
    /// Another worker has taken the job. Not an error to a person: the job goes on there.
    #[error("the job is held by another worker")]
    Fenced,
    /// The holder is stopped and cannot be ended from here.
    #[error("job {job} is held by a worker that does not answer: {why}")]
    Stuck {
        /// The job.
        job: String,
        /// Why it cannot be ended.
        why: String,
    },
}
