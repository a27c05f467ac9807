//! Appends: what is accepted, what is refused, and what can be read then.

use super::*;

pub(super) async fn events_are_read_as_they_were_appended(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let large = "x".repeat(INLINE_PAYLOAD + 1);
    let erased = Payload { bytes: None, ..Payload::new(*b"gone") };
    let events = [
        note(""),
        note(&"x".repeat(INLINE_PAYLOAD)),
        note(&large),
        Event::NoteRecorded { effect: "t/1".into(), note: erased },
        // The same large payload again: stored once, read twice.
        note(&large),
        Event::JobFailed { error: Payload::new([0xff, 0x00]), trace: vec!["a:1:1".into()] },
        Event::EffectResolved {
            effect: "t/0".into(),
            how: Resolution::Completed(Payload::new(*b"1")),
            by: "é".into(),
        },
    ];
    let append = job.next(&events);
    let sealed = append.events.clone();
    store.append(append).await.unwrap();
    let read = store.events(&job.key, 2, 100).await.unwrap();
    assert_eq!(read.iter().map(|stored| stored.event.clone()).collect::<Vec<_>>(), events);
    for (stored, sealed) in read.iter().zip(&sealed) {
        assert_eq!((stored.seq, stored.time_ms, stored.hash), (sealed.seq, sealed.time_ms, sealed.hash));
        assert_eq!(stored.epoch, job.fence.epoch);
    }
    let raw = store.raw_events(&job.key, 2, 100).await.unwrap();
    assert_eq!(
        raw.iter().map(|row| &row.body).collect::<Vec<_>>(),
        sealed.iter().map(|s| &s.body).collect::<Vec<_>>()
    );
    let decoded: Vec<_> = raw.into_iter().map(|row| codec::decode_row(row).unwrap()).collect();
    assert_eq!(decoded, read);
    let page = store.events(&job.key, 4, 2).await.unwrap();
    assert_eq!(page.iter().map(|stored| stored.seq).collect::<Vec<_>>(), [4, 5]);
    assert!(store.events(&job.key, 9, 100).await.unwrap().is_empty());
    assert!(store.events(&job.key, u64::MAX, usize::MAX).await.unwrap().is_empty());
    assert_eq!(store.events(&job.key, 0, usize::MAX).await.unwrap().len(), 8);
    assert!(store.events(&JobKey::new("default", "none"), 1, 10).await.unwrap().is_empty());
}

pub(super) async fn the_row_follows_its_appends(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let mut append = job.next(&[note("1"), note("2")]);
    append.state = JobState::Waiting;
    append.due_ms = Some(-7);
    append.waiting_for = "the signal go".into();
    store.append(append).await.unwrap();
    let row = job.row().await;
    assert_eq!((row.head, row.state, row.due_ms), (job.head, JobState::Waiting, Some(-7)));
    assert_eq!(row.waiting_for, "the signal go");
    assert_eq!(row.lease, Lease { holder: Some("holder".into()), fence: job.fence });
    // Without events only the row changes.
    let mut release = job.next(&[]);
    release.release = true;
    store.append(release).await.unwrap();
    let row = job.row().await;
    assert_eq!((row.head, row.state, row.due_ms), (job.head, JobState::Running, None));
    assert_eq!(row.lease, Lease { holder: None, fence: job.fence });
    assert_eq!(store.events(&job.key, 1, 10).await.unwrap().len(), 3);
}

pub(super) async fn an_append_is_all_or_nothing(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    job.post("r", signal("1")).await.unwrap();
    let before = (job.row().await, job.inbox().await, job.head);
    let good = || (job.clone(), job.clone().next(&[note("1"), note("2")]));
    let (_, mut gap) = good();
    gap.events[1].seq += 1;
    let (_, mut forged) = good();
    forged.events[1].hash[0] ^= 1;
    let (_, mut early) = good();
    early.events[1].time_ms = early.events[0].time_ms - 1;
    let (_, mut missing) = good();
    missing.consume = vec![1, 2];
    let (_, mut beyond) = good();
    beyond.consume = vec![u64::MAX];
    for (what, mut append) in
        [("gap", gap), ("forged", forged), ("early", early), ("missing", missing), ("beyond", beyond)]
    {
        append.state = JobState::Failed;
        append.release = true;
        assert!(is_defect(&store.append(append).await), "{what}");
        assert_eq!((job.row().await, job.inbox().await, job.head), before, "{what}");
        assert_eq!(store.events(&job.key, 1, 10).await.unwrap().len(), 1, "{what}");
    }
    let mut append = job.next(&[note("1"), note("2")]);
    append.consume = vec![1];
    store.append(append).await.unwrap();
    assert!(job.inbox().await.is_empty());
}

