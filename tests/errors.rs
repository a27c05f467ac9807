//! The pages of the codes tell the truth: the refused example gives its code and nothing else, what is shown is what
//! the command prints, and the mended example is clean. `AETH_BLESS=1` writes what is printed into the pages.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aeth_lang::diagnostic::codes::{CodeInfo, REGISTRY};
use aeth_lang::limits;

use crate::harness::World;

/// Codes whose refused example is no text for a page, and what makes it.
const MADE: &[(&str, Maker)] =
    &[("E0001", latin1), ("E0002", too_large), ("E0003", too_deep), ("E0706", too_many_columns)];

/// Makes the bytes of a file.
type Maker = fn() -> Vec<u8>;

/// Codes that no program raises, with the reason.
const NEVER: &[(&str, &str)] = &[("E0099", "a program that raises it shows a defect of the compiler")];

/// Codes that `aeth run` raises: `aeth check` has nothing against the program.
const AT_RUN: &[&str] = &["E0902"];

fn latin1() -> Vec<u8> {
    b"const CITY: String = \"Z\xfcrich\"\n".to_vec()
}

fn too_large() -> Vec<u8> {
    vec![b'\n'; limits::SOURCE_BYTES + 1]
}

fn too_deep() -> Vec<u8> {
    let deep = limits::NESTING + 1;
    format!("fn f() -> Int {{\n{}1\n{}}}\n", "  (\n".repeat(deep), "  )\n".repeat(deep)).into_bytes()
}

fn too_many_columns() -> Vec<u8> {
    let fields: Vec<String> = (0..24).map(|n| format!("f{n}: Bool")).collect();
    let arm = |n: usize| format!("    R {{ f{n}: true, f{}: false, .. }} => {n}\n", (n + 7) % 24);
    let arms: String = (0..24).map(arm).collect();
    let head = format!("record R {{ {} }}\n", fields.join(", "));
    format!("{head}\nfn f(r: R) -> Int {{\n  match r {{\n{arms}    _ => 99\n  }}\n}}\n").into_bytes()
}

/// A block of code on a page: what stands after its fence, its text, and where the text lies in the page.
struct Block {
    info: String,
    text: String,
    range: std::ops::Range<usize>,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut at, mut open): (Vec<Block>, usize, Option<(String, usize)>) = (Vec::new(), 0, None);
    for line in page.split_inclusive('\n') {
        if let Some(info) = line.strip_prefix("```") {
            open = match open.take() {
                Some((info, start)) => {
                    found.push(Block { info, text: page[start..at].to_owned(), range: start..at });
                    None
                }
                None => Some((info.trim().to_owned(), at + line.len())),
            };
        }
        at += line.len();
    }
    assert!(open.is_none(), "a block that never ends");
    found
}

/// Writes the programs of some blocks: the first is `main.aeth`, others name their file after `aeth`.
fn world(programs: &[Block]) -> World {
    let world = World::new().env("COLUMNS", "80");
    for program in programs {
        let name = program.info.strip_prefix("aeth").expect("a program").trim();
        world.write(if name.is_empty() { "main.aeth" } else { name }, &program.text);
    }
    world
}

/// The codes that a check of `main.aeth` gives.
fn codes(world: &World, code: &str) -> BTreeSet<String> {
    if AT_RUN.contains(&code) {
        world.run(&["check", "main.aeth"]).exits(0);
        let refused = world.run(&["run", "main.aeth"]).exits(2);
        return REGISTRY
            .iter()
            .map(|info| info.code.to_string())
            .filter(|code| refused.stderr.contains(code))
            .collect();
    }
    let checked = world.run(&["check", "main.aeth", "--json"]);
    let code = |line: &str| {
        let found: serde_json::Value = serde_json::from_str(line).expect("a diagnostic");
        found["code"].as_str().expect("a code").to_owned()
    };
    checked.stdout.lines().map(code).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors")
}

