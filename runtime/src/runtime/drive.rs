//! Executing a job: take its lease, rebuild it, run it; or follow the one who does.

use std::sync::PoisonError;
use std::time::Duration;

use super::Runtime;
use super::rebuild::PAGE;
use crate::crash::{self, Boundary};
use crate::event::{Event, StoredEvent};
use crate::grant::Grants;
use crate::job::{DriveError, DriveOptions, Driver, End, Held, Stop, Stopped, error_from_json};
use crate::limits;
use crate::replay::Origin;
use crate::schedule::{Claim, Watch, attempt_name};
use crate::store::{Fence, JobKey, JobRow};
use crate::value::{Error, ErrorKind};

impl Runtime {
    /// Executes a job until it ends or stops. While another live worker executes it, waits for that one's end.
    ///
    /// # Errors
    /// When the store cannot be used, or log and program disagree; the job is left as it was.
    pub async fn drive(&self, key: &JobKey, options: DriveOptions) -> Result<End, DriveError> {
        let mut observed = Watch::new();
        let mut told = 0;
        loop {
            let row = self.row(key).await?;
            if row.state.ended() {
                self.tell(key, &options, &mut told).await?;
                return self.end_of(key, &row).await;
            }
            let turn = Turn::take(self, key);
            let claim = match turn {
                Some(_) => self.worker.claim(&row.lease, &mut observed).await?,
                None => Claim::Held,
            };
            match claim {
                Claim::Free => {
                    if let Some(fence) = self.store.take_lease(key, self.worker.id(), &row.lease).await? {
                        crash::point(Boundary::LeaseTaken);
                        match self.execute(key, fence, options.clone(), &mut told).await {
                            Err(DriveError::Fenced) => {}
                            ended => return ended,
                        }
                    }
                }
                Claim::Held => {
                    drop(turn);
                    self.tell(key, &options, &mut told).await?;
                    if *options.stop.borrow() != Stop::No {
                        return Ok(End::Stopped(Stopped::Interrupted));
                    }
                    tokio::time::sleep(Duration::from_millis(limits::POLL_MS)).await;
                }
                Claim::Stuck(why) => return Err(DriveError::Stuck { job: key.job.clone(), why }),
            }
        }
    }

    async fn row(&self, key: &JobKey) -> Result<JobRow, DriveError> {
        self.store.job(key).await?.ok_or_else(|| DriveError::NoJob(key.job.clone()))
    }

    /// Under the lease: rebuilds the machine and runs it. A lease that was not given back by then is given back.
    async fn execute(
        &self,
        key: &JobKey,
        fence: Fence,
        options: DriveOptions,
        told: &mut u64,
    ) -> Result<End, DriveError> {
        let executed = self.execute_held(key, fence, options, told).await;
        if matches!(executed, Err(DriveError::Divergence { .. } | DriveError::Program { .. })) {
            self.store.release(key, fence).await?;
        }
        executed
    }

    async fn execute_held(
        &self,
        key: &JobKey,
        fence: Fence,
        options: DriveOptions,
        told: &mut u64,
    ) -> Result<End, DriveError> {
        let row = self.row(key).await?;
        let program = self.program(&key.job, row.program).await?;
        let unusable = |why: String| DriveError::Program { job: key.job.clone(), why };
        let first = self.store.events(key, 1, 1).await?;
        let first = first.first().ok_or_else(|| unusable("the log is empty".to_owned()))?;
        let origin = Origin::read(&program, &key.job, &first.event).map_err(unusable)?;
        let grants: Grants = serde_json::from_str(&origin.grants)
            .map_err(|error| unusable(format!("its grants cannot be read: {error}")))?;
        self.tell(key, &options, told).await?;
        let cursor = self.rebuild(&row, &program, &origin).await?;
        let open = cursor.ledger.open_attempts();
        let orphans = open.map(|(effect, attempt)| attempt_name(key, effect, attempt)).collect();
        self.worker.end_orphans(orphans).await?;
        let held = Held {
            store: self.store.clone(),
            tools: self.host.tools(&program, &grants),
            entropy: self.entropy.clone(),
            clock: self.clock.clone(),
            worker: &self.worker,
            taken_ms: self.store.now_ms(),
            pace: self.pace,
            row,
            fence,
        };
        Driver::new(held, cursor, options).run().await
    }

    /// Passes on what others have committed.
    async fn tell(&self, key: &JobKey, options: &DriveOptions, told: &mut u64) -> Result<(), DriveError> {
        if options.observer.is_none() {
            return Ok(());
        }
        loop {
            let events = self.store.events(key, *told + 1, PAGE).await?;
            send_new(&events, options, told);
            if events.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// How a job that has ended ended.
    async fn end_of(&self, key: &JobKey, row: &JobRow) -> Result<End, DriveError> {
        let last = self.store.events(key, row.head.seq, 1).await?;
        let unusable = |why: &str| DriveError::Program { job: key.job.clone(), why: why.to_owned() };
        match last.first().map(|stored| &stored.event) {
            Some(Event::JobCompleted { result }) => {
                let result = result.text().ok_or_else(|| unusable("its result was erased"))?.to_owned();
                Ok(End::Completed { result })
            }
            Some(Event::JobFailed { error, trace }) => {
                let error = error
                    .text()
                    .map_or_else(
                        || Ok(Error::new(ErrorKind::Failed, "the error was erased")),
                        error_from_json,
                    )
                    .unwrap_or_else(|error| error);
                Ok(End::Failed { error, trace: trace.clone() })
            }
            Some(Event::JobCancelled) => Ok(End::Cancelled),
            _ => Err(unusable("its log does not end with its end")),
        }
    }
}

/// The right to execute a job within this process, given back with the value.
struct Turn<'r>(&'r Runtime, &'r JobKey);

impl<'r> Turn<'r> {
    fn take(runtime: &'r Runtime, key: &'r JobKey) -> Option<Self> {
        let mut driven = runtime.driven.lock().unwrap_or_else(PoisonError::into_inner);
        driven.insert(key.clone()).then_some(Self(runtime, key))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.driven.lock().unwrap_or_else(PoisonError::into_inner).remove(self.1);
    }
}

fn send_new(events: &[StoredEvent], options: &DriveOptions, told: &mut u64) {
    let Some(observer) = &options.observer else { return };
    for event in events.iter().filter(|event| event.seq > *told) {
        let _ = observer.send(event.clone());
    }
    *told = events.last().map_or(*told, |event| event.seq.max(*told));
}
