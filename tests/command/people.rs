//! Questions and doubts: what waits for a person, and what a person says.

use super::{ASKS, WAITS, follow, proposed};
use crate::harness::World;

#[test]
fn a_question_is_answered_by_the_command_that_was_printed() {
    let world = World::with_program(ASKS);
    let stopped = world.run(&["run", "main.aeth", "--job", "j"]).exits(3).says("Publish these notes?");
    let commands = proposed(&stopped);
    assert!(commands[0].starts_with("answer "), "{stopped}");
    let inbox = world.run(&["inbox"]).exits(0);
    assert_eq!(proposed(&inbox), [commands[0].clone()], "the same words everywhere");
    let one: serde_json::Value = world.run(&["inbox", "--json"]).exits(0).json();
    assert_eq!(one["question"], "Publish these notes?");
    assert_eq!((&one["job"], &one["to"], &one["signal"]), (&"j".into(), &"ada".into(), &"approval".into()));

    world.run(&["answer", one["id"].as_str().expect("an id"), "\"yes\""]).exits(2).says("Bool");
    world.run(&["answer", "zzzz", "true"]).exits(2).says("zzzz");
    world.run(&["signal", "j", "approval", "true"]).exits(2).says("aeth inbox");
    follow(&world, &commands[0].replace("JSON", "true")).exits(0).says("aeth resume j");
    assert_eq!(world.run(&["inbox"]).exits(0).stdout, "", "what is answered waits no more");
    assert_eq!(follow(&world, "resume j").exits(0).stdout, "published\n");
    world.run(&["answer", "j/approved/0", "true"]).exits(2);
}

#[test]
fn a_question_is_named_in_full_too() {
    let world = World::with_program(ASKS);
    world.run(&["run", "main.aeth", "--job", "j"]).exits(3);
    let one: serde_json::Value = world.run(&["inbox", "--json"]).exits(0).json();
    let id = format!("j/{}", one["effect"].as_str().expect("an effect"));
    world.run(&["answer", &id, "false"]).exits(0);
    assert_eq!(world.run(&["resume", "j"]).exits(0).stdout, "kept\n");
}

#[test]
fn signals_are_checked_by_the_pinned_program() {
    let world = World::with_program(WAITS);
    world.run(&["run", "main.aeth", "--job", "j"]).exits(3);
    world.write("main.aeth", "signal other: String\nagent main() -> Int { return 1 }\n");
    world.run(&["signal", "j", "level", "\"high\""]).exits(2).says("Int");
    world.run(&["signal", "j", "level", "high"]).exits(2);
    world.run(&["signal", "j", "other", "\"x\""]).exits(2).says("level");
    world.run(&["signal", "nowhere", "level", "1"]).exits(2).says("nowhere");
    world.run(&["signal", "j", "level", "1"]).exits(0);
    assert_eq!(world.run(&["resume", "j"]).exits(0).stdout, "2\n");
    world.run(&["signal", "j", "level", "1"]).exits(2).says("ended");
}

#[test]
fn a_cancelled_job_ends() {
    let world = World::with_program(WAITS);
    world.run(&["run", "main.aeth", "--job", "j"]).exits(3);
    world.run(&["cancel", "j"]).exits(0).says("was cancelled");
    world.run(&["resume", "j"]).exits(1).says("cancelled");
    assert_eq!(world.run(&["show", "j", "--json"]).exits(0).json()["state"], "cancelled");
    world.run(&["cancel", "j"]).exits(2).says("ended");
}

#[test]
fn every_unfinished_job_is_resumed_at_once() {
    let world = World::with_program(WAITS);
    for job in ["a", "b", "c"] {
        world.run(&["run", "main.aeth", "--job", job]).exits(3);
    }
    for job in ["a", "b"] {
        world.run(&["signal", job, "level", "1"]).exits(0);
    }
    let all = world.run(&["resume", "--all", "--json"]).exits(3);
    let mut lines: Vec<serde_json::Value> =
        all.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    lines.sort_by_key(|line| line["job"].to_string());
    let states: Vec<_> = lines.iter().map(|line| line["state"].as_str().expect("a state")).collect();
    assert_eq!(states, ["completed", "completed", "waiting"], "{all}");
    assert_eq!(lines[0]["result"], 2);
}
