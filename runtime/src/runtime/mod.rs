//! The public face: start a job, execute it, talk to it, replay it. One [`Runtime`] per process and store.
//!
//! In: a compiled program and arguments, or the id of a job. Out: how it ended, or what it waits for. Invariant: a
//! job is executed only under its lease, and only by one process at a time.

mod drive;
mod not_run;
mod rebuild;
mod start;
mod system;
mod talk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

pub use not_run::{NotRun, not_run};
pub use start::{Start, StartError, Started};
pub use system::SystemHost;
pub use talk::{Doubt, OpenQuestion, TalkError};

use aeth_lang::bytecode;

use crate::event::StoredEvent;
use crate::grant::Grants;
use crate::host::clock::SystemClock;
use crate::host::entropy::SystemEntropy;
use crate::host::{Clock, Entropy, Tools};
use crate::job::DriveError;
use crate::limits;
use crate::machine::Program;
use crate::replay::{Divergence, Replay, ReplayReport};
use crate::schedule::ActiveWorker;
use crate::store::{JobKey, Store, StoreError};

/// Makes the tools of a job from what it was granted.
pub trait Host: Send + Sync + 'static {
    /// The doors of one job.
    fn tools(&self, program: &Program, grants: &Grants) -> Arc<dyn Tools>;
}

/// What a runtime is made of.
pub struct RuntimeOptions {
    /// Where jobs live.
    pub store: Arc<dyn Store>,
    /// The store's folder, in which workers prove that they live; `None` for a store in memory.
    pub folder: Option<PathBuf>,
    /// How the world is reached.
    pub host: Arc<dyn Host>,
}

/// Executes jobs of one store.
pub struct Runtime {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) worker: ActiveWorker,
    pace: Option<u64>,
    programs: Mutex<BTreeMap<[u8; 32], Arc<Program>>>,
    /// Jobs that this runtime executes at this moment: a lease of our own tells processes apart, not tasks.
    driven: Mutex<BTreeSet<JobKey>>,
}

impl Runtime {
    /// A runtime on a store. Registers this process as a worker: it proves that it lives as long as the value does.
    ///
    /// # Errors
    /// When the folder cannot be written, or the store does not take the first heartbeat.
    pub async fn open(options: RuntimeOptions) -> Result<Self, StoreError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let worker =
            ActiveWorker::start(options.store.clone(), clock.clone(), options.folder.as_deref()).await?;
        Ok(Self {
            store: options.store,
            host: options.host,
            clock,
            entropy: Arc::new(SystemEntropy),
            worker,
            pace: Some(limits::SNAPSHOT_PACE),
            programs: Mutex::new(BTreeMap::new()),
            driven: Mutex::new(BTreeSet::new()),
        })
    }

    /// Lets jobs be saved when their logs have grown by so many bytes: 0 as often as can be, `None` never. It changes
    /// only how long it takes to go on with them.
    pub fn save_every(&mut self, bytes: Option<u64>) {
        self.pace = bytes;
    }

    /// The store this runtime works on.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The program of a job, as it was when the job started.
    ///
    /// # Errors
    /// When it is missing from the store, or of a version this build does not know.
    pub async fn program(&self, job: &str, hash: [u8; 32]) -> Result<Arc<Program>, DriveError> {
        if let Some(program) = self.cached(hash) {
            return Ok(program);
        }
        let unusable = |why: String| DriveError::Program { job: job.to_owned(), why };
        let stored = self.store.program(hash).await?;
        let stored = stored.ok_or_else(|| unusable("it is not in the store".to_owned()))?;
        let module = bytecode::decode(&stored.module).map_err(|error| unusable(error.to_string()))?;
        let debug = bytecode::decode_debug(&stored.debug).map_err(|error| unusable(error.to_string()))?;
        let program = Program::load(module, debug).map_err(|error| unusable(error.to_string()))?;
        if program.hash.0 != hash {
            return Err(unusable("its bytes are not those of its hash".to_owned()));
        }
        self.keep(&program);
        Ok(program)
    }

    fn cached(&self, hash: [u8; 32]) -> Option<Arc<Program>> {
        self.programs.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&hash).cloned()
    }

    pub(crate) fn keep(&self, program: &Arc<Program>) {
        let mut programs = self.programs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        programs.insert(program.hash.0, program.clone());
    }

    /// Every event of a job.
    pub(crate) async fn log(&self, key: &JobKey) -> Result<Vec<StoredEvent>, StoreError> {
        let mut log = Vec::new();
        loop {
            let page = self.store.events(key, log.len() as u64 + 1, rebuild::PAGE).await?;
            let last = page.len() < rebuild::PAGE;
            log.extend(page);
            if last {
                return Ok(log);
            }
        }
    }

    /// Replays a job's whole log without a single effect (R2).
    ///
    /// # Errors
    /// When the job or its program cannot be read, or at the first place where log and program disagree.
    pub async fn replay(&self, key: &JobKey) -> Result<ReplayReport, DriveError> {
        let row = self.store.job(key).await?.ok_or_else(|| DriveError::NoJob(key.job.clone()))?;
        let program = self.program(&key.job, row.program).await?;
        let diverged = |divergence| DriveError::Divergence { job: key.job.clone(), divergence };
        let (mut replay, mut next): (Option<Replay>, u64) = (None, 1);
        loop {
            let page = self.store.events(key, next, rebuild::PAGE).await?;
            for stored in &page {
                let begun = match replay.take() {
                    Some(begun) => begun,
                    None => Replay::new(&program, &key.job, stored).map_err(diverged)?,
                };
                replay.insert(begun).feed(stored).map_err(diverged)?;
                next = stored.seq + 1;
            }
            if page.len() < rebuild::PAGE {
                let empty = Divergence { seq: 0, what: "the log is empty".to_owned(), place: None };
                return replay.ok_or(empty).and_then(Replay::finish).map_err(diverged);
            }
        }
    }
}
