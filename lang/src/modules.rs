//! The files of a program: which `import` leads to which text.
//!
//! In: the main file and [`Files`], the caller's door to the others. Out: a [`SourceMap`] with every file that is
//! imported, directly or not, and a [`Link`] per import. Invariant: this does no I/O itself, and what it asks for is a
//! plain path below the program's folder: a path that leads elsewhere is a [`Problem`] of the import.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::limits;
use crate::resolve::suggest::nearest;
use crate::source::{Source, SourceMap};
use crate::span::{FileId, Span};
use crate::syntax::Trees;
use crate::syntax::ast::ItemKind;

/// Gives the texts of a program's files.
pub trait Files {
    /// The text at a path from the program's folder, as `lib/billing.aeth`.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn read(&mut self, path: &str) -> Result<Source, Unreadable>;
}

/// Why a file cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// There is none. Perhaps one with a name like it: the last part of its path.
    Missing(Option<String>),
    /// Its name differs in the case of letters: the name as it is.
    Case(String),
    /// It is a folder.
    Folder,
    /// Anything else, in words.
    Other(String),
}

/// Where an import leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// To a file.
    File(FileId),
    /// Nowhere.
    Broken(Problem),
}

/// Why an import leads nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// One sentence.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The path that was probably meant.
    pub meant: Option<String>,
}

impl Problem {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    fn meant(self, path: impl Into<String>) -> Self {
        Self { meant: Some(path.into()), ..self }
    }
}

/// What to say of a file that is not there, beside files of these names.
pub fn missing<'n>(name: &str, beside: impl Iterator<Item = &'n str> + Clone) -> Unreadable {
    match beside.clone().find(|other| other.to_lowercase() == name.to_lowercase()) {
        Some(other) => Unreadable::Case(other.to_owned()),
        None => {
            let sources = beside.filter(|other| other.ends_with(".aeth"));
            Unreadable::Missing(nearest(name, sources).map(str::to_owned))
        }
    }
}

/// Every file of the program whose main file is `main`, which stands at `path` in the program's folder.
#[must_use]
pub fn load(path: &str, main: Source, files: &mut dyn Files) -> SourceMap {
    load_again(path, main, files, &mut Trees::none())
}

/// The same, where `trees` may know declarations from before.
#[must_use]
pub fn load_again(path: &str, main: Source, files: &mut dyn Files, trees: &mut Trees) -> SourceMap {
    let mut sources = SourceMap::default();
    let mut known = BTreeMap::new();
    let mut paths = vec![path.to_owned()];
    known.insert(path.to_owned(), sources.add(main));
    let mut next = 0;
    while let Some(from) = paths.get(next).cloned() {
        let id = FileId(u16::try_from(next).unwrap_or(u16::MAX));
        let parsed = sources.parse(id, trees);
        for item in &parsed.file.items {
            let ItemKind::Import(import) = &item.kind else { continue };
            let written = &import.path.name;
            if sources.link(id, written).is_some() {
                continue;
            }
            let link = match target(&from, written) {
                Err(problem) => Link::Broken(problem),
                Ok(path) => match known.get(&path) {
                    Some(id) => Link::File(*id),
                    None if paths.len() >= limits::FILES => {
                        let most = limits::FILES;
                        Link::Broken(Problem::new(format!("a program has at most {most} files")))
                    }
                    None => match files.read(&path) {
                        Ok(source) => {
                            let id = sources.add(source);
                            known.insert(path.clone(), id);
                            paths.push(path);
                            Link::File(id)
                        }
                        Err(why) => Link::Broken(unreadable(written, why)),
                    },
                },
            };
            sources.set_link(id, written, link);
        }
        next += 1;
    }
    sources
}

