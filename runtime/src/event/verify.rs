//! Whether a log is what it was: the chain recomputed, every rule of a log checked.
//!
//! In: a store and a job, and a head if one is held from elsewhere. Out: a [`Report`] that names the first bad
//! event. Invariant: nothing that the store computed is believed; every hash and digest is computed anew.

use super::{Event, codec};
use crate::store::{Head, JobKey, JobRow, RawEvent, Store, StoreError, StoreErrorKind};

/// Events that are read at once: bounds memory by this many payloads.
const BATCH: usize = 64;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Events that were checked and found good.
    pub events: u64,
    /// The chain's hash after the last of them.
    pub head: [u8; 32],
    /// The first thing that is wrong.
    pub problem: Option<Problem>,
    /// What a report without a problem proves.
    pub proof: Proof,
}

impl Report {
    /// The head as it is printed, to be held and given to a later verification.
    #[must_use]
    pub fn head_hex(&self) -> String {
        blake3::Hash::from_bytes(self.head).to_hex().to_string()
    }
}

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The event where it shows.
    pub seq: u64,
    /// What, as a sentence's end: "event 7: …".
    pub what: String,
}

/// What a verification proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The log fits together; somebody who rewrote all of it would not be noticed.
    Consistency,
    /// Up to this event the log is the one that the given head was taken of.
    Integrity {
        /// The event of the head.
        upto: u64,
    },
}

/// Verifies a job's log; `None` if there is no such job. `against`: a head held from elsewhere.
pub async fn verify(
    store: &dyn Store,
    key: &JobKey,
    against: Option<[u8; 32]>,
) -> Result<Option<Report>, StoreError> {
    let Some(row) = store.job(key).await? else { return Ok(None) };
    let mut check = Check::new(key, against);
    let mut problem = check.read(store, &row).await?;
    if problem.is_none() {
        problem = check.finish(store, &row).await?;
    }
    let proof = check.matched.map_or(Proof::Consistency, |upto| Proof::Integrity { upto });
    Ok(Some(Report { events: check.head.seq, head: check.head.hash, problem, proof }))
}

/// What is known after the events so far.
struct Check<'a> {
    key: &'a JobKey,
    against: Option<[u8; 32]>,
    /// The event whose hash is the head held from elsewhere.
    matched: Option<u64>,
    head: Head,
    epoch: u64,
    segment: u64,
    ended: bool,
}

impl<'a> Check<'a> {
    fn new(key: &'a JobKey, against: Option<[u8; 32]>) -> Self {
        Self { key, against, matched: None, head: Head::START, epoch: 0, segment: 1, ended: false }
    }

    /// Checks the events up to the head of the row.
    async fn read(&mut self, store: &dyn Store, row: &JobRow) -> Result<Option<Problem>, StoreError> {
        let mut batch = BATCH;
        while self.head.seq < row.head.seq {
            let next = self.head.seq + 1;
            let left = usize::try_from(row.head.seq - self.head.seq).unwrap_or(BATCH);
            let events = match store.raw_events(self.key, next, left.min(batch)).await {
                Ok(events) => events,
                // One of them cannot be read: one by one, to name it.
                Err(error) if error.kind == StoreErrorKind::Corrupt && batch > 1 => {
                    batch = 1;
                    continue;
                }
                Err(error) if error.kind == StoreErrorKind::Corrupt => {
                    return Ok(self.problem(next, error.message));
                }
                Err(error) => return Err(error),
            };
            if events.is_empty() {
                let last = row.head.seq;
                return Ok(self
                    .problem(next, format!("it is missing, and so are all up to {last}: the log was cut")));
            }
            for event in events {
                if let Some(problem) = self.event(event, row) {
                    return Ok(Some(problem));
                }
            }
        }
        Ok(None)
    }

    fn event(&mut self, raw: RawEvent, row: &JobRow) -> Option<Problem> {
        let (seq, next) = (raw.seq, self.head.seq + 1);
        if seq != next {
            return self.problem(next, "it is missing");
        }
        if raw.time_ms < self.head.time_ms {
            return self.problem(seq, "its time lies before that of the event before");
        }
        if raw.epoch < self.epoch {
            return self.problem(seq, "its epoch is older than that of the event before");
        }
        let hash = codec::chain(&self.head.hash, self.key, seq, raw.epoch, raw.time_ms, &raw.body);
        if hash != raw.hash {
            return self.problem(seq, "it does not match its hash");
        }
        let (epoch, time_ms) = (raw.epoch, raw.time_ms);
        let (event, _) = match codec::decode(&raw.body, raw.payloads) {
            Ok(event) => event,
            Err(why) => return self.problem(seq, why.to_string()),
        };
        if let Some(what) = self.rules(&event, seq, epoch, row) {
            return self.problem(seq, what);
        }
        (self.head, self.epoch) = (Head { seq, time_ms, hash }, epoch);
        if self.against == Some(hash) {
            self.matched = Some(seq);
        }
        None
    }

    /// What must hold of an event beside its hash.
    fn rules(&mut self, event: &Event, seq: u64, epoch: u64, row: &JobRow) -> Option<&'static str> {
        match event {
            Event::JobCreated { .. } if seq != 1 => Some("the job was created before"),
            Event::JobCreated { .. } if epoch != 0 => Some("a job is created under epoch 0"),
            Event::JobCreated { program, agent, lineage, .. }
                if *program != row.program || *agent != row.agent || *lineage != row.lineage =>
            {
                Some("the job's row names another program, agent or lineage")
            }
            Event::JobCreated { .. } => None,
            _ if seq == 1 => Some("a log begins with JobCreated"),
            Event::LeaseTaken { epoch: taken, .. } if *taken != epoch => {
                Some("it was written under another epoch than it says")
            }
            Event::Continued { segment, .. } => {
                let before = std::mem::replace(&mut self.segment, *segment);
                (*segment != before + 1).then_some("a segment is missing before it")
            }
            Event::JobCompleted { .. } | Event::JobFailed { .. } | Event::JobCancelled => {
                std::mem::replace(&mut self.ended, true).then_some("the job had ended before")
            }
            _ => None,
        }
    }

    /// What must hold of the whole.
    async fn finish(&mut self, store: &dyn Store, row: &JobRow) -> Result<Option<Problem>, StoreError> {
        let last = row.head.seq;
        if self.head != row.head {
            return Ok(self.problem(last, "it is not the one that the job's row names as the last"));
        }
        if self.ended != row.state.ended() {
            return Ok(self.problem(last, "the job's row and its events disagree whether it has ended"));
        }
        if !store.raw_events(self.key, last + 1, 1).await?.is_empty() {
            // Appended meanwhile, or behind the row's back?
            let now = store.job(self.key).await?.map(|row| row.head.seq);
            if now.is_none_or(|now| now <= last) {
                return Ok(self.problem(last + 1, "it stands after the last event that the job's row names"));
            }
        }
        match store.program(row.program).await {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(self.problem(1, "the program it names is not in the store")),
            Err(error) if error.kind == StoreErrorKind::Corrupt => return Ok(self.problem(1, error.message)),
            Err(error) => return Err(error),
        }
        if self.against.is_some() && self.matched.is_none() {
            return Ok(
                self.problem(last, "no event of this log has the head that you hold: it is another log")
            );
        }
        Ok(None)
    }

    #[expect(clippy::unnecessary_wraps, reason = "every caller answers with an option")]
    fn problem(&self, seq: u64, what: impl Into<String>) -> Option<Problem> {
        Some(Problem { seq, what: what.into() })
    }
}

#[cfg(test)]
mod tests;
