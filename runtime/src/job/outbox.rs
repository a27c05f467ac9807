//! Events on their way to the log: decided, fed to the machine, not yet durable (runtime.md L7, E3).
//!
//! Invariant: nothing computed from an event that waits here leaves the process before [`Outbox::commit`] returned.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::crash::{self, Boundary};
use crate::event::{Event, StateDigest, StoredEvent};
use crate::host::{Clock, Entropy};
use crate::limits::{APPEND_PATIENCE_MS, BATCH_EVENTS, RIDE_MS};
use crate::store::{
    Append, AppendError, EncodedEvent, Fence, Head, JobKey, JobState, Store, StoreError, StoreErrorKind,
};

/// What a job's row says after an append.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) state: JobState,
    pub(super) due_ms: Option<i64>,
    pub(super) waiting_for: String,
    pub(super) release: bool,
}

impl Row {
    /// A row of a job that goes on.
    pub(super) fn running() -> Self {
        Self { state: JobState::Running, due_ms: None, waiting_for: String::new(), release: false }
    }

    /// A row of a job at rest, its lease given back.
    pub(super) fn at_rest(state: JobState) -> Self {
        Self { state, due_ms: None, waiting_for: String::new(), release: true }
    }
}

/// How soon the waiting events must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// With the next durable write, at the latest after [`RIDE_MS`](crate::limits::RIDE_MS).
    Rides,
    /// With the next intent if there is one now, else at once.
    Now,
}

pub(super) struct Outbox {
    store: Arc<dyn Store>,
    entropy: Arc<dyn Entropy>,
    clock: Arc<dyn Clock>,
    key: JobKey,
    fence: Fence,
    head: Head,
    pending: Vec<(Event, Option<StateDigest>)>,
    consume: Vec<u64>,
    urgency: Option<Urgency>,
    /// Since when the oldest waits, on the machine's clock.
    since_ms: u64,
    /// Bytes that were written so far.
    written: u64,
    observer: Option<UnboundedSender<StoredEvent>>,
}

impl Outbox {
    pub(super) fn new(
        store: Arc<dyn Store>,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
        key: JobKey,
        (fence, head): (Fence, Head),
        observer: Option<UnboundedSender<StoredEvent>>,
    ) -> Self {
        let (pending, consume) = (Vec::new(), Vec::new());
        Self {
            store,
            entropy,
            clock,
            key,
            fence,
            head,
            pending,
            consume,
            urgency: None,
            since_ms: 0,
            written: 0,
            observer,
        }
    }

    /// Adds an event behind those that wait.
    pub(super) fn push(&mut self, event: Event, urgency: Urgency) {
        self.push_at(event, None, urgency);
    }

    /// Adds an event that the machine is fed in a known state.
    pub(super) fn push_at(&mut self, event: Event, state: Option<StateDigest>, urgency: Urgency) {
        if self.pending.is_empty() {
            self.since_ms = self.clock.elapsed_ms();
        }
        self.pending.push((event, state));
        self.urgency = self.urgency.max(Some(urgency));
    }

    /// Lets the next append take a row out of the inbox.
    pub(super) fn consume(&mut self, row: u64) {
        self.consume.push(row);
        self.urgency = Some(Urgency::Now);
    }

    /// The end of the log, if nothing waits here.
    pub(super) fn all_durable(&self) -> Option<Head> {
        (self.pending.is_empty() && self.consume.is_empty()).then_some(self.head)
    }

    /// Bytes that were written so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// About how many bytes wait here.
    pub(super) fn waiting_bytes(&self) -> u64 {
        self.pending.len() as u64 * ROW as u64
    }

    /// Whether so much waits, or for so long, that it should be written although nothing asks for it.
    pub(super) fn overdue(&self) -> bool {
        let long = || self.clock.elapsed_ms().saturating_sub(self.since_ms) >= RIDE_MS;
        self.pending.len() >= BATCH_EVENTS || (!self.pending.is_empty() && long())
    }

    /// Events of the log, with those that wait here.
    pub(super) fn log_length(&self) -> u64 {
        self.head.seq + self.pending.len() as u64
    }

    /// How soon a write is due; `None`: nothing waits.
    pub(super) fn urgency(&self) -> Option<Urgency> {
        self.urgency
    }

    /// Whether a write is due now.
    pub(super) fn due(&self) -> bool {
        match self.urgency {
            None => false,
            Some(Urgency::Now) => true,
            Some(Urgency::Rides) => self.clock.elapsed_ms().saturating_sub(self.since_ms) >= RIDE_MS,
        }
    }

    /// Whether an outcome of the world waits that nothing may be sent before.
    pub(super) fn holds_back(&self) -> bool {
        self.urgency == Some(Urgency::Now)
    }

