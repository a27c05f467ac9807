//! What every store must do, as named checks that any implementation runs.
//!
//! In: a way to make empty stores. Out: nothing, or a panic in the check that failed. Invariant: a check speaks only
//! through the trait, so that it holds for stores that do not exist yet.

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
    what_one_commits_the_other_sees(here, there).await;
    let (here, there) = make();
    a_takeover_fences_the_former_holder(here, there).await;
    let (here, there) = make();
    the_rules_hold_across_handles(here, there).await;
}

macro_rules! checks {
    ($($name:ident),+ $(,)?) => {
        /// The checks with their names.
        pub const CHECKS: &[(&str, Check)] = &[$((stringify!($name), |store| Box::pin($name(store)))),+];
    };
}

checks! {
    the_clock_never_goes_back,
    a_program_is_stored_under_its_hash,
    a_job_is_created_once,
    a_job_needs_its_program_and_a_sound_first_event,
    namespaces_are_apart,
    jobs_are_listed_newest_first,
    events_are_read_as_they_were_appended,
    the_row_follows_its_appends,
    an_append_is_all_or_nothing,
    only_the_holder_appends,
    an_append_names_the_end_of_the_log,
    the_same_append_is_accepted_once,
    of_appends_at_once_one_is_accepted,
    a_lease_is_taken_once,
    a_lease_is_released_by_its_holder,
    heartbeats_are_counted,
    an_intent_is_refused_after_a_cancel_or_pause,
    a_cancel_is_never_overtaken,
    messages_are_kept_in_order,
    a_request_is_one_row,
    requests_at_once_get_numbers_of_their_own,
    a_full_inbox_refuses_signals_only,
    an_ended_job_stays_as_it_is,
    every_commit_changes_the_version,
    refusals_do_not_touch_others,
    many_jobs_at_once_verify,
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

async fn the_clock_never_goes_back(store: Arc<dyn Store>) {
    let mut last_ms = i64::MIN;
    for _ in 0..1_000 {
        let now_ms = store.now_ms();
        assert!(now_ms >= last_ms);
        last_ms = now_ms;
    }
}

async fn a_program_is_stored_under_its_hash(store: Arc<dyn Store>) {
    let hash = program().hash();
    assert_eq!(store.program(hash).await, Ok(None));
    store.put_program(hash, program()).await.unwrap();
    // The same module with other debug tables: the first stays.
    store.put_program(hash, StoredProgram { debug: Vec::new(), ..program() }).await.unwrap();
    assert_eq!(store.program(hash).await, Ok(Some(program())));
    assert!(store.put_program([0; 32], program()).await.is_err());
    assert_eq!(store.program([0; 32]).await, Ok(None));
}

async fn a_job_is_created_once(store: Arc<dyn Store>) {
    let key = JobKey::new("default", "job");
    assert_eq!(store.job(&key).await, Ok(None));
    let head = create(&store, &key).await;
    let row = JobRow {
        key: key.clone(),
        lineage: Lineage([3; 16]),
        program: program().hash(),
        agent: "Agent".into(),
        args_digest: [4; 32],
        created_ms: head.time_ms,
        head,
        lease: Lease::NEVER,
        state: JobState::Queued,
        due_ms: None,
        waiting_for: String::new(),
    };
    assert_eq!(store.job(&key).await, Ok(Some(row.clone())));
    let again = new_job(&key, &mut Head::START.clone(), store.now_ms() + 1);
    assert_eq!(store.create(again).await, Ok(Created::Exists(Box::new(row))));
    let events = store.events(&key, 1, 10).await.unwrap();
    assert_eq!((events.len(), events[0].seq, events[0].epoch, events[0].hash), (1, 1, 0, head.hash));
    // Of many at once, one is new.
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        let job = new_job(&JobKey::new("default", "raced"), &mut Head::START.clone(), 5);
        tasks.spawn(async move { store.create(job).await.unwrap() == Created::New });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|new| *new).count(), 1);
}

