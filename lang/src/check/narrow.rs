//! What is known of optionals: names and field paths that have been found not to be null.

use super::Checker;
use super::program::{CompareOp, Expr, ExprKind, Literal};
use super::types::Type;
use crate::ids::LocalId;
use crate::limits;

/// A path that has a narrower type than it was declared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fact {
    /// The local.
    pub(super) root: LocalId,
    /// Fields of records and parts of tuples from there.
    pub(super) path: Vec<u16>,
    /// The type of what stands there.
    pub(super) ty: Type,
}

/// The local and fields that an expression reads, if it reads nothing else.
pub(super) fn path(expr: &Expr) -> Option<(LocalId, Vec<u16>)> {
    match &expr.kind {
        ExprKind::Local(id) => Some((*id, Vec::new())),
        ExprKind::Field { base, index } | ExprKind::TupleField { base, index } => {
            let (root, mut fields) = path(base)?;
            fields.push(*index);
            Some((root, fields))
        }
        _ => None,
    }
}

impl Checker<'_> {
    /// The narrowed type of a path.
    pub(super) fn fact(&self, root: LocalId, path: &[u16]) -> Option<Type> {
        let mut facts = self.frame().facts.iter().rev();
        facts.find(|fact| fact.root == root && fact.path == path).map(|fact| fact.ty.clone())
    }

    /// What follows from `condition` being `truth`.
    pub(super) fn facts_if(&self, condition: &Expr, truth: bool) -> Vec<Fact> {
        match &condition.kind {
            ExprKind::And(left, right) if truth => {
                [self.facts_if(left, true), self.facts_if(right, true)].concat()
            }
            ExprKind::Or(left, right) if !truth => {
                [self.facts_if(left, false), self.facts_if(right, false)].concat()
            }
            ExprKind::Not(inner) => self.facts_if(inner, !truth),
            ExprKind::Compare { op: CompareOp::Eq, left, right } => {
                self.facts_of_equality(left, right, truth)
            }
            ExprKind::Compare { op: CompareOp::Ne, left, right } => {
                self.facts_of_equality(left, right, !truth)
            }
            _ => Vec::new(),
        }
    }

    fn facts_of_equality(&self, left: &Expr, right: &Expr, equal: bool) -> Vec<Fact> {
        let null = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::Null));
        let plain =
            |expr: &Expr| !matches!(self.shallow(&expr.ty), Type::Optional(_) | Type::Null | Type::Json);
        match equal {
            false if null(right) => self.facts_not_null(left),
            false if null(left) => self.facts_not_null(right),
            true if plain(right) => self.facts_not_null(left),
            true if plain(left) => self.facts_not_null(right),
            _ => Vec::new(),
        }
    }

    /// What follows from `expr` not being null.
    pub(super) fn facts_not_null(&self, expr: &Expr) -> Vec<Fact> {
        let mut facts = Vec::new();
        if let ExprKind::Safe { base, bind, then } = &expr.kind {
            facts.extend(self.facts_not_null(base));
            if let (Some((root, fields)), Some((inner, more))) = (path(base), path(then))
                && inner == *bind
                && let Type::Optional(ty) = self.shallow(&then.ty)
            {
                facts.push(Fact { root, path: [fields, more].concat(), ty: (*ty).clone() });
            }
        } else if let (Some((root, path)), Type::Optional(ty)) = (path(expr), self.shallow(&expr.ty)) {
            facts.push(Fact { root, path, ty: (*ty).clone() });
        }
        facts
    }

    /// From here on these hold.
    pub(super) fn assume(&mut self, facts: Vec<Fact>) {
        let known = &mut self.frame_mut().facts;
        known.extend(facts);
        let surplus = known.len().saturating_sub(limits::FACTS);
        known.drain(..surplus);
    }

    /// Nothing is known any more of what stands at, in or around a path.
    pub(super) fn forget(&mut self, root: LocalId, path: &[u16]) {
        let overlaps =
            |fact: &Fact| fact.root == root && (fact.path.starts_with(path) || path.starts_with(&fact.path));
        let keep = |fact: &Fact| !overlaps(fact) || fact.path.len() < path.len();
        self.frame_mut().facts.retain(keep);
    }

    /// Nothing is known any more of these variables: a loop or handler may find them changed.
    pub(super) fn forget_names(&mut self, names: &[String]) {
        let frame = self.frame_mut();
        let locals = &frame.locals;
        frame.facts.retain(|fact| !names.contains(&locals[fact.root.index()].name));
    }

    /// What is known at this point.
    pub(super) fn facts(&self) -> Vec<Fact> {
        self.frame().facts.clone()
    }

    /// Goes on from another point; gives what was known here.
    pub(super) fn replace_facts(&mut self, facts: Vec<Fact>) -> Vec<Fact> {
        std::mem::replace(&mut self.frame_mut().facts, facts)
    }

    /// Goes on where branches meet: what is known at the end of each that gets there. No branch: nothing changes.
    pub(super) fn meet(&mut self, branches: Vec<Vec<Fact>>) {
        let mut branches = branches.into_iter();
        let Some(mut common) = branches.next() else { return };
        for branch in branches {
            common.retain(|fact| branch.contains(fact));
        }
        self.frame_mut().facts = common;
    }
}