    /// Takes the intents that wait out again: a cancel or pause came first, and nothing was sent.
    pub(super) fn drop_intents(&mut self) -> Vec<Event> {
        let (intents, kept): (Vec<_>, Vec<_>) =
            self.pending.drain(..).partition(|(event, _)| matches!(event, Event::EffectIntended { .. }));
        self.pending = kept;
        intents.into_iter().map(|(event, _)| event).collect()
    }

    /// Writes all that waits, and the row, in one append. Durable when it returns.
    pub(super) async fn commit(&mut self, row: Row) -> Result<(), AppendError> {
        let boundaries = Boundaries::of(&self.pending);
        let (mut head, mut encoded, mut stored) = (self.head, Vec::new(), Vec::new());
        for (event, state) in &self.pending {
            let sealed = head.seal_at(&self.key, self.fence.epoch, self.store.now_ms(), event, *state);
            stored.push(StoredEvent {
                seq: sealed.seq,
                epoch: self.fence.epoch,
                time_ms: sealed.time_ms,
                event: event.clone(),
                state: *state,
                hash: sealed.hash,
            });
            self.written += size(&sealed);
            encoded.push(sealed);
        }
        let append = Append {
            key: self.key.clone(),
            id: self.random_id(),
            fence: self.fence,
            expected_seq: self.head.seq,
            events: encoded,
            consume: self.consume.clone(),
            intends: boundaries.intent,
            state: row.state,
            due_ms: row.due_ms,
            waiting_for: row.waiting_for,
            release: row.release,
        };
        boundaries.before();
        self.append(append).await?;
        boundaries.after();
        self.head = head;
        self.pending.clear();
        self.consume.clear();
        self.urgency = None;
        self.publish(stored);
        Ok(())
    }

    /// One whose fate is unknown is repeated unchanged until it is accepted or refused (E3). A store that does not
    /// answer for long is given up: then the machine is thrown away, and the log tells the next holder what is open.
    async fn append(&self, append: Append) -> Result<(), AppendError> {
        let mut pause_ms = 10;
        let began_ms = self.clock.elapsed_ms();
        loop {
            match self.store.append(append.clone()).await {
                Err(AppendError::Unknown(why)) if self.clock.elapsed_ms() - began_ms > APPEND_PATIENCE_MS => {
                    let message = format!(
                        "the store has not taken a write for {} s: {why}",
                        APPEND_PATIENCE_MS / 1_000
                    );
                    return Err(StoreError::new(StoreErrorKind::Io, message).into());
                }
                Err(AppendError::Unknown(why)) => {
                    tracing::warn!(job = %self.key.job, why, "append of unknown fate, sent again");
                    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                    pause_ms = (pause_ms * 2).min(2_000);
                }
                settled => return settled,
            }
        }
    }

    /// Tells others, of what is durable only (E6).
    fn publish(&self, stored: Vec<StoredEvent>) {
        let Some(observer) = &self.observer else { return };
        for event in stored {
            let _ = observer.send(event);
        }
    }

    fn random_id(&self) -> u128 {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes);
        u128::from_le_bytes(bytes)
    }
}

/// What a row of an event takes beside its body, about.
const ROW: usize = 96;

/// About what an event takes in a store.
fn size(event: &EncodedEvent) -> u64 {
    let payloads = event.payloads.iter().filter_map(|payload| payload.bytes.as_deref().map(<[u8]>::len));
    (ROW + event.body.len() + payloads.sum::<usize>()) as u64
}

/// The crash points that a batch passes.
struct Boundaries {
    intent: bool,
    outcome: bool,
    end: bool,
}

impl Boundaries {
    fn of(events: &[(Event, Option<StateDigest>)]) -> Self {
        let any = |test: fn(&Event) -> bool| events.iter().any(|(event, _)| test(event));
        Self {
            intent: any(|event| matches!(event, Event::EffectIntended { .. })),
            outcome: any(
                |event| matches!(event, Event::EffectCompleted { attempt, .. } | Event::EffectFailed { attempt, .. } if *attempt > 0),
            ),
            end: any(|event| {
                matches!(event, Event::JobCompleted { .. } | Event::JobFailed { .. } | Event::JobCancelled)
            }),
        }
    }

    fn before(&self) {
        self.pass([Boundary::OutcomeBefore, Boundary::IntentBefore, Boundary::EndBefore]);
    }

    fn after(&self) {
        self.pass([Boundary::OutcomeAfter, Boundary::IntentAfter, Boundary::EndAfter]);
    }

    fn pass(&self, [outcome, intent, end]: [Boundary; 3]) {
        for (hit, boundary) in [(self.outcome, outcome), (self.intent, intent), (self.end, end)] {
            if hit {
                crash::point(boundary);
            }
        }
    }
}
