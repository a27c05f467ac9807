//! When a job's snapshot is written: beside the calls that are under way, never before one (runtime.md R1).
//!
//! Invariant: what is written holds only what is durable, and is not waited for by anything but the end of the lease.

use tokio::task::JoinHandle;

use super::Driver;
use super::image::{FORMAT, Known};
use crate::limits::SNAPSHOT_BYTES;
use crate::store::{Fence, Head, Snapshot};

/// What a snapshot costs must have been paid for by this many times its bytes in new log and work.
const WORTH: u64 = 4;

/// Steps of a program that take about as long as reading a byte of its log again.
const STEPS_PER_BYTE: u64 = 4;

/// The snapshots of one driver.
pub(super) struct Saving {
    fence: Fence,
    pace: Option<u64>,
    /// Bytes and steps when the last was taken.
    last: (u64, u64),
    /// What the last one took.
    bytes: u64,
    running: Option<JoinHandle<()>>,
}

impl Saving {
    pub(super) fn new(fence: Fence, pace: Option<u64>) -> Self {
        Self { fence, pace, last: (0, 0), bytes: 0, running: None }
    }

    /// Waits until what is being written is there: afterwards the lease may go.
    pub(super) async fn finish(&mut self) {
        if let Some(running) = self.running.take() {
            // It has said why, if it failed.
            let _ = running.await;
        }
    }

    fn worth(&self, written: u64, steps: u64) -> bool {
        let Some(pace) = self.pace else { return false };
        let grown = written.saturating_sub(self.last.0) + steps.saturating_sub(self.last.1) / STEPS_PER_BYTE;
        // Whoever sets no pace at all wants every one there can be.
        let enough = if pace == 0 { grown > 0 } else { grown >= pace.max(self.bytes.saturating_mul(WORTH)) };
        enough && self.running.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Driver<'_> {
    /// What is known of the job right now.
    pub(super) fn known(&self) -> Known<'_> {
        Known {
            machine: &self.machine,
            effects: &self.effects,
            ledger: &self.ledger,
            cancelled: self.cancelled,
            paused: self.inbound.paused,
            heard: self.heard,
            segment: self.segment,
        }
    }

    /// Whether a snapshot is worth it once everything is durable.
    pub(super) fn worth_saving(&self) -> bool {
        let written = self.outbox.written() + self.outbox.waiting_bytes();
        self.finished.is_none() && self.saving.worth(written, self.machine.steps())
    }

    /// Takes a snapshot if everything is durable and the log has grown by enough, and lets it be written.
    pub(super) fn save_if_worth(&mut self) {
        let (written, steps) = (self.outbox.written(), self.machine.steps());
        if self.finished.is_some() || !self.saving.worth(written, steps) {
            return;
        }
        let Some(head) = self.outbox.all_durable() else { return };
        let parts = self.known().save(head);
        (self.saving.last, self.saving.bytes) = ((written, steps), parts.len() as u64);
        if parts.len() > SNAPSHOT_BYTES {
            tracing::warn!(job = %self.key.job, bytes = parts.len(), "the state is too large for a snapshot");
            return;
        }
        let snapshot = self.snapshot_of(head, parts.joined());
        let (store, key, fence) = (self.store.clone(), self.key.clone(), self.saving.fence);
        self.saving.running = Some(tokio::spawn(async move {
            let seq = snapshot.seq;
            if let Err(error) = store.put_snapshot(&key, fence, snapshot).await {
                tracing::warn!(job = %key.job, seq, %error, "a snapshot was not written");
            }
        }));
    }

    fn snapshot_of(&self, head: Head, body: Vec<u8>) -> Snapshot {
        Snapshot {
            seq: head.seq,
            hash: head.hash,
            program: self.program.hash.0,
            semantics: self.program.module.semantics,
            format: FORMAT,
            body,
        }
    }
}
