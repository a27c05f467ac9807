//! A job as its log leaves it: the newest snapshot that is valid, or the beginning, and every event behind it
//! (runtime.md R1).
//!
//! Invariant: what a snapshot says is never believed against the log. One that does not fit is dropped, and the log is
//! read from its beginning; only a log that disagrees with its program is an error.

use std::sync::Arc;

use super::Runtime;
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
            .and_then(|(state, large)| image::restore(program, origin, head, (state, &large)));
        let mut cursor = match restored {
            Ok(cursor) => cursor,
            Err(why) => return Ok(Err(why.to_string())),
        };
        drop(snapshot);
        if let Some(missed) = self.missed(row, cursor.heard, head.seq).await? {
            return Ok(Err(format!("it knows nothing of event {missed}")));
        }
        match self.feed(row, &mut cursor, head.seq + 1).await? {
            Ok(()) => Ok(Ok(cursor)),
            Err(divergence) => Ok(Err(divergence.to_string())),
        }
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
