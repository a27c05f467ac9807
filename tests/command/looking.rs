//! Commands that only look: check, graph, disasm, jobs, show, events, verify, replay.

use super::ASKS;
use crate::harness::World;

#[test]
fn check_answers_in_three_forms() {
    let world = World::with_program("agent main() -> Int { return nowhere }\n");
    world.write("lib/good.aeth", "agent good() -> Int { return 1 }\n");
    let human = world.run(&["check"]).exits(1);
    assert_eq!(human.stdout, "", "diagnostics are no results: {human}");
    let human = human.says("nowhere").says("main.aeth:1:").says("2 files checked: 1 error");
    assert!(!human.stderr.contains('\u{1b}'), "{human}");
    let short = world.run(&["check", "--format", "short"]).exits(1);
    assert!(short.stdout.starts_with("main.aeth:1:30: error[E0201]: "), "{short}");
    let json = world.run(&["check", "main.aeth", "--format", "json"]).exits(1);
    assert_eq!((&json.json()["line"], &json.json()["column"]), (&1.into(), &30.into()));
    assert_eq!(world.run(&["check", "main.aeth", "--json"]).stdout, json.stdout);
    world.run(&["check", "lib"]).exits(0).says("1 file checked");
    world.run(&["check", "no-such-file.aeth"]).exits(2).says("no-such-file.aeth");
}

#[test]
fn graphs_are_drawn_in_three_forms() {
    let world = World::with_program(
        "agent main() -> Int {\n  task a = 1\n  task b = a + 1\n  return b\n}\nagent other() -> Int { return 1 }\n",
    );
    let text = world.run(&["graph", "main.aeth", "--agent", "main"]).exits(0).stdout;
    assert!(text.contains("agent main") && text.contains('a') && !text.contains("other"), "{text}");
    let mermaid = world.run(&["graph", "main.aeth", "--format", "mermaid"]).exits(0).stdout;
    assert!(mermaid.contains("flowchart"), "{mermaid}");
    let dot = world.run(&["graph", "main.aeth", "--format", "dot"]).exits(0).stdout;
    assert!(dot.contains("digraph"), "{dot}");
    world.run(&["graph", "main.aeth", "--agent", "mian"]).exits(2).says("main, other");
    world.run(&["disasm", "main.aeth"]).exits(0).says("agent main");
}

#[test]
fn a_job_can_be_looked_at_while_it_waits() {
    let world = World::with_program(ASKS);
    world.run(&["run", "main.aeth", "--job", "j"]).exits(3);
    let jobs = world.run(&["jobs"]).exits(0).stdout;
    assert!(
        jobs.lines().nth(1).is_some_and(|line| line.starts_with("j  ") && line.contains("waiting")),
        "{jobs}"
    );
    assert_eq!(world.run(&["jobs", "--state", "completed"]).exits(0).stdout, "");
    assert_eq!(world.run(&["jobs", "--state", "waiting", "--json"]).exits(0).json()["job"], "j");
    let show = world.run(&["show", "j"]).exits(0).says("approved").says("Publish these notes?");
    assert!(!show.stdout.contains('\u{1b}'), "what a program says steers no terminal: {show}");
    let object = world.run(&["show", "j", "--json"]).exits(0).json();
    assert_eq!(object["questions"][0]["question"]["text"], "Publish these notes?");
    world.run(&["show", "nowhere"]).exits(2).says("nowhere");
}

#[test]
fn the_log_can_be_read_followed_verified_and_replayed() {
    let world = World::with_program(
        "agent main(n: Int) -> Int {\n  task a = n + 1\n  note(\"a note\")\n  return a\n}\n"
            .replace("  note(\"a note\")\n", "  task b after a = note(\"a note\")\n")
            .as_str(),
    );
    world.run(&["run", "main.aeth", "n=1", "--job", "j"]).exits(0);
    let lines = world.run(&["events", "j", "--json"]).exits(0).stdout;
    let events: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("an object per line")).collect();
    assert_eq!((&events[0]["seq"], &events[0]["type"]), (&1.into(), &"JobCreated".into()));
    assert_eq!(events.last().expect("one")["type"], "JobCompleted");
    assert_eq!(
        world.run(&["events", "j", "--json", "--follow"]).exits(0).stdout,
        lines,
        "an ended job is not followed"
    );
    let human = world.run(&["events", "j"]).exits(0).stdout;
    assert_eq!(human.lines().count(), events.len(), "{human}");
    world.run(&["verify", "j"]).exits(0).says("whole");
    assert_eq!(world.run(&["verify", "j", "--json"]).exits(0).json()["ok"], true);
    let replayed = world.run(&["replay", "j"]).exits(0).says("the same");
    assert!(replayed.stdout.ends_with("\n2\n"), "the output is restored: {replayed}");
    let replayed = world.run(&["replay", "j", "--json"]).exits(0).json();
    assert_eq!(
        (&replayed["ok"], &replayed["result"], &replayed["state"]),
        (&true.into(), &2.into(), &"completed".into())
    );
    for command in ["verify", "replay", "events", "show", "resume", "cancel"] {
        world.run(&[command, "nowhere"]).exits(2).says("nowhere");
    }
}

#[test]
fn a_running_job_is_followed_to_its_end() {
    let world = World::with_program(ASKS);
    world.run(&["run", "main.aeth", "--agent", "main", "--job", "j"]).exits(3);
    let following = world.aeth(["events", "j", "--follow", "--json"]).spawn();
    let one = world.run(&["inbox", "--json"]).exits(0).json();
    world.run(&["answer", one["id"].as_str().expect("an id"), "true"]).exits(0);
    world.run(&["resume", "j"]).exits(0);
    let followed = following.finish().exits(0);
    assert_eq!(followed.stdout, world.run(&["events", "j", "--json"]).exits(0).stdout);
}

#[test]
fn the_runtime_speaks_of_its_own_work_only_when_asked() {
    let world = World::with_program("agent main() -> Int { return 1 }\n");
    assert_eq!(world.run(&["run", "main.aeth", "--quiet"]).exits(0).stderr, "");
    let bad = world.aeth(["jobs"]).env("AETH_LOG", "a=b=c").finish().exits(2);
    assert!(bad.stderr.contains("AETH_LOG"), "{bad}");
}