/// The import of the main file through which another file became part of the program.
#[must_use]
pub fn way_to(sources: &SourceMap, file: FileId) -> Option<Span> {
    let imports = |from: FileId| {
        let parsed = sources.parsed(from);
        let items = parsed.file.items.iter();
        let imports = items.filter_map(|item| match &item.kind {
            ItemKind::Import(import) => match sources.link(from, &import.path.name) {
                Some(Link::File(to)) => Some((*to, import.path.span)),
                _ => None,
            },
            _ => None,
        });
        imports.collect::<Vec<_>>()
    };
    let mut queue: VecDeque<(FileId, Span)> = imports(FileId::default()).into();
    let mut seen = BTreeSet::from([FileId::default()]);
    while let Some((at, span)) = queue.pop_front() {
        if at == file {
            return Some(span);
        }
        if seen.insert(at) {
            queue.extend(imports(at).into_iter().map(|(to, _)| (to, span)));
        }
    }
    None
}

/// The path from the program's folder that an import in the file at `from` means.
fn target(from: &str, written: &str) -> Result<String, Problem> {
    let is_relative = written.starts_with("./") || written.starts_with("../");
    if written.contains('\\') {
        let path = written.replace('\\', "/");
        return Err(Problem::new("the parts of a path are separated by `/`").meant(path));
    }
    if written.contains(char::is_control) || written.is_empty() {
        return Err(Problem::new("this is no path").help("a path is written `./billing.aeth`"));
    }
    if written.starts_with('/') || written.contains(':') {
        let problem = Problem::new(format!("`{written}` is not relative to this file"));
        return Err(problem.help("a path begins with `./` or `../`"));
    }
    let with_end = if written.ends_with(".aeth") { written.to_owned() } else { format!("{written}.aeth") };
    if !is_relative {
        let problem =
            Problem::new(format!("`{written}` does not say where it is: a path begins with `./` or `../`"));
        return Err(problem.meant(format!("./{with_end}")));
    }
    if !written.ends_with(".aeth") {
        let problem = Problem::new(format!("`{written}` is not the name of an `.aeth` file"));
        let sensible = !written.ends_with('/') && !written.ends_with('.');
        return Err(if sensible { problem.meant(with_end) } else { problem });
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in written.split('/') {
        match part {
            "" => return Err(Problem::new(format!("`{written}` has an empty part between two `/`"))),
            "." => {}
            ".." => {
                if parts.pop().is_none() {
                    let problem = Problem::new(format!("`{written}` leads out of the program's folder"));
                    return Err(problem.help(
                        "that is the folder of its main file, or the one above it with an `aeth.toml`",
                    ));
                }
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// What is wrong with an import whose file cannot be had.
fn unreadable(written: &str, why: Unreadable) -> Problem {
    let beside = |name: &str| match written.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{name}"),
        None => name.to_owned(),
    };
    match why {
        Unreadable::Missing(near) => {
            let problem = Problem::new(format!("there is no file `{written}`"));
            match near {
                Some(near) => problem.help(format!("did you mean `{}`?", beside(&near))).meant(beside(&near)),
                None => problem,
            }
        }
        Unreadable::Case(name) => {
            Problem::new(format!("the file `{written}` is called `{}`", beside(&name))).meant(beside(&name))
        }
        Unreadable::Folder => {
            Problem::new(format!("`{written}` is a folder")).help("import one of the files in it")
        }
        Unreadable::Other(why) => Problem::new(format!("the file `{written}` cannot be read: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_and_stay_inside() {
        let to = |from: &str, written: &str| target(from, written).map_err(|problem| problem.message);
        assert_eq!(to("main.aeth", "./billing.aeth").unwrap(), "billing.aeth");
        assert_eq!(to("a/b/main.aeth", "../lib/./x.aeth").unwrap(), "a/lib/x.aeth");
        assert_eq!(to("a/main.aeth", "./../x.aeth").unwrap(), "x.aeth");
        for wrong in [
            "../x.aeth",
            "./a/../../x.aeth",
            "/etc/x.aeth",
            "x.aeth",
            "./x",
            "./",
            ".",
            "",
            "./a//b.aeth",
            ".\\x.aeth",
            "C:/x.aeth",
            "./a\n.aeth",
        ] {
            assert!(to("main.aeth", wrong).is_err(), "{wrong}");
        }
        assert_eq!(target("m.aeth", "billing").unwrap_err().meant.unwrap(), "./billing.aeth");
    }
}
