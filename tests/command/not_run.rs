//! Parts of the language that are checked, compiled and shown, but not run yet: refused before anything has happened,
//! and only where the agent that is started can come to them.

use crate::harness::World;

/// The program that the language is introduced with.
const TASTE: &str = include_str!("../../lang/src/syntax/tests/taste.aeth");

#[test]
fn the_taste_of_the_language_is_checked_and_shown_and_refused_before_anything_runs() {
    let world = World::with_program(TASTE).env("COLUMNS", "200");
    world.run(&["check", "main.aeth"]).exits(0).says("1 file checked, nothing found");
    world.run(&["graph", "main.aeth"]).exits(0).says("· write_notes");
    let listing = world.run(&["disasm", "main.aeth"]).exits(0).says("model writer");
    assert!(listing.stdout.contains("prompt write_notes(changes: List<Change>"), "{listing}");
    let refused = world.run(&["run", "main.aeth", "repo=."]).exits(2);
    let refused = refused.says("E0902").says("agent `release_notes` cannot be run yet");
    let refused = refused.says("`undo` of the tool `publish`").says("the prompt `write_notes` neither");
    assert_eq!(refused.stdout, "", "{refused}");
    assert!(!world.path().join(".aeth").exists(), "not even a store was created");
}

#[test]
fn what_an_agent_cannot_come_to_does_not_keep_it_from_running() {
    let world = World::with_program(
        "model m { provider script  name \"r.json\" }
prompt unused(x: Int) -> Int { model m  user \"{x}\" }
memory seen: Map<String, Int>
agent main(n: Int) -> Int { return n + 1 }
agent other(n: Int) -> Int { return unused(n) }
schedule nightly = every \"0 2 * * *\" run main(1)
test \"adds\" { expect run main(1) == 2 }
",
    );
    let ran = world.run(&["run", "main.aeth", "n=2"]).exits(0);
    assert_eq!(ran.stdout, "3\n");
    world.run(&["run", "main.aeth", "--agent", "other", "n=2"]).exits(2).says("the prompt `unused`");
}
