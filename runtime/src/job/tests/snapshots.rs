//! Snapshots of jobs: they say what the log says, going on from one is going on, and one that does not fit is dropped.

use std::sync::Arc;

use super::crash::{ALL_CLASSES, RESULT, failure, scripted, to_the_end};
use super::world::{Bench, Deed, World};
use crate::job::image;
use crate::job::{End, Stopped};
use crate::machine::Program;
use crate::machine::snapshot::Parts;
use crate::replay::{Cursor, Origin};
use crate::store::memory::MemoryStore;
use crate::store::{Head, Snapshot, Store};

/// Waits of every kind beside calls of every class.
const WAITS: &str = r#"
tool look(n: Int) -> Int { via host readonly }
tool pay(n: Int) -> Int? { via host once }
tool find(key: String) -> Int? { via host readonly }
tool book(n: Int) -> Int { via host once lookup find(call.key) settle 1ms }
signal go: Int
signal yes: Bool

agent main() -> List<Int> {
  task slept = {
    sleep(30ms)
    note("slept", [1, 2])
    look(1)
  }
  task raced = race {
    paid => pay(1) ?? 1,
    late => {
      sleep(1h)
      0
    },
  }
  task many = each i in [5, 6], at most 1 { (pay(i) ?? i) + random_int(0, 0) }
  task told = await go
  task asked = { if await yes ask "Is it?" { 1 } else { 0 } }
  task after_all after told, asked = book(told)
  return [slept, raced, told, asked, after_all] + many
}
"#;

async fn program(bench: &Bench) -> Arc<Program> {
    let row = bench.store.job(&bench.key).await.unwrap().unwrap();
    bench.runtime.program("job", row.program).await.unwrap()
}

/// The job as the log tells it up to an event.
async fn by_the_log(bench: &Bench, seq: u64) -> (Cursor, Origin, Head) {
    let (log, program) = (bench.log().await, program(bench).await);
    let origin = Origin::read(&program, "job", &log[0].event).unwrap();
    let mut cursor = Cursor::new(program, &origin).unwrap();
    for stored in &log[..seq as usize] {
        cursor.feed(stored).unwrap();
    }
    let last = &log[seq as usize - 1];
    (cursor, origin, Head { seq, time_ms: last.time_ms, hash: last.hash })
}

fn restored(program: &Arc<Program>, origin: &Origin, head: Head, snapshot: &Snapshot) -> Cursor {
    let (state, large) = Parts::split(&snapshot.body).unwrap();
    image::restore(program, origin, Some(head), (state, &large)).unwrap()
}

/// Everything that the log says and a snapshot must, in words. Instants of the ledger are those of the worker's clock,
/// a moment before the store's.
fn said(cursor: &Cursor) -> Vec<String> {
    let mut said = vec![
        format!("{:?}", cursor.machine.snapshot()),
        format!("{} {} {}", cursor.cancelled, cursor.paused, cursor.heard),
    ];
    for (id, pending) in cursor.effects.in_order() {
        let entry = cursor.ledger.get(id).map(|entry| {
            let taken_over = entry.taken_over_ms.is_some();
            (entry.attempt, entry.open, entry.failures, entry.doubt, entry.verdict, taken_over)
        });
        let request = cursor.ledger.get(id).and_then(|entry| entry.request.as_ref().map(|r| r.digest));
        said.push(format!("{id} {:?} {} {:?}", pending.request, pending.withdrawn, pending.plan.is_some()));
        said.push(format!("{entry:?} {request:?}"));
    }
    said
}

/// Each snapshot that a run has left is what the log says at its event.
async fn all_agree(bench: &Bench) -> usize {
    let program = program(bench).await;
    let all = bench.store.all_snapshots();
    for snapshot in &all {
        let (cursor, origin, head) = by_the_log(bench, snapshot.seq).await;
        assert_eq!(snapshot.hash, head.hash);
        let from_snapshot = restored(&program, &origin, head, snapshot);
        assert_eq!(said(&from_snapshot), said(&cursor), "at event {}", snapshot.seq);
    }
    all.len()
}

