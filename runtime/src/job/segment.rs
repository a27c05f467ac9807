//! A log that has reached its limit: the job's state becomes an event of it, and a new segment begins (runtime.md E5).
//!
//! Invariant: the state in `Continued` is the one behind the event before it, all of which is durable by then.

use super::outbox::{Row, Urgency};
use super::{DriveError, Driver};
use crate::effect::EffectId;
use crate::event::{Event, Payload, Verdict};
use crate::limits::SNAPSHOT_BYTES;
use crate::value::{Error, ErrorKind};

impl Driver<'_> {
    /// Between two deliveries: writes what has waited for long, and begins a new segment if this one is full.
    pub(super) async fn make_room(&mut self) -> Result<(), DriveError> {
        let (length, limit) = (self.outbox.log_length().saturating_sub(self.segment.1), self.limits.log);
        if length >= limit && !self.full {
            return self.begin_segment().await;
        }
        if length >= limit / 5 * 4 && !std::mem::replace(&mut self.warned, true) {
            let segment = self.segment.0;
            tracing::warn!(
                job = %self.key.job, length, limit, segment,
                "the log is four fifths of its limit long: at the limit the job goes on in a new segment"
            );
        }
        if !self.instant.is_empty() && self.outbox.overdue() {
            self.commit(Row::running()).await?;
            self.save_if_worth();
        }
        Ok(())
    }

    async fn begin_segment(&mut self) -> Result<(), DriveError> {
        self.commit(Row::running()).await?;
        let Some(head) = self.outbox.all_durable() else { return Ok(()) };
        let parts = self.known().save(head);
        if parts.len() > SNAPSHOT_BYTES {
            tracing::warn!(job = %self.key.job, bytes = parts.len(), "the state is too large for a new segment");
            self.full = true;
            return Ok(());
        }
        let segment = self.segment.0 + 1;
        let state = Payload::new(parts.state);
        let large = parts.large.into_iter().map(Payload::new).collect();
        let digest = self.machine.digest().first_chunk().copied();
        self.outbox.push_at(Event::Continued { segment, state, large }, digest, Urgency::Now);
        self.commit(Row::running()).await?;
        self.segment = (segment, self.outbox.log_length());
        Ok(())
    }

    /// The log takes no more effects: this one fails, and nothing catches that (M4).
    pub(super) fn refuse(&mut self, id: &EffectId) -> Result<(), DriveError> {
        let (length, limit) = (self.outbox.log_length().saturating_sub(self.segment.1), self.limits.log);
        let message = format!(
            "the log of this job holds {length} events, its limit is {limit}, and its state is too large to go on in a \
             new segment"
        );
        let error = self.error_payload(&Error::new(ErrorKind::Limit, message));
        let verdict = Verdict::NotDone;
        self.instant.push_back(Event::EffectFailed { effect: id.clone(), attempt: 0, verdict, error });
        Ok(())
    }
}
