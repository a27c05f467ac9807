//! Programs, jobs, leases, heartbeats: what stands in rows.

use super::*;

pub(super) async fn the_clock_never_goes_back(store: Arc<dyn Store>) {
    let mut last_ms = i64::MIN;
    for _ in 0..1_000 {
        let now_ms = store.now_ms();
        assert!(now_ms >= last_ms);
        last_ms = now_ms;
    }
}

pub(super) async fn a_program_is_stored_under_its_hash(store: Arc<dyn Store>) {
    let hash = program().hash();
    assert_eq!(store.program(hash).await, Ok(None));
    store.put_program(hash, program()).await.unwrap();
    // The same module with other debug tables: the first stays.
    store.put_program(hash, StoredProgram { debug: Vec::new(), ..program() }).await.unwrap();
    assert_eq!(store.program(hash).await, Ok(Some(program())));
    assert!(store.put_program([0; 32], program()).await.is_err());
    assert_eq!(store.program([0; 32]).await, Ok(None));
}

pub(super) async fn a_job_is_created_once(store: Arc<dyn Store>) {
    let key = JobKey::new("default", "job");
    assert_eq!(store.job(&key).await, Ok(None));
    let head = create(&store, &key).await;
    let row = JobRow {
        key: key.clone(),
        lineage: Lineage([3; 16]),
        program: program().hash(),
        agent: "Agent".into(),
        args_digest: [4; 32],
        created_ms: head.time_ms,
        head,
        lease: Lease::NEVER,
        state: JobState::Queued,
        due_ms: None,
        waiting_for: String::new(),
    };
    assert_eq!(store.job(&key).await, Ok(Some(row.clone())));
    let again = new_job(&key, &mut Head::START.clone(), store.now_ms() + 1);
    assert_eq!(store.create(again).await, Ok(Created::Exists(Box::new(row))));
    let events = store.events(&key, 1, 10).await.unwrap();
    assert_eq!((events.len(), events[0].seq, events[0].epoch, events[0].hash), (1, 1, 0, head.hash));
    // Of many at once, one is new.
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        let job = new_job(&JobKey::new("default", "raced"), &mut Head::START.clone(), 5);
        tasks.spawn(async move { store.create(job).await.unwrap() == Created::New });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|new| *new).count(), 1);
}

pub(super) async fn a_job_needs_its_program_and_a_sound_first_event(store: Arc<dyn Store>) {
    let key = JobKey::new("default", "job");
    let fresh = || new_job(&key, &mut Head::START.clone(), 5);
    assert!(store.create(fresh()).await.unwrap_err().message.contains("program"));
    store.put_program(program().hash(), program()).await.unwrap();
    let mut second = fresh();
    second.event.seq = 2;
    assert!(store.create(second).await.is_err());
    let mut forged = fresh();
    forged.event.hash[0] ^= 1;
    assert!(store.create(forged).await.is_err());
    for job in ["", &"x".repeat(JOB_ID_BYTES + 1)] {
        assert!(
            store.create(new_job(&JobKey::new("default", job), &mut Head::START.clone(), 5)).await.is_err()
        );
    }
    assert!(store.create(new_job(&JobKey::new("", "job"), &mut Head::START.clone(), 5)).await.is_err());
    assert_eq!(store.jobs("default", JobFilter::default()).await, Ok(Vec::new()));
    assert_eq!(store.create(fresh()).await, Ok(Created::New));
}

pub(super) async fn namespaces_are_apart(store: Arc<dyn Store>) {
    let mut ours = Held::create(&store, "job").await;
    let other = JobKey::new("other", "job");
    create(&store, &other).await;
    ours.write(&[note("ours")]).await;
    ours.post("r", signal("1")).await.unwrap();
    assert_eq!(store.events(&other, 1, 10).await.unwrap().len(), 1);
    assert!(store.inbox(&other).await.unwrap().is_empty());
    let listed = store.jobs("other", JobFilter::default()).await.unwrap();
    assert_eq!(listed.iter().map(|row| &row.key).collect::<Vec<_>>(), [&other]);
}

