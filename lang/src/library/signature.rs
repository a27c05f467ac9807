//! Signatures of the registry: text as users read it to types as the checker knows them.

use super::{Entry, Run, prelude};
use crate::check::types::Type;

/// An entry of the registry, parsed.
#[derive(Debug)]
pub(crate) struct Known {
    /// As users read it.
    pub(crate) signature: &'static str,
    /// The type or module it belongs to.
    pub(crate) owner: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// The type of the receiver; `None` for functions of a module.
    pub(crate) receiver: Option<Type>,
    /// Names of its type parameters.
    pub(crate) generics: Vec<&'static str>,
    /// What type parameters must be able to do.
    pub(crate) bounds: Vec<(u16, Bound)>,
    /// Its parameters.
    pub(crate) params: Vec<Param>,
    /// Its result.
    pub(crate) result: Type,
    /// How it is carried out.
    pub(crate) run: Run,
}

impl Known {
    /// Whether it can be called with so many arguments.
    pub(crate) fn takes(&self, given: usize) -> bool {
        let required = self.params.iter().filter(|param| param.default.is_none()).count();
        (required..=self.params.len()).contains(&given)
    }
}

/// A parameter.
#[derive(Debug)]
pub(crate) struct Param {
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) ty: Type,
    /// What it is when not given.
    pub(crate) default: Option<Default>,
}

/// A default.
#[derive(Debug)]
pub(crate) enum Default {
    /// `= null`
    Null,
    /// `= "text"`
    Text(String),
}

/// `where T: ordered`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Has an order.
    Ordered,
    /// Can be the key of a map.
    Key,
}

/// The entry with its signature taken apart; `None` if that is malformed.
pub(crate) fn parse(entry: &'static Entry) -> Option<Known> {
    let (call, bounds) = match entry.signature.split_once(" where ") {
        Some((call, bounds)) => (call, bounds),
        None => (entry.signature, ""),
    };
    let open = call.find('(')?;
    let dot = call[..open].rfind('.')?;
    let (owner_text, name) = (&call[..dot], &call[dot + 1..open]);
    let mut parser = Parser { rest: owner_text, generics: Vec::new() };
    let is_module = owner_text.starts_with(|first: char| first.is_ascii_lowercase());
    let (owner, receiver) = if is_module {
        (owner_text, None)
    } else {
        let receiver = parser.ty()?;
        (owner_text.split('<').next()?, Some(receiver))
    };
    parser.rest = &call[open + 1..];
    let params = parser.params()?;
    parser.eat("->").then_some(())?;
    let result = parser.ty()?;
    parser.rest.trim().is_empty().then_some(())?;
    let mut known = Known {
        signature: entry.signature,
        owner,
        name,
        receiver,
        generics: parser.generics,
        bounds: Vec::new(),
        params,
        result,
        run: entry.run,
    };
    for bound in bounds.split(',').filter(|bound| !bound.is_empty()) {
        let (param, bound) = bound.split_once(':')?;
        let at = known.generics.iter().position(|known| *known == param.trim())?;
        let bound = match bound.trim() {
            "ordered" => Bound::Ordered,
            "key" => Bound::Key,
            _ => return None,
        };
        known.bounds.push((u16::try_from(at).ok()?, bound));
    }
    Some(known)
}

struct Parser {
    rest: &'static str,
    generics: Vec<&'static str>,
}

impl Parser {
    fn eat(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        let Some(rest) = self.rest.strip_prefix(token) else { return false };
        self.rest = rest;
        true
    }

    fn word(&mut self) -> Option<&'static str> {
        self.rest = self.rest.trim_start();
        let end =
            self.rest.find(|at: char| !at.is_ascii_alphanumeric() && at != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn params(&mut self) -> Option<Vec<Param>> {
        let mut params = Vec::new();
        while !self.eat(")") {
            let name = self.word()?.to_owned();
            self.eat(":").then_some(())?;
            let ty = self.ty()?;
            let default = if self.eat("=") { Some(self.default()?) } else { None };
            params.push(Param { name, ty, default });
            self.eat(",");
        }
        Some(params)
    }

    fn default(&mut self) -> Option<Default> {
        if self.eat("\"") {
            let (text, rest) = self.rest.split_once('"')?;
            self.rest = rest;
            return Some(Default::Text(text.to_owned()));
        }
        self.eat("null").then_some(Default::Null)
    }

    fn ty(&mut self) -> Option<Type> {
        let ty = self.plain()?;
        Some(if self.eat("?") { ty.optional() } else { ty })
    }

    fn list(&mut self, end: &str) -> Option<Vec<Type>> {
        let mut types = Vec::new();
        while !self.eat(end) {
            types.push(self.ty()?);
            self.eat(",");
        }
        Some(types)
    }

    fn plain(&mut self) -> Option<Type> {
        if self.eat("(") {
            return Some(Type::Tuple(self.list(")")?.into()));
        }
        let word = self.word()?;
        let args = if word != "fn" && self.eat("<") { self.list(">")? } else { Vec::new() };
        let arg = |at: usize| args.get(at).cloned();
        Some(match word {
            "fn" => {
                self.eat("(").then_some(())?;
                let params = self.list(")")?;
                self.eat("->").then_some(())?;
                Type::Function(params.into(), std::sync::Arc::new(self.ty()?))
            }
            "Null" => Type::Null,
            "Bool" => Type::Bool,
            "Int" => Type::Int,
            "Float" => Type::Float,
            "Decimal" => Type::Decimal,
            "String" => Type::String,
            "Bytes" => Type::Bytes,
            "Duration" => Type::Duration,
            "Timestamp" => Type::Timestamp,
            "Json" => Type::Json,
            "ErrorKind" => Type::Enum(prelude::ERROR_KIND, [].into()),
            "List" => Type::list(arg(0)?),
            "Map" => Type::map(arg(0)?, arg(1)?),
            "Entry" => Type::Record(prelude::ENTRY, args.into()),
            param if param.len() == 1 => {
                let at = self.generics.iter().position(|known| *known == param).unwrap_or_else(|| {
                    self.generics.push(param);
                    self.generics.len() - 1
                });
                Type::Param(u16::try_from(at).ok()?)
            }
            _ => return None,
        })
    }
}
