//! `aeth export` and `aeth verify FILE`: a log that can be judged where its store is not.

use crate::harness::World;

/// A world with a completed job `j`.
fn with_job() -> World {
    let world = World::with_program("agent main(n: Int) -> Int {\n  note(\"noted\", n)\n  return n + 1\n}\n");
    world.run(&["run", "main.aeth", "n=1", "--job", "j"]).exits(0);
    world
}

#[test]
fn an_exported_log_verifies_without_its_store() {
    let world = with_job();
    let head = world.run(&["verify", "j", "--json"]).exits(0).json()["head"].clone();
    world.run(&["export", "j", "-o", "j.aethlog"]).exits(0).says("aeth verify j.aethlog");
    let elsewhere = World::new();
    std::fs::copy(world.path().join("j.aethlog"), elsewhere.path().join("j.aethlog")).expect("a copy");
    let report = elsewhere.run(&["verify", "j.aethlog", "--json"]).exits(0).json();
    assert_eq!(
        (&report["ok"], &report["head"], &report["proves"]),
        (&true.into(), &head, &"consistency".into())
    );
    let head = head.as_str().expect("a head");
    elsewhere.run(&["verify", "j.aethlog", "--head", head]).exits(0).says("the head you hold");
    let other = "0".repeat(64);
    elsewhere.run(&["verify", "j.aethlog", "--head", &other]).exits(1).says("another log");
    assert!(!elsewhere.path().join(".aeth").exists(), "no store is made to look at a file");
}

#[test]
fn what_is_no_whole_log_is_refused() {
    let world = with_job();
    world.run(&["export", "j", "-o", "j.aethlog"]).exits(0);
    let file = std::fs::read(world.path().join("j.aethlog")).expect("a file");
    std::fs::write(world.path().join("cut.aethlog"), &file[..file.len() - 1]).expect("a file");
    world.run(&["verify", "cut.aethlog"]).exits(1).says("cut.aethlog is no whole log");
    let mut later = file.clone();
    later["aeth log, version ".len()] = b'9';
    std::fs::write(world.path().join("later.aethlog"), later).expect("a file");
    world.run(&["verify", "later.aethlog"]).exits(1).says("another version");
    world.run(&["verify", "main.aeth"]).exits(2).says("main.aeth is no exported log");
    // A file that is called like a job hides nothing.
    std::fs::write(world.path().join("j"), "mine").expect("a file");
    world.run(&["verify", "j"]).exits(0).says("whole");
    world.run(&["export", "nobody", "-o", "n.aethlog"]).exits(2).says("nobody");
    assert!(!world.path().join("n.aethlog").exists(), "nothing is written");
    world.run(&["export", "j", "-o", "no/such/folder.aethlog"]).exits(4).says("cannot be written");
}

#[test]
fn a_damaged_log_is_not_exported() {
    let world = with_job();
    let store = rusqlite::Connection::open(world.path().join(".aeth/aeth.db")).expect("the store");
    let changed =
        store.execute("UPDATE events SET time_ms = time_ms + 1 WHERE seq = 2", []).expect("an update");
    assert_eq!(changed, 1);
    drop(store);
    world.run(&["verify", "j"]).exits(1).says("event 2");
    world.run(&["export", "j", "-o", "j.aethlog"]).exits(1).says("event 2").says("nothing was written");
    assert!(!world.path().join("j.aethlog").exists());
}