pub(super) async fn only_the_holder_appends(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let missing = Append { key: JobKey::new("default", "none"), ..job.clone().next(&[]) };
    assert_eq!(store.append(missing).await, Err(AppendError::NoJob));
    for fence in [
        Fence { nonce: job.fence.nonce ^ 1, ..job.fence },
        Fence { epoch: job.fence.epoch + 1, ..job.fence },
        Fence { epoch: 0, nonce: 0 },
    ] {
        let mut other = Held { fence, ..job.clone() };
        assert_eq!(store.append(other.next(&[note("1")])).await, Err(AppendError::Fenced), "{fence:?}");
    }
    let mut successor = Held::take(&store, &job.key, job.head).await;
    assert_eq!(successor.fence.epoch, job.fence.epoch + 1);
    assert_eq!(store.append(job.clone().next(&[note("1")])).await, Err(AppendError::Fenced));
    // Before the sequence: a fenced worker learns that it is fenced, whatever it expects.
    successor.write(&[note("2")]).await;
    assert_eq!(store.append(job.next(&[note("1")])).await, Err(AppendError::Fenced));
    store.release(&successor.key, successor.fence).await.unwrap();
    assert_eq!(store.append(successor.next(&[note("3")])).await, Err(AppendError::Fenced));
    // A job that was never held has a fence that no one has.
    let key = JobKey::new("default", "fresh");
    let head = create(&store, &key).await;
    let mut nobody = Held { key, head, fence: Lease::NEVER.fence, ..successor };
    assert_eq!(store.append(nobody.next(&[note("1")])).await, Err(AppendError::Fenced));
}

pub(super) async fn an_append_names_the_end_of_the_log(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let mut stale = job.clone();
    job.write(&[note("1"), note("2")]).await;
    // Ids are random: that of the stale append is another.
    let stale = Append { id: 1, ..stale.next(&[note("3")]) };
    assert_eq!(store.append(stale).await, Err(AppendError::Sequence(3)));
    let ahead = Append { expected_seq: 9, ..job.clone().next(&[note("3")]) };
    assert_eq!(store.append(ahead).await, Err(AppendError::Sequence(3)));
}

pub(super) async fn the_same_append_is_accepted_once(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    job.post("r", cancel()).await.unwrap();
    let mut append = job.next(&[note("1")]);
    append.consume = vec![1];
    append.release = true;
    for _ in 0..3 {
        assert_eq!(store.append(append.clone()).await, Ok(()));
    }
    assert_eq!(job.row().await.head, job.head);
    // Others may have taken the lease since: what was accepted stays accepted.
    let mut next = Held::take(&store, &job.key, job.head).await;
    assert_eq!(store.append(append.clone()).await, Ok(()));
    next.write(&[note("2")]).await;
    assert_eq!(store.append(append).await, Err(AppendError::Fenced));
    assert_eq!(job.row().await.head, next.head);
    // An append without events is known again too.
    let release = Append { release: true, ..next.next(&[]) };
    for _ in 0..2 {
        assert_eq!(store.append(release.clone()).await, Ok(()));
    }
}

pub(super) async fn of_appends_at_once_one_is_accepted(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    for round in 0..5 {
        let mut tasks = JoinSet::new();
        for racer in 0..8_u64 {
            let (store, mut copy) = (store.clone(), job.clone());
            copy.next_id = (u128::from(racer) << 32) + round;
            let append = copy.next(&[note(&racer.to_string())]);
            let head = copy.head;
            tasks.spawn(async move { (store.append(append).await, head) });
        }
        let mut winners = Vec::new();
        for (result, head) in tasks.join_all().await {
            match result {
                Ok(()) => winners.push(head),
                Err(AppendError::Sequence(seq)) => assert_eq!(seq, job.head.seq + 1),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(winners.len(), 1);
        job.head = winners[0];
        assert_eq!(job.row().await.head, job.head);
    }
}

pub(super) async fn refusals_do_not_touch_others(store: Arc<dyn Store>) {
    let mut tasks = JoinSet::new();
    for index in 0..24 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut job = Held::create(&store, &format!("job{index}")).await;
            for round in 0..8 {
                if (index + round) % 3 == 0 {
                    let mut wrong = job.clone().next(&[note("1"), note("2")]);
                    wrong.events[1].hash[0] ^= 1;
                    assert!(is_defect(&store.append(wrong).await));
                    let fenced = Fence { nonce: job.fence.nonce ^ 1, ..job.fence };
                    let fenced = Append { fence: fenced, ..job.clone().next(&[note("1")]) };
                    assert_eq!(store.append(fenced).await, Err(AppendError::Fenced));
                } else {
                    job.write(&[note("1"), note("2")]).await;
                }
            }
            assert_eq!(job.row().await.head, job.head);
        });
    }
    tasks.join_all().await;
}

pub(super) async fn many_jobs_at_once_verify(store: Arc<dyn Store>) {
    let mut tasks = JoinSet::new();
    for index in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut job = Held::create(&store, &format!("job{index}")).await;
            for round in 0..10 {
                job.post(&format!("r{round}"), signal("1")).await.unwrap();
                let large = "y".repeat(round * 1_000);
                let mut append = job.next(&[note("1"), note(&large)]);
                append.consume = vec![round as u64 + 1];
                store.append(append).await.unwrap();
            }
            let report = verify(&*store, &job.key, Some(job.head.hash)).await.unwrap().unwrap();
            assert_eq!((report.events, report.problem), (21, None));
            assert_eq!(report.proof, Proof::Integrity { upto: 21 });
        });
    }
    tasks.join_all().await;
}
