//! Sessions at a shell, as the documents show them, are run and compared.
//!
//! A block marked `console` is a session: a line that starts with `$ ` is a command (a line that starts with `> `
//! goes on with it), what follows is what it prints, standard error included, and `? N` is its exit code where that is
//! not 0. `[..]` stands for anything within a line, a line `...` for any lines. All blocks of a document run in one
//! folder, which holds a copy of `examples/`.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use snapbox::IntoData;

use crate::harness::World;

/// One command and what a document says about it.
struct Step {
    line: usize,
    command: String,
    printed: String,
    code: i32,
}

/// The sessions of a document.
fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (number, line) in document.lines().enumerate() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ => {
                if let Some(command) = line.strip_prefix("$ ") {
                    let command = command.to_owned();
                    steps.push(Step { line: number + 1, command, printed: String::new(), code: 0 });
                    continue;
                }
                let step = steps.last_mut().expect("a session begins with a command");
                if let Some(more) = line.strip_prefix('>') {
                    step.command.push('\n');
                    step.command.push_str(more.strip_prefix(' ').unwrap_or(more));
                } else if let Some(code) = line.strip_prefix("? ") {
                    step.code = code.parse().expect("an exit code");
                } else {
                    step.printed.push_str(line);
                    step.printed.push('\n');
                }
            }
        }
    }
    steps
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a readable folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Runs the sessions of a document in a folder of their own.
fn replay(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join(name)).expect("a document");
    let steps = steps(&document);
    assert!(!steps.is_empty(), "{name} shows no session");
    let world = World::new();
    copy(&root.join("examples"), &world.path().join("examples"));
    let commands = Path::new(env!("CARGO_BIN_EXE_aeth")).parent().expect("a folder");
    let path = format!("{}:{}", commands.display(), std::env::var("PATH").unwrap_or_default());
    for step in steps {
        let output = Command::new("bash")
            .args(["-c", &format!("exec 2>&1\n{}", step.command)])
            .current_dir(world.path())
            .env("PATH", &path)
            .output()
            .expect("bash");
        let at = format!("{name}:{}: {}", step.line, step.command);
        let printed = String::from_utf8(output.stdout).expect("text");
        // Bash tells of a killed child in words of its own, with its process id.
        let said: String = printed
            .lines()
            .filter(|line| !line.starts_with("bash: line "))
            .map(|line| format!("{}\n", line.trim_end()))
            .collect();
        if let Err(difference) =
            snapbox::Assert::new().try_eq(Some(&at), said.into_data(), step.printed.into_data())
        {
            panic!("{difference}");
        }
        let code = output.status.code().or(output.status.signal().map(|signal| 128 + signal));
        assert_eq!(code, Some(step.code), "{at}\n{printed}");
    }
}

#[test]
fn the_crash_in_the_readme_happens_as_shown() {
    replay("README.md");
}

#[test]
fn a_question_waits_for_its_answer_as_shown() {
    replay("tests/transcripts/question.md");
}

#[test]
fn a_doubt_is_settled_as_shown() {
    replay("tests/transcripts/doubt.md");
}

#[test]
fn refusals_read_as_shown() {
    replay("tests/transcripts/refusals.md");
}
