//! Every example is run as its README says, offline.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Finished, Judge, Step, World};

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).join("main.aeth");
    path.to_str().expect("a plain path").to_owned()
}

#[test]
fn every_example_passes_the_checker_without_a_word() {
    let world = World::new();
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let checked = world.run(&["check", folder.to_str().expect("a plain path"), "--json"]).exits(0);
    assert_eq!(checked.stdout, "", "{checked}");
}

#[test]
fn hello_greets() {
    let world = World::new();
    let finished = world.run(&["run", &example("hello"), "name=Ada"]).exits(0);
    assert_eq!(finished.stdout, "Hello, Ada! Your name has 3 letters.\n");
    let finished = world.run(&["run", &example("hello"), "name=Å", "--json"]).exits(0);
    assert_eq!(finished.json(), "Hello, Å! Your name has 1 letter.");
}

/// A repository with commits of every kind, the first tagged `v1`.
fn repository(world: &World) {
    let repo = world.path().join("repo");
    std::fs::create_dir(&repo).expect("a folder");
    let git = |args: &[&str]| {
        let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"];
        let output =
            Command::new("git").arg("-C").arg(&repo).args(who).args(args).output().expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "--quiet"]);
    for subject in
        ["start", "feat: a greeting", "fix(cli): an answer", "a longer tale", "feat!: \"quotes\" {braces}"]
    {
        git(&["commit", "--quiet", "--allow-empty", "--message", subject]);
        if subject == "start" {
            git(&["tag", "v1"]);
        }
    }
}

fn release_notes(world: &World, extra: &[&str]) -> Finished {
    let main = example("release_notes");
    let mut args =
        vec!["run", &main, "repo=repo", "since=v1", "--job", "r", "--allow", "exec=git,file=notes"];
    args.extend(extra);
    world.run(&args)
}

#[test]
fn release_notes_are_written_once_a_person_says_yes() {
    let world = World::new();
    repository(&world);
    std::fs::create_dir(world.path().join("notes")).expect("a folder");
    release_notes(&world, &[]).exits(3).says("aeth answer");
    let inbox = world.run(&["inbox", "--json"]).exits(0);
    let question: serde_json::Value = serde_json::from_str(inbox.stdout.trim()).expect("one open question");
    assert!(inbox.stdout.contains("Write these 4 changes to notes/NOTES.md?"), "{inbox}");
    assert!(!world.path().join("notes/NOTES.md").exists(), "nothing is written before");

    let id = question["id"].as_str().expect("a question has an id");
    world.run(&["answer", id, "\"yes\""]).exits(2).says("Bool");
    world.run(&["answer", id, "true"]).exits(0);
    let finished = world.run(&["resume", "r"]).exits(0);
    assert_eq!(finished.stdout, "wrote notes/NOTES.md\n");
    let notes = std::fs::read_to_string(world.path().join("notes/NOTES.md")).expect("the notes");
    let without_hashes: Vec<_> =
        notes.lines().map(|line| line.split(" (").next().unwrap_or_default()).collect();
    let expected = "# Release notes\n\n## New\n\n- a greeting\n- \"quotes\" {braces}\n\n## Fixed\n\n- an answer\n\n## Also\n\n- a longer tale";
    assert_eq!(without_hashes.join("\n"), expected);
    world.run(&["replay", "r"]).exits(0);
}

#[test]
fn release_notes_are_not_written_when_a_person_says_no() {
    let world = World::new();
    repository(&world);
    std::fs::create_dir(world.path().join("notes")).expect("a folder");
    release_notes(&world, &["title=No"]).exits(3);
    let inbox = world.run(&["inbox", "--json"]).exits(0);
    let question: serde_json::Value = serde_json::from_str(inbox.stdout.trim()).expect("one open question");
    world.run(&["answer", question["id"].as_str().expect("an id"), "false"]).exits(0);
    assert_eq!(world.run(&["resume", "r"]).exits(0).stdout, "nothing written\n");
    assert!(!world.path().join("notes/NOTES.md").exists());
}

#[test]
fn release_notes_reach_nothing_that_was_not_granted() {
    let world = World::new();
    repository(&world);
    let main = example("release_notes");
    world.run(&["run", &main, "repo=repo", "since=v1"]).exits(2).says("--allow").says("exec=git");
    release_notes(&world, &["--allow", "file=elsewhere"]);
    let outside =
        ["run", &main, "repo=repo", "since=v1", "path=../NOTES.md", "--allow", "exec=git,file=notes"];
    let _ = world.run(&outside);
    assert!(!world.path().parent().expect("a parent").join("NOTES.md").exists());
}

#[test]
fn a_revision_that_looks_like_an_option_is_an_argument() {
    let world = World::new();
    repository(&world);
    std::fs::create_dir(world.path().join("notes")).expect("a folder");
    let main = example("release_notes");
    let hostile = ["run", &main, "repo=repo", "since=--output=pwned", "--allow", "exec=git,file=notes"];
    world.run(&hostile).exits(1);
    assert!(!world.path().join("repo/pwned..HEAD").exists());
    assert!(!world.path().join("pwned..HEAD").exists());
    world
        .run(&["run", &main, "repo=--version", "since=v1", "--allow", "exec=git,file=notes"])
        .exits(1)
        .says("--version");
}

#[test]
fn site_check_reports_what_is_down_and_retries_what_stumbles() {
    let judge = Judge::start();
    judge.script("/stumbles", &[Step::status(503), Step::status(503), Step::ok()]);
    judge.script("/broken", &[Step::status(500)]);
    judge.script("/silent", &[Step::unanswered()]);
    judge.script("/gone", &[Step::status(404)]);
    let up = ["/fine", "/stumbles"];
    let down = ["/gone", "/broken", "/silent"];
    let mut urls: Vec<_> = up.iter().chain(&down).map(|path| format!("{}{path}", judge.url())).collect();
    urls.push("http://127.0.0.1:1/".to_owned());
    let world = World::new();
    let argument = format!("urls={}", serde_json::to_string(&urls).expect("JSON"));
    let finished =
        world.run(&["run", &example("site_check"), &argument, "--allow", "net=127.0.0.1"]).exits(0);
    let report = finished.json();
    assert_eq!((&report["up"], &report["down"]), (&2.into(), &4.into()), "{report}");
    let sites = report["sites"].as_array().expect("a list");
    assert_eq!(sites.iter().map(|site| site["url"].as_str().unwrap_or_default()).collect::<Vec<_>>(), urls);
    for site in sites {
        assert_eq!(site["up"].as_bool(), Some(site["problem"].is_null()), "{site}");
    }
    assert_eq!(judge.count("/stumbles"), 3, "two retries");
    assert_eq!(judge.count("/gone"), 1, "a 404 is final");
    assert!(sites[5]["problem"].as_str().expect("down").starts_with("Unavailable"), "{report}");
}
