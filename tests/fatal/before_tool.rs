//! Fatal test 1: a crash after the intent and before the first byte. The judge must have seen nothing, and see one
//! call in the end, or none until a person has said so.

use super::{Class, in_window, start, world};
use crate::harness::Judge;

const BOUNDARIES: [&str; 2] = ["intent.after:1:kill", "call.sent:1:kill"];

#[test]
fn a_crash_before_the_tool_loses_nothing_and_repeats_nothing() {
    for class in Class::ALL {
        for boundary in BOUNDARIES {
            let judge = Judge::start();
            let world = world(&judge, class);
            start(&world).crash_at(boundary).finish().was_killed();
            let effect = in_window(&world, &judge, 0);
            match class {
                Class::Idempotent => {
                    world.run(&["resume", "j"]).exits(0).says("receipt ");
                }
                Class::OnceWithLookup => {
                    world.run(&["resume", "j"]).exits(0).says("receipt ");
                    assert!(judge.count("/seen/charge") >= 1, "the lookup was asked");
                }
                Class::Once => {
                    world.run(&["resume", "j"]).exits(3).says(&effect);
                    assert_eq!(judge.count("/charge"), 0, "nobody but a person may decide");
                    world.run(&["resolve", "j", &effect, "--not-done"]).exits(0);
                    world.run(&["resume", "j"]).exits(0).says("receipt ");
                }
            }
            assert_eq!(judge.count("/charge"), 1, "{class:?} at {boundary}");
            assert_eq!(world.log("j").last(), "JobCompleted");
            world.run(&["verify", "j"]).exits(0);
            world.run(&["replay", "j"]).exits(0);
            assert_eq!(judge.count("/charge"), 1, "{class:?} at {boundary}, after replay");
        }
    }
}

#[test]
fn a_crash_before_the_intent_is_as_if_the_call_was_never_asked_for() {
    for class in Class::ALL {
        let judge = Judge::start();
        let world = world(&judge, class);
        start(&world).crash_at("intent.before:1:kill").finish().was_killed();
        assert_eq!(world.log("j").count("EffectIntended"), 0);
        assert_eq!(judge.count("/charge"), 0);
        world.run(&["resume", "j"]).exits(0).says("receipt ");
        assert_eq!(judge.count("/charge"), 1, "{class:?}");
    }
}
