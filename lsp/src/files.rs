//! Programs on disk: the main file with everything it imports. Shared by the server and the command.
//!
//! In: a main file, already read. Out: the compiler's [`SourceMap`] and where each of its files stands. Invariants: no
//! file outside of the program's folder is read, a path means the file whose name is written the same, whatever
//! the file system thinks of letters, and only regular files are opened.
#![allow(
    clippy::disallowed_methods,
    reason = "sources are read before any job exists; this is the one place that does"
)]

use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use aeth_lang::diagnostic::source_from_bytes;
use aeth_lang::limits::SOURCE_BYTES;
use aeth_lang::modules::{self, Files, Unreadable};
use aeth_lang::source::{Source, SourceMap};
use aeth_lang::syntax::Trees;

/// Marks the folder that holds a program's files.
const PROJECT: &str = "aeth.toml";

/// A program with the places of its files, by [`FileId`](aeth_lang::span::FileId).
#[derive(Debug, Default)]
pub struct Program {
    /// The texts.
    pub sources: SourceMap,
    /// Where they stand.
    pub paths: Vec<PathBuf>,
}

/// The program whose main file is at `path`. `base`: the folder that was asked for, if it was one. `open` gives texts
/// that are not (yet) what is on disk, by absolute path.
pub fn load(
    path: &Path,
    main: Source,
    base: Option<&Path>,
    open: &dyn Fn(&Path) -> Option<String>,
) -> Program {
    load_again(path, main, base, open, &mut Trees::none())
}

/// The same, where `trees` may know declarations from before.
pub(crate) fn load_again(
    path: &Path,
    main: Source,
    base: Option<&Path>,
    open: &dyn Fn(&Path) -> Option<String>,
    trees: &mut Trees,
) -> Program {
    let typed = path.parent().unwrap_or(Path::new("")).to_owned();
    let name = path.file_name().unwrap_or_default();
    let folder = if typed.as_os_str().is_empty() { Path::new(".") } else { &typed };
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let root = root(&folder, base);
    let inside = folder.strip_prefix(&root).unwrap_or(Path::new("")).to_owned();
    let within = slashed(&inside.join(name));
    let mut folder = Folder { paths: vec![root.join(&within)], root, typed, inside, open };
    let sources = modules::load_again(&within, main, &mut folder, trees);
    Program { sources, paths: folder.paths }
}

/// The folder of a program: the nearest one with an `aeth.toml`, else the one that was asked for, else that of the
/// main file.
fn root(folder: &Path, base: Option<&Path>) -> PathBuf {
    let project = folder.ancestors().find(|above| above.join(PROJECT).is_file());
    let base = base.and_then(|base| fs::canonicalize(base).ok()).filter(|base| folder.starts_with(base));
    project.map(Path::to_owned).or(base).unwrap_or_else(|| folder.to_owned())
}

/// A path without links on the way to its file.
pub(crate) fn real(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
    folder.and_then(|folder| Some(folder.join(path.file_name()?))).unwrap_or_else(|| path.to_owned())
}

/// A path with `/` between its parts.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> =
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}

struct Folder<'o> {
    root: PathBuf,
    /// The folder of the main file as it was typed, for messages.
    typed: PathBuf,
    /// The same, from the root.
    inside: PathBuf,
    open: &'o dyn Fn(&Path) -> Option<String>,
    paths: Vec<PathBuf>,
}

impl Files for Folder<'_> {
    fn read(&mut self, path: &str) -> Result<Source, Unreadable> {
        let absolute = self.root.join(path);
        let name = self.shown(Path::new(path));
        let source = match (self.open)(&absolute) {
            Some(text) => Source::new(name, text),
            None => read(&absolute, name)?,
        };
        self.paths.push(absolute);
        Ok(source)
    }
}

impl Folder<'_> {
    /// What messages call a file: its path from where the main file was named.
    fn shown(&self, path: &Path) -> String {
        let mut common = self.inside.components().zip(path.components()).take_while(|(a, b)| a == b).count();
        common = common.min(self.inside.components().count());
        let mut shown = self.typed.clone();
        for _ in common..self.inside.components().count() {
            match shown.components().next_back() {
                Some(Component::Normal(_)) => drop(shown.pop()),
                _ => shown.push(".."),
            }
        }
        shown.extend(path.components().skip(common));
        shown.display().to_string()
    }
}

