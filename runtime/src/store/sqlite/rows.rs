//! Rows as values: every query that only reads.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::super::{
    Fence, Head, InboxRow, JobFilter, JobKey, JobRow, JobState, Lease, RawEvent, Snapshot, StoredProgram,
    message,
};
use crate::event::Lineage;

type Sql<T> = Result<T, rusqlite::Error>;

/// Where the bytes of a payload are. Append only: the position of a variant stands in stored bytes.
#[derive(Serialize, Deserialize)]
pub(super) enum Slot<'a> {
    /// Nowhere any more.
    Erased,
    /// Here.
    Inline(&'a [u8]),
    /// In the table of large payloads, by their digest.
    Beside([u8; 32]),
}

/// A job's columns, in the order [`job_row`] reads them.
macro_rules! job_columns {
    () => {
        "namespace, job, lineage, program, agent, args_digest, created_ms, head_seq, head_ms, head_hash, holder, epoch, \
         nonce, state, due_ms, waiting_for"
    };
}

fn job_row(row: &Row<'_>) -> Sql<JobRow> {
    Ok(JobRow {
        key: JobKey { namespace: row.get(0)?, job: row.get(1)? },
        lineage: Lineage(row.get(2)?),
        program: row.get(3)?,
        agent: row.get(4)?,
        args_digest: row.get(5)?,
        created_ms: row.get(6)?,
        head: Head { seq: count(row, 7)?, time_ms: row.get(8)?, hash: row.get(9)? },
        lease: Lease {
            holder: row.get(10)?,
            fence: Fence { epoch: count(row, 11)?, nonce: row.get::<_, i64>(12)?.cast_unsigned() },
        },
        state: state_of(row, 13)?,
        due_ms: row.get(14)?,
        waiting_for: row.get(15)?,
    })
}

/// A job's row.
pub(super) fn job(connection: &Connection, key: &JobKey) -> Sql<Option<JobRow>> {
    const SQL: &str = concat!("SELECT ", job_columns!(), " FROM jobs WHERE namespace = ?1 AND job = ?2");
    connection.prepare_cached(SQL)?.query_row(params![key.namespace, key.job], job_row).optional()
}

/// The rows of a namespace, newest first.
pub(super) fn jobs(connection: &Connection, namespace: &str, filter: &JobFilter) -> Sql<Vec<JobRow>> {
    const ALL: &str = concat!(
        "SELECT ",
        job_columns!(),
        " FROM jobs WHERE namespace = ?1 ORDER BY created_ms DESC, job DESC"
    );
    const UNFINISHED: &str = concat!(
        "SELECT ",
        job_columns!(),
        " FROM jobs WHERE namespace = ?1 AND state < 5 ORDER BY created_ms DESC, job DESC"
    );
    let sql = if filter.unfinished { UNFINISHED } else { ALL };
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([namespace], job_row)?;
    rows.filter(|row| row.as_ref().map_or(true, |row| filter.takes(row))).collect()
}

/// The append that a job accepted last.
pub(super) fn last_append(connection: &Connection, key: &JobKey) -> Sql<Option<u128>> {
    let sql = "SELECT last_append FROM jobs WHERE namespace = ?1 AND job = ?2";
    let bytes = connection
        .prepare_cached(sql)?
        .query_row(params![key.namespace, key.job], |row| row.get::<_, Option<[u8; 16]>>(0))?;
    Ok(bytes.map(u128::from_be_bytes))
}

/// A program.
pub(super) fn program(connection: &Connection, hash: &[u8; 32]) -> Sql<Option<StoredProgram>> {
    let read = |row: &Row<'_>| Ok(StoredProgram { module: row.get(0)?, debug: row.get(1)? });
    let sql = "SELECT module, debug FROM programs WHERE hash = ?1";
    connection.prepare_cached(sql)?.query_row([hash], read).optional()
}

/// Events from a number on.
pub(super) fn events(connection: &Connection, key: &JobKey, from: u64, limit: usize) -> Sql<Vec<RawEvent>> {
    let sql = "SELECT seq, epoch, time_ms, body, hash, payloads FROM events
               WHERE namespace = ?1 AND job = ?2 AND seq >= ?3 ORDER BY seq LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let read = |row: &Row<'_>| {
        Ok(RawEvent {
            seq: count(row, 0)?,
            epoch: count(row, 1)?,
            time_ms: row.get(2)?,
            body: row.get(3)?,
            hash: row.get(4)?,
            payloads: payloads(connection, key, row, 5)?,
        })
    };
    statement.query_map(params![key.namespace, key.job, from, limit], read)?.collect()
}

/// The hash of an event.
pub(super) fn event_hash(connection: &Connection, key: &JobKey, seq: u64) -> Sql<Option<[u8; 32]>> {
    let sql = "SELECT hash FROM events WHERE namespace = ?1 AND job = ?2 AND seq = ?3";
    let seq = i64::try_from(seq).unwrap_or(-1);
    connection
        .prepare_cached(sql)?
        .query_row(params![key.namespace, key.job, seq], |row| row.get(0))
        .optional()
}

