//! Whether the arms of a match cover every value, and whether each can be reached (Maranget's usefulness).
//!
//! A row is useful if some value fits it and no row before it. A match is exhaustive if a wildcard after its last
//! arm is not useful; the value that shows otherwise is the example in the message.

use super::Checker;
use super::program::{Arm, JsonKind, Literal, Pattern, PatternKind};
use super::types::Type;
use crate::diagnostic::{Diagnostic, codes};
use crate::ids::EnumId;
use crate::resolve::types::substitute;
use crate::span::Span;

/// A pattern reduced to what matters here.
#[derive(Clone, Debug)]
enum Pat {
    Any,
    /// A constructor with the patterns of its parts.
    Made(Ctor, Vec<Pat>),
    /// A list that begins with these; `true`: and may go on.
    List(Vec<Pat>, bool),
    Or(Vec<Pat>),
}

#[derive(Clone, Debug, PartialEq)]
enum Ctor {
    Null,
    Some,
    Bool(bool),
    Variant(EnumId, u16),
    /// Record or tuple: the only way to make one.
    Only,
    /// Int or Duration, both ends included.
    Span(i64, i64),
    /// A value out of endlessly many, or a range of such.
    Value(String),
    /// A list of exactly this many.
    Length(usize),
    /// A list of at least this many.
    Longer(usize),
    Json(JsonKind),
}

const JSON_KINDS: [JsonKind; 6] =
    [JsonKind::Null, JsonKind::Bool, JsonKind::Number, JsonKind::String, JsonKind::List, JsonKind::Object];

/// The search ran out of steps.
struct TooLarge;

