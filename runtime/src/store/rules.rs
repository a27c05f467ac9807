//! What every store decides alike: pure functions over rows.
//!
//! In: the rows as they are and what is asked. Out: accepted, or why not. Invariant: a store reads the rows, asks
//! here, and writes, all in one transaction; so no two implementations can differ in what they accept.

use super::{
    Append, AppendError, EncodedEvent, Fence, Head, JobKey, JobRow, JobState, Lease, Message, NewJob,
    PostError, Snapshot, StoreError, StoreErrorKind, StoredProgram,
};
use crate::event::codec;
use crate::limits::{INBOX_RESERVE, INBOX_ROWS, JOB_ID_BYTES, REQUEST_ID_BYTES};

/// What becomes of an append.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// To be written; the log then ends here.
    Write(Head),
    /// It is the last one written, sent again: nothing to do.
    Again,
}

/// Whether an append is accepted. `interrupted`: a cancel or pause that it does not consume lies in the inbox; asked
/// only of an append that intends.
pub(super) fn admit(
    row: &JobRow,
    last_append: Option<u128>,
    append: &Append,
    interrupted: bool,
) -> Result<Admission, AppendError> {
    // Before the fence: an append that released the lease, and was acknowledged into the void, is still accepted.
    if last_append == Some(append.id) {
        return Ok(Admission::Again);
    }
    if row.lease.holder.is_none() || row.lease.fence != append.fence {
        return Err(AppendError::Fenced);
    }
    if row.head.seq != append.expected_seq {
        return Err(AppendError::Sequence(row.head.seq));
    }
    if append.intends && interrupted {
        return Err(AppendError::Interrupted);
    }
    if row.state.ended() && append.state != row.state {
        return Err(defect("the job has ended and stays as it is").into());
    }
    Ok(Admission::Write(extend(&append.key, row.head, append.fence.epoch, &append.events)?))
}

/// Whether a snapshot is accepted. `hash`: that of the event it names, if the log has it.
pub(super) fn admit_snapshot(
    row: &JobRow,
    fence: Fence,
    snapshot: &Snapshot,
    hash: Option<[u8; 32]>,
) -> Result<(), AppendError> {
    if row.lease.holder.is_none() || row.lease.fence != fence {
        return Err(AppendError::Fenced);
    }
    if row.state.ended() || snapshot.program != row.program || hash != Some(snapshot.hash) {
        return Err(defect("the snapshot is of another log").into());
    }
    Ok(())
}

/// Where a log ends after these events, if they continue it.
fn extend(key: &JobKey, head: Head, epoch: u64, events: &[EncodedEvent]) -> Result<Head, StoreError> {
    events.iter().try_fold(head, |head, event| {
        let hash = codec::chain(&head.hash, key, event.seq, epoch, event.time_ms, &event.body);
        if event.seq != head.seq + 1 || event.time_ms < head.time_ms || event.hash != hash {
            return Err(defect(format!("event {} does not continue the log", event.seq)));
        }
        Ok(Head { seq: event.seq, time_ms: event.time_ms, hash })
    })
}

/// The row of a new job, if it may be created at all.
pub(super) fn first_row(job: &NewJob) -> Result<JobRow, StoreError> {
    if job.key.job.is_empty() || job.key.job.len() > JOB_ID_BYTES {
        return Err(defect(format!("a job id has between 1 and {JOB_ID_BYTES} bytes")));
    }
    if job.key.namespace.is_empty() || job.key.namespace.len() > JOB_ID_BYTES {
        return Err(defect(format!("a namespace has between 1 and {JOB_ID_BYTES} bytes")));
    }
    let head = extend(&job.key, Head::START, 0, std::slice::from_ref(&job.event))?;
    Ok(JobRow {
        key: job.key.clone(),
        lineage: job.lineage,
        program: job.program,
        agent: job.agent.clone(),
        args_digest: job.args_digest,
        created_ms: head.time_ms,
        head,
        lease: Lease::NEVER,
        state: JobState::Queued,
        due_ms: None,
        waiting_for: String::new(),
    })
}

/// The row after an accepted append.
pub(super) fn next_row(row: &mut JobRow, append: &Append, head: Head) {
    row.head = head;
    row.state = append.state;
    row.due_ms = append.due_ms;
    row.waiting_for.clone_from(&append.waiting_for);
    if append.release {
        row.lease.holder = None;
    }
}

/// The lease after `worker` took it.
pub(super) fn next_lease(observed: &Lease, worker: &str, nonce: u64) -> Lease {
    Lease { holder: Some(worker.to_owned()), fence: Fence { epoch: observed.fence.epoch + 1, nonce } }
}

/// Whether a message stops new intents as soon as it lies in the inbox (E2).
pub(super) fn interrupts(message: &Message) -> bool {
    matches!(message, Message::Cancel { .. } | Message::Pause { .. })
}

/// Whether a request id may stand in a row at all.
pub(super) fn check_request_id(request_id: &str) -> Result<(), StoreError> {
    if request_id.is_empty() || request_id.len() > REQUEST_ID_BYTES {
        return Err(defect(format!("a request id has between 1 and {REQUEST_ID_BYTES} bytes")));
    }
    Ok(())
}

/// Whether a new message is taken by a job in this state with so many rows waiting.
pub(super) fn admit_message(state: JobState, waiting: usize, message: &Message) -> Result<(), PostError> {
    let most = match message {
        // A fact about the world is never turned away; there are no more of them than calls were sent.
        Message::LateOutcome { .. } => return Ok(()),
        Message::Signal { .. } | Message::Answer { .. } => INBOX_ROWS,
        // A job that is flooded with signals can still be stopped and settled.
        Message::Cancel { .. } | Message::Pause { .. } | Message::Resume { .. } | Message::Resolve { .. } => {
            INBOX_ROWS + INBOX_RESERVE
        }
    };
    if state.ended() {
        return Err(PostError::Ended(state));
    }
    if waiting >= most {
        return Err(PostError::Full(waiting));
    }
    Ok(())
}

/// Whether a program is what its hash says.
pub(super) fn check_program(hash: &[u8; 32], program: &StoredProgram) -> Result<(), StoreError> {
    if program.hash() != *hash {
        return Err(StoreError::new(
            StoreErrorKind::Corrupt,
            format!("program {} does not match its hash: restore the store from a backup", hex(hash)),
        ));
    }
    Ok(())
}

/// The program a new job needs is not there.
pub(super) fn no_program(hash: &[u8; 32]) -> StoreError {
    defect(format!("program {} has not been put into the store", hex(hash)))
}

/// A consumed row is not there.
pub(super) fn no_inbox_row(number: u64) -> StoreError {
    defect(format!("there is no row {number} in the job's inbox"))
}

/// An event that does not decode.
pub(super) fn corrupt_event(key: &JobKey, seq: u64, why: &codec::DecodeError) -> StoreError {
    StoreError::new(
        StoreErrorKind::Corrupt,
        format!("event {seq} of job {} is damaged: {why}; see `aeth verify {}`", key.job, key.job),
    )
}

/// The caller asked for something that no right caller asks for.
fn defect(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Other, message)
}

fn hex(hash: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*hash).to_hex().to_string()
}
