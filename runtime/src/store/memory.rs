//! A store in memory: every guarantee but survival, with scripted faults, for tests and simulation.
//!
//! In: what any store takes, and [`Fault`]s. Out: the same answers as from disk. Invariant: one mutex is the
//! transaction, so whatever is seen is whole.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::rules::{self, Admission};
use super::{
    Append, AppendError, Created, Fence, InboxRow, JobFilter, JobKey, JobRow, Lease, Message, NewJob,
    PostError, RawEvent, Snapshot, Store, StoreError, StoredProgram, clock,
};
use crate::event::{StoredEvent, codec};

/// A store that ends with the process.
pub struct MemoryStore {
    clock: Box<dyn Fn() -> i64 + Send + Sync>,
    nonce: Box<dyn Fn() -> Result<u64, StoreError> + Send + Sync>,
    state: Mutex<State>,
}

/// What can be made to happen to an append.
#[derive(Debug)]
pub enum Fault {
    /// It does not arrive: [`AppendError::Unknown`], nothing written.
    LostBefore,
    /// Its acknowledgement does not arrive: [`AppendError::Unknown`], all written.
    LostAfter,
    /// The store fails, nothing written.
    Fails(StoreError),
    /// It arrives only when the other end sends or is dropped.
    Held(oneshot::Receiver<()>),
}

#[derive(Default)]
struct State {
    commits: u64,
    appends: u64,
    faults: BTreeMap<u64, Fault>,
    snapshots: u64,
    #[cfg(test)]
    kept: Vec<Snapshot>,
    read: u64,
    snapshot_fault: Option<StoreError>,
    programs: BTreeMap<[u8; 32], StoredProgram>,
    jobs: BTreeMap<JobKey, Job>,
    workers: BTreeMap<String, u64>,
}

struct Job {
    row: JobRow,
    last_append: Option<u128>,
    events: Vec<RawEvent>,
    snapshot: Option<Snapshot>,
    inbox: BTreeMap<u64, InboxRow>,
    /// Every request id ever taken, with its row's number: consumed rows are still known.
    requests: BTreeMap<String, u64>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        let system = clock::SystemClock::default();
        Self::with(move || system.now_ms(), clock::nonce)
    }
}

impl MemoryStore {
    /// An empty store on the system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store on another clock, with other nonces: for simulation.
    pub fn with(
        clock: impl Fn() -> i64 + Send + Sync + 'static,
        nonce: impl Fn() -> Result<u64, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self { clock: Box::new(clock), nonce: Box::new(nonce), state: Mutex::default() }
    }

    /// A store that holds one job with its log as it stands, whether or not that is whole.
    pub(crate) fn holding(row: JobRow, program: StoredProgram, events: Vec<RawEvent>) -> Self {
        let store = Self::default();
        {
            let mut state = store.state();
            state.programs.insert(row.program, program);
            let (inbox, requests) = (BTreeMap::new(), BTreeMap::new());
            let key = row.key.clone();
            let job = Job { row, last_append: None, events, snapshot: None, inbox, requests };
            state.jobs.insert(key, job);
        }
        store
    }

    /// How many appends have been asked for.
    #[must_use]
    pub fn appends(&self) -> u64 {
        self.state().appends
    }

    /// Lets a fault strike the `nth` append from now on; 1 is the next.
    pub fn fail_append(&self, nth: u64, fault: Fault) {
        let mut state = self.state();
        let at = state.appends + nth;
        state.faults.insert(at, fault);
    }

    /// Events that were read so far.
    #[must_use]
    pub fn events_read(&self) -> u64 {
        self.state().read
    }

    /// Every snapshot that was kept so far.
    #[cfg(test)]
    pub(crate) fn all_snapshots(&self) -> Vec<Snapshot> {
        self.state().kept.clone()
    }

    /// How many snapshots were kept so far.
    #[must_use]
    pub fn snapshots(&self) -> u64 {
        self.state().snapshots
    }

    /// Lets every snapshot from now on fail like this.
    pub fn fail_snapshots(&self, error: StoreError) {
        self.state().snapshot_fault = Some(error);
    }

    /// Changes the snapshot of a job behind the store's back. False if there is none.
    pub fn tamper_snapshot(&self, key: &JobKey, change: impl FnOnce(&mut Snapshot)) -> bool {
        let mut state = self.state();
        state.jobs.get_mut(key).and_then(|job| job.snapshot.as_mut()).map(change).is_some()
    }

    /// Changes a stored event behind the store's back: damage, or the erasure of a payload. False if there is none.
    pub fn tamper(&self, key: &JobKey, seq: u64, change: impl FnOnce(&mut RawEvent)) -> bool {
        let mut state = self.state();
        let event =
            state.jobs.get_mut(key).and_then(|job| job.events.iter_mut().find(|event| event.seq == seq));
        event.map(change).is_some()
    }

    /// Takes the last events away behind the store's back, the row unchanged.
    pub fn cut(&self, key: &JobKey, keep: usize) {
        if let Some(job) = self.state().jobs.get_mut(key) {
            job.events.truncate(keep);
        }
    }

