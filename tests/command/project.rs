//! What `aeth.toml` says counts, and what it says wrongly is an error that names it.

use crate::harness::World;

const WRITES: &str = "agent main() -> String {
  file.write(\"notes/a.txt\", \"written\")
  return \"done\"
}
";

fn world(project: &str) -> World {
    let world = World::with_program(WRITES);
    world.write("aeth.toml", project);
    world.write("notes/.keep", "");
    world
}

#[test]
fn a_project_allows_what_its_agents_reach() {
    World::with_program(WRITES).run(&["run", "main.aeth"]).exits(2).says("--allow file=.");
    for allow in ["file = [\"notes\"]", "file = true", "file = [\"./notes\"]\nexec = [\"no-such-command\"]"] {
        let world = world(&format!("[allow]\n{allow}\n"));
        world.run(&["run", "main.aeth"]).exits(0);
        assert_eq!(std::fs::read_to_string(world.path().join("notes/a.txt")).expect("written"), "written");
    }
    world("[allow]\nfile = false\n").run(&["run", "main.aeth"]).exits(2).says("--allow file=.");
    world("[allow]\nnet = [\"example.org\"]\n").run(&["run", "main.aeth"]).exits(2).says("--allow file=.");
}

#[test]
fn a_folder_counts_from_the_project_file_wherever_the_command_is_typed() {
    let world = world("[allow]\nfile = [\"sub/notes\"]\n");
    world.write("sub/main.aeth", WRITES.replace("notes/a.txt", "sub/notes/a.txt"));
    world.write("sub/notes/.keep", "");
    world.run(&["run", "sub/main.aeth"]).exits(0);
    assert!(world.path().join("sub/notes/a.txt").exists());
}

#[test]
fn a_project_names_its_store() {
    let world = world("store = \"kept/here\"\n[allow]\nfile = true\n");
    world.run(&["run", "main.aeth", "--job", "j"]).exits(0);
    assert!(world.path().join("kept/here/aeth.db").exists());
    assert!(!world.path().join(".aeth").exists());
    world.run(&["jobs"]).exits(0).says("j");
    world.run(&["jobs", "--store", ".aeth"]).exits(4);
    let elsewhere = world.path().join("elsewhere").display().to_string();
    let named = world.aeth(["run", "main.aeth"]).env("AETH_STORE", &elsewhere);
    named.finish().exits(0);
    assert!(world.path().join("elsewhere/aeth.db").exists());
}

#[test]
fn what_a_project_says_wrongly_is_an_error() {
    for (project, says) in [
        ("[allow]\nexe = [\"git\"]\n", "exe"),
        ("[allow]\nfile = \"notes\"\n", "expected true, or a list of texts"),
        ("[allow]\nfile = [\"nowhere\"]\n", "nowhere"),
        ("[allow]\nnet = [\"not a host\"]\n", "not a host"),
        ("stor = \"x\"\n", "stor"),
        ("store = \n", "aeth.toml"),
        ("= 1", "aeth.toml"),
    ] {
        world(project).run(&["run", "main.aeth"]).exits(2).says("aeth.toml").says(says);
    }
    world("stor = 1\n").run(&["jobs"]).exits(2).says("aeth.toml");
}
