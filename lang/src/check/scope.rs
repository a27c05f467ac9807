//! Bodies under construction: locals, scopes, captures.
//!
//! A stack of [`Frame`]s, one per body. A name that is not found in the innermost frame is looked for in the ones
//! outside and captured by value on the way in; a task's frame looks into its graph instead.

use indexmap::IndexMap;
use rustc_hash::FxHashMap;

use super::Checker;
use super::colour::Colour;
use super::narrow::Fact;
use super::program::{Body, Expr, Input, Local};
use super::types::Type;
use super::unify::{Mark, Why};
use super::walk::{self, Visit};
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::LocalId;
use crate::limits;
use crate::span::Span;
use crate::syntax::ast::Ident;

/// Where a frame looks for a name that it does not know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// Nowhere: a declaration.
    Top,
    /// In the frame outside, capturing what it finds.
    Closure,
    /// In the graph.
    Graph,
}

/// What `return` means in a frame.
#[derive(Clone)]
pub(super) enum Return {
    /// Gives a value of this type.
    Be(Type, Why),
    /// Gives a value; all must have something in common.
    Infer(Vec<(Type, Span)>),
    /// There is nothing to return from; says what the place is.
    Nowhere(&'static str),
    /// Leaves the body outside: the block of a `within` or `retry`. Collects the jumps that pass through it.
    Through(Jumps),
}

/// The jumps that leave a block which runs in a fiber of its own.
#[derive(Clone, Default)]
pub(super) struct Jumps {
    /// `return`, and the type of what it gives.
    pub(super) returns: Option<Type>,
    /// `break` of a loop outside.
    pub(super) breaks: bool,
    /// `continue` of a loop outside.
    pub(super) continues: bool,
}

impl Jumps {
    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        self.returns.is_some() || self.breaks || self.continues
    }
}

/// How a local came to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A parameter.
    Parameter,
    /// `let`, `var`, a pattern, a loop.
    Bound,
    /// A copy of an outer local.
    Captured,
    /// A parameter, task or let of the graph.
    Graph,
    /// A parameter of a tool, seen by one of its clauses.
    Clause,
    /// Made by the checker.
    Hidden,
}

/// What the checker knows of a local besides what the program does.
#[derive(Clone, Copy)]
struct Meta {
    origin: Origin,
    used: bool,
}

/// A body under construction.
pub(super) struct Frame {
    base: Base,
    pub(super) colour: Colour,
    pub(super) result: Return,
    pub(super) locals: Vec<Local>,
    meta: Vec<Meta>,
    scopes: Vec<Vec<(String, LocalId)>>,
    /// The locals that can be seen; no two have the same name, but for errors.
    by_name: FxHashMap<String, LocalId>,
    /// Whether a name was declared over another one, which is an error: then the other is found again afterwards.
    hides: bool,
    pub(super) params: Vec<LocalId>,
    captures: Vec<(LocalId, LocalId)>,
    inputs: Vec<(Input, LocalId)>,
    /// What the `when` of a task has found out, for inputs that are yet to be read.
    pub(super) given: Vec<(Input, Vec<u16>, Type)>,
    pub(super) facts: Vec<Fact>,
    /// What was there when it began.
    pub(super) begin: Mark,
    /// How many loops `break` could leave.
    pub(super) loops: u32,
    /// Where a clause of a tool finds `call.key`.
    pub(super) call_key: Option<LocalId>,
    /// Whether secrets may stand here.
    pub(super) sealed: bool,
}

/// The names of a body with tasks.
#[derive(Default)]
pub(super) struct GraphScope {
    /// Parameters, tasks and lets. The type of a task or let is known once it has been checked.
    pub(super) names: IndexMap<String, GraphName>,
}

/// A name of a body with tasks.
pub(super) struct GraphName {
    pub(super) input: Input,
    pub(super) ty: Type,
    pub(super) span: Span,
    pub(super) used: bool,
}

impl Frame {
    fn new(base: Base, colour: Colour, result: Return, begin: Mark) -> Self {
        Self {
            base,
            colour,
            result,
            locals: Vec::new(),
            meta: Vec::new(),
            scopes: vec![Vec::new()],
            by_name: FxHashMap::default(),
            hides: false,
            params: Vec::new(),
            captures: Vec::new(),
            inputs: Vec::new(),
            given: Vec::new(),
            facts: Vec::new(),
            begin,
            loops: 0,
            call_key: None,
            sealed: false,
        }
    }

    fn find(&self, name: &str) -> Option<LocalId> {
        self.by_name.get(name).copied()
    }

    /// A new local in the innermost scope.
    pub(super) fn add(&mut self, name: &str, ty: Type, mutable: bool, span: Span, origin: Origin) -> LocalId {
        let id = LocalId::of(self.locals.len());
        self.locals.push(Local { name: name.to_owned(), ty, mutable, span });
        self.meta.push(Meta {
            origin,
            used: !matches!(origin, Origin::Bound | Origin::Parameter | Origin::Clause),
        });
        if !name.is_empty() && name != "_" {
            let at =
                if matches!(origin, Origin::Captured | Origin::Graph) { 0 } else { self.scopes.len() - 1 };
            self.scopes[at].push((name.to_owned(), id));
            self.hides |= self.by_name.insert(name.to_owned(), id).is_some();
        }
        id
    }
}

