//! Declarations: every name gets an id, every written type is resolved. Bodies come later.

use super::Checker;
use super::expr::literal::number;
use super::function::{Parameter, Signature};
use super::program::{Body, Class, Enum, Field, Function, Global, Graph, Record, Signal, Tool, Variant, Via};
use super::types::Type;
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::{
    EnumId, FunctionId, GlobalId, GraphId, MemoryId, ModelId, PromptId, RecordId, SignalId, ToolId,
};
use crate::limits;
use crate::resolve::types::{TypePlace, generic_names};
use crate::resolve::{Names, Symbol, TypeSymbol};
use crate::span::{FileId, Span};
use crate::syntax::ast::{self, ItemKind};

/// A type alias, resolved when it is first asked for.
pub(crate) struct Alias<'a> {
    /// Its declaration.
    pub(crate) item: &'a ast::Alias,
    /// What it stands for, once known.
    pub(crate) ty: Option<Type>,
    /// Whether it is being resolved right now.
    pub(crate) busy: bool,
}

/// A value to be computed at load, whose expression is still to be checked.
pub(super) struct Pending<'a> {
    pub(super) global: GlobalId,
    pub(super) value: &'a ast::Expr,
    pub(super) generics: Vec<String>,
}

/// Declarations with their ids, for the passes that look into them.
#[derive(Default)]
pub(super) struct Items<'a> {
    records: Vec<(RecordId, &'a ast::Record)>,
    enums: Vec<(EnumId, &'a ast::Enum)>,
    signals: Vec<(SignalId, &'a ast::Signal)>,
    pub(super) fns: Vec<(FunctionId, &'a ast::Fn)>,
    pub(super) tools: Vec<(ToolId, &'a ast::Tool)>,
    pub(super) graphs: Vec<(GraphId, &'a ast::Graph)>,
    consts: Vec<(GlobalId, &'a ast::Const)>,
    pub(super) constants: Vec<Pending<'a>>,
    pub(super) defaults: Vec<Pending<'a>>,
    pub(super) models: Vec<(ModelId, &'a ast::Model)>,
    pub(super) prompts: Vec<(PromptId, &'a ast::Prompt)>,
    pub(super) memories: Vec<(MemoryId, &'a ast::Memory)>,
    pub(super) schedules: Vec<&'a ast::Schedule>,
    pub(super) tests: Vec<&'a ast::Test>,
}

/// A body that is still to be checked.
pub(super) fn unchecked(span: Span) -> Body {
    Body { params: Vec::new(), locals: Vec::new(), value: super::null(span) }
}

/// A field without default, doc or place.
pub(super) fn field(name: &str, ty: Type) -> Field {
    Field { name: name.to_owned(), foreign: None, ty, default: None, span: Span::default(), docs: None }
}

impl<'a> Checker<'a> {
    /// First pass: names and ids.
    pub(super) fn declare_names(&mut self, files: &[&'a ast::File]) {
        self.modules = vec![Names::default(); files.len().max(1)];
        for (at, file) in files.iter().enumerate() {
            self.file = FileId(u16::try_from(at).unwrap_or(u16::MAX));
            file.items.iter().for_each(|item| self.declare_item(item));
        }
        self.file = FileId::default();
    }

    fn declare_item(&mut self, item: &'a ast::Item) {
        let docs = item.docs.clone();
        match &item.kind {
            ItemKind::Const(decl) => {
                let global = self.reserve_global(&decl.name.name, Type::Unknown, decl.name.span);
                self.items.consts.push((global, decl));
                if number(&decl.value, false).is_some() {
                    self.literal_constants.insert(global, &decl.value);
                }
                self.bind_value(&decl.name, Symbol::Const(global));
            }
            ItemKind::Fn(decl) => {
                let id = FunctionId::of(self.functions.len());
                self.reserve_function(Signature::named(&decl.name.name, decl.name.span));
                self.items.fns.push((id, decl));
                self.bind_value(&decl.name, Symbol::Fn(id));
            }
            ItemKind::Record(decl) => {
                let id = RecordId::of(self.program.records.len());
                self.program.records.push(Record {
                    name: decl.name.name.clone(),
                    generics: decl.generics.len(),
                    fields: Vec::new(),
                    span: decl.name.span,
                    docs,
                });
                self.items.records.push((id, decl));
                self.bind_type(&decl.name, TypeSymbol::Record(id));
            }
            ItemKind::Enum(decl) => {
                let id = EnumId::of(self.program.enums.len());
                // Names of variants and whether they have payloads are known before any type is: map keys ask.
                let variant = |variant: &ast::Variant| Variant {
                    name: variant.name.name.clone(),
                    fields: variant.fields.iter().map(|at| field(&at.name.name, Type::Unknown)).collect(),
                    docs: variant.docs.clone(),
                };
                self.program.enums.push(Enum {
                    name: decl.name.name.clone(),
                    generics: decl.generics.len(),
                    variants: decl.variants.iter().map(variant).collect(),
                    span: decl.name.span,
                    docs,
                });
                self.items.enums.push((id, decl));
                self.bind_type(&decl.name, TypeSymbol::Enum(id));
            }
            ItemKind::Alias(decl) => {
                let at = self.aliases.len();
                self.aliases.push(Alias { item: decl, ty: None, busy: false });
                self.bind_type(&decl.name, TypeSymbol::Alias(at));
            }
            ItemKind::Tool(decl) => {
                let id = self.reserve_tool(&decl.name.name, docs, class(decl), decl.name.span);
                self.items.tools.push((id, decl));
                self.bind_outward(&decl.name, Symbol::Tool(id));
            }
            ItemKind::Signal(decl) => {
                let id = SignalId::of(self.program.signals.len());
                let (name, span) = (decl.name.name.clone(), decl.name.span);
                self.program.signals.push(Signal { name, ty: Type::Unknown, span });
                self.items.signals.push((id, decl));
                self.bind_outward(&decl.name, Symbol::Signal(id));
            }
            ItemKind::Graph(decl) => {
                let id = GraphId::of(self.program.graphs.len());
                self.program.graphs.push(Graph {
                    kind: decl.kind,
                    name: decl.name.name.clone(),
                    docs,
                    params: Vec::new(),
                    result: Type::Unknown,
                    budget: None,
                    key: None,
                    lets: Vec::new(),
                    tasks: Vec::new(),
                    span: decl.name.span,
                });
                self.items.graphs.push((id, decl));
                self.bind_outward(&decl.name, Symbol::Graph(id, decl.kind));
            }
            ItemKind::Test(decl) => self.items.tests.push(decl),
            ItemKind::Model(decl) => self.declare_model(decl),
            ItemKind::Prompt(decl) => self.declare_prompt(decl, docs),
            ItemKind::Memory(decl) => self.declare_memory(decl),
            ItemKind::Schedule(decl) => {
                self.items.schedules.push(decl);
                self.bind_outward(&decl.name, Symbol::Schedule);
            }
            // Bound once every file has declared its names.
            ItemKind::Import(_) => {}
            ItemKind::Broken(decl) => {
                let Some(name) = &decl.name else { return };
                if name.name.starts_with(|first: char| first.is_ascii_uppercase())
                    && decl.keyword.as_deref() != Some("const")
                {
                    self.own_names()
                        .types
                        .entry(name.name.clone())
                        .or_insert((TypeSymbol::Broken, name.span));
                } else {
                    self.own_names().values.entry(name.name.clone()).or_insert((Symbol::Broken, name.span));
                }
            }
        }
    }

    fn own_names(&mut self) -> &mut Names {
        let file = usize::from(self.file.0).min(self.modules.len() - 1);
        &mut self.modules[file]
    }

    /// A name that is known outside of the program: moving its declaration to another file changes nothing.
    pub(super) fn bind_outward(&mut self, name: &ast::Ident, symbol: Symbol) {
        if let Some(&first) = self.outward.get(&name.name)
            && first.file != name.span.file
        {
            let message = format!("`{}` is declared in two files of the program", name.name);
            let diagnostic = Diagnostic::error(codes::DUPLICATE_NAME, name.span, message);
            let help = "agents, flows, tools, prompts, signals, memories and schedules are known by their names alone";
            self.report(diagnostic.label(first, "first declared here").help(help));
        }
        self.outward.entry(name.name.clone()).or_insert(name.span);
        self.bind_value(name, symbol);
    }

    pub(super) fn bind_value(&mut self, name: &ast::Ident, symbol: Symbol) {
        if let Some(&(_, first)) = self.names().values.get(&name.name) {
            self.duplicate(name, first);
        } else {
            self.own_names().values.insert(name.name.clone(), (symbol, name.span));
        }
    }

    fn bind_type(&mut self, name: &ast::Ident, symbol: TypeSymbol) {
        if let Some(&(_, first)) = self.names().types.get(&name.name) {
            self.duplicate(name, first);
        } else {
            self.own_names().types.insert(name.name.clone(), (symbol, name.span));
        }
    }

    pub(super) fn duplicate(&mut self, name: &ast::Ident, first: Span) {
        let message = format!("`{}` is declared twice", name.name);
        self.report(
            Diagnostic::error(codes::DUPLICATE_NAME, name.span, message).label(first, "first declared here"),
        );
    }

    fn reserve_global(&mut self, name: &str, ty: Type, span: Span) -> GlobalId {
        self.program.globals.push(Global { name: name.to_owned(), ty, body: unchecked(span), span });
        GlobalId::of(self.program.globals.len() - 1)
    }

    /// Makes room for a function whose body is checked later.
    pub(super) fn reserve_function(&mut self, signature: Signature) -> FunctionId {
        let (name, span) = (signature.name.clone(), signature.span);
        self.program.functions.push(Function { name, result: Type::Unknown, body: unchecked(span), span });
        self.functions.push(signature);
        FunctionId::of(self.functions.len() - 1)
    }

    /// Makes room for a tool whose clauses are checked later.
    pub(super) fn reserve_tool(
        &mut self,
        name: &str,
        docs: Option<String>,
        class: Class,
        span: Span,
    ) -> ToolId {
        self.program.tools.push(Tool {
            name: name.to_owned(),
            docs,
            params: Vec::new(),
            result: Type::Unknown,
            via: Via::Host,
            class,
            timeout: None,
            retry: None,
            not_done: Vec::new(),
            limit: None,
            doubt_fails: false,
            lookup: None,
            settle: None,
            confirm: None,
            undo: None,
            span,
        });
        self.used_tools.push(false);
        ToolId::of(self.program.tools.len() - 1)
    }

    /// Second pass: the types that declarations write.
    pub(super) fn declare_types(&mut self) {
        for at in 0..self.aliases.len() {
            self.alias(at);
        }
        for (id, decl) in std::mem::take(&mut self.items.records) {
            self.enter_file(decl.name.span);
            self.generics = generic_names(&decl.generics);
            self.program.records[id.index()].fields = self.fields(&decl.fields, &decl.name.name);
        }
        for (id, decl) in std::mem::take(&mut self.items.enums) {
            self.enter_file(decl.name.span);
            self.generics = generic_names(&decl.generics);
            let mut seen: Vec<&ast::Ident> = Vec::new();
            if let Some(surplus) = decl.variants.get(limits::FIELDS) {
                self.too_large(surplus.name.span, &format!("`{}` has too many variants", decl.name.name));
            }
            for (at, variant) in decl.variants.iter().enumerate().take(limits::FIELDS) {
                if let Some(first) = seen.iter().find(|first| first.name == variant.name.name) {
                    self.duplicate(&variant.name, first.span);
                }
                seen.push(&variant.name);
                let owner = format!("{}.{}", decl.name.name, variant.name.name);
                self.program.enums[id.index()].variants[at].fields = self.fields(&variant.fields, &owner);
            }
        }
        for (id, decl) in std::mem::take(&mut self.items.consts) {
            self.enter_file(decl.name.span);
            self.generics.clear();
            let ty = self.written(&decl.ty, TypePlace::Plain);
            self.program.globals[id.index()].ty = ty;
            self.items.constants.push(Pending { global: id, value: &decl.value, generics: Vec::new() });
        }
        for (id, decl) in self.items.fns.clone() {
            self.enter_file(decl.name.span);
            self.generics = generic_names(&decl.generics);
            let signature = self.signature(decl);
            self.program.functions[id.index()].result = signature.result.clone();
            self.functions[id.index()] = signature;
        }
        self.generics.clear();
        for (id, decl) in std::mem::take(&mut self.items.signals) {
            self.enter_file(decl.name.span);
            let ty = self.written(&decl.ty, TypePlace::Plain);
            self.require_json_form(&ty, decl.ty.span, "what a signal carries");
            self.program.signals[id.index()].ty = ty;
        }
        for (id, decl) in self.items.tools.clone() {
            self.enter_file(decl.name.span);
            if decl.params.len() > limits::PARAMETERS {
                self.too_large(decl.name.span, "this has too many parameters");
            }
            self.program.tools[id.index()].params = self.fields(&decl.params, &decl.name.name);
            self.program.tools[id.index()].result =
                self.result_type(decl.result.as_ref(), "the result of a tool");
        }
        for (id, decl) in self.items.graphs.clone() {
            self.enter_file(decl.name.span);
            if decl.params.len() > limits::PARAMETERS {
                self.too_large(decl.name.span, "this has too many parameters");
            }
            self.program.graphs[id.index()].params = self.fields(&decl.params, &decl.name.name);
            self.program.graphs[id.index()].result =
                self.result_type(decl.result.as_ref(), "the result of an agent or flow");
        }
        self.declare_agent_types();
        self.check_endings();
    }

    pub(super) fn result_type(&mut self, result: Option<&ast::Type>, what: &str) -> Type {
        let Some(result) = result else { return Type::Null };
        let ty = self.written(result, TypePlace::Plain);
        self.require_json_form(&ty, result.span, what);
        ty
    }

    /// The signature that a declaration writes; `self.generics` are its type parameters.
    pub(super) fn signature(&mut self, decl: &'a ast::Fn) -> Signature {
        let mut params: Vec<Parameter> = Vec::new();
        let mut seen: Vec<&ast::Ident> = Vec::new();
        if decl.params.len() > limits::PARAMETERS {
            self.too_large(decl.name.span, "this has too many parameters");
        }
        for param in decl.params.iter().take(limits::PARAMETERS) {
            if let Some(first) = seen.iter().find(|first| first.name == param.name.name && first.name != "_")
            {
                self.duplicate(&param.name, first.span);
            }
            seen.push(&param.name);
            let ty = self.written(&param.ty, TypePlace::Parameter);
            let default = self.default_of(param, &ty, &decl.name.name);
            params.push(Parameter::new(&param.name.name, ty, default));
        }
        let result = decl.result.as_ref().map_or(Type::Null, |result| self.written(result, TypePlace::Plain));
        Signature {
            name: decl.name.name.clone(),
            generics: self.generics.clone(),
            params,
            result,
            span: decl.name.span,
        }
    }

    pub(super) fn fields(&mut self, fields: &'a [ast::Param], owner: &str) -> Vec<Field> {
        let mut known: Vec<Field> = Vec::new();
        if let Some(surplus) = fields.get(limits::FIELDS) {
            self.too_large(surplus.name.span, &format!("`{owner}` has too many fields"));
        }
        for param in fields.iter().take(limits::FIELDS) {
            if let Some(first) = known.iter().find(|first| first.name == param.name.name) {
                let first = first.span;
                self.duplicate(&param.name, first);
            }
            let json = |field: &Field| field.foreign.clone().unwrap_or_else(|| field.name.clone());
            if let Some(foreign) = &param.foreign
                && let Some(first) = known.iter().find(|field| json(field) == foreign.name)
            {
                let first = first.span;
                self.duplicate(foreign, first);
            }
            let ty = self.written(&param.ty, TypePlace::Plain);
            self.require_json_form(&ty, param.ty.span, "a field or parameter");
            let default = self.default_of(param, &ty, owner);
            known.push(Field {
                name: param.name.name.clone(),
                foreign: param.foreign.as_ref().map(|foreign| foreign.name.clone()),
                ty,
                default,
                span: param.name.span,
                docs: param.docs.clone(),
            });
        }
        known
    }

    fn default_of(&mut self, param: &'a ast::Param, ty: &Type, owner: &str) -> Option<GlobalId> {
        let value = param.default.as_ref()?;
        let global =
            self.reserve_global(&format!("{owner}.{}", param.name.name), ty.clone(), param.name.span);
        self.items.defaults.push(Pending { global, value, generics: self.generics.clone() });
        Some(global)
    }

    pub(super) fn require_json_form(&mut self, ty: &Type, span: Span, what: &str) {
        if !self.has_json_form(ty) {
            let message = format!("{what} must have a JSON form, which {} has not", self.show(ty));
            self.error(codes::NO_JSON_FORM, span, message);
        }
    }

    /// Warnings about declarations.
    pub(super) fn warn_unused(&mut self) {
        // A file without agents and flows is a library, or not finished.
        let mut with_graphs = vec![false; self.modules.len()];
        for graph in &self.program.graphs {
            with_graphs[usize::from(graph.span.file.0)] = true;
        }
        for (id, decl) in std::mem::take(&mut self.items.tools) {
            let file = usize::from(decl.name.span.file.0);
            if with_graphs[file] && !self.used_tools[id.index()] && !decl.name.name.starts_with('_') {
                self.warn(
                    codes::UNUSED_TOOL,
                    decl.name.span,
                    format!("nobody uses the tool `{}`", decl.name.name),
                );
            }
        }
    }
}

/// The class a tool declares; contradictions are reported with its other clauses.
fn class(decl: &ast::Tool) -> Class {
    for clause in &decl.clauses {
        match &clause.kind {
            ast::ToolClauseKind::Readonly => return Class::Readonly,
            ast::ToolClauseKind::Once => return Class::Once,
            ast::ToolClauseKind::Idempotent(ast::Horizon::Always) => return Class::Idempotent(None),
            ast::ToolClauseKind::Idempotent(ast::Horizon::Default) => {
                return Class::Idempotent(Some(24 * 60 * 60 * 1000));
            }
            ast::ToolClauseKind::Idempotent(ast::Horizon::For(horizon)) => {
                return Class::Idempotent(match horizon.kind {
                    ast::ExprKind::Duration(millis) => Some(millis),
                    _ => Some(0),
                });
            }
            _ => {}
        }
    }
    Class::Once
}