pub(super) async fn jobs_are_listed_newest_first(store: Arc<dyn Store>) {
    store.put_program(program().hash(), program()).await.unwrap();
    for (name, created_ms) in [("a", 10), ("c", 30), ("b", 20), ("d", 20)] {
        let job = new_job(&JobKey::new("default", name), &mut Head::START.clone(), created_ms);
        store.create(job).await.unwrap();
    }
    let head = store.job(&JobKey::new("default", "b")).await.unwrap().unwrap().head;
    let mut b = Held::take(&store, &JobKey::new("default", "b"), head).await;
    let mut end = b.next(&[Event::JobCancelled]);
    end.state = JobState::Cancelled;
    store.append(end).await.unwrap();
    let cases = [
        (JobFilter::default(), vec!["c", "d", "b", "a"]),
        (JobFilter { unfinished: true, ..JobFilter::default() }, vec!["c", "d", "a"]),
        (JobFilter { state: Some(JobState::Cancelled), ..JobFilter::default() }, vec!["b"]),
        (JobFilter { agent: Some("Agent".into()), ..JobFilter::default() }, vec!["c", "d", "b", "a"]),
        (JobFilter { agent: Some("Other".into()), ..JobFilter::default() }, vec![]),
    ];
    for (filter, expected) in cases {
        let listed = store.jobs("default", filter.clone()).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.key.job.as_str()).collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

pub(super) async fn a_lease_is_taken_once(store: Arc<dyn Store>) {
    let key = JobKey::new("default", "job");
    assert_eq!(store.take_lease(&key, "w", &Lease::NEVER).await, Ok(None));
    create(&store, &key).await;
    let mut nonces = BTreeSet::new();
    for epoch in 1..=5 {
        let observed = store.job(&key).await.unwrap().unwrap().lease;
        let mut tasks = JoinSet::new();
        for racer in 0..8 {
            let (store, key, observed) = (store.clone(), key.clone(), observed.clone());
            tasks.spawn(async move {
                let worker = format!("w{racer}");
                store.take_lease(&key, &worker, &observed).await.unwrap().map(|fence| (worker, fence))
            });
        }
        let winners: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        let [(worker, fence)] = &winners[..] else { panic!("{winners:?}") };
        let lease = store.job(&key).await.unwrap().unwrap().lease;
        assert_eq!(lease, Lease { holder: Some(worker.clone()), fence: *fence });
        assert_eq!(fence.epoch, epoch);
        assert!(nonces.insert(fence.nonce));
        assert_eq!(store.take_lease(&key, "late", &observed).await, Ok(None));
    }
}

pub(super) async fn a_lease_is_released_by_its_holder(store: Arc<dyn Store>) {
    let job = Held::create(&store, "job").await;
    let other = Fence { nonce: job.fence.nonce ^ 1, ..job.fence };
    store.release(&job.key, other).await.unwrap();
    assert_eq!(job.row().await.lease.holder.as_deref(), Some("holder"));
    store.release(&job.key, job.fence).await.unwrap();
    store.release(&job.key, job.fence).await.unwrap();
    assert_eq!(job.row().await.lease, Lease { holder: None, fence: job.fence });
    store.release(&JobKey::new("default", "none"), job.fence).await.unwrap();
    let next = Held::take(&store, &job.key, job.head).await;
    store.release(&job.key, job.fence).await.unwrap();
    assert_eq!(next.row().await.lease.holder.as_deref(), Some("holder"));
}

pub(super) async fn heartbeats_are_counted(store: Arc<dyn Store>) {
    assert_eq!(store.worker("w").await, Ok(None));
    for beats in 1..=3 {
        store.heartbeat("w").await.unwrap();
        assert_eq!(store.worker("w").await, Ok(Some(beats)));
    }
    assert_eq!(store.worker("v").await, Ok(None));
}

pub(super) async fn every_commit_changes_the_version(store: Arc<dyn Store>) {
    let key = JobKey::new("default", "job");
    let mut seen = vec![store.version().await.unwrap()];
    store.put_program(program().hash(), program()).await.unwrap();
    seen.push(store.version().await.unwrap());
    let mut head = Head::START;
    store.create(new_job(&key, &mut head, 5)).await.unwrap();
    seen.push(store.version().await.unwrap());
    let mut job = Held::take(&store, &key, head).await;
    seen.push(store.version().await.unwrap());
    job.write(&[note("1")]).await;
    seen.push(store.version().await.unwrap());
    job.post("r", signal("1")).await.unwrap();
    seen.push(store.version().await.unwrap());
    store.heartbeat("w").await.unwrap();
    seen.push(store.version().await.unwrap());
    store.release(&key, job.fence).await.unwrap();
    seen.push(store.version().await.unwrap());
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 8, "{seen:?}");
    // Looking changes nothing.
    store.events(&key, 1, 10).await.unwrap();
    job.inbox().await;
    job.row().await;
    assert_eq!(store.version().await.ok(), seen.pop());
}