async fn a_job_needs_its_program_and_a_sound_first_event(store: Arc<dyn Store>) {
    let key = JobKey::new("default", "job");
    let fresh = || new_job(&key, &mut Head::START.clone(), 5);
    assert!(store.create(fresh()).await.unwrap_err().message.contains("program"));
    store.put_program(program().hash(), program()).await.unwrap();
    let mut second = fresh();
    second.event.seq = 2;
    assert!(store.create(second).await.is_err());
    let mut forged = fresh();
    forged.event.hash[0] ^= 1;
    assert!(store.create(forged).await.is_err());
    for job in ["", &"x".repeat(JOB_ID_BYTES + 1)] {
        assert!(
            store.create(new_job(&JobKey::new("default", job), &mut Head::START.clone(), 5)).await.is_err()
        );
    }
    assert!(store.create(new_job(&JobKey::new("", "job"), &mut Head::START.clone(), 5)).await.is_err());
    assert_eq!(store.jobs("default", JobFilter::default()).await, Ok(Vec::new()));
    assert_eq!(store.create(fresh()).await, Ok(Created::New));
}

async fn namespaces_are_apart(store: Arc<dyn Store>) {
    let mut ours = Held::create(&store, "job").await;
    let other = JobKey::new("other", "job");
    create(&store, &other).await;
    ours.write(&[note("ours")]).await;
    ours.post("r", signal("1")).await.unwrap();
    assert_eq!(store.events(&other, 1, 10).await.unwrap().len(), 1);
    assert!(store.inbox(&other).await.unwrap().is_empty());
    let listed = store.jobs("other", JobFilter::default()).await.unwrap();
    assert_eq!(listed.iter().map(|row| &row.key).collect::<Vec<_>>(), [&other]);
}

