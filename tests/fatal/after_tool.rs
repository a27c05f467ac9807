//! Fatal test 2: a crash after the call and before its outcome is recorded. The judge has seen it once; what happens
//! next is the class's business, and nobody else's.

use super::{Class, in_window, start, world};
use crate::harness::{Judge, World};

const BOUNDARIES: [&str; 2] = ["call.answered:1:kill", "outcome.before:1:kill"];

fn crashed(class: Class, boundary: &str) -> (Judge, World, String) {
    let judge = Judge::start();
    let world = world(&judge, class);
    start(&world).crash_at(boundary).finish().was_killed();
    let effect = in_window(&world, &judge, 1);
    (judge, world, effect)
}

#[test]
fn an_idempotent_call_is_made_again_with_the_same_key() {
    for boundary in BOUNDARIES {
        let (judge, world, _) = crashed(Class::Idempotent, boundary);
        world.run(&["resume", "j"]).exits(0).says(&format!("receipt {}", judge.keys("/charge")[0]));
        assert_eq!(judge.count("/charge"), 2, "called again");
        assert_eq!(judge.keys("/charge").len(), 1, "under one key");
        let arrivals = judge.arrivals("/charge");
        assert_eq!(arrivals[0], arrivals[1], "the recorded request, byte for byte");
    }
}

#[test]
fn a_call_that_its_lookup_finds_is_not_made_again() {
    for boundary in BOUNDARIES {
        let (judge, world, _) = crashed(Class::OnceWithLookup, boundary);
        world.run(&["resume", "j"]).exits(0).says(&format!("receipt {}", judge.keys("/charge")[0]));
        assert_eq!(judge.count("/charge"), 1, "found, not called");
        assert!(judge.count("/seen/charge") >= 1, "the lookup was asked");
        assert_eq!(judge.keys("/seen/charge"), judge.keys("/charge"), "for the same key");
    }
}

#[test]
fn a_call_that_nobody_can_look_up_waits_for_a_person_who_says_completed() {
    let (judge, world, effect) = crashed(Class::Once, "call.answered:1:kill");
    world.run(&["resume", "j"]).exits(3).says(&effect);
    assert_eq!(world.log("j").doubtful_effects(), [effect.as_str()]);
    world.run(&["resume", "j"]).exits(3).says(&effect);
    world.run(&["resolve", "j", &effect, "--completed", r#"{"key": 7}"#]).exits(2).says("key");
    world.run(&["resolve", "j", &effect, "--completed", r#"{"key": "by hand"}"#]).exits(0);
    world.run(&["resume", "j"]).exits(0).says("receipt by hand");
    assert_eq!(judge.count("/charge"), 1);
}

#[test]
fn a_call_that_nobody_can_look_up_waits_for_a_person_who_says_not_done() {
    let (judge, world, effect) = crashed(Class::Once, "outcome.before:1:kill");
    world.run(&["resume", "j"]).exits(3).says(&effect);
    assert_eq!(judge.count("/charge"), 1, "not called before a person has decided");
    world.run(&["resolve", "j", &effect, "--not-done"]).exits(0);
    world.run(&["resume", "j"]).exits(0).says("receipt ");
    assert_eq!(judge.count("/charge"), 2, "called because a person said so");
    assert_eq!(judge.keys("/charge").len(), 1, "under the same key");
}

#[test]
fn a_call_that_nobody_can_look_up_waits_for_a_person_who_gives_up() {
    let (judge, world, effect) = crashed(Class::Once, "call.answered:1:kill");
    world.run(&["resume", "j"]).exits(3).says(&effect);
    world.run(&["resolve", "j", &effect, "--fail"]).exits(0);
    world.run(&["resume", "j"]).exits(1);
    assert_eq!(world.log("j").last(), "JobFailed");
    assert_eq!(judge.count("/charge"), 1);
}

#[test]
fn a_crash_after_the_outcome_repeats_nothing_for_any_class() {
    for class in Class::ALL {
        let judge = Judge::start();
        let world = world(&judge, class);
        start(&world).crash_at("outcome.after:1:kill").finish().was_killed();
        assert!(world.log("j").open_effects().is_empty());
        assert_eq!(judge.count("/charge"), 1);
        world.run(&["resume", "j"]).exits(0).says("receipt ");
        assert_eq!(judge.count("/charge"), 1, "{class:?}");
        assert_eq!(judge.count("/seen/charge"), 0, "nothing to look up");
    }
}
