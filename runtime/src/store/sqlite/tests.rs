//! What only a store on disk can get wrong.
use super::*;
use crate::store::conformance;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    let directory = tempfile::tempdir().unwrap();
    let count = std::sync::atomic::AtomicU32::new(0);
    conformance::all(|| {
        let next = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        Arc::new(SqliteStore::open_or_create(&directory.path().join(next)).unwrap())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms_when_shared() {
    let directory = tempfile::tempdir().unwrap();
    let count = std::sync::atomic::AtomicU32::new(0);
    conformance::all_shared(|| {
        let next = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        let open = || Arc::new(SqliteStore::open_or_create(&directory.path().join(&next)).unwrap());
        (open(), open())
    })
    .await;
}
