//! A damaged store is noticed: what is read is what was written, or an error, never a panic.

use rusqlite::Connection;

use super::*;
use crate::store::StoreErrorKind;

/// A directory with one job of 60 events, some of them large, folded into the file alone; and its bytes.
async fn stored() -> (tempfile::TempDir, Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    let store = shared(directory.path());
    let mut job = Held::create(&store, "j").await;
    for index in 1..60 {
        job.write(&[note(&index.to_string().repeat(index * 5))]).await;
    }
    drop((job, store));
    let bytes = std::fs::read(directory.path().join("aeth.db")).unwrap();
    (directory, bytes)
}

/// Everything that can be read, and a write.
async fn use_all(directory: &Path) -> Result<(Report, Vec<StoredEvent>), StoreError> {
    let store = SqliteStore::open_existing(directory)?;
    let key = JobKey::new("default", "j");
    store.jobs("default", JobFilter::default()).await?;
    store.inbox(&key).await?;
    store.heartbeat("w").await?;
    let events = store.events(&key, 1, 1_000).await?;
    let report = verify(&store, &key, None).await?;
    let report = report.ok_or_else(|| StoreError::new(StoreErrorKind::Corrupt, "the job is gone"))?;
    Ok((report, events))
}

#[tokio::test]
async fn flipped_bytes_are_noticed_or_harmless() {
    let (directory, bytes) = stored().await;
    let (report, events) = use_all(directory.path()).await.unwrap();
    assert_eq!(report.problem, None);
    let mut noticed = 0;
    // Every place of the header, then across the file.
    for at in (0..100).chain((100..bytes.len()).step_by(311)) {
        let (place, mut damaged) = (tempfile::tempdir().unwrap(), bytes.clone());
        damaged[at] ^= 0x55;
        std::fs::write(place.path().join("aeth.db"), damaged).unwrap();
        match use_all(place.path()).await {
            Err(error) => {
                assert!(!error.message.is_empty());
                noticed += 1;
            }
            Ok((report, _)) if report.problem.is_some() => noticed += 1,
            Ok((_, read)) => assert_eq!(read, events, "byte {at}"),
        }
    }
    assert!(noticed > 50, "only {noticed} of the flips were noticed");
}

#[tokio::test]
async fn a_cut_file_is_noticed() {
    let (directory, bytes) = stored().await;
    for keep in [1, 99, 100, 511, 4_095, 4_096, 8_192, bytes.len() / 2, bytes.len() - 4_096, bytes.len() - 40]
    {
        std::fs::write(directory.path().join("aeth.db"), &bytes[..keep]).unwrap();
        match use_all(directory.path()).await {
            Err(error) => assert!(
                matches!(error.kind, StoreErrorKind::Corrupt | StoreErrorKind::NotAStore),
                "cut to {keep}: {error:?}"
            ),
            // The end of the last page is read as zeros.
            Ok((report, _)) => assert!(keep == bytes.len() - 40 && report.problem.is_some(), "cut to {keep}"),
        }
    }
}

#[tokio::test]
async fn rows_changed_behind_its_back_are_named() {
    for (sql, seq, word) in [
        ("UPDATE events SET body = x'0100' WHERE seq = 7", 7, "hash"),
        ("UPDATE events SET epoch = 5 WHERE seq = 7", 7, "hash"),
        ("UPDATE events SET hash = zeroblob(32) WHERE seq = 7", 7, "hash"),
        ("UPDATE events SET hash = x'00' WHERE seq = 7", 7, "damaged"),
        ("UPDATE events SET payloads = x'ff' WHERE seq = 7", 7, "row"),
        ("UPDATE events SET payloads = x'' WHERE seq = 7", 7, "row"),
        ("UPDATE events SET epoch = -1 WHERE seq = 7", 7, "row"),
        ("DELETE FROM events WHERE seq = 7", 7, "missing"),
        ("DELETE FROM events WHERE seq > 50", 51, "cut"),
        ("DELETE FROM programs", 1, "program"),
        ("UPDATE programs SET module = x'00'", 1, "program"),
        ("UPDATE jobs SET head_seq = 40", 40, "last"),
        ("UPDATE jobs SET agent = 'Other'", 1, "agent"),
        ("UPDATE jobs SET state = 5", 60, "ended"),
    ] {
        let (directory, _) = stored().await;
        let changed = Connection::open(directory.path().join("aeth.db")).unwrap().execute(sql, []).unwrap();
        assert!(changed > 0, "{sql}");
        let store = shared(directory.path());
        let problem = report(&*store, "j").await.unwrap().problem.expect(sql);
        let damaged = word == "damaged" && problem.what.contains("row");
        assert!(problem.seq == seq && (damaged || problem.what.contains(word)), "{sql}: {problem:?}");
    }
}