/// Holds a page against the compiler. Answers what is wrong, and the page as it should be.
fn examine(info: &CodeInfo) -> (Vec<String>, String) {
    let code = info.code.as_str();
    let path = folder().join(format!("{code}.md"));
    let mut page = std::fs::read_to_string(&path).expect("a page");
    let mut wrong = Vec::new();
    let mut found = blocks(&page);
    if NEVER.iter().any(|(never, _)| *never == code) {
        if !found.is_empty() {
            wrong.push(format!("{code}: a code that no program raises has an example"));
        }
        return (wrong, page);
    }
    let Some(shown) = found.iter().position(|block| block.info == "text") else {
        return (vec![format!("{code}: the page shows no rendering")], page);
    };
    let fixed = found.split_off(shown + 1);
    let shown = found.pop().expect("just found");
    let made = MADE.iter().find(|(made, _)| *made == code);
    let refused = world(&found);
    match made {
        Some((_, make)) => drop(refused.write("main.aeth", make())),
        None if found.is_empty() => wrong.push(format!("{code}: no refused example")),
        None => {}
    }
    let codes_found = codes(&refused, code);
    if codes_found != BTreeSet::from([code.to_owned()]) {
        wrong.push(format!("{code}: the refused example gives {codes_found:?}"));
    }
    if fixed.is_empty() {
        wrong.push(format!("{code}: no mended example"));
    } else {
        let mended = world(&fixed).run(&["check", "main.aeth", "--format", "short"]);
        if !mended.stdout.is_empty() || mended.status.code() != Some(0) {
            wrong.push(format!("{code}: the mended example gives {mended}"));
        }
    }
    let command = if AT_RUN.contains(&code) { "run" } else { "check" };
    let printed = refused.run(&[command, "main.aeth"]).stderr;
    // The last line sums up.
    let printed = printed.trim_end().rsplit_once('\n').map_or("", |(printed, _)| printed.trim_end());
    let printed: String = printed.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "{}", line.trim_end());
        all
    });
    if printed != shown.text {
        page.replace_range(shown.range, &printed);
        wrong.push(format!("{code}: the page does not show what is printed:\n{printed}"));
    }
    (wrong, page)
}

#[test]
fn every_code_is_explained_by_a_page_that_is_true() {
    let bless = std::env::var_os("AETH_BLESS").is_some();
    let mut wrong = Vec::new();
    for info in REGISTRY {
        let (found, page) = examine(info);
        if bless {
            std::fs::write(folder().join(format!("{}.md", info.code)), page).expect("a page");
        }
        wrong.extend(found.into_iter().filter(|found| !(bless && found.contains("what is printed"))));
    }
    assert!(wrong.is_empty(), "AETH_BLESS=1 writes what is printed:\n{}", wrong.join("\n"));
}

#[test]
fn every_page_explains_a_code_and_is_listed() {
    let list: String = REGISTRY.iter().fold(String::new(), |mut list, info| {
        let _ = writeln!(list, "- [{0}]({0}.md): {1}", info.code, info.title);
        list
    });
    let path = folder().join("README.md");
    let index = std::fs::read_to_string(&path).expect("the list of the codes");
    let start = index.find("\n- [").expect("the list") + 1;
    let written = format!("{}{list}", &index[..start]);
    if std::env::var_os("AETH_BLESS").is_some() {
        std::fs::write(&path, &written).expect("the list");
    } else {
        assert_eq!(index, written, "AETH_BLESS=1 writes the list");
    }
    for entry in std::fs::read_dir(folder()).expect("the pages") {
        let name = entry.expect("a page").file_name().to_string_lossy().into_owned();
        let known = REGISTRY.iter().any(|info| name == format!("{}.md", info.code));
        assert!(known || name == "README.md", "{name} explains no code of the registry");
    }
    for (code, reason) in NEVER {
        assert!(REGISTRY.iter().any(|info| info.code.as_str() == *code), "{code} does not exist: {reason}");
    }
}

#[test]
fn explain_shows_the_page_of_a_code() {
    let world = World::new();
    let shown = world.run(&["explain", "e0305"]).exits(0);
    assert!(shown.stdout.starts_with("E0305: a value that may be null\n\n"), "{shown}");
    assert!(shown.stdout.contains("\n    fn greet(user: User?) -> String {\n"), "{shown}");
    assert!(!shown.stdout.contains("```"), "{shown}");

    let listed = world.run(&["explain"]).exits(0);
    assert_eq!(listed.stdout.lines().count(), REGISTRY.len(), "{listed}");
    assert!(listed.stdout.contains("E0305  a value that may be null\n"), "{listed}");

    world.run(&["explain", "E0350"]).exits(2).says("no code `E0350`").says("did you mean E0305");
    world.run(&["explain", "nonsense"]).exits(2).says("aeth explain");

    let json = world.run(&["explain", "305", "--json"]).exits(0).json();
    assert_eq!((&json["code"], &json["severity"]), (&"E0305".into(), &"error".into()));
    assert!(json["page"].as_str().expect("a page").starts_with("# E0305: "), "{json}");
    assert_eq!(world.run(&["explain", "--json"]).exits(0).stdout.lines().count(), REGISTRY.len());
}