/// A finished frame.
pub(super) struct Finished {
    /// Its code.
    pub(super) body: Body,
    /// Outer locals it captured, in the order of the parameters that hold them.
    pub(super) captures: Vec<LocalId>,
    /// What it reads of its graph, in the order of the parameters.
    pub(super) inputs: Vec<Input>,
    /// What `return` was given, where that was to be inferred.
    pub(super) result: Return,
}

impl Checker<'_> {
    /// The body at hand.
    pub(super) fn frame(&self) -> &Frame {
        self.frames.last().expect("code is checked inside a frame")
    }

    /// The body at hand.
    pub(super) fn frame_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("code is checked inside a frame")
    }

    /// Begins a body.
    pub(super) fn enter(&mut self, base: Base, colour: Colour, result: Return) {
        if base == Base::Top {
            self.forgiven.clear();
        }
        let begin = self.mark();
        self.frames.push(Frame::new(base, colour, result, begin));
    }

    /// Ends a body with its value. Types inside are known afterwards if it is no closure of a body that goes on.
    pub(super) fn leave(&mut self, value: Expr) -> Finished {
        while !self.frame().scopes.is_empty() {
            self.pop_scope();
        }
        let frame = self.frames.pop().expect("a frame was entered");
        let mut params = frame.params;
        params.extend(frame.captures.iter().map(|&(_, inner)| inner));
        params.extend(frame.inputs.iter().map(|&(_, inner)| inner));
        if frame.locals.len() > limits::REGISTERS {
            self.too_large(value.span, "this body has too many locals");
        }
        let mut body = Body { params, locals: frame.locals, value };
        if frame.base != Base::Closure {
            self.close(frame.begin);
            let failed = self.failed_since(frame.begin);
            walk::body(&mut body, &mut Settle { checker: self, failed });
            self.vars.clear();
        }
        Finished {
            body,
            captures: frame.captures.into_iter().map(|(outer, _)| outer).collect(),
            inputs: frame.inputs.into_iter().map(|(input, _)| input).collect(),
            result: frame.result,
        }
    }

    /// Begins a scope of the body at hand.
    pub(super) fn push_scope(&mut self) {
        self.frame_mut().scopes.push(Vec::new());
    }

    /// Ends a scope: its names are forgotten, the unused ones reported.
    pub(super) fn pop_scope(&mut self) {
        let frame = self.frame_mut();
        let scope = frame.scopes.pop().unwrap_or_default();
        for (name, _) in &scope {
            let hidden = || frame.scopes.iter().rev().flatten().find(|(other, _)| other == name);
            match hidden().filter(|_| frame.hides).map(|(_, id)| *id) {
                Some(id) => frame.by_name.insert(name.clone(), id),
                None => frame.by_name.remove(name),
            };
        }
        let unused: Vec<(String, Span, Origin)> = scope
            .into_iter()
            .filter(|(name, id)| {
                let meta = frame.meta[id.index()];
                !meta.used && meta.origin != Origin::Clause && !name.starts_with('_')
            })
            .map(|(name, id)| (name, frame.locals[id.index()].span, frame.meta[id.index()].origin))
            .collect();
        if self.in_library {
            return;
        }
        for (name, span, origin) in unused {
            if origin == Origin::Parameter {
                self.unused_parameter(&name, span);
            } else {
                let diagnostic =
                    Diagnostic::warning(codes::UNUSED_LOCAL, span, format!("nobody uses `{name}`"));
                self.report(
                    diagnostic.help(format!("write `_` or `_{name}` if it is only there to be bound")),
                );
            }
        }
    }

    pub(super) fn unused_parameter(&mut self, name: &str, span: Span) {
        if !name.starts_with('_') {
            self.warn(codes::UNUSED_PARAMETER, span, format!("nobody uses the parameter `{name}`"));
        }
    }

    /// A new named local, which must not hide another one.
    pub(super) fn declare(&mut self, name: &Ident, ty: Type, mutable: bool, origin: Origin) -> LocalId {
        if name.name != "_"
            && let Some(first) = self.visible(&name.name)
        {
            let message = format!("`{}` would hide another local of that name", name.name);
            let diagnostic = Diagnostic::error(codes::HIDDEN_NAME, name.span, message);
            self.report(diagnostic.label(first, "the other one").help("choose another name"));
        }
        self.frame_mut().add(&name.name, ty, mutable, name.span, origin)
    }

    /// A new local without a name.
    pub(super) fn hidden(&mut self, ty: Type, span: Span) -> LocalId {
        self.frame_mut().add("", ty, false, span, Origin::Hidden)
    }

    fn visible(&self, name: &str) -> Option<Span> {
        for frame in self.frames.iter().rev() {
            if let Some(id) = frame.find(name) {
                return Some(frame.locals[id.index()].span);
            }
            match frame.base {
                Base::Top => return None,
                Base::Closure => {}
                Base::Graph => return Some(self.graph.as_ref()?.names.get(name)?.span),
            }
        }
        None
    }

    /// The local of this name in the body at hand, captured from outside if need be. Marks it as used.
    pub(super) fn local(&mut self, name: &str) -> Option<LocalId> {
        self.local_in(self.frames.len().checked_sub(1)?, name)
    }

    fn local_in(&mut self, depth: usize, name: &str) -> Option<LocalId> {
        if let Some(id) = self.frames[depth].find(name) {
            self.frames[depth].meta[id.index()].used = true;
            return Some(id);
        }
        match self.frames[depth].base {
            Base::Top => None,
            Base::Closure => {
                let outer = self.local_in(depth.checked_sub(1)?, name)?;
                Some(self.capture(depth, outer))
            }
            Base::Graph => self.graph_input(depth, name),
        }
    }

    /// A copy in frame `depth` of a local of the frame outside, with what is known of it there.
    fn capture(&mut self, depth: usize, outer: LocalId) -> LocalId {
        let from = &self.frames[depth - 1];
        let Local { name, mut ty, span, .. } = from.locals[outer.index()].clone();
        let mut facts: Vec<Fact> = from.facts.iter().filter(|fact| fact.root == outer).cloned().collect();
        if let Some(known) = facts.iter().rev().find(|fact| fact.path.is_empty()) {
            ty = known.ty.clone();
        }
        let frame = &mut self.frames[depth];
        let inner = frame.add(&name, ty, false, span, Origin::Captured);
        facts.iter_mut().for_each(|fact| fact.root = inner);
        frame.facts.extend(facts);
        frame.captures.push((outer, inner));
        inner
    }

    fn graph_input(&mut self, depth: usize, name: &str) -> Option<LocalId> {
        let known = self.graph.as_mut()?.names.get_mut(name)?;
        known.used = true;
        let (input, mut ty, span) = (known.input, known.ty.clone(), known.span);
        let frame = &mut self.frames[depth];
        let given: Vec<_> = frame.given.iter().filter(|(at, ..)| *at == input).cloned().collect();
        if let Some((.., known)) = given.iter().find(|(_, path, _)| path.is_empty()) {
            ty = known.clone();
        }
        let id = frame.add(name, ty, false, span, Origin::Graph);
        frame.inputs.push((input, id));
        frame.facts.extend(given.into_iter().map(|(_, path, ty)| Fact { root: id, path, ty }));
        Some(id)
    }

    /// The input of the graph that a local of the body at hand holds.
    pub(super) fn input_of(&self, local: LocalId) -> Option<Input> {
        self.frame().inputs.iter().find(|&&(_, id)| id == local).map(|&(input, _)| input)
    }

    /// How a local of the body at hand came to be.
    pub(super) fn origin(&self, local: LocalId) -> Origin {
        self.frame().meta[local.index()].origin
    }

    /// Whether a local of the body at hand has been read.
    pub(super) fn is_used(&self, local: LocalId) -> bool {
        self.frame().meta[local.index()].used
    }

    /// Marks a local as used.
    pub(super) fn mark_used(&mut self, local: LocalId) {
        self.frame_mut().meta[local.index()].used = true;
    }

    /// Names of all locals that can be seen, for suggestions.
    pub(super) fn local_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for frame in self.frames.iter().rev() {
            names.extend(frame.scopes.iter().flatten().map(|(name, _)| name.clone()));
            match frame.base {
                Base::Top => break,
                Base::Closure => {}
                Base::Graph => {
                    names.extend(self.graph.iter().flat_map(|graph| graph.names.keys().cloned()));
                    break;
                }
            }
        }
        names
    }
}

/// Writes what inference has found into a finished body.
struct Settle<'c, 'a> {
    checker: &'c mut Checker<'a>,
    /// Whether something in the body has failed: then what follows from it is not reported.
    failed: bool,
}

impl Visit for Settle<'_, '_> {
    fn expr(&mut self, expr: &mut Expr) {
        expr.ty = self.checker.resolve(&expr.ty);
        if let Type::Map(entry) = &expr.ty
            && !self.checker.is_key(&entry.0)
            && !matches!(entry.0, Type::Never)
            && !std::mem::replace(&mut self.failed, true)
        {
            self.checker.bad_key(&entry.0.clone(), expr.span);
        }
        if let super::program::ExprKind::Cast { to, .. } = &mut expr.kind {
            *to = self.checker.resolve(to);
        }
    }

    fn pattern(&mut self, pattern: &mut super::program::Pattern) {
        pattern.ty = self.checker.resolve(&pattern.ty);
    }

    fn local(&mut self, local: &mut Local) {
        local.ty = self.checker.resolve(&local.ty);
    }

    fn place(&mut self, place: &mut super::program::Place) {
        place.ty = self.checker.resolve(&place.ty);
    }
}
