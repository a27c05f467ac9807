//! The store fails at every single append of a run, in every way: no effect is done twice, and the result is the same.

use std::sync::Arc;

use super::world::{Bench, Deed, World};
use crate::job::{DriveError, End, Stopped};
use crate::store::memory::{Fault, MemoryStore};
use crate::store::{ResolveHow, StoreError, StoreErrorKind};

pub(super) const ALL_CLASSES: &str = r#"
tool look(n: Int) -> Int { via host readonly }
tool put(n: Int) -> Int { via host idempotent }
tool find(key: String) -> Int? { via host readonly }
tool book(n: Int) -> Int { via host once lookup find(call.key) settle 1ms }
tool pay(n: Int) -> Int? { via host once }

agent main() -> List<Int> {
  task looked = look(1)
  task stored = put(2)
  task booked = book(looked)
  task paid after stored = pay(4) ?? 4
  task many = each i in [5, 6, 7], at most 2 { pay(i) ?? i }
  task chain = {
    var sum = 0
    for i in 10..15 { sum += pay(i) ?? 1 }
    sum
  }
  return [looked, stored, booked, paid, chain] + many
}
"#;

pub(super) const RESULT: &str = "[1,2,3,4,5,5,6,7]";

pub(super) fn scripted() -> World {
    let world = World::default();
    world.script("look", &[Deed::Answer("1"); 9]);
    world.script("put", &[Deed::Answer("2"); 9]);
    world.script("find", &[Deed::Answer("3"); 9]);
    world.script("book", &[Deed::Answer("3"); 9]);
    world
}

/// Runs to the end, settling doubts by what the world says, restarting after each failure of the store.
pub(super) async fn to_the_end(bench: &mut Bench) -> (String, u32) {
    let mut failures = 0;
    for _ in 0..20 {
        match bench.drive().await {
            Ok(End::Completed { result }) => return (result, failures),
            Ok(End::Stopped(Stopped::NeedsAttention(doubts))) => {
                for effect in doubts {
                    let how = ResolveHow::Completed("null".to_owned());
                    bench.runtime.resolve(&bench.key, &effect, how, "test").await.unwrap();
                }
            }
            Err(DriveError::Store(_)) => {
                failures += 1;
                bench.restart().await;
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("the job does not end");
}

#[tokio::test]
async fn whichever_append_fails_no_effect_is_done_twice() {
    let mut struck = 0;
    for nth in 1..24 {
        for (lost, pace) in [(false, None), (true, None), (false, Some(0)), (true, Some(0))] {
            let world = scripted();
            let store = Arc::new(MemoryStore::new());
            let mut bench = Bench::on(ALL_CLASSES, world, store.clone()).await;
            bench.save_every(pace);
            let fault = if lost { Fault::LostAfter } else { Fault::Fails(failure()) };
            store.fail_append(nth, fault);
            let (result, failures) = to_the_end(&mut bench).await;
            struck += failures;
            assert_eq!(result, RESULT, "append {nth}");
            assert_eq!(store.snapshots() > 0, pace.is_some());
            for (call, times) in bench.world.all_done() {
                let may_repeat =
                    call.starts_with("look") || call.starts_with("find") || call.starts_with("put");
                assert!(times == 1 || may_repeat, "append {nth}: {call} done {times} times");
            }
            bench.replays().await;
        }
    }
    assert!(struck >= 12, "the fault struck only {struck} times");
}

pub(super) fn failure() -> StoreError {
    StoreError { kind: StoreErrorKind::Io, message: "the disk is gone".into() }
}
