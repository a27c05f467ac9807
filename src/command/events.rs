//! `aeth events`: prints a job's events, and stays for those to come.

use std::time::Duration;

use aeth_runtime::event::{StoredEvent, json};
use aeth_runtime::limits::POLL_MS;
use aeth_runtime::store::{JobKey, Store};

use super::log;
use crate::args::Events;
use crate::exit::{Exit, Failure, Outcome};
use crate::place::{Place, cannot_use};
use crate::terminal::{self, event};

/// Events that are read at once.
const BATCH: usize = 256;
/// Columns of a line where there is no terminal.
const COLUMNS: usize = 400;

pub(crate) async fn run(namespace: &str, args: &Events) -> Outcome {
    let home = Place::choose(args.store.store.as_deref())?.open()?;
    let key = JobKey::new(namespace, &args.job);
    let created_ms = log::row(&*home.store, &key).await?.created_ms;
    let mut next = 1;
    loop {
        // Read before the events: what is committed in between changes it, and is found the next time.
        let version = home.store.version().await.map_err(|error| cannot_use(&error))?;
        let ended = log::row(&*home.store, &key).await?.state.ended();
        print_from(&*home.store, &key, &mut next, created_ms, args.json).await?;
        if !args.follow || ended {
            return Ok(Exit::Done);
        }
        changed(&*home.store, version).await?;
    }
}

async fn print_from(
    store: &dyn Store,
    key: &JobKey,
    next: &mut u64,
    created_ms: i64,
    as_json: bool,
) -> Result<(), Failure> {
    loop {
        let events = store.events(key, *next, BATCH).await.map_err(|error| cannot_use(&error))?;
        for event in &events {
            print(event, created_ms, as_json)?;
            *next = event.seq + 1;
        }
        if events.len() < BATCH {
            return Ok(());
        }
    }
}

fn print(event: &StoredEvent, created_ms: i64, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return terminal::print_json(&json::line(event));
    }
    let columns = terminal::print_columns().unwrap_or(COLUMNS);
    terminal::print(&event::line(event, created_ms, columns))
}

/// Waits until anyone has committed anything.
async fn changed(store: &dyn Store, version: u64) -> Result<(), Failure> {
    loop {
        tokio::time::sleep(Duration::from_millis(POLL_MS)).await;
        if store.version().await.map_err(|error| cannot_use(&error))? != version {
            return Ok(());
        }
    }
}