async fn jobs_are_listed_newest_first(store: Arc<dyn Store>) {
    store.put_program(program().hash(), program()).await.unwrap();
    for (name, created_ms) in [("a", 10), ("c", 30), ("b", 20), ("d", 20)] {
        let job = new_job(&JobKey::new("default", name), &mut Head::START.clone(), created_ms);
        store.create(job).await.unwrap();
    }
    let head = store.job(&JobKey::new("default", "b")).await.unwrap().unwrap().head;
    let mut b = Held::take(&store, &JobKey::new("default", "b"), head).await;
    let mut end = b.next(&[Event::JobCancelled]);
    end.state = JobState::Cancelled;
    store.append(end).await.unwrap();
    let cases = [
        (JobFilter::default(), vec!["c", "d", "b", "a"]),
        (JobFilter { unfinished: true, ..JobFilter::default() }, vec!["c", "d", "a"]),
        (JobFilter { state: Some(JobState::Cancelled), ..JobFilter::default() }, vec!["b"]),
        (JobFilter { agent: Some("Agent".into()), ..JobFilter::default() }, vec!["c", "d", "b", "a"]),
        (JobFilter { agent: Some("Other".into()), ..JobFilter::default() }, vec![]),
    ];
    for (filter, expected) in cases {
        let listed = store.jobs("default", filter.clone()).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.key.job.as_str()).collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

async fn events_are_read_as_they_were_appended(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let large = "x".repeat(INLINE_PAYLOAD + 1);
    let erased = Payload { bytes: None, ..Payload::new(*b"gone") };
    let events = [
        note(""),
        note(&"x".repeat(INLINE_PAYLOAD)),
        note(&large),
        Event::NoteRecorded { effect: "t/1".into(), note: erased },
        // The same large payload again: stored once, read twice.
        note(&large),
        Event::JobFailed { error: Payload::new([0xff, 0x00]), trace: vec!["a:1:1".into()] },
        Event::EffectResolved {
            effect: "t/0".into(),
            how: Resolution::Completed(Payload::new(*b"1")),
            by: "é".into(),
        },
    ];
    let append = job.next(&events);
    let sealed = append.events.clone();
    store.append(append).await.unwrap();
    let read = store.events(&job.key, 2, 100).await.unwrap();
    assert_eq!(read.iter().map(|stored| stored.event.clone()).collect::<Vec<_>>(), events);
    for (stored, sealed) in read.iter().zip(&sealed) {
        assert_eq!((stored.seq, stored.time_ms, stored.hash), (sealed.seq, sealed.time_ms, sealed.hash));
        assert_eq!(stored.epoch, job.fence.epoch);
    }
    let raw = store.raw_events(&job.key, 2, 100).await.unwrap();
    assert_eq!(
        raw.iter().map(|row| &row.body).collect::<Vec<_>>(),
        sealed.iter().map(|s| &s.body).collect::<Vec<_>>()
    );
    let decoded: Vec<_> = raw.into_iter().map(|row| codec::decode_row(row).unwrap()).collect();
    assert_eq!(decoded, read);
    let page = store.events(&job.key, 4, 2).await.unwrap();
    assert_eq!(page.iter().map(|stored| stored.seq).collect::<Vec<_>>(), [4, 5]);
    assert!(store.events(&job.key, 9, 100).await.unwrap().is_empty());
    assert!(store.events(&job.key, u64::MAX, usize::MAX).await.unwrap().is_empty());
    assert_eq!(store.events(&job.key, 0, usize::MAX).await.unwrap().len(), 8);
    assert!(store.events(&JobKey::new("default", "none"), 1, 10).await.unwrap().is_empty());
}

async fn the_row_follows_its_appends(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let mut append = job.next(&[note("1"), note("2")]);
    append.state = JobState::Waiting;
    append.due_ms = Some(-7);
    append.waiting_for = "the signal go".into();
    store.append(append).await.unwrap();
    let row = job.row().await;
    assert_eq!((row.head, row.state, row.due_ms), (job.head, JobState::Waiting, Some(-7)));
    assert_eq!(row.waiting_for, "the signal go");
    assert_eq!(row.lease, Lease { holder: Some("holder".into()), fence: job.fence });
    // Without events only the row changes.
    let mut release = job.next(&[]);
    release.release = true;
    store.append(release).await.unwrap();
    let row = job.row().await;
    assert_eq!((row.head, row.state, row.due_ms), (job.head, JobState::Running, None));
    assert_eq!(row.lease, Lease { holder: None, fence: job.fence });
    assert_eq!(store.events(&job.key, 1, 10).await.unwrap().len(), 3);
}

async fn an_append_is_all_or_nothing(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    job.post("r", signal("1")).await.unwrap();
    let before = (job.row().await, job.inbox().await, job.head);
    let good = || (job.clone(), job.clone().next(&[note("1"), note("2")]));
    let (_, mut gap) = good();
    gap.events[1].seq += 1;
    let (_, mut forged) = good();
    forged.events[1].hash[0] ^= 1;
    let (_, mut early) = good();
    early.events[1].time_ms = early.events[0].time_ms - 1;
    let (_, mut missing) = good();
    missing.consume = vec![1, 2];
    let (_, mut beyond) = good();
    beyond.consume = vec![u64::MAX];
    for (what, mut append) in
        [("gap", gap), ("forged", forged), ("early", early), ("missing", missing), ("beyond", beyond)]
    {
        append.state = JobState::Failed;
        append.release = true;
        assert!(is_defect(&store.append(append).await), "{what}");
        assert_eq!((job.row().await, job.inbox().await, job.head), before, "{what}");
        assert_eq!(store.events(&job.key, 1, 10).await.unwrap().len(), 1, "{what}");
    }
    let mut append = job.next(&[note("1"), note("2")]);
    append.consume = vec![1];
    store.append(append).await.unwrap();
    assert!(job.inbox().await.is_empty());
}

async fn only_the_holder_appends(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let missing = Append { key: JobKey::new("default", "none"), ..job.clone().next(&[]) };
    assert_eq!(store.append(missing).await, Err(AppendError::NoJob));
    for fence in [
        Fence { nonce: job.fence.nonce ^ 1, ..job.fence },
        Fence { epoch: job.fence.epoch + 1, ..job.fence },
        Fence { epoch: 0, nonce: 0 },
    ] {
        let mut other = Held { fence, ..job.clone() };
        assert_eq!(store.append(other.next(&[note("1")])).await, Err(AppendError::Fenced), "{fence:?}");
    }
    let mut successor = Held::take(&store, &job.key, job.head).await;
    assert_eq!(successor.fence.epoch, job.fence.epoch + 1);
    assert_eq!(store.append(job.clone().next(&[note("1")])).await, Err(AppendError::Fenced));
    // Before the sequence: a fenced worker learns that it is fenced, whatever it expects.
    successor.write(&[note("2")]).await;
    assert_eq!(store.append(job.next(&[note("1")])).await, Err(AppendError::Fenced));
    store.release(&successor.key, successor.fence).await.unwrap();
    assert_eq!(store.append(successor.next(&[note("3")])).await, Err(AppendError::Fenced));
    // A job that was never held has a fence that no one has.
    let key = JobKey::new("default", "fresh");
    let head = create(&store, &key).await;
    let mut nobody = Held { key, head, fence: Lease::NEVER.fence, ..successor };
    assert_eq!(store.append(nobody.next(&[note("1")])).await, Err(AppendError::Fenced));
}

async fn an_append_names_the_end_of_the_log(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let mut stale = job.clone();
    job.write(&[note("1"), note("2")]).await;
    // Ids are random: that of the stale append is another.
    let stale = Append { id: 1, ..stale.next(&[note("3")]) };
    assert_eq!(store.append(stale).await, Err(AppendError::Sequence(3)));
    let ahead = Append { expected_seq: 9, ..job.clone().next(&[note("3")]) };
    assert_eq!(store.append(ahead).await, Err(AppendError::Sequence(3)));
}

async fn the_same_append_is_accepted_once(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    job.post("r", cancel()).await.unwrap();
    let mut append = job.next(&[note("1")]);
    append.consume = vec![1];
    append.release = true;
    for _ in 0..3 {
        assert_eq!(store.append(append.clone()).await, Ok(()));
    }
    assert_eq!(job.row().await.head, job.head);
    // Others may have taken the lease since: what was accepted stays accepted.
    let mut next = Held::take(&store, &job.key, job.head).await;
    assert_eq!(store.append(append.clone()).await, Ok(()));
    next.write(&[note("2")]).await;
    assert_eq!(store.append(append).await, Err(AppendError::Fenced));
    assert_eq!(job.row().await.head, next.head);
    // An append without events is known again too.
    let release = Append { release: true, ..next.next(&[]) };
    for _ in 0..2 {
        assert_eq!(store.append(release.clone()).await, Ok(()));
    }
}

async fn of_appends_at_once_one_is_accepted(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    for round in 0..5 {
        let mut tasks = JoinSet::new();
        for racer in 0..8_u64 {
            let (store, mut copy) = (store.clone(), job.clone());
            copy.next_id = (u128::from(racer) << 32) + round;
            let append = copy.next(&[note(&racer.to_string())]);
            let head = copy.head;
            tasks.spawn(async move { (store.append(append).await, head) });
        }
        let mut winners = Vec::new();
        for (result, head) in tasks.join_all().await {
            match result {
                Ok(()) => winners.push(head),
                Err(AppendError::Sequence(seq)) => assert_eq!(seq, job.head.seq + 1),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(winners.len(), 1);
        job.head = winners[0];
        assert_eq!(job.row().await.head, job.head);
    }
}

async fn a_lease_is_taken_once(store: Arc<dyn Store>) {
    let key = JobKey::new("default", "job");
    assert_eq!(store.take_lease(&key, "w", &Lease::NEVER).await, Ok(None));
    create(&store, &key).await;
    let mut nonces = BTreeSet::new();
    for epoch in 1..=5 {
        let observed = store.job(&key).await.unwrap().unwrap().lease;
        let mut tasks = JoinSet::new();
        for racer in 0..8 {
            let (store, key, observed) = (store.clone(), key.clone(), observed.clone());
            tasks.spawn(async move {
                let worker = format!("w{racer}");
                store.take_lease(&key, &worker, &observed).await.unwrap().map(|fence| (worker, fence))
            });
        }
        let winners: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        let [(worker, fence)] = &winners[..] else { panic!("{winners:?}") };
        let lease = store.job(&key).await.unwrap().unwrap().lease;
        assert_eq!(lease, Lease { holder: Some(worker.clone()), fence: *fence });
        assert_eq!(fence.epoch, epoch);
        assert!(nonces.insert(fence.nonce));
        assert_eq!(store.take_lease(&key, "late", &observed).await, Ok(None));
    }
}

async fn a_lease_is_released_by_its_holder(store: Arc<dyn Store>) {
    let job = Held::create(&store, "job").await;
    let other = Fence { nonce: job.fence.nonce ^ 1, ..job.fence };
    store.release(&job.key, other).await.unwrap();
    assert_eq!(job.row().await.lease.holder.as_deref(), Some("holder"));
    store.release(&job.key, job.fence).await.unwrap();
    store.release(&job.key, job.fence).await.unwrap();
    assert_eq!(job.row().await.lease, Lease { holder: None, fence: job.fence });
    store.release(&JobKey::new("default", "none"), job.fence).await.unwrap();
    let next = Held::take(&store, &job.key, job.head).await;
    store.release(&job.key, job.fence).await.unwrap();
    assert_eq!(next.row().await.lease.holder.as_deref(), Some("holder"));
}

async fn heartbeats_are_counted(store: Arc<dyn Store>) {
    assert_eq!(store.worker("w").await, Ok(None));
    for beats in 1..=3 {
        store.heartbeat("w").await.unwrap();
        assert_eq!(store.worker("w").await, Ok(Some(beats)));
    }
    assert_eq!(store.worker("v").await, Ok(None));
}

async fn an_intent_is_refused_after_a_cancel_or_pause(store: Arc<dyn Store>) {
    for (name, message) in [("cancel", cancel()), ("pause", Message::Pause { by: "ada".into() })] {
        let mut job = Held::create(&store, name).await;
        job.post("signal", signal("1")).await.unwrap();
        let intend = |job: &mut Held| Append { intends: true, ..job.next(&[intent()]) };
        let first = intend(&mut job);
        assert_eq!(store.append(first.clone()).await, Ok(()), "a signal stops nothing");
        let number = job.post("stop", message).await.unwrap();
        assert_eq!(store.append(first).await, Ok(()), "it was accepted before");
        let refused = intend(&mut job.clone());
        assert_eq!(store.append(refused).await, Err(AppendError::Interrupted));
        // Outcomes are still taken, and so is an intent once the message has become an event.
        job.write(&[note("outcome")]).await;
        let mut read = job.next(&[Event::Resumed { by: "ada".into() }]);
        read.consume = vec![number];
        store.append(read).await.unwrap();
        assert_eq!(store.append(intend(&mut job)).await, Ok(()));
    }
}

async fn a_cancel_is_never_overtaken(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let poster = job.clone();
    let (posted, mut is_posted) = tokio::sync::watch::channel(false);
    let task = tokio::spawn(async move {
        poster.post("stop", cancel()).await.unwrap();
        posted.send_replace(true);
    });
    loop {
        let acknowledged = *is_posted.borrow_and_update();
        let mut next = job.clone();
        let append = Append { intends: true, ..next.next(&[intent()]) };
        match store.append(append).await {
            Ok(()) => {
                assert!(!acknowledged, "an intent was accepted after the cancel was acknowledged");
                job = next;
            }
            Err(AppendError::Interrupted) => break,
            Err(other) => panic!("{other}"),
        }
        tokio::task::yield_now().await;
    }
    task.await.unwrap();
}

async fn messages_are_kept_in_order(store: Arc<dyn Store>) {
    let job = Held::create(&store, "job").await;
    let resolve = |how| Message::Resolve { effect: "t/0".into(), how, by: "ada".into() };
    let answer = Message::Answer {
        question: "t/1".into(),
        digest: "d".into(),
        value: "true".into(),
        by: "ada".into(),
    };
    let messages = [
        signal("\"é\""),
        answer,
        Message::Pause { by: "ada".into() },
        Message::Resume { by: "ada".into() },
        cancel(),
        resolve(ResolveHow::Completed("1".into())),
        resolve(ResolveHow::NotDone),
        resolve(ResolveHow::Fail),
        late(),
    ];
    let before_ms = store.now_ms();
    for (number, message) in (1..).zip(&messages) {
        assert_eq!(job.post(&format!("r{number}"), message.clone()).await, Ok(number));
    }
    let rows = job.inbox().await;
    assert_eq!(rows.iter().map(|row| row.message.clone()).collect::<Vec<_>>(), messages);
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
    assert_eq!(rows[8].request_id, "r9");
    assert!(rows.is_sorted_by_key(|row| row.time_ms) && rows[0].time_ms >= before_ms);
    let none = JobKey::new("default", "none");
    assert_eq!(store.post(&none, "r", cancel()).await, Err(PostError::NoJob));
    assert!(store.inbox(&none).await.unwrap().is_empty());
}

async fn a_request_is_one_row(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    assert_eq!(job.post("a", signal("1")).await, Ok(1));
    assert_eq!(job.post("b", signal("2")).await, Ok(2));
    assert_eq!(job.post("a", signal("3")).await, Ok(1));
    assert_eq!(job.inbox().await.len(), 2);
    assert_eq!(job.inbox().await[0].message, signal("1"));
    // Known again when its row is gone, and numbers are not used again.
    let append = Append { consume: vec![1, 2], ..job.next(&[note("1")]) };
    store.append(append).await.unwrap();
    assert_eq!(job.post("a", signal("1")).await, Ok(1));
    assert!(job.inbox().await.is_empty());
    assert_eq!(job.post("c", signal("4")).await, Ok(3));
    // And after the end.
    let end = Append { state: JobState::Cancelled, ..job.next(&[Event::JobCancelled]) };
    store.append(end).await.unwrap();
    assert_eq!(job.post("b", signal("2")).await, Ok(2));
    for request_id in ["", &"x".repeat(REQUEST_ID_BYTES + 1)] {
        assert!(matches!(job.post(request_id, signal("1")).await, Err(PostError::Store(_))));
    }
}

async fn requests_at_once_get_numbers_of_their_own(store: Arc<dyn Store>) {
    let job = Held::create(&store, "job").await;
    let mut tasks = JoinSet::new();
    for index in 0..64 {
        let job = job.clone();
        // Every request is sent twice.
        tasks.spawn(async move { job.post(&format!("r{}", index / 2), signal("1")).await.unwrap() });
    }
    let numbers: BTreeSet<u64> = tasks.join_all().await.into_iter().collect();
    assert_eq!(numbers, (1..=32).collect());
    assert_eq!(job.inbox().await.len(), 32);
}

async fn a_full_inbox_refuses_signals_only(store: Arc<dyn Store>) {
    let job = Held::create(&store, "job").await;
    let fill = |count: usize, message: Message, name: &'static str| {
        let (job, mut tasks) = (job.clone(), JoinSet::new());
        for index in 0..count {
            let (job, message) = (job.clone(), message.clone());
            tasks.spawn(async move { job.post(&format!("{name}{index}"), message).await });
        }
        tasks.join_all()
    };
    assert!(fill(INBOX_ROWS, signal("1"), "signal").await.iter().all(Result::is_ok));
    assert_eq!(job.post("one more", signal("1")).await, Err(PostError::Full(INBOX_ROWS)));
    assert!(job.post("signal0", signal("1")).await.is_ok(), "a row that is there is not a new one");
    let stop = fill(INBOX_RESERVE, cancel(), "cancel").await;
    assert!(stop.iter().all(Result::is_ok), "a flooded job can be stopped");
    assert_eq!(job.post("too many", cancel()).await, Err(PostError::Full(INBOX_ROWS + INBOX_RESERVE)));
    assert!(job.post("late", late()).await.is_ok(), "a fact about the world is never turned away");
}

async fn an_ended_job_stays_as_it_is(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let end = Append { state: JobState::Failed, ..job.next(&[note("1")]) };
    store.append(end).await.unwrap();
    assert_eq!(job.post("r1", signal("1")).await, Err(PostError::Ended(JobState::Failed)));
    assert_eq!(job.post("r2", cancel()).await, Err(PostError::Ended(JobState::Failed)));
    assert_eq!(job.post("r3", late()).await, Ok(1));
    assert!(is_defect(&store.append(job.clone().next(&[note("2")])).await));
    assert_eq!(job.row().await.state, JobState::Failed);
    // What was owed is still recorded.
    let duplicate = Event::DuplicateEffect { effect: "t/0".into(), attempt: 1 };
    let settle = Append { state: JobState::Failed, consume: vec![1], ..job.next(&[duplicate]) };
    assert_eq!(store.append(settle).await, Ok(()));
}

async fn every_commit_changes_the_version(store: Arc<dyn Store>) {
    let key = JobKey::new("default", "job");
    let mut seen = vec![store.version().await.unwrap()];
    store.put_program(program().hash(), program()).await.unwrap();
    seen.push(store.version().await.unwrap());
    let mut head = Head::START;
    store.create(new_job(&key, &mut head, 5)).await.unwrap();
    seen.push(store.version().await.unwrap());
    let mut job = Held::take(&store, &key, head).await;
    seen.push(store.version().await.unwrap());
    job.write(&[note("1")]).await;
    seen.push(store.version().await.unwrap());
    job.post("r", signal("1")).await.unwrap();
    seen.push(store.version().await.unwrap());
    store.heartbeat("w").await.unwrap();
    seen.push(store.version().await.unwrap());
    store.release(&key, job.fence).await.unwrap();
    seen.push(store.version().await.unwrap());
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 8, "{seen:?}");
    // Looking changes nothing.
    store.events(&key, 1, 10).await.unwrap();
    job.inbox().await;
    job.row().await;
    assert_eq!(store.version().await.ok(), seen.pop());
}

async fn refusals_do_not_touch_others(store: Arc<dyn Store>) {
    let mut tasks = JoinSet::new();
    for index in 0..24 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut job = Held::create(&store, &format!("job{index}")).await;
            for round in 0..8 {
                if (index + round) % 3 == 0 {
                    let mut wrong = job.clone().next(&[note("1"), note("2")]);
                    wrong.events[1].hash[0] ^= 1;
                    assert!(is_defect(&store.append(wrong).await));
                    let fenced = Fence { nonce: job.fence.nonce ^ 1, ..job.fence };
                    let fenced = Append { fence: fenced, ..job.clone().next(&[note("1")]) };
                    assert_eq!(store.append(fenced).await, Err(AppendError::Fenced));
                } else {
                    job.write(&[note("1"), note("2")]).await;
                }
            }
            assert_eq!(job.row().await.head, job.head);
        });
    }
    tasks.join_all().await;
}