    /// A panic elsewhere while the lock is held leaves whole data: nothing below panics between two writes.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_fault(&self) -> Option<Fault> {
        let mut state = self.state();
        state.appends += 1;
        let now = state.appends;
        state.faults.remove(&now)
    }
}

impl State {
    fn append(&mut self, append: Append) -> Result<(), AppendError> {
        let job = self.jobs.get_mut(&append.key).ok_or(AppendError::NoJob)?;
        let interrupted = job
            .inbox
            .values()
            .any(|row| rules::interrupts(&row.message) && !append.consume.contains(&row.number));
        let Admission::Write(head) = rules::admit(&job.row, job.last_append, &append, interrupted)? else {
            return Ok(());
        };
        if let Some(missing) = append.consume.iter().find(|number| !job.inbox.contains_key(number)) {
            return Err(rules::no_inbox_row(*missing).into());
        }
        for number in &append.consume {
            job.inbox.remove(number);
        }
        rules::next_row(&mut job.row, &append, head);
        job.snapshot.take_if(|_| append.state.ended());
        job.last_append = Some(append.id);
        let epoch = append.fence.epoch;
        job.events.extend(append.events.into_iter().map(|event| raw(event, epoch)));
        self.commits += 1;
        Ok(())
    }
}

fn raw(event: super::EncodedEvent, epoch: u64) -> RawEvent {
    RawEvent {
        seq: event.seq,
        epoch,
        time_ms: event.time_ms,
        body: event.body,
        payloads: event
            .payloads
            .into_iter()
            .map(|payload| payload.bytes.map(|bytes| bytes.to_vec()))
            .collect(),
        hash: event.hash,
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    async fn version(&self) -> Result<u64, StoreError> {
        Ok(self.state().commits)
    }

    async fn put_program(&self, hash: [u8; 32], program: StoredProgram) -> Result<(), StoreError> {
        rules::check_program(&hash, &program)?;
        let mut state = self.state();
        state.programs.entry(hash).or_insert(program);
        state.commits += 1;
        Ok(())
    }

    async fn program(&self, hash: [u8; 32]) -> Result<Option<StoredProgram>, StoreError> {
        Ok(self.state().programs.get(&hash).cloned())
    }

    async fn create(&self, job: NewJob) -> Result<Created, StoreError> {
        let row = rules::first_row(&job)?;
        let mut state = self.state();
        if let Some(there) = state.jobs.get(&job.key) {
            return Ok(Created::Exists(Box::new(there.row.clone())));
        }
        if !state.programs.contains_key(&job.program) {
            return Err(rules::no_program(&job.program));
        }
        let events = vec![raw(job.event, 0)];
        let (inbox, requests) = (BTreeMap::new(), BTreeMap::new());
        let new = Job { row, last_append: None, events, snapshot: None, inbox, requests };
        state.jobs.insert(job.key, new);
        state.commits += 1;
        Ok(Created::New)
    }

    async fn job(&self, key: &JobKey) -> Result<Option<JobRow>, StoreError> {
        Ok(self.state().jobs.get(key).map(|job| job.row.clone()))
    }

    async fn jobs(&self, namespace: &str, filter: JobFilter) -> Result<Vec<JobRow>, StoreError> {
        let mut rows: Vec<JobRow> = self
            .state()
            .jobs
            .values()
            .filter(|job| job.row.key.namespace == namespace && filter.takes(&job.row))
            .map(|job| job.row.clone())
            .collect();
        rows.sort_by(|a, b| b.created_ms.cmp(&a.created_ms).then_with(|| b.key.job.cmp(&a.key.job)));
        Ok(rows)
    }

    async fn events(&self, key: &JobKey, from: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = self.raw_events(key, from, limit).await?;
        let decode = |row: RawEvent| {
            let seq = row.seq;
            codec::decode_row(row).map_err(|why| rules::corrupt_event(key, seq, &why))
        };
        rows.into_iter().map(decode).collect()
    }

    async fn raw_events(&self, key: &JobKey, from: u64, limit: usize) -> Result<Vec<RawEvent>, StoreError> {
        let mut state = self.state();
        let Some(job) = state.jobs.get(key) else { return Ok(Vec::new()) };
        let start = job.events.partition_point(|event| event.seq < from);
        let found: Vec<RawEvent> = job.events.iter().skip(start).take(limit).cloned().collect();
        state.read += found.len() as u64;
        Ok(found)
    }

    async fn append(&self, append: Append) -> Result<(), AppendError> {
        let lost = || AppendError::Unknown("a scripted fault".into());
        match self.next_fault() {
            None => self.state().append(append),
            Some(Fault::LostBefore) => Err(lost()),
            Some(Fault::LostAfter) => {
                self.state().append(append)?;
                Err(lost())
            }
            Some(Fault::Fails(error)) => Err(error.into()),
            Some(Fault::Held(gate)) => {
                // Either way it arrives now: a test that ends drops its end.
                let _ = gate.await;
                self.state().append(append)
            }
        }
    }

    async fn put_snapshot(&self, key: &JobKey, fence: Fence, snapshot: Snapshot) -> Result<(), AppendError> {
        let mut state = self.state();
        if let Some(error) = &state.snapshot_fault {
            return Err(error.clone().into());
        }
        let job = state.jobs.get_mut(key).ok_or(AppendError::NoJob)?;
        let event = job.events.iter().rev().find(|event| event.seq == snapshot.seq);
        rules::admit_snapshot(&job.row, fence, &snapshot, event.map(|event| event.hash))?;
        #[cfg(test)]
        let copy = snapshot.clone();
        job.snapshot = Some(snapshot);
        #[cfg(test)]
        state.kept.push(copy);
        state.commits += 1;
        state.snapshots += 1;
        Ok(())
    }

    async fn snapshot(&self, key: &JobKey) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.state().jobs.get(key).and_then(|job| job.snapshot.clone()))
    }

    async fn drop_snapshot(&self, key: &JobKey) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.jobs.get_mut(key).and_then(|job| job.snapshot.take()).is_some() {
            state.commits += 1;
        }
        Ok(())
    }

    async fn take_lease(
        &self,
        key: &JobKey,
        worker: &str,
        observed: &Lease,
    ) -> Result<Option<Fence>, StoreError> {
        let nonce = (self.nonce)()?;
        let mut state = self.state();
        let Some(job) = state.jobs.get_mut(key).filter(|job| job.row.lease == *observed) else {
            return Ok(None);
        };
        job.row.lease = rules::next_lease(observed, worker, nonce);
        let fence = job.row.lease.fence;
        state.commits += 1;
        Ok(Some(fence))
    }

    async fn release(&self, key: &JobKey, fence: Fence) -> Result<(), StoreError> {
        let mut state = self.state();
        if let Some(job) = state.jobs.get_mut(key).filter(|job| job.row.lease.fence == fence) {
            job.row.lease.holder = None;
            state.commits += 1;
        }
        Ok(())
    }

    async fn heartbeat(&self, worker: &str) -> Result<(), StoreError> {
        let mut state = self.state();
        *state.workers.entry(worker.to_owned()).or_default() += 1;
        state.commits += 1;
        Ok(())
    }

    async fn worker(&self, worker: &str) -> Result<Option<u64>, StoreError> {
        Ok(self.state().workers.get(worker).copied())
    }

    async fn post(&self, key: &JobKey, request_id: &str, message: Message) -> Result<u64, PostError> {
        rules::check_request_id(request_id)?;
        let time_ms = self.now_ms();
        let mut state = self.state();
        let job = state.jobs.get_mut(key).ok_or(PostError::NoJob)?;
        if let Some(number) = job.requests.get(request_id) {
            return Ok(*number);
        }
        rules::admit_message(job.row.state, job.inbox.len(), &message)?;
        // Rows leave the inbox but never the list of requests: its length is the last number given.
        let number = job.requests.len() as u64 + 1;
        job.requests.insert(request_id.to_owned(), number);
        job.inbox.insert(number, InboxRow { number, request_id: request_id.to_owned(), time_ms, message });
        state.commits += 1;
        Ok(number)
    }

    async fn inbox(&self, key: &JobKey) -> Result<Vec<InboxRow>, StoreError> {
        let state = self.state();
        Ok(state.jobs.get(key).map(|job| job.inbox.values().cloned().collect()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::event::Event;
    use crate::store::conformance::{self, Held};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms() {
        conformance::all(|| Arc::new(MemoryStore::new())).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms_when_shared() {
        conformance::all_shared(|| {
            let store = Arc::new(MemoryStore::new());
            (store.clone(), store)
        })
        .await;
    }

    #[tokio::test]
    async fn faults_strike_where_they_are_asked_for() {
        let memory = Arc::new(MemoryStore::new());
        let store: Arc<dyn Store> = memory.clone();
        let mut job = Held::create(&store, "j").await;
        let append = job.next(&[Event::Paused { by: "me".into() }]);
        let events = async || store.events(&append.key, 1, 10).await.unwrap().len();
        memory.fail_append(1, Fault::LostBefore);
        memory.fail_append(2, Fault::LostAfter);
        assert!(matches!(store.append(append.clone()).await, Err(AppendError::Unknown(_))));
        assert_eq!(events().await, 1);
        assert!(matches!(store.append(append.clone()).await, Err(AppendError::Unknown(_))));
        assert_eq!(events().await, 2);
        assert_eq!(store.append(append.clone()).await, Ok(()), "refusal by its own id is success");
        assert_eq!(events().await, 2);

        let broken = StoreError::new(crate::store::StoreErrorKind::Io, "no");
        memory.fail_append(1, Fault::Fails(broken.clone()));
        assert_eq!(store.append(append.clone()).await, Err(AppendError::Store(broken)));

        let (open, gate) = oneshot::channel();
        memory.fail_append(1, Fault::Held(gate));
        let mut held = tokio::spawn({
            let (store, append) = (store.clone(), job.next(&[]));
            async move { store.append(append).await }
        });
        let soon = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, &mut held).await.is_err());
        open.send(()).unwrap();
        assert_eq!(held.await.unwrap(), Ok(()));
    }
}
