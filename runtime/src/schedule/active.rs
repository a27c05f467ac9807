//! A worker at work: it proves that it lives, keeps its dispatch window open, and judges the leases of others.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::heartbeat::Heartbeat;
use super::lease::{Turn, Watch};
use super::liveness::{Worker, Workers};
use super::window::Window;
use crate::effect::EffectId;
use crate::host::{Clock, end_orphans};
use crate::limits::LEASE_MS;
use crate::store::{JobKey, Lease, Store, StoreError, StoreErrorKind};

/// How long children of a dead worker, and a worker that was ended, may take to be gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes jobs, and proves that it lives as long as the value does.
pub struct ActiveWorker {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    folder: Option<PathBuf>,
    workers: Workers,
    window: Arc<Window>,
    // Dropped in this order: the window closes before the lock is given back.
    _heartbeat: Heartbeat,
    worker: Worker,
}

/// What may be done about a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody lives who holds it: take it.
    Free,
    /// Its holder lives and works.
    Held,
    /// Its holder does not work and cannot be ended from here.
    Stuck(String),
}

impl ActiveWorker {
    /// A fresh worker: its lock is taken and its first heartbeat written before it can hold anything.
    ///
    /// # Errors
    /// When the folder cannot be written, or the store does not take the heartbeat.
    pub async fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        folder: Option<&Path>,
    ) -> Result<Self, StoreError> {
        let workers = folder.map_or_else(Workers::in_process, Workers::in_folder);
        let worker = workers.register().map_err(|error| {
            StoreError::new(StoreErrorKind::Open, format!("this worker cannot prove that it lives: {error}"))
        })?;
        let window = Arc::new(Window::default());
        let heartbeat =
            Heartbeat::start(store.clone(), clock.clone(), worker.id.clone(), window.clone()).await?;
        let folder = folder.map(Path::to_owned);
        Ok(Self { store, clock, folder, workers, window, _heartbeat: heartbeat, worker })
    }

    /// Its random id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.worker.id
    }

    /// Until when it may send.
    #[must_use]
    pub fn window(&self) -> Arc<Window> {
        self.window.clone()
    }

    /// What may be done about a lease (S1, S2). A dead holder is replaced at once; one that lives but whose heartbeat
    /// has stood still for a full lease is ended first.
    ///
    /// # Errors
    /// When the store or the locks cannot be read.
    pub async fn claim(&self, lease: &Lease, watch: &mut Watch) -> Result<Claim, StoreError> {
        let Some(holder) = lease.holder.as_deref() else { return Ok(Claim::Free) };
        let liveness = self.workers.liveness(holder).map_err(|error| {
            StoreError::new(StoreErrorKind::Io, format!("the lock of a worker cannot be read: {error}"))
        })?;
        let heartbeat = self.store.worker(holder).await?;
        let now_ms = self.clock.elapsed_ms();
        Ok(match watch.observe(self.id(), now_ms, lease, heartbeat, liveness, LEASE_MS) {
            Turn::Take | Turn::Ours | Turn::TakeOver => Claim::Free,
            Turn::Wait { .. } => Claim::Held,
            Turn::KillThenTake => self.end(holder).await,
        })
    }

    async fn end(&self, holder: &str) -> Claim {
        let (workers, holder) = (self.workers.clone(), holder.to_owned());
        match tokio::task::spawn_blocking(move || workers.kill_stopped(&holder, PATIENCE)).await {
            Ok(Ok(())) => Claim::Free,
            Ok(Err(error)) => Claim::Stuck(error.to_string()),
            Err(error) => Claim::Stuck(error.to_string()),
        }
    }

    /// Makes sure that no child of these attempts still works: its group is ended, and waited for (S2).
    ///
    /// # Errors
    /// When one does not end.
    pub async fn end_orphans(&self, attempts: Vec<String>) -> Result<(), StoreError> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        if attempts.is_empty() {
            return Ok(());
        }
        let ended = tokio::task::spawn_blocking(move || {
            attempts.iter().try_for_each(|attempt| end_orphans(&locks(&folder), attempt, PATIENCE))
        });
        let failed = |why: String| {
            StoreError::new(
                StoreErrorKind::Other,
                format!("a child of an earlier attempt cannot be ended: {why}"),
            )
        };
        ended.await.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
    }
}

/// The name of an attempt, unique in a store: what an orphaned child is found by.
#[must_use]
pub fn attempt_name(key: &JobKey, effect: &EffectId, attempt: u32) -> String {
    format!("{}/{}/{effect}#{attempt}", key.namespace, key.job)
}

/// Where the locks of children stand, in the folder of a store.
#[must_use]
pub fn locks(folder: &Path) -> PathBuf {
    folder.join("locks")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::SystemClock;
    use crate::store::Fence;
    use crate::store::memory::MemoryStore;

    #[tokio::test]
    async fn only_what_no_living_worker_holds_is_free() {
        let folder = tempfile::tempdir().unwrap();
        for folder in [None, Some(folder.path())] {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
            let start = || ActiveWorker::start(store.clone(), Arc::new(SystemClock), folder);
            let (one, two) = (start().await.unwrap(), start().await.unwrap());
            let fence = Fence { epoch: 1, nonce: 1 };
            let held = |holder: Option<&str>| Lease { holder: holder.map(str::to_owned), fence };
            let mut seen = Watch::new();
            assert_eq!(two.claim(&held(None), &mut seen).await.unwrap(), Claim::Free);
            assert_eq!(two.claim(&held(Some(one.id())), &mut seen).await.unwrap(), Claim::Held);
            assert_eq!(two.claim(&held(Some("gone")), &mut seen).await.unwrap(), Claim::Free);
            let id = one.id().to_owned();
            drop(one);
            assert_eq!(two.claim(&held(Some(&id)), &mut seen).await.unwrap(), Claim::Free);
        }
    }
}
