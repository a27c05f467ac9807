//! What every store must do, as named checks that any implementation runs.
//!
//! In: a way to make empty stores. Out: nothing, or a panic in the check that failed. Invariant: a check speaks only
//! through the trait, so that it holds for stores that do not exist yet.

mod appends;
mod inbox;
mod jobs;
mod shared;
mod snapshots;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::*;
use crate::event::verify::{Proof, verify};
use crate::event::{Event, Resolution, codec};
use crate::limits::{INBOX_RESERVE, INBOX_ROWS, INLINE_PAYLOAD, JOB_ID_BYTES, Limits, REQUEST_ID_BYTES};
use aeth_lang::bytecode::module::Class;

/// A check of one empty store.
pub type Check = fn(Arc<dyn Store>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Every check of one empty store, in the order of the contract. Needs a tokio runtime with several threads.
pub async fn all(make: impl Fn() -> Arc<dyn Store>) {
    for (name, check) in CHECKS {
        tracing::info!(name, "check");
        check(make()).await;
    }
}

/// Every check of two handles on one empty store, as two processes have them.
pub async fn all_shared(make: impl Fn() -> (Arc<dyn Store>, Arc<dyn Store>)) {
    let (here, there) = make();
    shared::what_one_commits_the_other_sees(here, there).await;
    let (here, there) = make();
    shared::a_takeover_fences_the_former_holder(here, there).await;
    let (here, there) = make();
    shared::the_rules_hold_across_handles(here, there).await;
}

macro_rules! checks {
    ($($name:path),+ $(,)?) => {
        /// The checks with their names.
        pub const CHECKS: &[(&str, Check)] = &[$((stringify!($name), |store| Box::pin($name(store)))),+];
    };
}

checks! {
    jobs::the_clock_never_goes_back,
    jobs::a_program_is_stored_under_its_hash,
    jobs::a_job_is_created_once,
    jobs::a_job_needs_its_program_and_a_sound_first_event,
    jobs::namespaces_are_apart,
    jobs::jobs_are_listed_newest_first,
    appends::events_are_read_as_they_were_appended,
    appends::the_row_follows_its_appends,
    appends::an_append_is_all_or_nothing,
    appends::only_the_holder_appends,
    appends::an_append_names_the_end_of_the_log,
    appends::the_same_append_is_accepted_once,
    appends::of_appends_at_once_one_is_accepted,
    jobs::a_lease_is_taken_once,
    jobs::a_lease_is_released_by_its_holder,
    jobs::heartbeats_are_counted,
    inbox::an_intent_is_refused_after_a_cancel_or_pause,
    inbox::a_cancel_is_never_overtaken,
    inbox::messages_are_kept_in_order,
    inbox::a_request_is_one_row,
    inbox::requests_at_once_get_numbers_of_their_own,
    inbox::a_full_inbox_refuses_signals_only,
    inbox::an_ended_job_stays_as_it_is,
    jobs::every_commit_changes_the_version,
    appends::refusals_do_not_touch_others,
    appends::many_jobs_at_once_verify,
    snapshots::the_newest_snapshot_is_kept,
    snapshots::only_the_holder_saves_and_only_what_the_log_says,
    snapshots::an_ended_job_has_no_snapshot,
}

/// A job that this test holds.
#[derive(Clone)]
pub struct Held {
    /// Where it lives.
    pub store: Arc<dyn Store>,
    /// Its key.
    pub key: JobKey,
    /// The end of its log, as far as this test knows.
    pub head: Head,
    /// The right to append.
    pub fence: Fence,
    next_id: u128,
}

impl Held {
    /// Creates a job and takes its lease.
    pub async fn create(store: &Arc<dyn Store>, job: &str) -> Self {
        let key = JobKey::new("default", job);
        let head = create(store, &key).await;
        Self::take(store, &key, head).await
    }

    /// Takes the lease of a job whose log ends at `head`.
    pub async fn take(store: &Arc<dyn Store>, key: &JobKey, head: Head) -> Self {
        let observed = store.job(key).await.unwrap().unwrap().lease;
        let fence = store.take_lease(key, "holder", &observed).await.unwrap().expect("nobody else takes it");
        Self::under(store, key, head, fence)
    }

    /// A job held under this fence.
    #[must_use]
    pub fn under(store: &Arc<dyn Store>, key: &JobKey, head: Head, fence: Fence) -> Self {
        // Ids of different holders differ, as random ones do.
        let next_id = u128::from(fence.nonce) << 64;
        Self { store: store.clone(), key: key.clone(), head, fence, next_id }
    }

    /// An append of these events. The head moves on: it must be sent.
    pub fn next(&mut self, events: &[Event]) -> Append {
        let (expected_seq, now_ms) = (self.head.seq, self.store.now_ms());
        self.next_id += 1;
        Append {
            key: self.key.clone(),
            id: self.next_id,
            fence: self.fence,
            expected_seq,
            events: events
                .iter()
                .map(|event| self.head.seal(&self.key, self.fence.epoch, now_ms, event))
                .collect(),
            consume: Vec::new(),
            intends: false,
            state: JobState::Running,
            due_ms: None,
            waiting_for: String::new(),
            release: false,
        }
    }

    /// Appends events that must be accepted.
    pub async fn write(&mut self, events: &[Event]) {
        let append = self.next(events);
        self.store.append(append).await.unwrap();
    }

    async fn row(&self) -> JobRow {
        self.store.job(&self.key).await.unwrap().unwrap()
    }

    async fn post(&self, request_id: &str, message: Message) -> Result<u64, PostError> {
        self.store.post(&self.key, request_id, message).await
    }

    async fn inbox(&self) -> Vec<InboxRow> {
        self.store.inbox(&self.key).await.unwrap()
    }
}

/// The program of every job here.
fn program() -> StoredProgram {
    StoredProgram { module: b"a module".to_vec(), debug: b"its sources".to_vec() }
}

/// `JobCreated` of a job here, sealed.
fn new_job(key: &JobKey, head: &mut Head, now_ms: i64) -> NewJob {
    let lineage = Lineage([3; 16]);
    let created = Event::JobCreated {
        program: program().hash(),
        agent: "Agent".into(),
        args: Payload::new(*b"{}"),
        env: Payload::new(*b"{}"),
        grants: Payload::new(*b"{}"),
        limits: Limits::default(),
        lineage,
    };
    NewJob {
        key: key.clone(),
        lineage,
        program: program().hash(),
        agent: "Agent".into(),
        args_digest: [4; 32],
        event: head.seal(key, 0, now_ms, &created),
    }
}

/// Creates a job; the end of its log.
async fn create(store: &Arc<dyn Store>, key: &JobKey) -> Head {
    store.put_program(program().hash(), program()).await.unwrap();
    let mut head = Head::START;
    let job = new_job(key, &mut head, store.now_ms());
    assert_eq!(store.create(job).await, Ok(Created::New));
    head
}

fn note(text: &str) -> Event {
    Event::NoteRecorded { effect: "t/0".into(), note: Payload::new(text.as_bytes()) }
}

fn intent() -> Event {
    Event::EffectIntended {
        effect: "t/0".into(),
        tool: "pay".into(),
        class: Class::Once,
        key: "k".into(),
        request: Payload::new(*b"{}"),
        attempt: 1,
    }
}

fn signal(value: &str) -> Message {
    Message::Signal { name: "go".into(), value: value.into() }
}

fn cancel() -> Message {
    Message::Cancel { by: "ada".into(), force: false }
}

fn late() -> Message {
    let value = Ok("1".into());
    Message::LateOutcome { effect: "t/0".into(), attempt: 1, verdict: Verdict::Done, value }
}

fn is_defect(result: &Result<(), AppendError>) -> bool {
    matches!(result, Err(AppendError::Store(error)) if error.kind == StoreErrorKind::Other)
}
