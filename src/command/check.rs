//! `aeth check`: checks programs without running them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aeth_lang::diagnostic::Severity;

use crate::args::{Check, Format};
use crate::exit::{Exit, Failure, Outcome};
use crate::program::{self, counted, shown};
use crate::terminal;

/// Folders that hold no programs of the project.
const SKIPPED: [&str; 2] = ["target", "node_modules"];

pub(crate) fn run(args: &Check) -> Outcome {
    let format = if args.json { Format::Json } else { args.format };
    let mut files: Vec<(PathBuf, Option<&Path>)> = Vec::new();
    for path in &args.paths {
        let mut found = Vec::new();
        collect(path, &mut found)?;
        let base = path.is_dir().then_some(path.as_path());
        files.extend(found.into_iter().map(|file| (file, base)));
    }
    if files.is_empty() {
        return Err(Failure::usage("there are no .aeth files here").help("name files or folders to check"));
    }
    let (mut errors, mut warnings, mut dropped) = (0, 0, 0);
    // A file that several others import is told of once.
    let mut told = BTreeSet::new();
    programs_first(&mut files);
    // Files of folders that were checked as parts of a program.
    let mut covered = BTreeSet::new();
    for (file, base) in &files {
        if base.is_some() && file.canonicalize().is_ok_and(|path| covered.contains(&path)) {
            continue;
        }
        let checked = program::check(file, *base)?;
        dropped += checked.dropped;
        if checked.dropped == 0 {
            covered.extend(checked.paths);
        }
        for found in &checked.diagnostics {
            let source = checked.sources.get(found.span().file).name().to_owned();
            if !told.insert((source, found.span().start, found.code, found.message.clone())) {
                continue;
            }
            match found.severity {
                Severity::Error => errors += 1,
                Severity::Warning => warnings += 1,
            }
            let shown = shown(found, &checked.sources, format);
            match format {
                // For programs: a result. For people: a diagnostic.
                Format::Json | Format::Short => terminal::print(shown.trim_end())?,
                Format::Human => terminal::say(&shown),
            }
        }
    }
    if format == Format::Human {
        if dropped > 0 {
            terminal::say(&format!("… and {dropped} more"));
        }
        terminal::say(&summary(files.len() as u64, errors, warnings));
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Failed })
}

/// Of folders, those files first that no other imports: the rest is checked with them, once.
fn programs_first(files: &mut [(PathBuf, Option<&Path>)]) {
    let in_folders = files.iter().filter(|(_, base)| base.is_some());
    let imported: BTreeSet<PathBuf> = in_folders.flat_map(|(file, _)| program::imports(file)).collect();
    files.sort_by_cached_key(|(file, _)| file.canonicalize().is_ok_and(|path| imported.contains(&path)));
}

fn summary(files: u64, errors: u64, warnings: u64) -> String {
    let files = counted(files, "file");
    match (errors, warnings) {
        (0, 0) => format!("{files} checked, nothing found"),
        (0, warnings) => format!("{files} checked: {}", counted(warnings, "warning")),
        (errors, 0) => format!("{files} checked: {}", counted(errors, "error")),
        (errors, warnings) => {
            format!("{files} checked: {}, {}", counted(errors, "error"), counted(warnings, "warning"))
        }
    }
}

/// A file as it is; of a folder, every `.aeth` file beneath it, sorted. Links are not followed.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let cannot = |error: std::io::Error| {
        Failure::usage(format!("the folder {} cannot be read: {error}", path.display()))
    };
    let mut entries =
        std::fs::read_dir(path).map_err(cannot)?.collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type().map_err(cannot)?;
        if kind.is_dir() && !name.starts_with('.') && !SKIPPED.contains(&&*name) {
            collect(&strip(&entry.path()), files)?;
        } else if kind.is_file() && name.ends_with(".aeth") {
            files.push(strip(&entry.path()));
        }
    }
    Ok(())
}

/// `./a.aeth` as `a.aeth`: what diagnostics show is what a person would type.
fn strip(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_in_order_and_hidden_ones_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["b/z.aeth", "b/a.aeth", "a.aeth", "note.txt", ".aeth/x.aeth", "target/y.aeth"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("one")).expect("a folder");
            std::fs::write(path, "").expect("a file");
        }
        let mut files = Vec::new();
        collect(folder.path(), &mut files).expect("read");
        let names: Vec<_> = files
            .iter()
            .map(|file| file.strip_prefix(folder.path()).expect("beneath").display().to_string())
            .collect();
        assert_eq!(names, ["a.aeth", "b/a.aeth", "b/z.aeth"]);
    }

    #[test]
    fn what_others_import_is_checked_with_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        write("a.aeth", "fn a() -> Int { 1 }\n");
        write("b.aeth", "import \"./a.aeth\"\nfn b() -> Int { a.a() }\n");
        write("main.aeth", "import \"./b.aeth\"\nagent main() -> Int { b.b() }\n");
        write("other.aeth", "agent other() -> Int { 2 }\n");
        let mut found = Vec::new();
        collect(folder.path(), &mut found).expect("read");
        let mut files: Vec<_> = found.into_iter().map(|file| (file, Some(folder.path()))).collect();
        programs_first(&mut files);
        let names: Vec<_> = files.iter().filter_map(|(file, _)| file.file_name()?.to_str()).collect();
        assert_eq!(names, ["main.aeth", "other.aeth", "a.aeth", "b.aeth"]);
    }

    #[test]
    fn a_file_is_taken_whatever_it_is_called() {
        let mut files = Vec::new();
        collect(Path::new("no/such/file"), &mut files).expect("named");
        assert_eq!(files, [PathBuf::from("no/such/file")]);
    }
}
