//! Stores that cannot be used: exit 4, and a sentence that says what to do.

use std::time::Duration;

use crate::harness::World;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

fn world() -> World {
    let world =
        World::with_program("agent main(n: Int) -> Int {\n  note(\"n\", json { n })\n  return n + 1\n}\n");
    world.run(&["run", "main.aeth", "n=1", "--job", "j"]).exits(0);
    world
}

fn database(world: &World) -> std::path::PathBuf {
    world.path().join(".aeth/aeth.db")
}

/// Folds the write-ahead log into the file, so that the file alone is the database.
fn checkpoint(world: &World) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(database(world)).expect("a database");
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
    connection
}

#[test]
fn one_that_is_not_a_database() {
    let world = World::with_program("agent main() -> Int { return 1 }\n");
    world.write(
        ".aeth/aeth.db",
        "this is no database, but it is long enough to look like something".repeat(100),
    );
    world.run(&["run", "main.aeth"]).exits(4).says("aeth.db");
    let world = World::with_program("agent main() -> Int { return 1 }\n");
    world.write(".aeth", "a file where a folder is expected");
    world.run(&["run", "main.aeth"]).exits(4).says(".aeth");
    world.run(&["run", "main.aeth", "--store", "gopher://x"]).exits(4).says("gopher");
}

#[test]
fn one_that_belongs_to_another_program() {
    let world = World::with_program("agent main() -> Int { return 1 }\n");
    std::fs::create_dir(world.path().join(".aeth")).expect("a folder");
    let connection = rusqlite::Connection::open(database(&world)).expect("a database");
    connection
        .execute_batch("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup');")
        .expect("SQL");
    drop(connection);
    world.run(&["run", "main.aeth"]).exits(4).says("aeth.db");
    let connection = rusqlite::Connection::open(database(&world)).expect("a database");
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).expect("a count");
    assert_eq!(tables, 1, "it is left alone");
}

#[test]
fn one_from_a_newer_version() {
    let world = world();
    checkpoint(&world).pragma_update(None, "user_version", 9_999).expect("a newer version");
    world.run(&["run", "main.aeth", "n=1"]).exits(4).says("newer");
    world.run(&["jobs"]).exits(4).says("newer");
}

#[test]
fn one_that_is_locked() {
    let world = world();
    let connection = checkpoint(&world);
    connection.execute_batch("BEGIN EXCLUSIVE").expect("a lock");
    let finished = world.run(&["run", "main.aeth", "n=2", "--job", "k"]).exits(4).says("aeth.db");
    assert!(finished.took < Duration::from_secs(60), "{:?}", finished.took);
    connection.execute_batch("ROLLBACK").expect("unlocked");
    world.run(&["run", "main.aeth", "n=2", "--job", "k"]).exits(0);
}

#[test]
fn one_that_is_damaged() {
    let world = world();
    drop(checkpoint(&world));
    let mut bytes = std::fs::read(database(&world)).expect("the file");
    let half = bytes.len() / 4;
    bytes[half..].fill(0xa5);
    std::fs::write(database(&world), bytes).expect("damage");
    for command in
        [&["run", "main.aeth", "n=2", "--job", "k"][..], &["jobs"], &["events", "j"], &["verify", "j"]]
    {
        let finished = world.run(command);
        let code = finished.status.code();
        assert!(matches!(code, Some(1 | 4)) && !finished.stderr.contains("panicked"), "{finished}");
    }
}

#[test]
fn one_that_is_read_only() {
    let world = world();
    drop(checkpoint(&world));
    // Root may write everywhere, so the command runs as nobody, from a copy that nobody can reach.
    let binary = world.path().join("aeth");
    std::fs::copy(env!("CARGO_BIN_EXE_aeth"), &binary).expect("a copy");
    for (path, mode) in [("", 0o555), (".aeth", 0o555), (".aeth/aeth.db", 0o444), ("main.aeth", 0o444)] {
        let path = world.path().join(path);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
    }
    let mut command = std::process::Command::new(&binary);
    command.args(["run", "main.aeth", "n=2", "--job", "k"]).current_dir(world.path());
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().expect("aeth starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains(".aeth"), "{told}");
    std::fs::set_permissions(world.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
    std::fs::set_permissions(world.path().join(".aeth"), std::fs::Permissions::from_mode(0o755))
        .expect("permissions");
}

#[test]
fn a_log_that_was_cut_or_changed() {
    for (name, sql) in [
        ("its tail is gone", "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)"),
        ("its middle is gone", "DELETE FROM events WHERE seq = 3"),
        ("an event was changed", "UPDATE events SET time_ms = time_ms + 1 WHERE seq = 3"),
        (
            "an event was swapped",
            "UPDATE events SET body = (SELECT body FROM events WHERE seq = 1) WHERE seq = 3",
        ),
    ] {
        let world = world();
        world.run(&["verify", "j"]).exits(0);
        let changed = checkpoint(&world).execute(sql, []).expect("SQL");
        assert!(changed > 0, "{name}: nothing changed");
        world.run(&["verify", "j"]).exits(1).says("event");
    }
}
