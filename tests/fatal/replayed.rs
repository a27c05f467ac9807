//! Fatal test 4: replay restores the output, and the world hears nothing of it.

use super::{Class, start, world};
use crate::harness::Judge;

/// Where one job is killed again and again. Its last outcome and its end share one write.
const BOUNDARIES: [&str; 7] = [
    "job.created:1",
    "lease.taken:1",
    "intent.after:1",
    "call.answered:1",
    "outcome.before:1",
    "end.before:1",
    "end.after:1",
];

#[test]
fn replay_restores_the_output_and_calls_nobody() {
    for class in Class::ALL {
        let judge = Judge::start();
        let world = world(&judge, class);
        let first = start(&world).finish().exits(0);
        let before = judge.arrivals("");
        assert_eq!(judge.count("/charge"), 1);

        let replayed = world.run(&["replay", "j"]).exits(0);
        assert!(replayed.stdout.contains(first.stdout.trim()), "{replayed}");
        let again = start(&world).finish().exits(0);
        assert_eq!(again.stdout, first.stdout, "the same id again answers from the record");
        assert_eq!(judge.arrivals(""), before, "the judge heard nothing");

        drop(judge);
        world.run(&["replay", "j"]).exits(0).says(first.stdout.trim());
        world.run(&["resume", "j"]).exits(0).says(first.stdout.trim());
    }
}

#[test]
fn a_job_that_was_interrupted_replays_to_what_an_uninterrupted_one_answers() {
    let judge = Judge::start();
    let world = world(&judge, Class::Idempotent);
    for boundary in BOUNDARIES {
        start(&world).crash_at(&format!("{boundary}:kill")).finish().was_killed();
    }
    let finished = start(&world).finish().exits(0);
    let log = world.log("j");
    assert!(log.count("LeaseTaken") >= 5, "{:?}", log.names());
    assert_eq!(judge.keys("/charge").len(), 1);
    let calls = judge.count("/charge");
    world.run(&["replay", "j"]).exits(0).says(finished.stdout.trim());
    world.run(&["verify", "j"]).exits(0);
    assert_eq!(judge.count("/charge"), calls);
}
