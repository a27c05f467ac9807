//! The inbox: one row per request, in order, and what it stops.

use super::*;

pub(super) async fn an_intent_is_refused_after_a_cancel_or_pause(store: Arc<dyn Store>) {
    for (name, message) in [("cancel", cancel()), ("pause", Message::Pause { by: "ada".into() })] {
        let mut job = Held::create(&store, name).await;
        job.post("signal", signal("1")).await.unwrap();
        let intend = |job: &mut Held| Append { intends: true, ..job.next(&[intent()]) };
        let first = intend(&mut job);
        assert_eq!(store.append(first.clone()).await, Ok(()), "a signal stops nothing");
        let number = job.post("stop", message).await.unwrap();
        assert_eq!(store.append(first).await, Ok(()), "it was accepted before");
        let refused = intend(&mut job.clone());
        assert_eq!(store.append(refused).await, Err(AppendError::Interrupted));
        // Outcomes are still taken, and so is an intent once the message has become an event.
        job.write(&[note("outcome")]).await;
        let mut read = job.next(&[Event::Resumed { by: "ada".into() }]);
        read.consume = vec![number];
        store.append(read).await.unwrap();
        assert_eq!(store.append(intend(&mut job)).await, Ok(()));
    }
}

pub(super) async fn a_cancel_is_never_overtaken(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let poster = job.clone();
    let (posted, mut is_posted) = tokio::sync::watch::channel(false);
    let task = tokio::spawn(async move {
        poster.post("stop", cancel()).await.unwrap();
        posted.send_replace(true);
    });
    loop {
        let acknowledged = *is_posted.borrow_and_update();
        let mut next = job.clone();
        let append = Append { intends: true, ..next.next(&[intent()]) };
        match store.append(append).await {
            Ok(()) => {
                assert!(!acknowledged, "an intent was accepted after the cancel was acknowledged");
                job = next;
            }
            Err(AppendError::Interrupted) => break,
            Err(other) => panic!("{other}"),
        }
        tokio::task::yield_now().await;
    }
    task.await.unwrap();
}

pub(super) async fn messages_are_kept_in_order(store: Arc<dyn Store>) {
    let job = Held::create(&store, "job").await;
    let resolve = |how| Message::Resolve { effect: "t/0".into(), how, by: "ada".into() };
    let answer = Message::Answer {
        question: "t/1".into(),
        digest: "d".into(),
        value: "true".into(),
        by: "ada".into(),
    };
    let messages = [
        signal("\"é\""),
        answer,
        Message::Pause { by: "ada".into() },
        Message::Resume { by: "ada".into() },
        cancel(),
        resolve(ResolveHow::Completed("1".into())),
        resolve(ResolveHow::NotDone),
        resolve(ResolveHow::Fail),
        late(),
    ];
    let before_ms = store.now_ms();
    for (number, message) in (1..).zip(&messages) {
        assert_eq!(job.post(&format!("r{number}"), message.clone()).await, Ok(number));
    }
    let rows = job.inbox().await;
    assert_eq!(rows.iter().map(|row| row.message.clone()).collect::<Vec<_>>(), messages);
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
    assert_eq!(rows[8].request_id, "r9");
    assert!(rows.is_sorted_by_key(|row| row.time_ms) && rows[0].time_ms >= before_ms);
    let none = JobKey::new("default", "none");
    assert_eq!(store.post(&none, "r", cancel()).await, Err(PostError::NoJob));
    assert!(store.inbox(&none).await.unwrap().is_empty());
}

pub(super) async fn a_request_is_one_row(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    assert_eq!(job.post("a", signal("1")).await, Ok(1));
    assert_eq!(job.post("b", signal("2")).await, Ok(2));
    assert_eq!(job.post("a", signal("3")).await, Ok(1));
    assert_eq!(job.inbox().await.len(), 2);
    assert_eq!(job.inbox().await[0].message, signal("1"));
    // Known again when its row is gone, and numbers are not used again.
    let append = Append { consume: vec![1, 2], ..job.next(&[note("1")]) };
    store.append(append).await.unwrap();
    assert_eq!(job.post("a", signal("1")).await, Ok(1));
    assert!(job.inbox().await.is_empty());
    assert_eq!(job.post("c", signal("4")).await, Ok(3));
    // And after the end.
    let end = Append { state: JobState::Cancelled, ..job.next(&[Event::JobCancelled]) };
    store.append(end).await.unwrap();
    assert_eq!(job.post("b", signal("2")).await, Ok(2));
    for request_id in ["", &"x".repeat(REQUEST_ID_BYTES + 1)] {
        assert!(matches!(job.post(request_id, signal("1")).await, Err(PostError::Store(_))));
    }
}

pub(super) async fn requests_at_once_get_numbers_of_their_own(store: Arc<dyn Store>) {
    let job = Held::create(&store, "job").await;
    let mut tasks = JoinSet::new();
    for index in 0..64 {
        let job = job.clone();
        // Every request is sent twice.
        tasks.spawn(async move { job.post(&format!("r{}", index / 2), signal("1")).await.unwrap() });
    }
    let numbers: BTreeSet<u64> = tasks.join_all().await.into_iter().collect();
    assert_eq!(numbers, (1..=32).collect());
    assert_eq!(job.inbox().await.len(), 32);
}

pub(super) async fn a_full_inbox_refuses_signals_only(store: Arc<dyn Store>) {
    let job = Held::create(&store, "job").await;
    let fill = |count: usize, message: Message, name: &'static str| {
        let (job, mut tasks) = (job.clone(), JoinSet::new());
        for index in 0..count {
            let (job, message) = (job.clone(), message.clone());
            tasks.spawn(async move { job.post(&format!("{name}{index}"), message).await });
        }
        tasks.join_all()
    };
    assert!(fill(INBOX_ROWS, signal("1"), "signal").await.iter().all(Result::is_ok));
    assert_eq!(job.post("one more", signal("1")).await, Err(PostError::Full(INBOX_ROWS)));
    assert!(job.post("signal0", signal("1")).await.is_ok(), "a row that is there is not a new one");
    let stop = fill(INBOX_RESERVE, cancel(), "cancel").await;
    assert!(stop.iter().all(Result::is_ok), "a flooded job can be stopped");
    assert_eq!(job.post("too many", cancel()).await, Err(PostError::Full(INBOX_ROWS + INBOX_RESERVE)));
    assert!(job.post("late", late()).await.is_ok(), "a fact about the world is never turned away");
}

pub(super) async fn an_ended_job_stays_as_it_is(store: Arc<dyn Store>) {
    let mut job = Held::create(&store, "job").await;
    let end = Append { state: JobState::Failed, ..job.next(&[note("1")]) };
    store.append(end).await.unwrap();
    assert_eq!(job.post("r1", signal("1")).await, Err(PostError::Ended(JobState::Failed)));
    assert_eq!(job.post("r2", cancel()).await, Err(PostError::Ended(JobState::Failed)));
    assert_eq!(job.post("r3", late()).await, Ok(1));
    assert!(is_defect(&store.append(job.clone().next(&[note("2")])).await));
    assert_eq!(job.row().await.state, JobState::Failed);
    // What was owed is still recorded.
    let duplicate = Event::DuplicateEffect { effect: "t/0".into(), attempt: 1 };
    let settle = Append { state: JobState::Failed, consume: vec![1], ..job.next(&[duplicate]) };
    assert_eq!(store.append(settle).await, Ok(()));
}