async fn many_jobs_at_once_verify(store: Arc<dyn Store>) {
    let mut tasks = JoinSet::new();
    for index in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut job = Held::create(&store, &format!("job{index}")).await;
            for round in 0..10 {
                job.post(&format!("r{round}"), signal("1")).await.unwrap();
                let large = "y".repeat(round * 1_000);
                let mut append = job.next(&[note("1"), note(&large)]);
                append.consume = vec![round as u64 + 1];
                store.append(append).await.unwrap();
            }
            let report = verify(&*store, &job.key, Some(job.head.hash)).await.unwrap().unwrap();
            assert_eq!((report.events, report.problem), (21, None));
            assert_eq!(report.proof, Proof::Integrity { upto: 21 });
        });
    }
    tasks.join_all().await;
}

async fn what_one_commits_the_other_sees(here: Arc<dyn Store>, there: Arc<dyn Store>) {
    let before = there.version().await.unwrap();
    let mut job = Held::create(&here, "job").await;
    job.write(&[note(&"z".repeat(INLINE_PAYLOAD * 3))]).await;
    assert_ne!(there.version().await.unwrap(), before);
    assert_eq!(there.job(&job.key).await.unwrap(), Some(job.row().await));
    assert_eq!(there.events(&job.key, 1, 10).await, here.events(&job.key, 1, 10).await);
    assert_eq!(there.program(program().hash()).await, Ok(Some(program())));
    there.post(&job.key, "r", signal("1")).await.unwrap();
    assert_eq!(job.inbox().await.len(), 1);
}

