//! Fatal test 3: two workers on one step. Only one may send, whoever sleeps, wakes or hurries.

use std::time::Duration;

use rustix::process::Signal;

use super::{Class, in_window, start, world};
use crate::harness::{Judge, World, wait_until};

/// Longer than a lease: taking a stopped holder's job needs that long.
const TAKEOVER: Duration = Duration::from_secs(60);

/// A second `aeth run --job j` beside a first that stopped itself at `boundary`, continued once the second holds the
/// job. What both printed.
fn contest(judge: &Judge, world: &World, boundary: &str) -> String {
    let mut first = start(world).crash_at(boundary).spawn();
    first.wait_stopped();
    in_window(world, judge, 0);
    let second = start(world).spawn();
    wait_until("the second worker to take the job, or the first to be gone", TAKEOVER, || {
        (!first.is_alive() || world.log("j").count("LeaseTaken") >= 2).then_some(())
    });
    if first.is_alive() {
        first.signal(Signal::CONT);
    }
    let second = second.finish();
    let first = first.finish();
    format!("first: {first}\n\nsecond: {second}")
}

#[test]
fn a_worker_that_stopped_between_intent_and_call_sends_nothing_when_it_wakes() {
    for (class, boundary) in
        [(Class::Once, "intent.after:1:stop"), (Class::OnceWithLookup, "call.sent:1:stop")]
    {
        let judge = Judge::start();
        let world = world(&judge, class);
        let told = contest(&judge, &world, boundary);
        assert!(judge.count("/charge") <= 1, "{class:?} at {boundary}\n{told}");
        if class == Class::Once {
            let effect = world.log("j").doubtful_effects().first().map(|effect| (*effect).to_owned());
            if let Some(effect) = effect {
                assert_eq!(judge.count("/charge"), 0, "in doubt, and not sent\n{told}");
                world.run(&["resolve", "j", &effect, "--not-done"]).exits(0);
            }
        }
        world.run(&["resume", "j"]).exits(0).says("receipt ");
        assert_eq!(judge.count("/charge"), 1, "{class:?} at {boundary}\n{told}");
        world.run(&["verify", "j"]).exits(0);
    }
}

/// Stopped for most of a lease but not all of it: the holder is still the holder, but its window to send has closed.
#[test]
fn an_intent_that_grew_old_is_not_sent_under_the_old_window() {
    let judge = Judge::start();
    let world = world(&judge, Class::Once);
    let first = start(&world).crash_at("intent.after:1:stop").spawn();
    first.wait_stopped();
    in_window(&world, &judge, 0);
    std::thread::sleep(Duration::from_millis(9_000));
    first.signal(Signal::CONT);
    let first = first.finish();
    assert!(judge.count("/charge") <= 1, "{first}");
    let log = world.log("j");
    let calls = judge.count("/charge");
    if calls == 1 {
        let attempts = log.field("EffectIntended", "attempt");
        assert!(attempts.len() >= 2, "sent under a fresh intent only: {:?}\n{first}", log.names());
    }
    assert_eq!(log.last() == "JobCompleted", calls == 1, "{first}");
}

/// Both start at the same moment; one runs the job, the other waits for its result.
#[test]
fn two_commands_on_one_job_make_one_call_and_print_one_result() {
    for _ in 0..5 {
        let judge = Judge::start();
        let world = world(&judge, Class::Once);
        let both = [start(&world).spawn(), start(&world).spawn()].map(|running| running.finish().exits(0));
        assert_eq!(both[0].stdout, both[1].stdout);
        assert_eq!(judge.count("/charge"), 1);
    }
}
