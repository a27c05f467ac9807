//! A job's log as one file that verifies elsewhere, without the store it comes from.
//!
//! In: a store and a job. Out: bytes with the log, its program and sources; and back, as a store in memory that holds
//! nothing else. Invariant: a log that does not verify is not exported, and nothing is hashed anew: the file holds
//! what the store held, bit by bit.

use serde::{Deserialize, Serialize};

use super::Lineage;
use super::verify::{Problem, verify};
use crate::store::memory::MemoryStore;
use crate::store::{
    Fence, Head, JobKey, JobRow, JobState, Lease, RawEvent, Store, StoreError, StoreErrorKind, StoredProgram,
};

/// How a file begins: what it is, and the version of what follows.
const MAGIC: &[u8] = b"aeth log, version 1\n";

/// Events that are read at once.
const BATCH: usize = 256;

/// Why there is no export.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such job.
    #[error("there is no such job")]
    NoJob,
    /// The log is damaged.
    #[error("event {}: {}", .0.seq, .0.what)]
    Damaged(Problem),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why bytes are no export.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoExport(&'static str);

#[derive(Serialize, Deserialize)]
struct Exported {
    namespace: String,
    job: String,
    lineage: Lineage,
    program: [u8; 32],
    agent: String,
    args_digest: [u8; 32],
    created_ms: i64,
    head: (u64, i64, [u8; 32]),
    epoch: u64,
    state: JobState,
    module: Vec<u8>,
    debug: Vec<u8>,
    events: Vec<EventRow>,
}

#[derive(Serialize, Deserialize)]
struct EventRow {
    seq: u64,
    epoch: u64,
    time_ms: i64,
    body: Vec<u8>,
    payloads: Vec<Option<Vec<u8>>>,
    hash: [u8; 32],
}

/// A job's log up to its last event as it is now.
///
/// # Errors
/// When there is no such job, or its log does not verify.
pub async fn export(store: &dyn Store, key: &JobKey) -> Result<Vec<u8>, ExportError> {
    let row = store.job(key).await?.ok_or(ExportError::NoJob)?;
    let damaged = |seq, what: &str| ExportError::Damaged(Problem { seq, what: what.to_owned() });
    let program = store.program(row.program).await?;
    let program = program.ok_or_else(|| damaged(1, "the program it names is not in the store"))?;
    let mut events: Vec<EventRow> = Vec::new();
    while (events.len() as u64) < row.head.seq {
        let next = events.len() as u64 + 1;
        let left = usize::try_from(row.head.seq + 1 - next).unwrap_or(BATCH);
        let page = match store.raw_events(key, next, left.min(BATCH)).await {
            Ok(page) => page,
            Err(error) if error.kind == StoreErrorKind::Corrupt => return Err(damaged(next, &error.message)),
            Err(error) => return Err(error.into()),
        };
        if page.is_empty() || page.iter().zip(next..).any(|(event, seq)| event.seq != seq) {
            return Err(damaged(next, "it is missing"));
        }
        events.extend(page.into_iter().map(event_row));
    }
    let exported = Exported {
        namespace: row.key.namespace,
        job: row.key.job,
        lineage: row.lineage,
        program: row.program,
        agent: row.agent,
        args_digest: row.args_digest,
        created_ms: row.created_ms,
        head: (row.head.seq, row.head.time_ms, row.head.hash),
        epoch: row.lease.fence.epoch,
        state: row.state,
        module: program.module,
        debug: program.debug,
        events,
    };
    // Plain data into a growing vector: it cannot fail.
    let file = postcard::to_extend(&exported, MAGIC.to_vec()).unwrap_or_default();
    // What leaves is judged as it will be judged elsewhere.
    let (there, key) = open(&file).map_err(|why| damaged(1, why.0))?;
    match verify(&there, &key, None).await?.and_then(|report| report.problem) {
        Some(problem) => Err(ExportError::Damaged(problem)),
        None => Ok(file),
    }
}

fn event_row(raw: RawEvent) -> EventRow {
    let RawEvent { seq, epoch, time_ms, body, payloads, hash } = raw;
    EventRow { seq, epoch, time_ms, body, payloads, hash }
}

/// Whether bytes say that they are an export, whatever follows.
#[must_use]
pub fn is_export(bytes: &[u8]) -> bool {
    bytes.starts_with(b"aeth log, ")
}

/// An export as a store that holds its job and nothing else.
///
/// # Errors
/// When the bytes are no export. Whether what they hold is whole is for [`verify`] to say.
pub fn open(bytes: &[u8]) -> Result<(MemoryStore, JobKey), NoExport> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(if is_export(bytes) {
        NoExport("it was written by another version of aeth")
    } else {
        NoExport("it is no exported log")
    })?;
    let (exported, rest) = postcard::take_from_bytes::<Exported>(rest)
        .map_err(|_| NoExport("it is cut off or damaged: it does not decode"))?;
    if !rest.is_empty() {
        return Err(NoExport("bytes follow its end"));
    }
    let program = StoredProgram { module: exported.module, debug: exported.debug };
    if program.hash() != exported.program {
        return Err(NoExport("its program is not the one that its log names"));
    }
    let key = JobKey::new(exported.namespace, exported.job);
    let (seq, time_ms, hash) = exported.head;
    let row = JobRow {
        key: key.clone(),
        lineage: exported.lineage,
        program: exported.program,
        agent: exported.agent,
        args_digest: exported.args_digest,
        created_ms: exported.created_ms,
        head: Head { seq, time_ms, hash },
        lease: Lease { holder: None, fence: Fence { epoch: exported.epoch, nonce: 0 } },
        state: exported.state,
        due_ms: None,
        waiting_for: String::new(),
    };
    let events = exported.events.into_iter().map(|event| {
        let EventRow { seq, epoch, time_ms, body, payloads, hash } = event;
        RawEvent { seq, epoch, time_ms, body, payloads, hash }
    });
    Ok((MemoryStore::holding(row, program, events.collect()), key))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::event::verify::Proof;
    use crate::event::{Event, Payload};
    use crate::store::conformance::Held;

    async fn job() -> (Arc<MemoryStore>, Held) {
        let memory = Arc::new(MemoryStore::new());
        let store: Arc<dyn Store> = memory.clone();
        let mut job = Held::create(&store, "j").await;
        let note =
            |text: &str| Event::NoteRecorded { effect: "t/0".into(), note: Payload::new(text.as_bytes()) };
        job.write(&[note("1"), note(&"x".repeat(10_000))]).await;
        (memory, job)
    }

    #[tokio::test]
    async fn what_is_exported_verifies_elsewhere() {
        let (store, job) = job().await;
        let file = export(&*store, &job.key).await.unwrap();
        drop(store);
        let (there, key) = open(&file).unwrap();
        let report = verify(&there, &key, None).await.unwrap().unwrap();
        assert_eq!((report.events, report.problem, report.proof), (3, None, Proof::Consistency));
        let held = verify(&there, &key, Some(job.head.hash)).await.unwrap().unwrap();
        assert_eq!((held.problem, held.proof), (None, Proof::Integrity { upto: 3 }));
        let other = verify(&there, &key, Some([7; 32])).await.unwrap().unwrap();
        assert!(other.problem.unwrap().what.contains("another log"));
        assert_eq!(export(&there, &key).await.unwrap(), file, "an export of an export is the same file");
    }

    #[tokio::test]
    async fn a_damaged_log_is_not_exported() {
        let (store, job) = job().await;
        assert!(store.tamper(&job.key, 2, |event| event.payloads[0] = Some(b"2".to_vec())));
        let Err(ExportError::Damaged(problem)) = export(&*store, &job.key).await else { panic!() };
        assert_eq!(problem.seq, 2);
        let (store, job) = self::job().await;
        store.cut(&job.key, 2);
        let Err(ExportError::Damaged(problem)) = export(&*store, &job.key).await else { panic!() };
        assert_eq!((problem.seq, problem.what.as_str()), (3, "it is missing"));
        let nobody = JobKey::new("default", "nobody");
        assert!(matches!(export(&*store, &nobody).await, Err(ExportError::NoJob)));
    }

    /// Every byte of a file changed, and every beginning of it: it does not open, or does not verify against the head
    /// that is held.
    #[tokio::test]
    async fn no_change_of_a_file_goes_unnoticed() {
        let (store, job) = job().await;
        let file = export(&*store, &job.key).await.unwrap();
        let mut unnoticed = Vec::new();
        for at in (0..file.len()).filter(|at| *at < 1_000 || *at > file.len() - 200 || at % 97 == 0) {
            let mut changed = file.clone();
            changed[at] ^= 0x41;
            assert!(open(&file[..at]).is_err(), "cut at {at}");
            let Ok((there, key)) = open(&changed) else { continue };
            let report = verify(&there, &key, Some(job.head.hash)).await.unwrap().unwrap();
            if report.problem.is_none() {
                unnoticed.push(at);
            }
        }
        // What the store keeps beside the log (sources, digest of arguments, counter of holders) is in no chain.
        assert!(unnoticed.len() <= 64, "changes at {unnoticed:?} go unnoticed");
    }
}
