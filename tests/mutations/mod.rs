//! Mutations of the checker: each named mistake of `README.md` beside this file must be caught by a page of the suite.
//!
//! In: the rows of that file. Out: a table of names and the pages that caught each. All are built into one copy of the
//! tree, each behind a switch that the environment turns, so that there is one build and one short run per row.
//! Invariant: every row can be made in the tree as it is, and the copy with no switch turned passes.
//!
//! The copy is built and run with `AETH_CAMPAIGN=full`; that the rows fit the tree is tested every time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What the copy runs.
const SUITE: &str = "specification::the_language_is_what_its_specification_says";
/// A mutated checker that takes longer has been caught, too.
const PATIENCE: Duration = Duration::from_secs(120);
/// How the copy knows which mistake it is to make.
const SWITCH: &str = r#"
/// Whether this mistake is to be made.
pub(crate) fn mutated(name: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(|| std::env::var("AETH_MUTANT").unwrap_or_default()) == name
}
"#;

/// A mistake.
struct Row {
    name: String,
    file: String,
    /// The code around and in the part that changes.
    before: String,
    old: String,
    after: String,
    new: String,
}

impl Row {
    fn source(&self) -> String {
        format!("{}{}{}", self.before, self.old, self.after)
    }

    /// The code with the mistake behind a switch.
    fn switched(&self) -> String {
        let Self { name, before, old, after, new, .. } = self;
        let choice = format!("if crate::mutated(\"{name}\") {{ {new} }} else {{ {old} }}");
        if old.ends_with([';', '}']) {
            format!("{before}{choice}{after}")
        } else {
            format!("{before}({choice}){after}")
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join("tests/mutations/README.md")).expect("the table");
    text.split("\n## ").skip(1).map(row).collect()
}

fn row(text: &str) -> Row {
    let name = text.lines().next().unwrap_or_default().to_owned();
    let file = text.lines().find_map(|line| line.strip_prefix('`')?.strip_suffix('`'));
    let mut blocks = text.split("```rust\n").skip(1).filter_map(|block| block.split("\n```").next());
    let (source, new) = (blocks.next().unwrap_or_default(), blocks.next().unwrap_or_default().to_owned());
    let parts = source.split_once('«').and_then(|(before, rest)| Some((before, rest.split_once('»')?)));
    let Some((before, (old, after))) = parts else { panic!("{name}: what changes stands between « and »") };
    let sentence = text.lines().nth(2).unwrap_or_default();
    assert!(sentence.ends_with('.') && !new.is_empty(), "{name}: a sentence, a file and two blocks");
    Row {
        file: file.unwrap_or_default().to_owned(),
        before: before.to_owned(),
        old: old.to_owned(),
        after: after.to_owned(),
        name,
        new,
    }
}

#[test]
fn every_mutation_can_be_made() {
    let rows = rows();
    let mut wrong = Vec::new();
    for row in &rows {
        let text = fs::read_to_string(root().join(&row.file)).unwrap_or_default();
        let count = text.matches(&row.source()).count();
        if count != 1 {
            wrong.push(format!("{}: {} has its code {count} times", row.name, row.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let distinct = |key: fn(&Row) -> &String| rows.iter().map(key).collect::<BTreeSet<_>>().len();
    assert!(rows.len() >= 20 && distinct(|row| &row.name) == rows.len(), "{} mutations", rows.len());
    assert!(distinct(|row| &row.file) >= 15, "they are to be spread over the checker");
}

/// Copies a folder, but for what is built; writes only what differs, so that little is built again.
fn copy(from: &Path, to: &Path, change: &dyn Fn(&Path, String) -> String) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let (path, name) = (entry.path(), entry.file_name());
        let target = to.join(&name);
        if name == ".git" || name == "target" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &target, change);
            continue;
        }
        let bytes = fs::read(&path).expect("a file");
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => change(&path, text).into_bytes(),
            Err(error) => error.into_bytes(),
        };
        if fs::read(&target).ok().as_ref() != Some(&bytes) {
            fs::write(&target, bytes).expect("a copy");
        }
    }
}

/// The tree with every mistake behind its switch.
fn mutated_tree(rows: &[Row]) -> PathBuf {
    let mut by_file: BTreeMap<PathBuf, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_file.entry(root().join(&row.file)).or_default().push(row);
    }
    let tree = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations");
    copy(root(), &tree, &|path, mut text| {
        for row in by_file.get(path).into_iter().flatten() {
            text = text.replacen(&row.source(), &row.switched(), 1);
        }
        if path.ends_with("lang/src/lib.rs") {
            text.push_str(SWITCH);
        }
        text
    });
    tree
}

/// Builds the suite of the copy; gives its binary.
fn build(tree: &Path) -> PathBuf {
    // Cargo tells packages apart by their place in the workspace: in one target folder, the copy would pass for us.
    let target = tree.join("target");
    let built = Command::new(env!("CARGO"))
        .args(["test", "--test", "main", "--no-run", "--message-format=json-render-diagnostics", "--offline"])
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", target)
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "the mutated tree does not compile");
    let messages = String::from_utf8_lossy(&built.stdout).into_owned();
    let mut binary = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let tested = message["target"]["name"] == "main" && message["profile"]["test"] == true;
        message["executable"].as_str().filter(|_| tested).map(PathBuf::from)
    });
    binary.next_back().expect("the binary of the suite")
}

/// Runs the suite with a mistake. The pages that fail, each with how many places; `None`: it passes.
fn run(binary: &Path, tree: &Path, mutation: &str) -> Option<BTreeMap<String, usize>> {
    let told = tree.join("mutation.txt");
    let mut child = Command::new(binary)
        .args([SUITE, "--exact"])
        .current_dir(tree)
        .env("AETH_MUTANT", mutation)
        .env("RUST_BACKTRACE", "0")
        .stdout(File::create(&told).expect("a file"))
        .stderr(Stdio::null())
        .spawn()
        .expect("the suite runs");
    let started = Instant::now();
    let status = loop {
        match child.try_wait().expect("a child") {
            Some(status) => break status,
            None if started.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Some(BTreeMap::from([("it never ends".to_owned(), 1)]));
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    if status.success() {
        return None;
    }
    let mut pages = BTreeMap::new();
    for line in fs::read_to_string(&told).unwrap_or_default().lines() {
        if let Some((page, _)) = line.strip_prefix("tests/suite/").and_then(|line| line.split_once(".md:")) {
            *pages.entry(page.to_owned()).or_insert(0) += 1;
        }
    }
    if pages.is_empty() {
        pages.insert("the run as a whole".to_owned(), 1);
    }
    Some(pages)
}

#[test]
fn every_mutation_is_caught() {
    if std::env::var("AETH_CAMPAIGN").is_ok_and(|size| size == "full") {
        let rows = rows();
        let tree = mutated_tree(&rows);
        let binary = build(&tree);
        assert_eq!(run(&binary, &tree, ""), None, "the copy fails without any mistake");
        let mut table = String::new();
        let mut survivors = Vec::new();
        for row in &rows {
            let caught = run(&binary, &tree, &row.name);
            let shown = match &caught {
                Some(pages) => {
                    let pages = pages.iter().map(|(page, places)| format!("{page} ({places})"));
                    pages.collect::<Vec<_>>().join(", ")
                }
                None => {
                    survivors.push(row.name.as_str());
                    "NOBODY".to_owned()
                }
            };
            let _ = writeln!(table, "{:38} {shown}", row.name);
        }
        println!("{table}{} mutations, {} of them survive", rows.len(), survivors.len());
        assert!(survivors.is_empty(), "pages of tests/suite lack an example for {survivors:?}");
    }
}