fn read(path: &Path, name: String) -> Result<Source, Unreadable> {
    let other = |error: std::io::Error| Unreadable::Other(error.to_string());
    let wanted = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = names(path.parent().unwrap_or(Path::new("")));
    if !beside.contains(&wanted) {
        return Err(modules::missing(&wanted, beside.iter().map(String::as_str)));
    }
    let metadata = fs::metadata(path).map_err(other)?;
    if metadata.is_dir() {
        return Err(Unreadable::Folder);
    }
    if !metadata.is_file() {
        return Err(Unreadable::Other("it is no regular file".into()));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .map_err(other)?
        .take(SOURCE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(other)?;
    source_from_bytes(name, &bytes).map_err(|refused| Unreadable::Other(refused.0.message))
}

/// What stands in a folder, sorted; nothing if it cannot be read.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use aeth_lang::diagnostic::Diagnostic;

    use super::*;

    fn write(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn check(path: &Path, base: Option<&Path>) -> (Program, Vec<Diagnostic>) {
        let main = Source::new(path.display().to_string(), fs::read_to_string(path).expect("a main file"));
        let program = load(path, main, base, &|_| None);
        let found = aeth_lang::compile(&program.sources).diagnostics;
        (program, found)
    }

    #[test]
    fn imports_are_read_from_disk_and_stay_below_the_programs_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        write(
            folder,
            "app/main.aeth",
            "import \"./near.aeth\"\nimport \"../lib/far.aeth\"\nagent main() -> Int { near.n() + far.f() }\n",
        );
        write(folder, "app/near.aeth", "fn n() -> Int { 1 }\n");
        write(folder, "lib/far.aeth", "fn f() -> Int { 2 }\n");
        let main = folder.join("app/main.aeth");
        let (_, found) = check(&main, None);
        assert!(
            found.len() == 1 && found[0].message.contains("leads out of the program's folder"),
            "{found:#?}"
        );
        let (program, found) = check(&main, Some(folder));
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(program.paths.len(), 3);
        write(folder, "aeth.toml", "");
        let (program, found) = check(&main, None);
        assert!(found.is_empty(), "{found:#?}");
        let shown: Vec<&str> = program.sources.iter().map(|(_, source)| source.name()).collect();
        let far = folder.join("lib/far.aeth").display().to_string();
        assert!(shown.contains(&far.as_str()), "{shown:?}");
    }

    #[test]
    fn what_cannot_be_read_is_told_at_the_import() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        write(folder, "billing.aeth", "fn charge() -> Int { 1 }\n");
        write(folder, "bad.aeth", "");
        fs::write(folder.join("bad.aeth"), [0xff, 0xfe]).expect("a file");
        fs::create_dir(folder.join("dir.aeth")).expect("a folder");
        let rows = [
            ("./biling.aeth", "there is no file `./biling.aeth`"),
            ("./BILLING.aeth", "the file `./BILLING.aeth` is called `./billing.aeth`"),
            ("./dir.aeth", "`./dir.aeth` is a folder"),
            ("./bad.aeth", "not valid UTF-8"),
            ("./no/such.aeth", "there is no file `./no/such.aeth`"),
        ];
        for (path, says) in rows {
            write(folder, "main.aeth", &format!("import \"{path}\" as it\nagent main() -> Int {{ 1 }}\n"));
            let (_, found) = check(&folder.join("main.aeth"), None);
            assert!(found.len() == 1 && found[0].message.contains(says), "{path}: {found:#?}");
            assert_eq!(found[0].span().start, 7, "{path}");
        }
    }

    #[test]
    fn an_open_text_goes_before_the_one_on_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = fs::canonicalize(folder.path()).expect("a folder");
        write(&folder, "billing.aeth", "fn charge() -> Int { 1 }\n");
        let path = folder.join("main.aeth");
        let main =
            Source::new("main.aeth", "import \"./billing.aeth\"\nagent main() -> Int { billing.refund() }\n");
        let open =
            |path: &Path| path.ends_with("billing.aeth").then(|| "fn refund() -> Int { 1 }\n".to_owned());
        let program = load(&path, main, None, &open);
        assert!(aeth_lang::compile(&program.sources).diagnostics.is_empty());
    }
}
