//! Snapshots: kept one per job, fenced like any write, and nothing depends on them.

use super::*;

fn of(job: &Held, body: &[u8]) -> Snapshot {
    Snapshot {
        seq: job.head.seq,
        hash: job.head.hash,
        program: program().hash(),
        semantics: 1,
        format: 1,
        body: body.to_vec(),
    }
}

pub(super) async fn the_newest_snapshot_is_kept(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    assert_eq!(store.snapshot(&job.key).await, Ok(None));
    let first = of(&job, b"");
    store.put_snapshot(&job.key, job.fence, first.clone()).await.unwrap();
    assert_eq!(store.snapshot(&job.key).await, Ok(Some(first)));
    job.write(&[note("1")]).await;
    let second = of(&job, &vec![7; 300_000]);
    store.put_snapshot(&job.key, job.fence, second.clone()).await.unwrap();
    job.write(&[note("2")]).await;
    assert_eq!(store.snapshot(&job.key).await, Ok(Some(second)), "later events do not touch it");
    let before = job.row().await;
    store.drop_snapshot(&job.key).await.unwrap();
    store.drop_snapshot(&job.key).await.unwrap();
    assert_eq!(store.snapshot(&job.key).await, Ok(None));
    assert_eq!(job.row().await, before);
    assert_eq!(store.events(&job.key, 1, 10).await.unwrap().len(), 3);
    let nobody = JobKey::new("default", "nobody");
    assert_eq!(store.snapshot(&nobody).await, Ok(None));
    assert_eq!(store.put_snapshot(&nobody, job.fence, of(&job, b"")).await, Err(AppendError::NoJob));
}

pub(super) async fn only_the_holder_saves_and_only_what_the_log_says(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    job.write(&[note("1")]).await;
    let good = of(&job, b"good");
    store.put_snapshot(&job.key, job.fence, good.clone()).await.unwrap();
    let foreign = [
        Snapshot { seq: good.seq + 1, ..good.clone() },
        Snapshot { seq: good.seq - 1, ..good.clone() },
        Snapshot { hash: [9; 32], ..good.clone() },
        Snapshot { program: [9; 32], ..good.clone() },
        Snapshot { seq: u64::MAX, ..good.clone() },
    ];
    for bad in foreign {
        assert!(is_defect(&store.put_snapshot(&job.key, job.fence, bad).await));
    }
    let other = Fence { nonce: job.fence.nonce ^ 1, ..job.fence };
    let late = Snapshot { body: b"late".to_vec(), ..good.clone() };
    assert_eq!(store.put_snapshot(&job.key, other, late.clone()).await, Err(AppendError::Fenced));
    let next = Held::take(&store, &job.key, job.head).await;
    assert_eq!(store.put_snapshot(&job.key, job.fence, late.clone()).await, Err(AppendError::Fenced));
    assert_eq!(store.snapshot(&job.key).await, Ok(Some(good)), "a refusal changes nothing");
    store.release(&job.key, next.fence).await.unwrap();
    assert_eq!(store.put_snapshot(&job.key, next.fence, late).await, Err(AppendError::Fenced));
}

pub(super) async fn an_ended_job_has_no_snapshot(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    store.put_snapshot(&job.key, job.fence, of(&job, b"x")).await.unwrap();
    let mut end = job.next(&[Event::JobCancelled]);
    end.state = JobState::Cancelled;
    store.append(end).await.unwrap();
    assert_eq!(store.snapshot(&job.key).await, Ok(None));
    assert!(is_defect(&store.put_snapshot(&job.key, job.fence, of(&job, b"x")).await));
}
