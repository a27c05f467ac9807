//! The embedded store: one SQLite database in a directory of its own, shared by every process of this machine.
//!
//! In: what any store takes. Out: rows and events that survive a crash of process or machine once acknowledged.
//! Invariant: everything is written by the [`writer`]'s thread, in immediate transactions, and judged there by the
//! same rules as in memory; everything is read beside it, from committed data only.
//!
//! [`place`] is the directory, [`connection`] opens it, [`schema`] says what lies in it, [`rows`] reads and
//! [`changes`] writes it, [`queue`] leads to the threads, [`failure`] turns what SQLite says into sentences.

mod changes;
mod connection;
mod failure;
mod place;
mod queue;
mod reader;
mod rows;
mod schema;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use self::place::Place;
use self::reader::Readers;
use self::writer::{Lost, Stop, Writer};
use super::clock::{self, SystemClock};
use super::{
    Append, AppendError, Created, Fence, InboxRow, JobFilter, JobKey, JobRow, Lease, Message, Missing,
    NewJob, PostError, RawEvent, Snapshot, Store, StoreError, StoreErrorKind, StoredProgram, rules,
};
use crate::event::{StoredEvent, codec};

/// How long a transaction waits for that of another process.
const BUSY: Duration = Duration::from_secs(10);

/// A store in a directory.
pub struct SqliteStore {
    // In this order they end: the last connection that closes, the writer's, tidies the write-ahead log away.
    readers: Readers,
    writer: Writer,
    clock: SystemClock,
}

impl SqliteStore {
    /// The store in a directory; both are created if they are missing.
    pub fn open_or_create(directory: &Path) -> Result<Self, StoreError> {
        Self::open(directory, Missing::Create)
    }

    /// The store in a directory, which must be there: for commands that only look.
    pub fn open_existing(directory: &Path) -> Result<Self, StoreError> {
        Self::open(directory, Missing::Refuse)
    }

    /// The store in a directory.
    pub fn open(directory: &Path, missing: Missing) -> Result<Self, StoreError> {
        Self::open_within(directory, missing, BUSY)
    }

    fn open_within(directory: &Path, missing: Missing, busy: Duration) -> Result<Self, StoreError> {
        let place = Place::find(directory, missing, busy)?;
        let connection = connection::open_first(&place, missing)?;
        let place = Arc::new(place.fix()?);
        let writer = Writer::start(place.clone(), connection)?;
        let readers = Readers::start(place)?;
        Ok(Self { readers, writer, clock: SystemClock::default() })
    }
}

impl From<Lost> for AppendError {
    /// What may have been written, or could be written when the disk or another process lets go, is worth sending
    /// again: an outcome in hand would be lost otherwise.
    fn from(lost: Lost) -> Self {
        match lost.error.kind {
            StoreErrorKind::Busy | StoreErrorKind::Io => Self::Unknown(lost.error.message),
            _ if lost.committing => Self::Unknown(lost.error.message),
            _ => Self::Store(lost.error),
        }
    }
}

impl From<Lost> for StoreError {
    fn from(lost: Lost) -> Self {
        lost.error
    }
}

impl From<Lost> for PostError {
    fn from(lost: Lost) -> Self {
        Self::Store(lost.error)
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    async fn version(&self) -> Result<u64, StoreError> {
        self.readers.version()
    }

    async fn put_program(&self, hash: [u8; 32], program: StoredProgram) -> Result<(), StoreError> {
        rules::check_program(&hash, &program)?;
        self.writer.run(move |connection| changes::put_program(connection, &hash, &program)).await
    }

    async fn program(&self, hash: [u8; 32]) -> Result<Option<StoredProgram>, StoreError> {
        let program = self.readers.run(move |connection| rows::program(connection, &hash)).await?;
        if let Some(program) = &program {
            rules::check_program(&hash, program)?;
        }
        Ok(program)
    }

    async fn create(&self, job: NewJob) -> Result<Created, StoreError> {
        self.writer.run(move |connection| changes::create(connection, &job)).await
    }

    async fn job(&self, key: &JobKey) -> Result<Option<JobRow>, StoreError> {
        let key = key.clone();
        self.readers.run(move |connection| rows::job(connection, &key)).await
    }

    async fn jobs(&self, namespace: &str, filter: JobFilter) -> Result<Vec<JobRow>, StoreError> {
        let namespace = namespace.to_owned();
        self.readers.run(move |connection| rows::jobs(connection, &namespace, &filter)).await
    }

    async fn events(&self, key: &JobKey, from: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let decode = |row: RawEvent| {
            let seq = row.seq;
            codec::decode_row(row).map_err(|why| rules::corrupt_event(key, seq, &why))
        };
        self.raw_events(key, from, limit).await?.into_iter().map(decode).collect()
    }

    async fn raw_events(&self, key: &JobKey, from: u64, limit: usize) -> Result<Vec<RawEvent>, StoreError> {
        let key = key.clone();
        self.readers.run(move |connection| rows::events(connection, &key, from, limit)).await
    }

    async fn append(&self, append: Append) -> Result<(), AppendError> {
        self.writer.run(move |connection| changes::append(connection, &append)).await
    }

    async fn put_snapshot(&self, key: &JobKey, fence: Fence, snapshot: Snapshot) -> Result<(), AppendError> {
        let key = key.clone();
        self.writer.run(move |connection| changes::put_snapshot(connection, &key, fence, &snapshot)).await
    }

    async fn snapshot(&self, key: &JobKey) -> Result<Option<Snapshot>, StoreError> {
        let key = key.clone();
        self.readers.run(move |connection| rows::snapshot(connection, &key)).await
    }

    async fn drop_snapshot(&self, key: &JobKey) -> Result<(), StoreError> {
        let key = key.clone();
        self.writer.run(move |connection| changes::drop_snapshot(connection, &key).map_err(Stop::Sql)).await
    }

    async fn take_lease(
        &self,
        key: &JobKey,
        worker: &str,
        observed: &Lease,
    ) -> Result<Option<Fence>, StoreError> {
        let lease = rules::next_lease(observed, worker, clock::nonce()?);
        let (key, observed) = (key.clone(), observed.clone());
        self.writer.run(move |connection| changes::take_lease(connection, &key, &observed, &lease)).await
    }

    async fn release(&self, key: &JobKey, fence: Fence) -> Result<(), StoreError> {
        let key = key.clone();
        self.writer.run(move |connection| changes::release(connection, &key, fence)).await
    }

    async fn heartbeat(&self, worker: &str) -> Result<(), StoreError> {
        let worker = worker.to_owned();
        self.writer.run_first(move |connection| changes::heartbeat(connection, &worker)).await
    }

    async fn worker(&self, worker: &str) -> Result<Option<u64>, StoreError> {
        let worker = worker.to_owned();
        self.readers.run(move |connection| rows::worker(connection, &worker)).await
    }

    async fn post(&self, key: &JobKey, request_id: &str, message: Message) -> Result<u64, PostError> {
        rules::check_request_id(request_id)?;
        let row = InboxRow { number: 0, request_id: request_id.to_owned(), time_ms: self.now_ms(), message };
        let key = key.clone();
        self.writer.run(move |connection| changes::post(connection, &key, &row)).await
    }

    async fn inbox(&self, key: &JobKey) -> Result<Vec<InboxRow>, StoreError> {
        let key = key.clone();
        self.readers.run(move |connection| rows::inbox(connection, &key)).await
    }
}

#[cfg(test)]
mod tests;
