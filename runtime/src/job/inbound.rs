//! Inbox rows become events, in inbox order, in the append that removes them (runtime.md E2).

use std::collections::BTreeMap;

use super::outbox::Urgency;
use super::pending::State;
use super::{DriveError, Driver};
use crate::effect::EffectId;
use crate::event::{Event, Payload, Resolution, Verdict};
use crate::limits;
use crate::store::{InboxRow, JobKey, Message, ResolveHow, Store, StoreError};
use crate::value::{Error, ErrorKind};

/// What has arrived and is not yet an event.
#[derive(Default)]
pub(super) struct Inbound {
    /// Signals nobody waits for yet, by number: they stay in the store's inbox until somebody does.
    pub(super) rows: BTreeMap<u64, InboxRow>,
    /// The highest number that has been looked at.
    seen: u64,
    /// The store's version when the inbox was last read.
    version: Option<u64>,
    /// Whether the job is to rest.
    pub(super) paused: bool,
    /// When that was, on the machine's clock.
    polled_ms: u64,
}

impl Driver<'_> {
    /// Reads the inbox if it is time to, and if anyone has committed anything since.
    pub(super) async fn poll_inbox(&mut self) -> Result<(), DriveError> {
        let elapsed_ms = self.clock.elapsed_ms();
        if elapsed_ms.saturating_sub(self.inbound.polled_ms) < limits::POLL_MS {
            return Ok(());
        }
        self.inbound.polled_ms = elapsed_ms;
        let version = self.store.version().await?;
        if self.inbound.version == Some(version) {
            return Ok(());
        }
        self.inbound.version = Some(version);
        self.read_inbox().await
    }

    /// Takes in every row that has not been looked at.
    pub(super) async fn read_inbox(&mut self) -> Result<(), DriveError> {
        let rows = self.store.inbox(&self.key).await?;
        for row in rows {
            if row.number <= self.inbound.seen {
                continue;
            }
            self.inbound.seen = row.number;
            self.take_row(row).await?;
        }
        Ok(())
    }

    async fn take_row(&mut self, row: InboxRow) -> Result<(), DriveError> {
        let number = row.number;
        match row.message.clone() {
            Message::Signal { .. } => {
                self.inbound.rows.insert(number, row);
                return Ok(());
            }
            Message::Answer { question, digest, value, by } => {
                self.outbox.consume(number);
                self.take_answer(&row, EffectId::from(question.as_str()), &digest, value, by)?;
            }
            Message::Cancel { by, force } => {
                self.outbox.consume(number);
                self.record(Event::CancelRequested { by, force }, Urgency::Now)?;
            }
            Message::Pause { by } => {
                self.outbox.consume(number);
                self.inbound.paused = true;
                self.record(Event::Paused { by }, Urgency::Now)?;
            }
            Message::Resume { by } => {
                self.outbox.consume(number);
                if std::mem::take(&mut self.inbound.paused) {
                    self.record(Event::Resumed { by }, Urgency::Now)?;
                }
            }
            Message::Resolve { effect, how, by } => {
                self.outbox.consume(number);
                self.take_resolution(&EffectId::from(effect.as_str()), how, by)?;
            }
            Message::LateOutcome { effect, attempt, verdict, value } => {
                self.outbox.consume(number);
                self.take_late(EffectId::from(effect.as_str()), attempt, verdict, value).await?;
            }
        }
        self.advance().await
    }

    /// An answer counts for the question it was given for, as long as that is open, and in time.
    fn take_answer(
        &mut self,
        row: &InboxRow,
        effect: EffectId,
        digest: &str,
        value: String,
        by: String,
    ) -> Result<(), DriveError> {
        let open = self.effects.get(&effect).is_some_and(|pending| match &pending.state {
            State::Waiting { deadline_ms, question: Some(asked) } => {
                asked == digest && deadline_ms.is_none_or(|deadline| row.time_ms <= deadline)
            }
            _ => false,
        });
        if !open {
            tracing::warn!(job = %self.key.job, %effect, "an answer came to a question that is not open");
            return Ok(());
        }
        let value = Payload::new(value.into_bytes());
        self.record(Event::QuestionAnswered { effect, value, by, inbox: row.number }, Urgency::Now)?;
        Ok(())
    }

    fn take_resolution(&mut self, effect: &EffectId, how: ResolveHow, by: String) -> Result<(), DriveError> {
        let doubtful = self.effects.get(effect).is_some_and(|pending| matches!(pending.state, State::Doubt));
        if !doubtful {
            tracing::warn!(job = %self.key.job, %effect, "a resolution came for an effect that is not in doubt");
            return Ok(());
        }
        let how = match how {
            ResolveHow::Completed(value) => Resolution::Completed(Payload::new(value.into_bytes())),
            ResolveHow::NotDone => Resolution::NotDone,
            ResolveHow::Fail => {
                let message = format!("{by} gave up on {effect}, which may have happened");
                Resolution::Failed(self.error_payload(&Error::new(ErrorKind::InDoubt, message)))
            }
        };
        let again = how == Resolution::NotDone;
        self.record(Event::EffectResolved { effect: effect.clone(), how, by }, Urgency::Now)?;
        if again { self.begin_attempt(effect) } else { Ok(()) }
    }

    /// A real outcome that a fenced worker left: it settles the doubt, or shows a duplicate (L6).
    async fn take_late(
        &mut self,
        effect: EffectId,
        attempt: u32,
        verdict: Verdict,
        value: Result<String, String>,
    ) -> Result<(), DriveError> {
        let Some(entry) = self.ledger.get(&effect).cloned() else {
            let settled = last_attempt(&*self.store.clone(), &self.key.clone(), &effect).await?;
            if verdict == Verdict::Done && settled.is_some_and(|settled| settled != attempt) {
                self.duplicate(effect, attempt)?;
            }
            return Ok(());
        };
        if entry.open && entry.attempt == attempt {
            let event = match value {
                Ok(value) => {
                    let value = Payload::new(value.into_bytes());
                    Event::EffectCompleted { effect, attempt, verdict, value }
                }
                Err(error) => {
                    let (error, verdict) = (Payload::new(error.into_bytes()), entry.overall(verdict));
                    Event::EffectFailed { effect, attempt, verdict, error }
                }
            };
            self.record(event, Urgency::Now)?;
        } else if verdict == Verdict::Done && entry.attempt != attempt {
            self.duplicate(effect, attempt)?;
        }
        Ok(())
    }

    fn duplicate(&mut self, effect: EffectId, attempt: u32) -> Result<(), DriveError> {
        tracing::error!(job = %self.key.job, %effect, attempt, "an effect happened more than once");
        self.record(Event::DuplicateEffect { effect, attempt }, Urgency::Now)?;
        Ok(())
    }
}

/// The last attempt of an effect that is settled: the log knows. Late outcomes are rare, so it is read for them.
async fn last_attempt(store: &dyn Store, key: &JobKey, effect: &EffectId) -> Result<Option<u32>, StoreError> {
    const PAGE: usize = 1_000;
    let (mut from, mut last) = (1, None);
    loop {
        let page = store.events(key, from, PAGE).await?;
        for stored in &page {
            from = stored.seq + 1;
            match &stored.event {
                Event::EffectIntended { effect: named, attempt, .. } if named == effect => {
                    last = Some(*attempt);
                }
                _ => {}
            }
        }
        if page.len() < PAGE {
            return Ok(last);
        }
    }
}