impl Checker<'_> {
    /// Reports values that no arm covers, and arms that no value reaches.
    pub(super) fn check_arms(&mut self, ty: &Type, arms: &[Arm], span: Span) {
        let ty = self.resolve(ty);
        if contains_unknown(&ty) {
            return;
        }
        let mut rows: Vec<Vec<Pat>> = Vec::new();
        let mut steps = self.match_steps;
        for arm in arms {
            let row = vec![reduce(&arm.pattern)];
            match self.useful(&rows, &row, std::slice::from_ref(&ty), &mut steps) {
                Ok(Some(_)) => {}
                Ok(None) => {
                    self.warn(
                        codes::UNREACHABLE_ARM,
                        arm.pattern.span,
                        "no value reaches this arm: those before it cover all that fit",
                    );
                }
                Err(TooLarge) => return self.match_too_large(span),
            }
            if arm.guard.is_none() {
                rows.push(row);
            }
        }
        let covered = self.useful(&rows, &[Pat::Any], std::slice::from_ref(&ty), &mut steps);
        self.match_steps = steps;
        match covered {
            Ok(None) => {}
            Ok(Some(witness)) => {
                let example = witness.into_iter().next().unwrap_or_default();
                let message = format!("this match does not cover `{example}`");
                let diagnostic = Diagnostic::error(codes::NOT_EXHAUSTIVE, span, message);
                self.report(diagnostic.help("add an arm for it, or `_ => …` for all the rest"));
            }
            Err(TooLarge) => self.match_too_large(span),
        }
    }

    fn match_too_large(&mut self, span: Span) {
        let message = "this match is too large to be checked: nest two smaller ones";
        self.error(codes::PATTERN_LIMIT, span, message);
    }

    /// Whether a pattern fits every value of its type.
    pub(super) fn always_fits(&self, pattern: &Pattern) -> bool {
        let ty = self.resolve(&pattern.ty);
        let mut steps = self.match_steps;
        let rows = [vec![reduce(pattern)]];
        contains_unknown(&ty) || matches!(self.useful(&rows, &[Pat::Any], &[ty], &mut steps), Ok(None))
    }

    /// Reports a pattern of a `let` that may not fit.
    pub(super) fn require_irrefutable(&mut self, pattern: &Pattern) {
        if contains_unknown(&pattern.ty) {
            return;
        }
        let mut steps = self.match_steps;
        let rows = [vec![reduce(pattern)]];
        let example = match self.useful(&rows, &[Pat::Any], std::slice::from_ref(&pattern.ty), &mut steps) {
            Ok(None) => return,
            Ok(Some(witness)) => witness.into_iter().next().unwrap_or_default(),
            Err(TooLarge) => return self.match_too_large(pattern.span),
        };
        let message = format!("this pattern does not fit `{example}`");
        let diagnostic = Diagnostic::error(codes::REFUTABLE, pattern.span, message);
        self.report(diagnostic.help("a binding must always fit: use `if let` or `match`"));
    }

    /// A value, one text per column, that fits `row` and none of `rows`.
    fn useful(
        &self,
        rows: &[Vec<Pat>],
        row: &[Pat],
        types: &[Type],
        steps: &mut usize,
    ) -> Result<Option<Vec<String>>, TooLarge> {
        *steps = steps.checked_sub(1 + rows.len()).ok_or(TooLarge)?;
        let Some((head, rest)) = row.split_first() else {
            return Ok(rows.is_empty().then(Vec::new));
        };
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            if let Pat::Or(alternatives) = head {
                for alternative in alternatives {
                    let row: Vec<Pat> =
                        std::iter::once(alternative.clone()).chain(rest.iter().cloned()).collect();
                    if let Some(witness) = self.useful(rows, &row, types, steps)? {
                        return Ok(Some(witness));
                    }
                }
                return Ok(None);
            }
            let rows: Vec<Vec<Pat>> = rows.iter().flat_map(|row| expand(row)).collect();
            for ctor in self.split(&rows, head, &types[0]) {
                let Some(inner) = specialise(row, &ctor, self.arity(&ctor, &types[0])) else { continue };
                let parts = self.parts(&ctor, &types[0]);
                let arity = parts.len();
                let inner_rows: Vec<Vec<Pat>> =
                    rows.iter().filter_map(|row| specialise(row, &ctor, arity)).collect();
                let inner_types: Vec<Type> = parts.into_iter().chain(types[1..].iter().cloned()).collect();
                if let Some(mut witness) = self.useful(&inner_rows, &inner, &inner_types, steps)? {
                    let others = witness.split_off(arity.min(witness.len()));
                    let mut all = vec![self.written_as(&ctor, &types[0], &witness)];
                    all.extend(others);
                    return Ok(Some(all));
                }
            }
            Ok(None)
        })
    }

    /// Constructors that together make every value `head` fits, fine enough to tell the rows apart.
    fn split(&self, rows: &[Vec<Pat>], head: &Pat, ty: &Type) -> Vec<Ctor> {
        let heads = || rows.iter().map(|row| &row[0]).chain(std::iter::once(head));
        match head {
            // Only what the pattern itself is made by can fit it.
            Pat::Made(ctor, _) if !matches!(ctor, Ctor::Span(..)) => return vec![ctor.clone()],
            Pat::List(items, false) => return vec![Ctor::Length(items.len())],
            // A column that nobody looks at needs no telling apart.
            Pat::Any if heads().all(|head| matches!(head, Pat::Any)) => {
                return vec![Ctor::Value(String::new())];
            }
            _ => {}
        }
        match ty {
            Type::Optional(_) => vec![Ctor::Null, Ctor::Some],
            Type::Null => vec![Ctor::Null],
            Type::Bool => vec![Ctor::Bool(true), Ctor::Bool(false)],
            Type::Record(..) | Type::Tuple(_) => vec![Ctor::Only],
            Type::Enum(id, _) => {
                let variants = self.program.enums[id.index()].variants.len();
                (0..variants).map(|at| Ctor::Variant(*id, u16::try_from(at).unwrap_or(u16::MAX))).collect()
            }
            Type::Json => JSON_KINDS.iter().map(|kind| Ctor::Json(*kind)).collect(),
            Type::List(_) => {
                let longest = heads().map(|head| match head {
                    Pat::List(items, true) => items.len(),
                    Pat::List(items, false) => items.len() + 1,
                    _ => 0,
                });
                let longest = longest.max().unwrap_or(0);
                (0..longest).map(Ctor::Length).chain(std::iter::once(Ctor::Longer(longest))).collect()
            }
            Type::Int | Type::Duration => {
                let mut starts = vec![i64::MIN];
                for head in heads() {
                    if let Pat::Made(Ctor::Span(low, high), _) = head {
                        starts.push(*low);
                        starts.extend(high.checked_add(1));
                    }
                }
                starts.sort_unstable();
                starts.dedup();
                let ends = starts.iter().skip(1).map(|start| start - 1).chain(std::iter::once(i64::MAX));
                starts.iter().zip(ends).map(|(&low, high)| Ctor::Span(low, high)).collect()
            }
            // Endlessly many values: if the rows leave any, they leave one that none of them names.
            _ => vec![Ctor::Value(String::new())],
        }
    }

    fn arity(&self, ctor: &Ctor, ty: &Type) -> usize {
        self.parts(ctor, ty).len()
    }

    /// The types of what a constructor is made of.
    fn parts(&self, ctor: &Ctor, ty: &Type) -> Vec<Type> {
        match (ctor, ty) {
            (Ctor::Some, Type::Optional(inner)) => vec![(**inner).clone()],
            (Ctor::Only, Type::Tuple(items)) => items.to_vec(),
            (Ctor::Only, Type::Record(id, args)) => {
                let fields = &self.program.records[id.index()].fields;
                fields.iter().map(|field| substitute(&field.ty, args)).collect()
            }
            (Ctor::Variant(id, at), Type::Enum(_, args)) => {
                let fields = &self.program.enums[id.index()].variants[*at as usize].fields;
                fields.iter().map(|field| substitute(&field.ty, args)).collect()
            }
            (Ctor::Length(n) | Ctor::Longer(n), Type::List(item)) => vec![(**item).clone(); *n],
            (Ctor::Json(kind), _) => match kind {
                JsonKind::Null => vec![],
                JsonKind::Bool => vec![Type::Bool],
                JsonKind::Number => vec![Type::Decimal],
                JsonKind::String => vec![Type::String],
                JsonKind::List => vec![Type::list(Type::Json)],
                JsonKind::Object => vec![Type::map(Type::String, Type::Json)],
            },
            _ => vec![],
        }
    }

    /// A value of this constructor, as a pattern.
    fn written_as(&self, ctor: &Ctor, ty: &Type, parts: &[String]) -> String {
        let payload = |name: &str| match parts {
            [] => format!(".{name}"),
            parts => format!(".{name}({})", parts.join(", ")),
        };
        match (ctor, ty) {
            (Ctor::Null, _) => "null".to_owned(),
            (Ctor::Some, _) => parts.first().cloned().unwrap_or_default(),
            (Ctor::Bool(value), _) => value.to_string(),
            (Ctor::Variant(id, at), _) => {
                payload(&self.program.enums[id.index()].variants[*at as usize].name)
            }
            (Ctor::Json(kind), _) => payload(&format!("{kind:?}")),
            (Ctor::Only, Type::Record(id, _)) => {
                let record = &self.program.records[id.index()];
                let named = record.fields.iter().zip(parts).filter(|(_, part)| *part != "_");
                let named: Vec<String> =
                    named.map(|(field, part)| format!("{}: {part}", field.name)).collect();
                match named.len() {
                    0 => format!("{} {{ .. }}", record.name),
                    n if n == parts.len() => format!("{} {{ {} }}", record.name, named.join(", ")),
                    _ => format!("{} {{ {}, .. }}", record.name, named.join(", ")),
                }
            }
            (Ctor::Only, _) => format!("({})", parts.join(", ")),
            (Ctor::Length(_), _) => format!("[{}]", parts.join(", ")),
            (Ctor::Longer(0), _) => "[..]".to_owned(),
            (Ctor::Longer(_), _) => format!("[{}, ..]", parts.join(", ")),
            (Ctor::Span(low, high), Type::Int) if low == high => low.to_string(),
            (Ctor::Span(i64::MIN, i64::MAX) | Ctor::Value(_), _) => "_".to_owned(),
            (Ctor::Span(i64::MIN, high), Type::Int) => high.to_string(),
            (Ctor::Span(low, _), Type::Int) => low.to_string(),
            (Ctor::Span(..), _) => "_".to_owned(),
        }
    }
}

