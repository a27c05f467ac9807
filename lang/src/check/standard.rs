//! Tools that need no declaration: `file.*`, `http.*`, `exec.run`. They join the program when they are used.

use super::Checker;
use super::program::{
    Class, CommandPart, Element, Expr, ExprKind, Field, FileOp, Literal, Local, Via, ViaParts,
};
use super::types::Type;
use super::{make, null};
use crate::ids::{LocalId, ToolId};
use crate::library::prelude;
use crate::span::Span;

/// A standard tool: name, parameters, result, class, doc.
struct Standard {
    name: &'static str,
    params: &'static [(&'static str, Kind)],
    result: Kind,
    class: Class,
    docs: &'static str,
}

/// The types that standard tools speak of.
#[derive(Clone, Copy)]
enum Kind {
    Null,
    Bool,
    Text,
    MaybeText,
    Texts,
    Json,
    Http,
    Exec,
}

impl Kind {
    fn ty(self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Bool => Type::Bool,
            Self::Text => Type::String,
            Self::MaybeText => Type::String.optional(),
            Self::Texts => Type::list(Type::String),
            Self::Json => Type::Json,
            Self::Http => Type::Record(prelude::HTTP_RESPONSE, [].into()),
            Self::Exec => Type::Record(prelude::EXEC_RESULT, [].into()),
        }
    }
}

const PATH: (&str, Kind) = ("path", Kind::Text);
const TEXT: (&str, Kind) = ("text", Kind::Text);
const URL: (&str, Kind) = ("url", Kind::Text);

const STANDARD: [Standard; 9] = [
    Standard {
        name: "file.read",
        params: &[PATH],
        result: Kind::Text,
        class: Class::Readonly,
        docs: "Reads a text file.",
    },
    Standard {
        name: "file.write",
        params: &[PATH, TEXT],
        result: Kind::Null,
        class: Class::Idempotent(None),
        docs: "Writes a text file, replacing what was there.",
    },
    Standard {
        name: "file.append",
        params: &[PATH, TEXT],
        result: Kind::Null,
        class: Class::Once,
        docs: "Adds text at the end of a file.",
    },
    Standard {
        name: "file.list",
        params: &[PATH],
        result: Kind::Texts,
        class: Class::Readonly,
        docs: "Lists the names in a directory, sorted.",
    },
    Standard {
        name: "file.exists",
        params: &[PATH],
        result: Kind::Bool,
        class: Class::Readonly,
        docs: "Tells whether a file exists.",
    },
    Standard {
        name: "file.delete",
        params: &[PATH],
        result: Kind::Null,
        class: Class::Idempotent(None),
        docs: "Deletes a file; it need not exist.",
    },
    Standard {
        name: "http.get",
        params: &[URL],
        result: Kind::Http,
        class: Class::Readonly,
        docs: "Fetches a URL.",
    },
    Standard {
        name: "http.post",
        params: &[URL, ("body", Kind::Json)],
        result: Kind::Http,
        class: Class::Once,
        docs: "Posts JSON to a URL.",
    },
    Standard {
        name: "exec.run",
        params: &[("command", Kind::Texts), ("stdin", Kind::MaybeText)],
        result: Kind::Exec,
        class: Class::Once,
        docs: "Runs a command, given as a list of arguments.",
    },
];

/// Names of the standard tools of a module.
pub(super) fn names_of(module: &str) -> impl Iterator<Item = &'static str> {
    STANDARD.iter().filter_map(move |tool| tool.name.strip_prefix(module)?.strip_prefix('.'))
}

impl Checker<'_> {
    /// The tool `module.name`, if it is a standard one; from now on it is part of the program.
    pub(super) fn standard_tool(&mut self, module: &str, name: &str) -> Option<ToolId> {
        let full = format!("{module}.{name}");
        if let Some((_, id)) = self.standard.iter().find(|(known, _)| *known == full) {
            return Some(*id);
        }
        let standard = STANDARD.iter().find(|tool| tool.name == full)?;
        let id = self.reserve_tool(&full, Some(standard.docs.to_owned()), standard.class, Span::default());
        let field = |(name, kind): &(&str, Kind)| Field {
            name: (*name).to_owned(),
            foreign: None,
            ty: kind.ty(),
            default: None,
            span: Span::default(),
            docs: None,
        };
        let tool = &mut self.program.tools[id.index()];
        tool.params = standard.params.iter().map(field).collect();
        tool.result = standard.result.ty();
        tool.via = via(standard);
        self.standard.push((full, id));
        Some(id)
    }
}

fn via(tool: &Standard) -> Via {
    let span = Span::default();
    let mut locals: Vec<Local> = Vec::new();
    for (name, kind) in tool.params {
        locals.push(Local { name: (*name).to_owned(), ty: kind.ty(), mutable: false, span });
    }
    // `call.key`
    locals.push(Local { name: String::new(), ty: Type::String, mutable: false, span });
    let read = |at: usize| make(ExprKind::Local(LocalId::of(at)), tool.params[at].1.ty(), span);
    let parts = |values: Vec<(&str, Expr)>| ViaParts {
        params: (0..locals.len()).map(LocalId::of).collect(),
        locals: locals.clone(),
        values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    };
    let text = |text: &str| make(ExprKind::Literal(Literal::Text(text.into())), Type::String, span);
    let request = |method: &str, body: Expr| Via::Http {
        parts: parts(vec![
            ("method", text(method)),
            ("url", read(0)),
            ("query", null(span)),
            ("headers", null(span)),
            ("body", body),
        ]),
    };
    match tool.name {
        "file.read" => Via::File(FileOp::Read),
        "file.write" => Via::File(FileOp::Write),
        "file.append" => Via::File(FileOp::Append),
        "file.list" => Via::File(FileOp::List),
        "file.exists" => Via::File(FileOp::Exists),
        "file.delete" => Via::File(FileOp::Delete),
        "http.get" => request("GET", null(span)),
        "http.post" => request("POST", read(1)),
        _ => {
            let command = ExprKind::List(vec![Element::Spread(read(0))]);
            let values = vec![
                ("command", make(command, Type::list(Type::String), span)),
                ("stdin", read(1)),
                ("env", null(span)),
                ("cwd", null(span)),
            ];
            Via::Exec { command: vec![CommandPart::Spread], parts: parts(values) }
        }
    }
}
