//! Everything that writes. Each function runs in a savepoint of the writer: it reads the rows, asks the rules, and
//! writes, or is undone as a whole.

use rusqlite::{Connection, params};

use super::super::rules::{self, Admission};
use super::super::{
    Append, AppendError, Created, EncodedEvent, Fence, InboxRow, JobKey, JobRow, Lease, NewJob, PostError,
    Snapshot, StoreError, StoredProgram, message,
};
use super::rows::{self, Slot};
use super::writer::Stop;
use crate::event::Payload;
use crate::limits::INLINE_PAYLOAD;

/// Puts a program unless it is there.
pub(super) fn put_program(
    connection: &Connection,
    hash: &[u8; 32],
    program: &StoredProgram,
) -> Result<(), Stop<StoreError>> {
    let sql = "INSERT INTO programs (hash, module, debug) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute(params![hash, program.module, program.debug])?;
    Ok(())
}

/// Creates a job unless its id is taken.
pub(super) fn create(connection: &Connection, job: &NewJob) -> Result<Created, Stop<StoreError>> {
    let row = rules::first_row(job).map_err(Stop::Refused)?;
    if let Some(there) = rows::job(connection, &job.key)? {
        return Ok(Created::Exists(Box::new(there)));
    }
    if rows::program(connection, &job.program)?.is_none() {
        return Err(Stop::Refused(rules::no_program(&job.program)));
    }
    insert_job(connection, &row)?;
    insert_event(connection, &job.key, 0, &job.event)?;
    Ok(Created::New)
}

fn insert_job(connection: &Connection, row: &JobRow) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO jobs (namespace, job, lineage, program, agent, args_digest, created_ms, head_seq, head_ms,
                                 head_hash, holder, epoch, nonce, state, due_ms, waiting_for, last_append, requests)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, NULL, 0)";
    connection.prepare_cached(sql)?.execute(params![
        row.key.namespace,
        row.key.job,
        row.lineage.0,
        row.program,
        row.agent,
        row.args_digest,
        row.created_ms,
        row.head.seq.cast_signed(),
        row.head.time_ms,
        row.head.hash,
        row.lease.holder,
        row.lease.fence.epoch.cast_signed(),
        row.lease.fence.nonce.cast_signed(),
        rows::state_number(row.state),
        row.due_ms,
        row.waiting_for,
    ])?;
    Ok(())
}

/// Appends to a job.
pub(super) fn append(connection: &Connection, append: &Append) -> Result<(), Stop<AppendError>> {
    let key = &append.key;
    let mut row = rows::job(connection, key)?.ok_or(Stop::Refused(AppendError::NoJob))?;
    let last = rows::last_append(connection, key)?;
    let interrupted = append.intends
        && rows::interrupts(connection, key)?.iter().any(|number| !append.consume.contains(number));
    let admission = rules::admit(&row, last, append, interrupted).map_err(Stop::Refused)?;
    let Admission::Write(head) = admission else { return Ok(()) };
    for number in &append.consume {
        consume(connection, key, *number)?;
    }
    for event in &append.events {
        insert_event(connection, key, append.fence.epoch, event)?;
    }
    rules::next_row(&mut row, append, head);
    update_job(connection, &row, append.id)?;
    if row.state.ended() {
        drop_snapshot(connection, key)?;
    }
    Ok(())
}

/// Keeps a snapshot in place of the one before.
pub(super) fn put_snapshot(
    connection: &Connection,
    key: &JobKey,
    fence: Fence,
    snapshot: &Snapshot,
) -> Result<(), Stop<AppendError>> {
    let row = rows::job(connection, key)?.ok_or(Stop::Refused(AppendError::NoJob))?;
    let hash = rows::event_hash(connection, key, snapshot.seq)?;
    rules::admit_snapshot(&row, fence, snapshot, hash).map_err(Stop::Refused)?;
    let sql = "INSERT OR REPLACE INTO snapshots (namespace, job, seq, hash, program, semantics, format, digest, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    connection.prepare_cached(sql)?.execute(params![
        key.namespace,
        key.job,
        snapshot.seq.cast_signed(),
        snapshot.hash,
        snapshot.program,
        snapshot.semantics,
        snapshot.format,
        blake3::hash(&snapshot.body).as_bytes(),
        snapshot.body,
    ])?;
    Ok(())
}

/// Forgets a snapshot.
pub(super) fn drop_snapshot(connection: &Connection, key: &JobKey) -> Result<(), rusqlite::Error> {
    let sql = "DELETE FROM snapshots WHERE namespace = ?1 AND job = ?2";
    connection.prepare_cached(sql)?.execute(params![key.namespace, key.job])?;
    Ok(())
}

fn consume(connection: &Connection, key: &JobKey, number: u64) -> Result<(), Stop<AppendError>> {
    let sql = "DELETE FROM inbox WHERE namespace = ?1 AND job = ?2 AND number = ?3";
    let stored = i64::try_from(number).unwrap_or(-1);
    match connection.prepare_cached(sql)?.execute(params![key.namespace, key.job, stored])? {
        1 => Ok(()),
        _ => Err(Stop::Refused(rules::no_inbox_row(number).into())),
    }
}

