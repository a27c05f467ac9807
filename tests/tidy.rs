//! The rules of the repository itself: headers, sizes, links, dependencies, and that README, Makefile and CI agree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files may be longer than this only with a reason.
const LINES: usize = 600;

/// The exceptions, each with why it is one thing after all.
const LONG_FILES: &[(&str, &str)] = &[
    ("lang/src/syntax/ast.rs", "one type per construct of the language, read as a reference"),
    ("runtime/src/machine/mod.rs", "the machine's one entry and the state it steps"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files of the repository with one of these extensions, relative to the root, sorted.
fn files(extensions: &[&str]) -> Vec<PathBuf> {
    fn visit(dir: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | ".git" | ".aeth" | "bin") {
                    visit(&path, extensions, found);
                }
            } else if extensions.iter().any(|end| name.ends_with(end)) {
                found.push(path.strip_prefix(root()).expect("below the root").to_path_buf());
            }
        }
    }
    let mut found = Vec::new();
    visit(root(), extensions, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no file ends with one of {extensions:?}");
    found
}

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn report(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn every_source_file_says_what_it_is_for() {
    let silent = files(&[".rs", ".aeth"]).into_iter().filter(|path| {
        let starts = text(path).starts_with("//! ");
        !starts && !path.starts_with("tests/suite") && !path.starts_with("lang/src/codegen/tests/corpus")
    });
    report(
        "files that do not begin with `//! `",
        &silent.map(|path| path.display().to_string()).collect::<Vec<_>>(),
    );
}

#[test]
fn nothing_is_left_undone() {
    let marks = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[", "ignore")];
    let mut broken = Vec::new();
    for path in files(&[".rs"]) {
        for (number, line) in text(&path).lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                broken.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    report("unfinished code and ignored tests", &broken);
}

#[test]
fn files_are_one_thing() {
    let mut broken = Vec::new();
    for path in files(&[".rs"]) {
        let lines = text(&path).lines().count();
        let excused = LONG_FILES.iter().any(|(file, _)| Path::new(file) == path);
        if lines > LINES && !excused {
            broken.push(format!("{} has {lines} lines: split it, or say here why not", path.display()));
        }
    }
    for (file, reason) in LONG_FILES {
        assert!(!reason.is_empty());
        if !root().join(file).exists() || text(file).lines().count() <= LINES {
            broken.push(format!("{file} needs no exception any more"));
        }
    }
    report(&format!("files over {LINES} lines"), &broken);
}

#[test]
fn no_path_of_a_machine_is_written_down() {
    let marks: Vec<String> = ["work", "root", "Users"]
        .iter()
        .flat_map(|folder| ['"', '`', ' ', '('].map(|before| format!("{before}/{folder}/")))
        .collect();
    let mut broken = Vec::new();
    for path in files(&[".rs", ".md", ".toml", ".aeth", ".pest", "Makefile", "run"]) {
        for (number, line) in text(&path).lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark.as_str())) {
                broken.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    report("machine paths", &broken);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for path in files(&[".md"]) {
        let document = text(&path);
        for target in
            document.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
        {
            let file = target.split('#').next().unwrap_or_default();
            let elsewhere = file.is_empty() || file.contains("://") || file.contains(char::is_whitespace);
            let folder = root().join(path.parent().unwrap_or(Path::new("")));
            if !elsewhere && !folder.join(file).exists() {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    report("dead links", &broken);
}

#[test]
fn every_example_can_be_followed() {
    let mut broken = Vec::new();
    for entry in std::fs::read_dir(root().join("examples")).expect("examples") {
        let folder = entry.expect("an entry").path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !folder.join("main.aeth").exists() {
            broken.push(format!("examples/{name} has no main.aeth"));
        }
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        if !readme.contains(&format!("examples/{name}/main.aeth")) {
            broken.push(format!("examples/{name}/README.md does not say how to run it"));
        }
        if !text("README.md").contains(&format!("examples/{name}")) {
            broken.push(format!("README.md does not name examples/{name}"));
        }
    }
    report("examples", &broken);
}

#[test]
fn every_dependency_has_a_reason_and_a_user() {
    let manifest = text("Cargo.toml");
    let section = manifest.split("[workspace.dependencies]\n").nth(1).expect("the section");
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let members = ["Cargo.toml", "lang/Cargo.toml", "runtime/Cargo.toml", "lsp/Cargo.toml"].map(text);
    let mut broken = Vec::new();
    for line in lines.filter(|line| line.contains('=') && !line.starts_with('#')) {
        let name = line.split('=').next().unwrap_or_default().trim();
        if !line.contains(" # ") && !line.contains("path =") {
            broken.push(format!("{name} has no reason beside it"));
        }
        let used = members.iter().any(|member| {
            let starts = [format!("{name}.workspace"), format!("{name} = {{ workspace")];
            member.lines().any(|line| starts.iter().any(|start| line.starts_with(start.as_str())))
        });
        if !used {
            broken.push(format!("{name} is used by no package"));
        }
    }
    report("dependencies", &broken);
}

#[test]
fn the_readme_the_makefile_and_ci_run_the_same_tests() {
    let test_command = "cargo test --workspace";
    for file in ["README.md", "Makefile", ".ci/run", "docs/testing.md"] {
        assert!(text(file).contains(test_command), "{file} does not name `{test_command}`");
    }
    for target in ["help", "build", "clean", "test", "vet", "fmt", "tidy"] {
        assert!(text("Makefile").contains(&format!("\n{target}: ## ")), "no make target {target}");
    }
    assert!(text("README.md").contains("cargo run -- run examples/hello/main.aeth name=Ada"));
}

/// Dev-dependencies can switch features on in crates that ship; then the tests would test another program.
#[test]
fn the_tested_program_is_the_shipped_program() {
    let features = |edges: &str| -> BTreeSet<String> {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let format =
            ["tree", "--offline", "--locked", "--prefix", "none", "--format", "{p} {f}", "--edges", edges];
        let output = Command::new(cargo).args(format).current_dir(root()).output().expect("cargo tree");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let wanted =
            |line: &&str| ["serde_json v", "tokio v", "rusqlite v"].iter().any(|name| line.starts_with(name));
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        lines.lines().filter(wanted).map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
    };
    let shipped = features("normal");
    assert!(shipped.iter().any(|line| line.starts_with("serde_json v")), "{shipped:?}");
    assert_eq!(shipped, features("normal,dev"));
}