/// Runs `WAITS` to its end, restarting whenever it rests.
async fn through_waits(bench: &mut Bench) -> String {
    for _ in 0..20 {
        match bench.drive().await.unwrap() {
            End::Completed { result } => return result,
            End::Stopped(Stopped::Waiting(_)) => {
                let _ = bench.runtime.signal(&bench.key, "go", "4", "go").await;
                for question in bench.runtime.inbox("default").await.unwrap().0 {
                    bench.runtime.answer(&question, "true", "ada").await.unwrap();
                }
                bench.restart().await;
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("the job does not end")
}

async fn waits(pace: Option<u64>) -> Bench {
    let mut bench = Bench::new(WAITS).await;
    bench.world.script("look", &[Deed::Answer("9")]);
    bench.world.script("book", &[Deed::DoneButLost]);
    bench.world.script("find", &[Deed::Answer("8"); 9]);
    bench.world.script("pay", &[Deed::Late("null"); 9]);
    bench.save_every(pace);
    bench
}

#[tokio::test]
async fn a_snapshot_says_what_the_log_says() {
    let mut bench = waits(Some(0)).await;
    assert_eq!(through_waits(&mut bench).await, "[9,1,4,1,8,5,6]");
    let checked = all_agree(&bench).await;
    assert!(checked >= 5, "only {checked} snapshots");
    bench.replays().await;
    assert_eq!(bench.store.snapshot(&bench.key).await, Ok(None), "an ended job has none");

    let mut bench = Bench::on(ALL_CLASSES, scripted(), Arc::new(MemoryStore::new())).await;
    bench.save_every(Some(0));
    assert_eq!(to_the_end(&mut bench).await.0, RESULT);
    let checked = all_agree(&bench).await;
    assert!(checked >= 5, "only {checked} snapshots");
}

#[tokio::test]
async fn without_snapshots_only_the_speed_changes() {
    let mut bench = waits(None).await;
    assert_eq!(through_waits(&mut bench).await, "[9,1,4,1,8,5,6]");
    assert_eq!(bench.store.snapshots(), 0);
    // Snapshots that cannot be written, and ones that are taken away between any two turns.
    for fails in [true, false] {
        let mut bench = waits(Some(0)).await;
        if fails {
            bench.store.fail_snapshots(failure());
        }
        let result = loop {
            match bench.drive().await.unwrap() {
                End::Completed { result } => break result,
                _ => {
                    bench.store.drop_snapshot(&bench.key).await.unwrap();
                    let _ = bench.runtime.signal(&bench.key, "go", "4", "go").await;
                    for question in bench.runtime.inbox("default").await.unwrap().0 {
                        bench.runtime.answer(&question, "true", "ada").await.unwrap();
                    }
                    bench.restart().await;
                }
            }
        };
        assert_eq!(result, "[9,1,4,1,8,5,6]");
        for (call, times) in bench.world.all_done() {
            assert!(times == 1 || call.starts_with("find"), "{call} done {times} times");
        }
    }
}

const CHAIN: &str = r#"
tool look(n: Int) -> Int { via host readonly }
tool put(n: Int) -> Int? { via host idempotent }
tool pay(n: Int) -> Int? { via host once }
signal go: Int

agent main() -> Int {
  var sum = 0
  for i in 0..3 { sum += look(i) + (pay(i) ?? 1) + (put(i) ?? 1) + random_int(2, 2) }
  sum += await go
  for i in 3..5 { sum += look(i) + (pay(i) ?? 1) + (put(i) ?? 1) + random_int(2, 2) }
  return sum
}
"#;

async fn chain() -> Bench {
    let mut bench = Bench::new(CHAIN).await;
    bench.world.script("look", &[Deed::Answer("1"); 20]);
    bench.save_every(None);
    bench
}

async fn goes_on(bench: &mut Bench) {
    bench.restart().await;
    bench.runtime.signal(&bench.key, "go", "100", "go").await.unwrap();
    assert_eq!(bench.result().await, "125");
    for (call, times) in bench.world.all_done() {
        assert_eq!(times, 1, "{call}");
    }
    bench.replays().await;
}

/// Puts a snapshot of the job as it was after `of` events, as one that says it is of event `name`.
async fn misname(bench: &Bench, of: u64, name: u64, inside_too: bool) {
    let (cursor, _, head_of) = by_the_log(bench, of).await;
    let (_, _, head_name) = by_the_log(bench, name).await;
    let body = cursor.known().save(if inside_too { head_name } else { head_of }).joined();
    let row = bench.store.job(&bench.key).await.unwrap().unwrap();
    let fence = bench.store.take_lease(&bench.key, "sabotage", &row.lease).await.unwrap().unwrap();
    let snapshot = Snapshot {
        seq: name,
        hash: head_name.hash,
        program: row.program,
        semantics: cursor.program.module.semantics,
        format: image::FORMAT,
        body,
    };
    bench.store.put_snapshot(&bench.key, fence, snapshot).await.unwrap();
    bench.store.release(&bench.key, fence).await.unwrap();
}

/// The sabotage: a snapshot that is one delivery too early or too late for the event it names. It is dropped, whether
/// it lies about its event inside too or not, and whether the log goes on behind it or not.
#[tokio::test]
async fn a_snapshot_of_another_event_is_dropped() {
    let length = {
        let bench = chain().await;
        bench.drive().await.unwrap();
        bench.log().await.len() as u64
    };
    let mut wrong = 0;
    for of in 1..=length {
        for name in [of.saturating_sub(1), of, of + 1].into_iter().filter(|name| (1..=length).contains(name))
        {
            for inside_too in [false, true] {
                let mut bench = chain().await;
                bench.drive().await.unwrap();
                let log = bench.log().await;
                misname(&bench, of, name, inside_too).await;
                goes_on(&mut bench).await;
                // Facts change nothing that the machine holds: there a snapshot of the event before is one of this.
                let between = &log[of.min(name) as usize..of.max(name) as usize];
                wrong += u32::from(between.iter().any(|stored| stored.event.delivers()));
            }
        }
    }
    assert!(wrong > 30, "only {wrong} snapshots were wrong by a delivery");
}

#[tokio::test]
async fn a_damaged_or_foreign_snapshot_is_dropped() {
    let changes: [fn(&mut Snapshot); 6] = [
        |snapshot| snapshot.semantics += 1,
        |snapshot| snapshot.format += 1,
        |snapshot| snapshot.program[0] ^= 1,
        |snapshot| snapshot.hash[0] ^= 1,
        |snapshot| snapshot.seq += 1,
        |snapshot| snapshot.body.truncate(20),
    ];
    for change in changes {
        let mut bench = chain().await;
        bench.save_every(Some(0));
        bench.drive().await.unwrap();
        assert!(bench.store.tamper_snapshot(&bench.key, change));
        bench.save_every(None);
        goes_on(&mut bench).await;
    }
    let length = {
        let mut bench = chain().await;
        bench.save_every(Some(0));
        bench.drive().await.unwrap();
        bench.store.snapshot(&bench.key).await.unwrap().unwrap().body.len()
    };
    for at in (0..length).step_by(7) {
        let mut bench = chain().await;
        bench.save_every(Some(0));
        bench.drive().await.unwrap();
        bench.store.tamper_snapshot(&bench.key, |snapshot| {
            let at = at.min(snapshot.body.len() - 1);
            snapshot.body[at] ^= 0x15;
        });
        // A store in memory has no digest that would notice; what matters is that nothing panics and that no call is
        // made twice.
        bench.save_every(None);
        bench.restart().await;
        bench.runtime.signal(&bench.key, "go", "100", "go").await.unwrap();
        let _ = bench.drive().await;
        for (call, times) in bench.world.all_done() {
            assert_eq!(times, 1, "byte {at}: {call}");
        }
    }
}

#[tokio::test]
async fn going_on_reads_only_what_is_new() {
    let source = "
signal go: Int
agent main() -> Int {
  var sum = 0
  for i in 0..3000 { sum += random_int(1, 1) }
  return sum + await go
}
";
    let mut reads = Vec::new();
    for pace in [Some(crate::limits::SNAPSHOT_PACE), None] {
        let store = Arc::new(MemoryStore::new());
        let mut bench = Bench::on(source, World::default(), store.clone()).await;
        bench.save_every(pace);
        assert!(matches!(bench.drive().await.unwrap(), End::Stopped(Stopped::Waiting(_))));
        bench.runtime.signal(&bench.key, "go", "7", "go").await.unwrap();
        bench.restart().await;
        let before = store.events_read();
        assert_eq!(bench.result().await, "3007");
        reads.push(store.events_read() - before);
        bench.replays().await;
    }
    assert!(reads[0] < 1_500 && reads[1] > 3_000, "events read: {reads:?}");
}