#[tokio::test]
async fn rows_that_nobody_writes_are_errors() {
    let key = JobKey::new("default", "j");
    for sql in [
        "UPDATE jobs SET state = 99",
        "UPDATE jobs SET head_seq = -1",
        "UPDATE jobs SET lineage = x'00'",
        "UPDATE jobs SET agent = CAST(x'ff' AS TEXT)",
    ] {
        let (directory, _) = stored().await;
        Connection::open(directory.path().join("aeth.db")).unwrap().execute(sql, []).unwrap();
        let store = shared(directory.path());
        assert_eq!(store.job(&key).await.unwrap_err().kind, StoreErrorKind::Corrupt, "{sql}");
        let post = store.post(&key, "r", Message::Pause { by: "me".into() }).await;
        assert!(
            matches!(post, Err(PostError::Store(ref error)) if error.kind == StoreErrorKind::Corrupt),
            "{sql}"
        );
        // Other jobs are not touched by it.
        Held::create(&store, "other").await.write(&[note("1")]).await;
    }
}

#[tokio::test]
async fn an_erased_payload_leaves_the_log_whole() {
    let (directory, _) = stored().await;
    let connection = Connection::open(directory.path().join("aeth.db")).unwrap();
    // One byte says that there is one payload, one that it is erased.
    connection.execute("UPDATE events SET payloads = x'0100' WHERE seq = 7", []).unwrap();
    let store = shared(directory.path());
    assert_eq!(report(&*store, "j").await.unwrap().problem, None);
    let events = store.events(&JobKey::new("default", "j"), 7, 1).await.unwrap();
    assert_eq!(events[0].event.payloads()[0].bytes, None);
}

#[tokio::test]
async fn a_file_replaced_under_it_is_noticed() {
    let (directory, bytes) = stored().await;
    let store = shared(directory.path());
    let key = JobKey::new("default", "j");
    let head = store.job(&key).await.unwrap().unwrap().head;
    let mut job = Held::take(&store, &key, head).await;
    store.version().await.unwrap();
    let file = directory.path().join("aeth.db");
    let kept = directory.path().join("kept");
    std::fs::rename(&file, &kept).unwrap();
    let gone = |error: StoreError| {
        assert!(error.kind == StoreErrorKind::Open && error.message.contains("replaced"), "{error}");
    };
    gone(store.job(&key).await.unwrap_err());
    std::fs::write(&file, bytes).unwrap();
    let append = job.next(&[note("1")]);
    match store.append(append.clone()).await {
        Err(AppendError::Store(error)) => gone(error),
        other => panic!("{other:?}"),
    }
    gone(store.job(&key).await.unwrap_err());
    gone(store.version().await.unwrap_err());
    gone(store.heartbeat("w").await.unwrap_err());
    // Put back, it goes on.
    std::fs::rename(&kept, &file).unwrap();
    assert_eq!(store.append(append).await, Ok(()));
    assert_eq!(report(&*store, "j").await.unwrap().problem, None);
}

#[tokio::test]
async fn a_damaged_snapshot_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let store = shared(directory.path());
    let job = Held::create(&store, "j").await;
    let row = store.job(&job.key).await.unwrap().unwrap();
    let (seq, hash, program) = (row.head.seq, row.head.hash, row.program);
    let snapshot = crate::store::Snapshot { seq, hash, program, semantics: 1, format: 1, body: vec![1; 100] };
    store.put_snapshot(&job.key, job.fence, snapshot.clone()).await.unwrap();
    assert_eq!(store.snapshot(&job.key).await, Ok(Some(snapshot)));
    let other = rusqlite::Connection::open(directory.path().join("aeth.db")).unwrap();
    other.execute("UPDATE snapshots SET body = zeroblob(100)", []).unwrap();
    assert_eq!(store.snapshot(&job.key).await, Ok(None));
}
