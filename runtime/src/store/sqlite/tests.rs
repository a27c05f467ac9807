//! What only a store on disk can get wrong.
#![allow(clippy::disallowed_methods, reason = "tests damage files, start children and wait for them")]

mod damage;
mod opening;
mod processes;

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::event::Event;
use crate::event::verify::{Report, verify};
use crate::store::Head;
use crate::store::conformance::{self, Held};

/// A store that gives up waiting for others soon.
fn impatient(directory: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open_within(directory, Missing::Create, Duration::from_millis(50))
}

fn shared(directory: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open_or_create(directory).unwrap())
}

fn note(text: &str) -> Event {
    Event::NoteRecorded { effect: "t/0".into(), note: crate::event::Payload::new(text.as_bytes()) }
}

async fn report(store: &dyn Store, job: &str) -> Result<Report, StoreError> {
    Ok(verify(store, &JobKey::new("default", job), None).await?.expect("the job is there"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    let directory = tempfile::tempdir().unwrap();
    let count = AtomicU32::new(0);
    conformance::all(|| shared(&directory.path().join(count.fetch_add(1, Ordering::Relaxed).to_string())))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms_when_shared() {
    let directory = tempfile::tempdir().unwrap();
    let count = AtomicU32::new(0);
    conformance::all_shared(|| {
        let directory = directory.path().join(count.fetch_add(1, Ordering::Relaxed).to_string());
        (shared(&directory), shared(&directory))
    })
    .await;
}

#[tokio::test]
async fn what_was_acknowledged_is_there_when_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = shared(directory.path());
    let mut job = Held::create(&store, "j").await;
    job.write(&[note("1"), note(&"x".repeat(100_000))]).await;
    let (row, key, head) = (store.job(&job.key).await.unwrap(), job.key.clone(), job.head);
    drop((job, store));
    assert!(!directory.path().join("aeth.db-wal").exists(), "the last one out tidies up");
    let store = SqliteStore::open_existing(directory.path()).unwrap();
    assert_eq!(store.job(&key).await.unwrap(), row);
    let report = report(&store, "j").await.unwrap();
    assert_eq!((report.events, report.head, report.problem), (3, head.hash, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn appends_at_once_share_commits() {
    let directory = tempfile::tempdir().unwrap();
    let store = shared(directory.path());
    let mut jobs = Vec::new();
    for index in 0..64 {
        jobs.push(Held::create(&store, &format!("j{index}")).await);
    }
    // While another connection writes, all of them queue up behind the first.
    let blocker = rusqlite::Connection::open(directory.path().join("aeth.db")).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for mut job in jobs {
        tasks.spawn(async move { job.write(&[note("1")]).await });
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = store.version().await.unwrap();
    blocker.execute_batch("ROLLBACK").unwrap();
    tasks.join_all().await;
    let commits = store.version().await.unwrap() - before;
    assert!((1..=3).contains(&commits), "64 appends in {commits} commits");
}

#[tokio::test]
async fn an_append_costs_the_same_at_any_length_of_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let store = shared(directory.path());
    let mut job = Held::create(&store, "j").await;
    let wal = || std::fs::metadata(directory.path().join("aeth.db-wal")).unwrap().len();
    let mut grown = Vec::new();
    for length in [10, 2_000] {
        let fill: Vec<Event> = (0..length).map(|index| note(&index.to_string())).collect();
        job.write(&fill).await;
        // The log starts over, so that its length is what one append writes.
        let other = rusqlite::Connection::open(directory.path().join("aeth.db")).unwrap();
        other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        job.write(&[note("one more")]).await;
        grown.push(wal());
    }
    assert!(grown[1] <= grown[0] + 4 * 4_200, "bytes written by one append: {grown:?}");
}
