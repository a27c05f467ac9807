//! What `run` prints and how it ends.

use std::process::{Command, Stdio};

use super::WAITS;
use crate::harness::World;

#[test]
fn a_string_is_plain_text_and_everything_else_json() {
    let world = World::with_program(
        "record P { name: String, tags: List<String> }
agent text() -> String { return \"a \\\"b\\\"\\nc\" }
agent maybe() -> String? { return \"x\" }
agent record() -> P { return P { name: \"n\", tags: [\"t\"] } }
agent nothing() -> Null { return null }
",
    );
    for (agent, json, stdout) in [
        ("text", false, "a \"b\"\nc\n"),
        ("text", true, "\"a \\\"b\\\"\\nc\"\n"),
        ("maybe", false, "\"x\"\n"),
        ("record", false, "{\"name\":\"n\",\"tags\":[\"t\"]}\n"),
        ("nothing", false, "null\n"),
    ] {
        let mut args = vec!["run", "main.aeth", "--agent", agent];
        args.extend(json.then_some("--json"));
        let finished = world.run(&args).exits(0);
        assert_eq!(finished.stdout, stdout, "{agent}");
    }
}

#[test]
fn arguments_come_by_name_from_text_file_and_standard_input() {
    let world = World::with_program(
        "enum Kind { Fix, Other }
agent main(text: String, n: Int = 1, kind: Kind = .Other, data: Json = null) -> String {
  return \"{text} {n} {kind} {data}\"
}
",
    );
    let run = |args: &[&str]| {
        let line: Vec<&str> = ["run", "main.aeth"].iter().chain(args).copied().collect();
        world.run(&line).exits(0).stdout
    };
    assert_eq!(
        run(&["text=5", "n=-2", "kind=Fix", "data={\"b\":1.50,\"a\":[]}"]),
        "5 -2 Fix {\"b\":1.50,\"a\":[]}\n"
    );
    assert_eq!(run(&["--input", "{\"text\": \"x\", \"n\": 3}"]), "x 3 Other null\n");
    assert_eq!(run(&["n=4", "--input", "{\"text\": \"x=y\"}"]), "x=y 4 Other null\n");
    world.write("in.json", "{\"text\": \"from a file\"}");
    assert_eq!(run(&["--input", "@in.json"]), "from a file 1 Other null\n");
    let typed =
        world.aeth(["run", "main.aeth", "--input", "-"]).stdin("{\"text\": \"typed\"}").finish().exits(0);
    assert_eq!(typed.stdout, "typed 1 Other null\n");
}

#[test]
fn a_failing_job_shows_its_error_task_and_place() {
    let world = World::with_program(
        "fn half(n: Int) -> Int {
  if n % 2 == 1 { fail \"{n} is odd\" }
  n / 2
}
agent main(n: Int) -> Int {
  task halved = half(n)
  return halved
}
",
    );
    let finished = world.run(&["run", "main.aeth", "n=3", "--job", "j"]).exits(1);
    assert_eq!(finished.stdout, "", "results only");
    let finished = finished.says("Failed: 3 is odd").says("halved").says("main.aeth:2:");
    assert!(finished.stderr.contains("main.aeth:6:"), "where it was called: {finished}");
    assert!(!finished.stderr.contains('\u{1b}'), "no colours where nobody sees them: {finished}");
    // The same again from the log.
    world.run(&["run", "main.aeth", "n=3", "--job", "j"]).exits(1).says("3 is odd");
    world.run(&["resume", "j"]).exits(1).says("3 is odd");
}

#[test]
fn the_same_id_is_the_same_job() {
    let world = World::with_program("agent main(n: Int) -> Int {\n  note(\"once\")\n  return n + 1\n}\n");
    assert_eq!(world.run(&["run", "main.aeth", "n=1", "--job", "j"]).exits(0).stdout, "2\n");
    let log = world.run(&["events", "j", "--json"]).exits(0).stdout;
    assert_eq!(world.run(&["run", "main.aeth", "n=1", "--job", "j"]).exits(0).stdout, "2\n");
    assert_eq!(world.run(&["events", "j", "--json"]).exits(0).stdout, log, "nothing was added");
    world.run(&["run", "main.aeth", "n=1", "--job", "j", "--namespace", "other"]).exits(0);
    assert_eq!(world.run(&["jobs", "--json"]).exits(0).stdout.lines().count(), 1);
    assert_eq!(world.run(&["jobs", "--json", "--namespace", "other"]).exits(0).stdout.lines().count(), 1);
}

#[test]
fn a_store_is_where_the_command_line_or_the_environment_says() {
    let world = World::with_program("agent main() -> Int { return 1 }\n");
    world.run(&["run", "main.aeth", "--store", "here", "--job", "j"]).exits(0);
    assert!(world.path().join("here/aeth.db").exists() && !world.path().join(".aeth").exists());
    world.aeth(["show", "j"]).env("AETH_STORE", "here").finish().exits(0);
    world.run(&["show", "j", "--store", "nowhere"]).exits(4).says("nowhere");
    assert!(!world.path().join("nowhere").exists(), "looking makes nothing");
    assert_eq!(world.run(&["run", "main.aeth", "--store", "memory"]).exits(0).stdout, "1\n");
    assert!(!world.path().join(".aeth").exists());
}

#[test]
fn a_long_wait_without_a_terminal_says_how_to_go_on() {
    let world = World::with_program(WAITS);
    let stopped = world.run(&["run", "main.aeth", "--job", "j"]).exits(3).says("signal `level`");
    let commands = super::proposed(&stopped);
    assert_eq!(commands, ["signal j level JSON", "resume j"], "{stopped}");
    super::follow(&world, &commands[0].replace("JSON", "41")).exits(0).says("aeth resume j");
    assert_eq!(super::follow(&world, &commands[1]).exits(0).stdout, "42\n");
    // A timer.
    world.write("main.aeth", "agent main() -> Int {\n  sleep(2m)\n  return 1\n}\n");
    world
        .run(&["run", "main.aeth", "--job", "t", "--store", "my store"])
        .exits(3)
        .says("timer")
        .says("resume t --store 'my store'");
}

#[test]
fn a_wait_that_stays_is_ended_by_a_signal_from_elsewhere() {
    let world = World::with_program(WAITS);
    let running = world.aeth(["run", "main.aeth", "--job", "j", "--wait"]).spawn();
    crate::harness::wait_until("the job to wait", std::time::Duration::from_secs(20), || {
        world.path().join(".aeth/aeth.db").exists().then_some(())?;
        world.run(&["events", "j"]).stdout.contains("SignalAwaited").then_some(())
    });
    let sent = world.run(&["signal", "j", "level", "1"]).exits(0);
    assert!(sent.stderr.contains("takes it up"), "{sent}");
    assert_eq!(running.finish().exits(0).stdout, "2\n");
}

#[test]
fn interrupted_jobs_say_how_they_are_resumed() {
    let world = World::with_program("agent main() -> Int {\n  sleep(30s)\n  return 1\n}\n");
    let running = world.aeth(["run", "main.aeth", "--job", "j"]).spawn();
    crate::harness::wait_until("the job to sleep", std::time::Duration::from_secs(20), || {
        world.path().join(".aeth/aeth.db").exists().then_some(())?;
        world.run(&["events", "j"]).stdout.contains("TimerSet").then_some(())
    });
    running.signal(rustix::process::Signal::INT);
    let stopped = running.finish().exits(3);
    assert!(stopped.took < std::time::Duration::from_secs(10), "{:?}", stopped.took);
    assert_eq!(super::proposed(&stopped).last().map(String::as_str), Some("resume j"), "{stopped}");
}

#[test]
fn nobody_reading_is_no_error() {
    let world = World::with_program("agent main() -> List<Int> { return 1..=100000 }\n");
    world.run(&["run", "main.aeth", "--job", "j"]).exits(0);
    for args in [&["events", "j", "--json"][..], &["show", "j"], &["--help"], &["run", "main.aeth"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_aeth"))
            .args(args)
            .current_dir(world.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("aeth starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!told.contains("panicked") && !told.contains("error"), "{args:?}: {told}");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
    }
}

#[test]
fn a_call_that_was_left_in_doubt_is_named_at_the_end() {
    let world = World::with_program(
        "tool pay() -> Null {
  via exec { command: [\"sleep\", \"30\"] }
  once
  timeout 200ms
}
agent main() -> String {
  return within 1500ms { pay()  \"paid\" } else { \"given up\" }
}
",
    );
    let finished = world.run(&["run", "main.aeth", "--job", "j", "--allow", "exec=sleep"]).exits(0);
    assert_eq!(finished.stdout, "given up\n");
    let finished = finished.says("nobody knows whether return/0.body/0 (pay) happened");
    assert!(finished.stderr.contains("in doubt"), "{finished}");
    world.run(&["replay", "j"]).exits(0);
}