fn contains_unknown(ty: &Type) -> bool {
    let mut found = false;
    crate::resolve::types::map(ty, &mut |inner| {
        found |= matches!(inner, Type::Unknown | Type::Never | Type::Open(_));
        None
    });
    found
}

fn reduce(pattern: &Pattern) -> Pat {
    match &pattern.kind {
        PatternKind::Wildcard | PatternKind::Bind(_, None) => Pat::Any,
        PatternKind::Bind(_, Some(inner)) => reduce(inner),
        PatternKind::Null => Pat::Made(Ctor::Null, Vec::new()),
        PatternKind::Some(inner) => Pat::Made(Ctor::Some, vec![reduce(inner)]),
        PatternKind::Literal(literal) => Pat::Made(literal_ctor(literal), Vec::new()),
        PatternKind::Range { start, end, inclusive } => match (start, end) {
            (Literal::Int(low) | Literal::Duration(low), Literal::Int(high) | Literal::Duration(high)) => {
                let high = if *inclusive { Some(*high) } else { high.checked_sub(1) };
                match high {
                    Some(high) if *low <= high => Pat::Made(Ctor::Span(*low, high), Vec::new()),
                    _ => Pat::Or(Vec::new()),
                }
            }
            _ => Pat::Made(Ctor::Value(format!("{start:?}..{end:?}{inclusive}")), Vec::new()),
        },
        PatternKind::Variant { id, variant, fields } => {
            Pat::Made(Ctor::Variant(*id, *variant), spread(fields))
        }
        PatternKind::Record { fields, .. } => Pat::Made(Ctor::Only, spread(fields)),
        PatternKind::Tuple(items) => Pat::Made(Ctor::Only, items.iter().map(reduce).collect()),
        PatternKind::List { items, rest } => Pat::List(items.iter().map(reduce).collect(), rest.is_some()),
        PatternKind::Json(kind, inner) => {
            let parts = if *kind == JsonKind::Null {
                vec![]
            } else {
                vec![inner.as_deref().map_or(Pat::Any, reduce)]
            };
            Pat::Made(Ctor::Json(*kind), parts)
        }
        PatternKind::Or(alternatives) => Pat::Or(alternatives.iter().map(reduce).collect()),
    }
}