/// A job's snapshot; `None` too if its bytes are not those that were written.
pub(super) fn snapshot(connection: &Connection, key: &JobKey) -> Sql<Option<Snapshot>> {
    let sql = "SELECT seq, hash, program, semantics, format, body, digest FROM snapshots
               WHERE namespace = ?1 AND job = ?2";
    let read = |row: &Row<'_>| {
        let (body, digest): (Vec<u8>, [u8; 32]) = (row.get(5)?, row.get(6)?);
        let sound = *blake3::hash(&body).as_bytes() == digest;
        let snapshot = Snapshot {
            seq: count(row, 0)?,
            hash: row.get(1)?,
            program: row.get(2)?,
            semantics: row.get(3)?,
            format: row.get(4)?,
            body,
        };
        Ok(sound.then_some(snapshot))
    };
    let found =
        connection.prepare_cached(sql)?.query_row(params![key.namespace, key.job], read).optional()?;
    Ok(found.flatten())
}

fn payloads(
    connection: &Connection,
    key: &JobKey,
    row: &Row<'_>,
    column: usize,
) -> Sql<Vec<Option<Vec<u8>>>> {
    let bytes = row.get_ref(column)?.as_blob()?;
    let slots: Vec<Slot<'_>> =
        postcard::from_bytes(bytes).map_err(|error| bad_value(column, Type::Blob, error.to_string()))?;
    let fetch = |slot| match slot {
        Slot::Erased => Ok(None),
        Slot::Inline(bytes) => Ok(Some(bytes.to_vec())),
        Slot::Beside(digest) => large_payload(connection, key, &digest),
    };
    slots.into_iter().map(fetch).collect()
}

fn large_payload(connection: &Connection, key: &JobKey, digest: &[u8; 32]) -> Sql<Option<Vec<u8>>> {
    let sql = "SELECT bytes FROM payloads WHERE namespace = ?1 AND job = ?2 AND digest = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row(params![key.namespace, key.job, digest], |row| row.get(0)).optional()
}

/// The rows of a job's inbox, in order.
pub(super) fn inbox(connection: &Connection, key: &JobKey) -> Sql<Vec<InboxRow>> {
    let sql = "SELECT number, request_id, time_ms, message FROM inbox
               WHERE namespace = ?1 AND job = ?2 ORDER BY number";
    let read = |row: &Row<'_>| {
        let message = message::decode(row.get_ref(3)?.as_blob()?);
        Ok(InboxRow {
            number: count(row, 0)?,
            request_id: row.get(1)?,
            time_ms: row.get(2)?,
            message: message.map_err(|error| bad_value(3, Type::Blob, error))?,
        })
    };
    connection.prepare_cached(sql)?.query_map(params![key.namespace, key.job], read)?.collect()
}

/// Numbers of the rows in a job's inbox that stop intents.
pub(super) fn interrupts(connection: &Connection, key: &JobKey) -> Sql<Vec<u64>> {
    let sql = "SELECT number FROM inbox WHERE namespace = ?1 AND job = ?2 AND interrupts";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map(params![key.namespace, key.job], |row| count(row, 0))?.collect()
}

/// How many rows wait in a job's inbox.
pub(super) fn waiting(connection: &Connection, key: &JobKey) -> Sql<usize> {
    let sql = "SELECT count(*) FROM inbox WHERE namespace = ?1 AND job = ?2";
    let rows =
        connection.prepare_cached(sql)?.query_row(params![key.namespace, key.job], |row| count(row, 0))?;
    Ok(usize::try_from(rows).unwrap_or(usize::MAX))
}

/// The number of the row of a request, consumed or not.
pub(super) fn request(connection: &Connection, key: &JobKey, request_id: &str) -> Sql<Option<u64>> {
    let sql = "SELECT number FROM requests WHERE namespace = ?1 AND job = ?2 AND request_id = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row(params![key.namespace, key.job, request_id], |row| count(row, 0)).optional()
}

/// A worker's heartbeat counter.
pub(super) fn worker(connection: &Connection, worker: &str) -> Sql<Option<u64>> {
    let sql = "SELECT beats FROM workers WHERE worker = ?1";
    connection.prepare_cached(sql)?.query_row([worker], |row| count(row, 0)).optional()
}

/// A number that is never negative.
pub(super) fn count(row: &Row<'_>, column: usize) -> Sql<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// States as numbers: those below 5 are unfinished, which an index relies on.
const STATES: [JobState; 8] = [
    JobState::Queued,
    JobState::Running,
    JobState::Waiting,
    JobState::Paused,
    JobState::NeedsAttention,
    JobState::Completed,
    JobState::Failed,
    JobState::Cancelled,
];

/// A state as it is stored.
pub(super) fn state_number(state: JobState) -> i64 {
    match state {
        JobState::Queued => 0,
        JobState::Running => 1,
        JobState::Waiting => 2,
        JobState::Paused => 3,
        JobState::NeedsAttention => 4,
        JobState::Completed => 5,
        JobState::Failed => 6,
        JobState::Cancelled => 7,
    }
}

fn state_of(row: &Row<'_>, column: usize) -> Sql<JobState> {
    let value: i64 = row.get(column)?;
    let state = usize::try_from(value).ok().and_then(|index| STATES.get(index));
    state.copied().ok_or(rusqlite::Error::IntegralValueOutOfRange(column, value))
}

fn bad_value(
    column: usize,
    kind: Type,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_their_numbers_agree() {
        for (number, state) in (0..).zip(STATES) {
            assert_eq!(state_number(state), number);
            assert_eq!(state.ended(), number >= 5);
        }
    }
}
