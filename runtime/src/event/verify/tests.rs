//! Every kind of damage is found, and named by its event.

use super::*;
use crate::event::{Lineage, Payload};
use crate::limits::Limits;
use crate::store::memory::MemoryStore;
use crate::store::{Append, JobState, Lease, NewJob, StoredProgram};

const EVENTS: u64 = 150;

/// A job with 150 events in one store: created, taken, tasks, completed.
async fn store() -> (MemoryStore, JobKey) {
    let (store, key) = (MemoryStore::new(), JobKey::new("default", "j"));
    let program = StoredProgram { module: b"module".to_vec(), debug: Vec::new() };
    let hash = program.hash();
    store.put_program(hash, program).await.unwrap();
    let (lineage, mut head) = (Lineage([1; 16]), Head::START);
    let json = || Payload::new(*b"{}");
    let created = Event::JobCreated {
        program: hash,
        agent: "A".into(),
        args: json(),
        env: json(),
        grants: json(),
        limits: Limits::default(),
        lineage,
    };
    let event = head.seal(&key, 0, 5, &created);
    let job =
        NewJob { key: key.clone(), lineage, program: hash, agent: "A".into(), args_digest: [0; 32], event };
    store.create(job).await.unwrap();
    let fence = store.take_lease(&key, "w", &Lease::NEVER).await.unwrap().unwrap();
    let mut events = vec![Event::LeaseTaken { worker: "w".into(), epoch: 1 }];
    events.extend((3..EVENTS).map(|seq| Event::TaskCompleted {
        task: "t".into(),
        value: Payload::new(seq.to_string().as_bytes()),
    }));
    events.push(Event::JobCompleted { result: json() });
    let append = Append {
        key: key.clone(),
        id: 1,
        fence,
        expected_seq: 1,
        events: events.iter().map(|event| head.seal(&key, 1, 6, event)).collect(),
        consume: Vec::new(),
        intends: false,
        state: JobState::Completed,
        due_ms: None,
        waiting_for: String::new(),
        release: true,
    };
    store.append(append).await.unwrap();
    (store, key)
}

async fn report(store: &MemoryStore, key: &JobKey) -> Report {
    verify(store, key, None).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_whole_log_is_good() {
    let (store, key) = store().await;
    let report = report(&store, &key).await;
    assert_eq!((report.events, report.problem, report.proof), (EVENTS, None, Proof::Consistency));
    assert_eq!(verify(&store, &JobKey::new("default", "other"), None).await, Ok(None));
    // Erasing a payload is no damage: the chain covers its digest.
    assert!(store.tamper(&key, 70, |event| event.payloads[0] = None));
    assert_eq!(verify(&store, &key, None).await.unwrap().unwrap().problem, None);
}

#[tokio::test]
async fn a_head_from_elsewhere_proves_integrity() {
    let (store, key) = store().await;
    let earlier = store.raw_events(&key, 100, 1).await.unwrap()[0].hash;
    let upto = verify(&store, &key, Some(earlier)).await.unwrap().unwrap();
    assert_eq!((upto.problem, upto.proof), (None, Proof::Integrity { upto: 100 }));
    let other = verify(&store, &key, Some([9; 32])).await.unwrap().unwrap();
    assert_eq!(other.proof, Proof::Consistency);
    assert!(other.problem.unwrap().what.contains("another log"));
}

#[tokio::test]
async fn the_first_bad_event_is_named() {
    type Change = fn(&mut RawEvent);
    let changes: [(Change, &str); 7] = [
        (|event| event.body[1] ^= 1, "hash"),
        (|event| event.hash[0] ^= 1, "hash"),
        (|event| event.time_ms += 1, "hash"),
        (|event| event.time_ms = 0, "time"),
        (|event| event.epoch = 0, "epoch"),
        (|event| event.payloads[0] = Some(b"other".to_vec()), "digest"),
        (|event| event.seq = 1_000, "missing"),
    ];
    for (change, word) in changes {
        let (store, key) = store().await;
        assert!(store.tamper(&key, 70, change));
        let report = report(&store, &key).await;
        let problem = report.problem.expect(word);
        assert!(problem.seq == 70 && problem.what.contains(word), "{problem:?}");
        assert_eq!(report.events, 69);
    }
}

#[tokio::test]
async fn a_cut_tail_is_noticed() {
    let (store, key) = store().await;
    store.cut(&key, 100);
    let problem = report(&store, &key).await.problem.unwrap();
    assert!(problem.seq == 101 && problem.what.contains("cut"), "{problem:?}");
}

#[tokio::test]
async fn a_log_forged_event_by_event_still_breaks_its_rules() {
    // Somebody who recomputes the chain from event 70 on still meets the row's head.
    let (store, key) = store().await;
    let mut previous = store.raw_events(&key, 69, 1).await.unwrap()[0].hash;
    for seq in 70..=EVENTS {
        store.tamper(&key, seq, |event| {
            event.time_ms += 1;
            event.hash = codec::chain(&previous, &key, seq, event.epoch, event.time_ms, &event.body);
            previous = event.hash;
        });
    }
    let problem = report(&store, &key).await.problem.unwrap();
    assert!(problem.seq == EVENTS && problem.what.contains("row"), "{problem:?}");
}