/// Field patterns by index as a dense list; what is missing at its end is filled in when it is specialised.
fn spread(fields: &[(u16, Pattern)]) -> Vec<Pat> {
    let length = fields.iter().map(|(at, _)| *at as usize + 1).max().unwrap_or(0);
    let mut parts = vec![Pat::Any; length];
    for (at, pattern) in fields {
        parts[*at as usize] = reduce(pattern);
    }
    parts
}

fn literal_ctor(literal: &Literal) -> Ctor {
    match literal {
        Literal::Null => Ctor::Null,
        Literal::Bool(value) => Ctor::Bool(*value),
        Literal::Int(value) | Literal::Duration(value) => Ctor::Span(*value, *value),
        other => Ctor::Value(format!("{other:?}")),
    }
}

/// The row once per alternative of its head.
fn expand(row: &[Pat]) -> Vec<Vec<Pat>> {
    match row.split_first() {
        Some((Pat::Or(alternatives), rest)) => alternatives
            .iter()
            .flat_map(|alternative| {
                let row: Vec<Pat> =
                    std::iter::once(alternative.clone()).chain(rest.iter().cloned()).collect();
                expand(&row)
            })
            .collect(),
        _ => vec![row.to_vec()],
    }
}

/// The row for values made by `ctor`, its head replaced by the parts; `None` if it does not fit them.
fn specialise(row: &[Pat], ctor: &Ctor, arity: usize) -> Option<Vec<Pat>> {
    let (head, rest) = row.split_first()?;
    let mut parts = match (head, ctor) {
        (Pat::Any, _) => Vec::new(),
        (Pat::Made(Ctor::Span(low, high), _), Ctor::Span(from, to)) if low <= from && to <= high => {
            Vec::new()
        }
        (Pat::Made(made, parts), _) if made == ctor => parts.clone(),
        (Pat::List(items, false), Ctor::Length(n)) if items.len() == *n => items.clone(),
        (Pat::List(items, true), Ctor::Length(n) | Ctor::Longer(n)) if items.len() <= *n => items.clone(),
        _ => return None,
    };
    parts.resize(arity, Pat::Any);
    parts.extend(rest.iter().cloned());
    Some(parts)
}
