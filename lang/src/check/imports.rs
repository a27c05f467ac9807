//! Imports: names of other files bound in this one, and files that import each other.

use super::Checker;
use crate::diagnostic::{Diagnostic, codes};
use crate::modules::{Link, Problem};
use crate::resolve::suggest::nearest;
use crate::resolve::{Symbol, TypeSymbol};
use crate::span::{FileId, Span};
use crate::syntax::ast::{self, Ident, ImportNames, ItemKind};
use crate::syntax::is_name;

/// What a name of another file means: a value, a type, or both.
type Exported = (Option<Symbol>, Option<TypeSymbol>);

impl<'a> Checker<'a> {
    /// Binds what the files import. Every file has declared its own names by now.
    pub(super) fn bind_imports(&mut self, files: &[&'a ast::File]) {
        let mut edges: Vec<Vec<(FileId, Span)>> = vec![Vec::new(); files.len()];
        for (at, file) in files.iter().enumerate() {
            self.file = FileId(u16::try_from(at).unwrap_or(u16::MAX));
            for item in &file.items {
                let ItemKind::Import(import) = &item.kind else { continue };
                let target = self.linked(import);
                if let Some(target) = target {
                    edges[at].push((target, import.path.span));
                }
                self.bind_import(import, target);
            }
        }
        self.file = FileId::default();
        self.import_cycles(&edges);
    }

    /// The file that an import leads to, or an error.
    fn linked(&mut self, import: &ast::Import) -> Option<FileId> {
        let path = &import.path;
        let unknown = || Problem {
            message: format!("the file `{}` was not looked for", path.name),
            help: Some("this text is checked alone, without the files beside it".to_owned()),
            meant: None,
        };
        let problem = match self.sources.link(self.file, &path.name) {
            Some(Link::File(file)) => return Some(*file),
            Some(Link::Broken(problem)) => problem.clone(),
            None => unknown(),
        };
        let mut diagnostic = Diagnostic::error(codes::IMPORT, path.span, problem.message);
        if let Some(help) = problem.help {
            diagnostic = diagnostic.help(help);
        }
        if let Some(meant) = problem.meant {
            diagnostic = diagnostic.fix(format!("write \"{meant}\""), path.span, format!("\"{meant}\""));
        }
        self.report(diagnostic);
        None
    }

    fn bind_import(&mut self, import: &ast::Import, target: Option<FileId>) {
        match &import.names {
            ImportNames::Module(Some(alias)) => self.bind_module(alias, target),
            ImportNames::Module(None) => {
                let path = &import.path;
                let file = path.name.rsplit('/').next().unwrap_or_default();
                let name = file.strip_suffix(".aeth").unwrap_or(file).to_owned();
                if target.is_some() && !is_name(&name) {
                    let message = format!("`{name}` cannot be the name of a module");
                    let diagnostic = Diagnostic::error(codes::IMPORT, path.span, message);
                    let end = Span { start: path.span.end, ..path.span };
                    return self.report(diagnostic.help("give it another: `import \"…\" as name`").fix(
                        "name it",
                        end,
                        " as module",
                    ));
                }
                self.bind_module(&Ident { name, span: path.span }, target);
            }
            ImportNames::Names(names) => {
                for name in names {
                    let exported = match target {
                        Some(target) => self.exported(target, name),
                        None => (Some(Symbol::Broken), Some(TypeSymbol::Broken)),
                    };
                    self.bind_name(name, exported);
                }
            }
        }
    }

    fn bind_module(&mut self, name: &Ident, target: Option<FileId>) {
        let symbol = target.map_or(Symbol::Broken, Symbol::Module);
        self.bind_name(name, (Some(symbol), None));
    }

    fn bind_name(&mut self, name: &Ident, (value, ty): Exported) {
        let broken = value == Some(Symbol::Broken);
        let names = self.names();
        let known = names.values.get(&name.name).map(|known| known.1);
        let known = known.or_else(|| names.types.get(&name.name).map(|known| known.1));
        if let Some(first) = known {
            if !broken {
                self.duplicate(name, first);
            }
            return;
        }
        let module = usize::from(self.file.0);
        let names = &mut self.modules[module];
        names.imported.insert(name.name.clone());
        if let Some(value) = value {
            names.values.insert(name.name.clone(), (value, name.span));
        }
        if let Some(ty) = ty {
            names.types.insert(name.name.clone(), (ty, name.span));
        }
    }

    /// What a name means that another file declares; an error if there is none, or it is private.
    pub(super) fn exported(&mut self, target: FileId, name: &Ident) -> Exported {
        let names = &self.modules[usize::from(target.0)];
        let own = !names.imported.contains(&name.name);
        let value = names.values.get(&name.name).filter(|_| own).copied();
        let ty = names.types.get(&name.name).filter(|_| own).copied();
        let file = self.sources.get(target).name().to_owned();
        let broken = (Some(Symbol::Broken), Some(TypeSymbol::Broken));
        let Some(declared) = value.map(|known| known.1).or(ty.map(|known| known.1)) else {
            let known = names.values.keys().chain(names.types.keys());
            let known = known.filter(|known| !known.starts_with('_') && !names.imported.contains(*known));
            let near = nearest(&name.name, known.map(String::as_str)).map(str::to_owned);
            let imported = names.imported.contains(&name.name);
            let message = format!("`{file}` declares no `{}`", name.name);
            let mut diagnostic = Diagnostic::error(codes::NOT_EXPORTED, name.span, message);
            if imported {
                diagnostic =
                    diagnostic.help("that file only imports it: import it from where it is declared");
            } else if let Some(near) = near {
                let title = format!("rename to {near}");
                diagnostic = diagnostic.help(format!("did you mean `{near}`?")).fix(title, name.span, near);
            }
            self.report(diagnostic);
            return broken;
        };
        if name.name.starts_with('_') {
            let message = format!("`{}` is private to `{file}`, because its name begins with `_`", name.name);
            let diagnostic = Diagnostic::error(codes::NOT_EXPORTED, name.span, message);
            self.report(diagnostic.label(declared, "declared here"));
            return broken;
        }
        (value.map(|known| known.0), ty.map(|known| known.0))
    }

    /// The value of another file that this name means, with its place; an error if it is none.
    pub(super) fn exported_value(&mut self, target: FileId, name: &Ident) -> Option<(Symbol, Span)> {
        let (value, ty) = self.exported(target, name);
        let names = &self.modules[usize::from(target.0)];
        match (value, ty) {
            (Some(value), _) => {
                let span = names.values.get(&name.name).map_or(name.span, |known| known.1);
                Some((value, span))
            }
            (None, Some(_)) => {
                let declared = names.types.get(&name.name).map_or(name.span, |known| known.1);
                let message = format!("`{}` is a type, not a value", name.name);
                let diagnostic = Diagnostic::error(codes::WRONG_ROLE, name.span, message);
                self.report(diagnostic.label(declared, "declared here"));
                None
            }
            (None, None) => None,
        }
    }

    /// The type of another file that this name means, with its place; an error if it is none.
    pub(crate) fn exported_type(&mut self, target: FileId, name: &Ident) -> Option<(TypeSymbol, Span)> {
        let (value, ty) = self.exported(target, name);
        let names = &self.modules[usize::from(target.0)];
        match (ty, value) {
            (Some(ty), _) => {
                let span = names.types.get(&name.name).map_or(name.span, |known| known.1);
                Some((ty, span))
            }
            (None, Some(value)) => {
                let declared = names.values.get(&name.name).map_or(name.span, |known| known.1);
                let message = format!("`{}` is {}, not a type", name.name, value.noun());
                let diagnostic = Diagnostic::error(codes::WRONG_ROLE, name.span, message);
                self.report(diagnostic.label(declared, "declared here"));
                None
            }
            (None, None) => None,
        }
    }

    /// The file that a name of a module means here; `None`, after an error if there is no such name.
    pub(crate) fn module_named(&mut self, module: &Ident) -> Option<FileId> {
        match self.value_named(&module.name) {
            Some((Symbol::Module(file), _)) => Some(file),
            Some((Symbol::Broken, _)) => None,
            Some((symbol, declared)) => {
                let message = format!("`{}` is {}, not a module", module.name, symbol.noun());
                let diagnostic = Diagnostic::error(codes::WRONG_ROLE, module.span, message);
                self.report(diagnostic.label(declared, "declared here"));
                None
            }
            None => {
                self.unknown_name(module);
                None
            }
        }
    }

    /// Reports each circle of files that import each other, once.
    fn import_cycles(&mut self, edges: &[Vec<(FileId, Span)>]) {
        let mut done = vec![false; edges.len()];
        for start in 0..edges.len() {
            // The way from `start` to where we are, each with the next of its imports to be followed.
            let mut path: Vec<(usize, usize)> = vec![(start, 0)];
            while let Some((at, next)) = path.last_mut() {
                let Some(&(target, span)) = edges[*at].get(*next) else {
                    done[*at] = true;
                    path.pop();
                    continue;
                };
                *next += 1;
                let target = usize::from(target.0);
                if let Some(from) = path.iter().position(|(on, _)| *on == target) {
                    let circle: Vec<(usize, usize)> = path[from..].to_vec();
                    self.import_cycle(&circle, edges, span);
                } else if !done[target] {
                    path.push((target, 0));
                }
            }
        }
    }

    fn import_cycle(&mut self, circle: &[(usize, usize)], edges: &[Vec<(FileId, Span)>], last: Span) {
        let name =
            |at: usize| format!("`{}`", self.sources.get(FileId(u16::try_from(at).unwrap_or(0))).name());
        let mut shown: Vec<String> = circle.iter().map(|(at, _)| name(*at)).collect();
        let message = match shown.as_slice() {
            [only] => format!("{only} imports itself"),
            _ => {
                shown.push(name(circle[0].0));
                format!("these files import each other: {}", shown.join(" imports "))
            }
        };
        for (at, _) in circle {
            // Whether they are used matters only when the circle is gone.
            self.modules[*at].used = self.modules[*at].imported.clone();
        }
        let mut diagnostic = Diagnostic::error(codes::IMPORT_CYCLE, last, message);
        for (at, next) in &circle[..circle.len() - 1] {
            diagnostic = diagnostic.label(edges[*at][next - 1].1, "imported here");
        }
        self.report(diagnostic.help("move what both need into a third file"));
    }
}
