//! Jobs and their logs as the commands that only look read them.

use aeth_runtime::event::StoredEvent;
use aeth_runtime::event::fold::JobView;
use aeth_runtime::store::{JobKey, JobRow, Store};

use crate::exit::Failure;
use crate::place::cannot_use;

/// Events that are read at once.
const BATCH: usize = 256;

/// The row of a job that must be there.
pub(crate) async fn row(store: &dyn Store, key: &JobKey) -> Result<JobRow, Failure> {
    let row = store.job(key).await.map_err(|error| cannot_use(&error))?;
    row.ok_or_else(|| no_job(key))
}

/// There is no such job, in words.
pub(crate) fn no_job(key: &JobKey) -> Failure {
    let namespace =
        if key.namespace == "default" { String::new() } else { format!(" in namespace {}", key.namespace) };
    Failure::usage(format!("there is no job `{}`{namespace}", key.job))
        .help("`aeth jobs` lists the jobs there are")
}

/// All events of a job from a number on.
pub(crate) async fn events(store: &dyn Store, key: &JobKey, from: u64) -> Result<Vec<StoredEvent>, Failure> {
    let mut events: Vec<StoredEvent> = Vec::new();
    loop {
        let next = events.last().map_or(from, |event| event.seq + 1);
        let more = store.events(key, next, BATCH).await.map_err(|error| cannot_use(&error))?;
        let full = more.len() == BATCH;
        events.extend(more);
        if !full {
            return Ok(events);
        }
    }
}

/// The view of a job.
pub(crate) async fn view(store: &dyn Store, key: &JobKey) -> Result<JobView, Failure> {
    let events = events(store, key, 1).await?;
    JobView::of(&events).ok_or_else(|| {
        Failure::unusable(format!("the log of job `{}` does not begin with its creation", key.job))
            .help(format!("`aeth verify {}` says more", key.job))
    })
}