fn insert_event(
    connection: &Connection,
    key: &JobKey,
    epoch: u64,
    event: &EncodedEvent,
) -> Result<(), rusqlite::Error> {
    let mut slots = Vec::with_capacity(event.payloads.len());
    for payload in &event.payloads {
        slots.push(place_payload(connection, key, payload)?);
    }
    // Plain data into a growing vector: see event::codec.
    let slots = postcard::to_stdvec(&slots).expect("slots are plain data");
    let sql = "INSERT INTO events (namespace, job, seq, epoch, time_ms, body, payloads, hash)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(sql)?.execute(params![
        key.namespace,
        key.job,
        event.seq.cast_signed(),
        epoch.cast_signed(),
        event.time_ms,
        event.body,
        slots,
        event.hash,
    ])?;
    Ok(())
}

/// Small payloads stand in the event's row, large ones once per job.
fn place_payload<'a>(
    connection: &Connection,
    key: &JobKey,
    payload: &'a Payload,
) -> Result<Slot<'a>, rusqlite::Error> {
    match payload.bytes.as_deref() {
        None => Ok(Slot::Erased),
        Some(bytes) if bytes.len() <= INLINE_PAYLOAD => Ok(Slot::Inline(bytes)),
        Some(bytes) => {
            let sql = "INSERT INTO payloads (namespace, job, digest, bytes) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT DO NOTHING";
            let mut statement = connection.prepare_cached(sql)?;
            statement.execute(params![key.namespace, key.job, payload.digest, bytes])?;
            Ok(Slot::Beside(payload.digest))
        }
    }
}

fn update_job(connection: &Connection, row: &JobRow, append: u128) -> Result<(), rusqlite::Error> {
    let sql =
        "UPDATE jobs SET head_seq = ?3, head_ms = ?4, head_hash = ?5, holder = ?6, state = ?7, due_ms = ?8,
                               waiting_for = ?9, last_append = ?10
               WHERE namespace = ?1 AND job = ?2";
    connection.prepare_cached(sql)?.execute(params![
        row.key.namespace,
        row.key.job,
        row.head.seq.cast_signed(),
        row.head.time_ms,
        row.head.hash,
        row.lease.holder,
        rows::state_number(row.state),
        row.due_ms,
        row.waiting_for,
        append.to_be_bytes(),
    ])?;
    Ok(())
}

/// Replaces the lease if it is still as observed.
pub(super) fn take_lease(
    connection: &Connection,
    key: &JobKey,
    observed: &Lease,
    lease: &Lease,
) -> Result<Option<Fence>, Stop<StoreError>> {
    let sql = "UPDATE jobs SET holder = ?3, epoch = ?4, nonce = ?5
               WHERE namespace = ?1 AND job = ?2 AND holder IS ?6 AND epoch = ?7 AND nonce = ?8";
    let changed = connection.prepare_cached(sql)?.execute(params![
        key.namespace,
        key.job,
        lease.holder,
        lease.fence.epoch.cast_signed(),
        lease.fence.nonce.cast_signed(),
        observed.holder,
        observed.fence.epoch.cast_signed(),
        observed.fence.nonce.cast_signed(),
    ])?;
    Ok((changed == 1).then_some(lease.fence))
}

/// Gives a lease back if it is still this one.
pub(super) fn release(connection: &Connection, key: &JobKey, fence: Fence) -> Result<(), Stop<StoreError>> {
    let sql = "UPDATE jobs SET holder = NULL
               WHERE namespace = ?1 AND job = ?2 AND epoch = ?3 AND nonce = ?4 AND holder IS NOT NULL";
    connection.prepare_cached(sql)?.execute(params![
        key.namespace,
        key.job,
        fence.epoch.cast_signed(),
        fence.nonce.cast_signed()
    ])?;
    Ok(())
}

/// Counts a heartbeat.
pub(super) fn heartbeat(connection: &Connection, worker: &str) -> Result<(), Stop<StoreError>> {
    let sql =
        "INSERT INTO workers (worker, beats) VALUES (?1, 1) ON CONFLICT DO UPDATE SET beats = beats + 1";
    connection.prepare_cached(sql)?.execute([worker])?;
    Ok(())
}

/// Puts a message into a job's inbox and gives it the next number.
pub(super) fn post(connection: &Connection, key: &JobKey, new: &InboxRow) -> Result<u64, Stop<PostError>> {
    let row = rows::job(connection, key)?.ok_or(Stop::Refused(PostError::NoJob))?;
    if let Some(number) = rows::request(connection, key, &new.request_id)? {
        return Ok(number);
    }
    let waiting = rows::waiting(connection, key)?;
    rules::admit_message(row.state, waiting, &new.message).map_err(Stop::Refused)?;
    let sql = "UPDATE jobs SET requests = requests + 1 WHERE namespace = ?1 AND job = ?2 RETURNING requests";
    let number = connection
        .prepare_cached(sql)?
        .query_row(params![key.namespace, key.job], |row| rows::count(row, 0))?;
    let sql = "INSERT INTO requests (namespace, job, request_id, number) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![
        key.namespace,
        key.job,
        new.request_id,
        number.cast_signed()
    ])?;
    let sql = "INSERT INTO inbox (namespace, job, number, request_id, time_ms, interrupts, message)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    connection.prepare_cached(sql)?.execute(params![
        key.namespace,
        key.job,
        number.cast_signed(),
        new.request_id,
        new.time_ms,
        rules::interrupts(&new.message),
        message::encode(&new.message),
    ])?;
    Ok(number)
}
