//! A job as its log leaves it: the newest snapshot that is valid, or the beginning, and every event behind it
//! (runtime.md R1).
//!
//! Invariant: what a snapshot says is never believed against the log. One that does not fit is dropped, and the log is
//! read from its beginning; only a log that disagrees with its program is an error.

use std::sync::Arc;

use super::Runtime;
use crate::event::{Event, StoredEvent};
use crate::job::DriveError;
use crate::job::image::{self, FORMAT};
use crate::machine::Program;
use crate::machine::snapshot::Parts;
use crate::replay::{Cursor, Divergence, Origin};
use crate::store::{Head, JobRow, Snapshot, StoreError};

/// Events that are read at once.
pub(super) const PAGE: usize = 1_000;

impl Runtime {
    /// The job behind its last event.
    pub(super) async fn rebuild(
        &self,
        row: &JobRow,
        program: &Arc<Program>,
        origin: &Origin,
    ) -> Result<Cursor, DriveError> {
        let diverged = |divergence| DriveError::Divergence { job: row.key.job.clone(), divergence };
        if let Some(snapshot) = self.store.snapshot(&row.key).await? {
            let seq = snapshot.seq;
            match self.behind(row, program, origin, snapshot).await? {
                Ok(cursor) => return Ok(cursor),
                Err(why) => {
                    tracing::warn!(job = %row.key.job, seq, why, "a snapshot is dropped: the log is read from its beginning");
                    self.store.drop_snapshot(&row.key).await?;
                }
            }
        }
        if let Some(begins) = self.last_segment(row, origin).await? {
            let seq = begins.seq;
            match self.from(row, program, origin, &begins).await? {
                Ok(cursor) => return Ok(cursor),
                Err(why) => {
                    tracing::warn!(job = %row.key.job, seq, why, "a segment cannot be gone on with by itself");
                }
            }
        }
        let mut cursor = Cursor::new(program.clone(), origin).map_err(diverged)?;
        self.feed(row, &mut cursor, 1).await?.map_err(diverged)?;
        Ok(cursor)
    }

    /// The job from a snapshot on, or why that is not to be used.
    async fn behind(
        &self,
        row: &JobRow,
        program: &Arc<Program>,
        origin: &Origin,
        snapshot: Snapshot,
    ) -> Result<Result<Cursor, String>, StoreError> {
        let semantics = program.module.semantics;
        if (snapshot.program, snapshot.semantics, snapshot.format) != (program.hash.0, semantics, FORMAT) {
            return Ok(Err("it was written by another version".to_owned()));
        }
        let named = self.store.raw_events(&row.key, snapshot.seq, 1).await?;
        let Some(named) =
            named.first().filter(|event| (event.seq, event.hash) == (snapshot.seq, snapshot.hash))
        else {
            return Ok(Err("the log has no such event".to_owned()));
        };
        let head = Head { seq: named.seq, time_ms: named.time_ms, hash: named.hash };
        let restored = Parts::split(&snapshot.body)
            .and_then(|(state, large)| image::restore(program, origin, Some(head), (state, &large)));
        let mut cursor = match restored {
            Ok(cursor) => cursor,
            Err(why) => return Ok(Err(why.to_string())),
        };
        drop(snapshot);
        if let Some(missed) = self.missed(row, cursor.heard, head.seq).await? {
            return Ok(Err(format!("it knows nothing of event {missed}")));
        }
        let fed = self.feed(row, &mut cursor, head.seq + 1).await?;
        Ok(fed.map(|()| cursor).map_err(|divergence| divergence.to_string()))
    }

    /// The event that began the last segment of a log, if it is not the first. Looked for from the end: a segment is as
    /// long as the limit, and has to be read anyway.
    async fn last_segment(&self, row: &JobRow, origin: &Origin) -> Result<Option<StoredEvent>, StoreError> {
        let mut end = row.head.seq;
        while end > origin.context.limits.log {
            let from = end.saturating_sub(PAGE as u64 - 1).max(1);
            let page =
                self.store.events(&row.key, from, usize::try_from(end - from + 1).unwrap_or(PAGE)).await?;
            let begins = |stored: &StoredEvent| matches!(stored.event, Event::Continued { .. });
            if let Some(found) = page.into_iter().rev().find(begins) {
                return Ok(Some(found));
            }
            end = from - 1;
        }
        Ok(None)
    }

    /// The job from the beginning of a segment on, or why that cannot be.
    async fn from(
        &self,
        row: &JobRow,
        program: &Arc<Program>,
        origin: &Origin,
        begins: &StoredEvent,
    ) -> Result<Result<Cursor, String>, StoreError> {
        let Event::Continued { state, large, .. } = &begins.event else {
            return Ok(Err("no segment begins there".to_owned()));
        };
        let before = self.store.raw_events(&row.key, begins.seq - 1, 1).await?;
        let head = before.first().map(|raw| Head { seq: raw.seq, time_ms: raw.time_ms, hash: raw.hash });
        let large: Option<Vec<&[u8]>> = large.iter().map(|payload| payload.bytes.as_deref()).collect();
        let (Some(head), Some(state), Some(large)) = (head, state.bytes.as_deref(), large) else {
            return Ok(Err("its state was erased".to_owned()));
        };
        let mut cursor = match image::restore(program, origin, Some(head), (state, &large)) {
            Ok(cursor) => cursor,
            Err(why) => return Ok(Err(why.to_string())),
        };
        let fed = self.feed(row, &mut cursor, begins.seq).await?;
        Ok(fed.map(|()| cursor).map_err(|divergence| divergence.to_string()))
    }

    /// An event up to the one that a snapshot names which feeds the machine and is not in it.
    async fn missed(&self, row: &JobRow, heard: u64, seq: u64) -> Result<Option<u64>, StoreError> {
        if heard > seq {
            return Ok(Some(heard));
        }
        let mut next = heard + 1;
        while next <= seq {
            let page = self.store.events(&row.key, next, PAGE).await?;
            let mut up_to = page.iter().filter(|stored| stored.seq <= seq);
            if let Some(missed) = up_to.find(|stored| stored.event.delivers()) {
                return Ok(Some(missed.seq));
            }
            let Some(last) = page.last() else { break };
            next = last.seq + 1;
        }
        Ok(None)
    }

    /// Feeds a cursor every event from one on.
    async fn feed(
        &self,
        row: &JobRow,
        cursor: &mut Cursor,
        from: u64,
    ) -> Result<Result<(), Divergence>, StoreError> {
        let mut next = from;
        while next <= row.head.seq {
            let page = self.store.events(&row.key, next, PAGE).await?;
            let Some(last) = page.last().map(|stored| stored.seq) else { break };
            if let Some(divergence) = page.iter().find_map(|stored| cursor.feed(stored).err()) {
                return Ok(Err(divergence));
            }
            next = last + 1;
        }
        Ok(Ok(()))
    }
}