async fn a_takeover_fences_the_former_holder(here: Arc<dyn Store>, there: Arc<dyn Store>) {
    let mut job = Held::create(&here, "job").await;
    let mut other = Held::take(&there, &job.key, job.head).await;
    assert_eq!(here.append(job.next(&[note("1")])).await, Err(AppendError::Fenced));
    other.write(&[note("2")]).await;
    assert_eq!(here.job(&job.key).await.unwrap().unwrap().head, other.head);
}

async fn the_rules_hold_across_handles(here: Arc<dyn Store>, there: Arc<dyn Store>) {
    let job = Held::create(&here, "job").await;
    let mut tasks = JoinSet::new();
    for index in 0..16_u64 {
        let (store, mut copy) = (if index % 2 == 0 { here.clone() } else { there.clone() }, job.clone());
        copy.next_id = u128::from(index) << 32;
        let append = copy.next(&[note(&index.to_string())]);
        tasks.spawn(async move {
            let number = store.post(&append.key, "the same", signal("1")).await.unwrap();
            assert_eq!(number, 1);
            u64::from(store.append(append).await.is_ok())
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<u64>(), 1);
    assert_eq!(there.inbox(&job.key).await.unwrap().len(), 1);
    assert_eq!(there.events(&job.key, 1, 10).await.unwrap().len(), 2);
}
