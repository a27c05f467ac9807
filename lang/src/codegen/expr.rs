//! Values: literals, texts, collections, records, operators, calls.
//!
//! `value(e, d)` leaves the value of `e` in `d`; it may write `d` before the end, so `d` is never a register that
//! `e` could read.

use crate::bytecode::module::Constant;
use crate::bytecode::{Instr, Reg};
use crate::check::program::{Closure, Element, Expr, ExprKind, JsonMember, Literal, SealedPart};
use crate::check::types::Type;
use crate::ids::{EnumId, RecordId};
use crate::library::Builtin;
use crate::limits;

use super::Pending;
use super::function::Builder;

/// How many elements of a literal are gathered in registers before they are added.
const BATCH: usize = 64;

impl<'p> Builder<'_, 'p> {
    /// Leaves the value of `expr` in `d`.
    pub(super) fn value(&mut self, expr: &'p Expr, d: Reg) {
        self.expr(expr, Some(d));
    }

    /// Evaluates `expr` for what it does.
    pub(super) fn discard(&mut self, expr: &'p Expr) {
        self.expr(expr, None);
    }

    /// Evaluates `expr`; its value goes to `d` if it is wanted.
    pub(super) fn expr(&mut self, expr: &'p Expr, d: Option<Reg>) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let outer = std::mem::replace(&mut self.asm.span, expr.span);
            let mark = self.mark();
            if !self.control(expr, d) {
                let d = d.unwrap_or_else(|| self.alloc());
                self.plain(expr, d);
            }
            self.release(mark);
            self.asm.span = outer;
        });
    }

    /// Expressions that only compute.
    fn plain(&mut self, expr: &'p Expr, d: Reg) {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, d),
            ExprKind::Local(local) => {
                let s = self.local(*local);
                if s != d {
                    self.asm.emit(Instr::Copy { d, s });
                }
            }
            ExprKind::Global(global) => {
                let g = self.generator.global(*global);
                self.asm.emit(Instr::Global { d, g });
            }
            ExprKind::Template(parts) => self.template(parts, d),
            ExprKind::Sealed(parts) => self.sealed(parts, d),
            ExprKind::List(items) => self.list(items, d),
            ExprKind::Map(entries) => self.map(entries, d),
            ExprKind::Tuple(items) => {
                let first = self.window(items);
                self.asm.emit(Instr::Tuple { d, first, n: count(items.len()) });
            }
            ExprKind::JsonObject(members) => self.json_object(members, d),
            ExprKind::JsonArray(items) => {
                self.list(items, d);
                self.asm.emit(Instr::ToJson { d, a: d });
            }
            ExprKind::Record { id, base, fields } => self.record(*id, base.as_deref(), fields, d),
            ExprKind::Variant { id, variant, fields } => self.variant(*id, *variant, fields, d),
            ExprKind::Field { base, index } => {
                let a = self.operand_in(base, d);
                self.asm.emit(Instr::Field { d, a, n: *index });
            }
            ExprKind::TupleField { base, index } => {
                let a = self.operand_in(base, d);
                self.asm.emit(Instr::TupleField { d, a, n: *index });
            }
            ExprKind::Index { base, index } => {
                let a = self.operand_before(base, index);
                let b = self.operand(index);
                self.index(&base.ty, d, a, b);
            }
            ExprKind::JsonField { base, name } => {
                let a = self.operand_in(base, d);
                let b = self.alloc();
                self.constant(Constant::Text(name.clone()), b);
                self.asm.emit(Instr::JsonField { d, a, b });
            }
            ExprKind::Not(value) => {
                let a = self.operand_in(value, d);
                self.asm.emit(Instr::Not { d, a });
            }
            ExprKind::Negate(value) => {
                let a = self.operand_in(value, d);
                self.negate(&value.ty, d, a);
            }
            ExprKind::Arith { op, left, right } => self.arith(*op, left, right, d),
            ExprKind::Compare { op, left, right } => self.compare(*op, left, right, d),
            ExprKind::Range { start, end, inclusive } => {
                let first = self.window([&**start, &**end]);
                let value = *inclusive;
                let flag = self.alloc();
                self.asm.emit(Instr::Bool { d: flag, value });
                self.asm.emit(Instr::Builtin { d, f: Builtin::ListRange, first });
            }
            ExprKind::ToJson(value) => {
                let a = self.operand_in(value, d);
                self.asm.emit(Instr::ToJson { d, a });
            }
            ExprKind::Cast { value, to } => {
                let a = self.operand_in(value, d);
                let shape = self.generator.shape(to).0;
                self.asm.emit(Instr::Decode { d, a, shape });
            }
            ExprKind::Call { function, args } => {
                let f = self.generator.function(*function).0;
                let first = self.window(args);
                self.asm.emit(Instr::Call { d, f, first });
            }
            ExprKind::CallValue { callee, args } => {
                let callee = self.stable(callee);
                let first = self.window(args);
                self.asm.emit(Instr::CallValue { d, callee, first });
            }
            ExprKind::Builtin { builtin, args } => self.builtin(*builtin, args, d),
            ExprKind::Model(id) => {
                let id = self.generator.model_id(*id);
                self.constant(Constant::Model(id), d);
            }
            ExprKind::FunctionValue(function) => {
                let f = self.generator.function(*function).0;
                self.asm.emit(Instr::Closure { d, f, first: self.peek() });
            }
            ExprKind::Lambda(closure) => {
                let f = self.closure_function(String::new(), closure);
                let first = self.peek();
                self.captures(closure);
                self.asm.emit(Instr::Closure { d, f, first });
            }
            ExprKind::Effect(effect) => self.effect(effect, d),
            // `control` has taken all other forms.
            _ => self.generator.defect(expr.span, "an expression without code"),
        }
    }

    /// The value's register: a local's own, else `d`, which then holds it.
    pub(super) fn operand_in(&mut self, expr: &'p Expr, d: Reg) -> Reg {
        if let ExprKind::Local(local) = expr.kind {
            return self.local(local);
        }
        self.value(expr, d);
        d
    }

    pub(super) fn literal(&mut self, literal: &Literal, d: Reg) {
        match literal {
            Literal::Null => self.asm.emit(Instr::Null { d }),
            Literal::Bool(value) => self.asm.emit(Instr::Bool { d, value: *value }),
            Literal::Int(value) => match i32::try_from(*value) {
                Ok(value) => self.asm.emit(Instr::Int { d, value }),
                Err(_) => self.constant(Constant::Int(*value), d),
            },
            Literal::Float(value) => self.constant(Constant::Float(*value), d),
            Literal::Decimal(text) => {
                let text = canonical_decimal(text);
                let digits = text.trim_start_matches(['-', '0']).bytes().filter(u8::is_ascii_digit).count();
                if digits > limits::DECIMAL_DIGITS {
                    let problem = format!("a Decimal has at most {} digits", limits::DECIMAL_DIGITS);
                    self.generator.too_large(self.asm.span, problem, "use fewer digits, or a String");
                }
                self.constant(Constant::Decimal(text), d);
            }
            Literal::Text(text) => self.constant(Constant::Text(text.to_string()), d),
            Literal::Duration(ms) => self.constant(Constant::Duration(*ms), d),
            Literal::JsonNumber(text) => self.constant(Constant::JsonNumber(text.replace('_', "")), d),
        }
    }

    pub(super) fn constant(&mut self, constant: Constant, d: Reg) {
        let k = self.generator.tables.constant(constant);
        self.asm.emit(Instr::Const { d, k });
    }

    /// `Nothing` goes on behind this.
    pub(super) fn unreachable(&mut self) {
        let first = self.alloc();
        self.asm.emit(Instr::Null { d: first });
        self.asm.emit(Instr::Builtin { d: first, f: Builtin::Unreachable, first });
    }

    fn template(&mut self, parts: &'p [Expr], d: Reg) {
        let first = self.peek();
        for (n, batch) in parts.chunks(BATCH).enumerate() {
            let joined = self.alloc();
            let mark = self.mark();
            let first = self.window(batch);
            let d = if n == 0 && parts.len() <= BATCH { d } else { joined };
            self.asm.emit(Instr::Concat { d, first, n: count(batch.len()) });
            self.release(mark);
        }
        let batches = parts.len().div_ceil(BATCH);
        if batches != 1 {
            self.asm.emit(Instr::Concat { d, first, n: count(batches) });
        }
    }

    fn sealed(&mut self, parts: &'p [SealedPart], d: Reg) {
        let first = self.peek();
        for part in parts {
            match part {
                SealedPart::Value(value) => {
                    self.fresh(value);
                }
                SealedPart::Secret(name) => {
                    let register = self.alloc();
                    let k = self.generator.tables.constant(Constant::Text(name.clone()));
                    self.asm.emit(Instr::Secret { d: register, k });
                }
            }
        }
        self.asm.emit(Instr::Seal { d, first, n: count(parts.len()) });
    }

    fn list(&mut self, items: &'p [Element], d: Reg) {
        let plain = |item: &&'p Element| matches!(item, Element::One(_));
        let head = items.iter().take(BATCH).take_while(plain).count();
        let mark = self.mark();
        let first = self.window(items[..head].iter().map(Element::value));
        self.asm.emit(Instr::List { d, first, n: count(head) });
        self.release(mark);
        let mut rest = &items[head..];
        while let Some(item) = rest.first() {
            let mark = self.mark();
            if let Element::Spread(list) = item {
                let s = self.operand(list);
                self.asm.emit(Instr::Extend { d, s });
                rest = &rest[1..];
            } else {
                let run = rest.iter().take(BATCH).take_while(plain).count();
                if run == 1 {
                    let s = self.operand(item.value());
                    self.asm.emit(Instr::Push { d, s });
                } else {
                    let first = self.window(rest[..run].iter().map(Element::value));
                    self.asm.emit(Instr::List { d: first, first, n: count(run) });
                    self.asm.emit(Instr::Extend { d, s: first });
                }
                rest = &rest[run..];
            }
            self.release(mark);
        }
    }

    fn map(&mut self, entries: &'p [(Expr, Expr)], d: Reg) {
        let head = entries.len().min(BATCH);
        let mark = self.mark();
        let first = self.window(entries[..head].iter().flat_map(|(key, value)| [key, value]));
        self.asm.emit(Instr::Map { d, first, n: count(head) });
        self.release(mark);
        for (key, value) in &entries[head..] {
            let k = self.operand_before(key, value);
            let v = self.operand(value);
            self.asm.emit(Instr::Put { d, k, v });
            self.release(mark);
        }
    }

    fn json_object(&mut self, members: &'p [JsonMember], d: Reg) {
        self.asm.emit(Instr::Map { d, first: self.peek(), n: 0 });
        for member in members {
            let mark = self.mark();
            match member {
                JsonMember::Member(name, value) => {
                    let k = self.alloc();
                    let v = self.operand(value);
                    self.constant(Constant::Text(name.clone()), k);
                    self.asm.emit(Instr::Put { d, k, v });
                }
                JsonMember::Spread(value) => {
                    let s = self.operand(value);
                    self.asm.emit(Instr::Merge { d, s });
                }
            }
            self.release(mark);
        }
        self.asm.emit(Instr::ToJson { d, a: d });
    }

    fn record(&mut self, id: RecordId, base: Option<&'p Expr>, fields: &'p [(u16, Expr)], d: Reg) {
        let ty = self.generator.record(id);
        if let Some(base) = base {
            self.value(base, d);
            for (n, value) in fields {
                let mark = self.mark();
                let s = self.operand(value);
                self.asm.emit(Instr::SetField { d, n: *n, s });
                self.release(mark);
            }
            return;
        }
        let first = self.fields(fields);
        self.asm.emit(Instr::Record { d, first, ty });
    }

    fn variant(&mut self, id: EnumId, variant: u16, fields: &'p [(u16, Expr)], d: Reg) {
        let v = self.generator.variant(id, variant);
        if fields.is_empty() {
            self.constant(Constant::Variant(v), d);
            return;
        }
        let first = self.fields(fields);
        self.asm.emit(Instr::Variant { d, first, v });
    }

    /// One register per field in the order of the declaration, evaluated in the order written.
    fn fields(&mut self, fields: &'p [(u16, Expr)]) -> Reg {
        let first = self.alloc_run(fields.len());
        for (n, value) in fields {
            self.value(value, first.saturating_add(*n));
        }
        first
    }

    pub(super) fn index(&mut self, base: &Type, d: Reg, a: Reg, b: Reg) {
        self.asm.emit(match base {
            Type::List(_) => Instr::Item { d, a, b },
            Type::Map(_) => Instr::Entry { d, a, b },
            _ => Instr::JsonIndex { d, a, b },
        });
    }

    fn builtin(&mut self, builtin: Builtin, args: &'p [Expr], d: Reg) {
        if let (Builtin::ListLen, [list]) = (builtin, args) {
            let a = self.operand_in(list, d);
            self.asm.emit(Instr::Len { d, a });
            return;
        }
        let first = self.window(args);
        self.asm.emit(Instr::Builtin { d, f: builtin, first });
    }

    /// The module's function of a closure.
    pub(super) fn closure_function(&mut self, name: String, closure: &'p Closure) -> u16 {
        self.generator.declare(Pending::body(name, &closure.body, closure.captures.len())).0
    }

    /// Copies of what a closure captures, in consecutive registers.
    pub(super) fn captures(&mut self, closure: &Closure) {
        for &captured in &closure.captures {
            let s = self.local(captured);
            let d = self.alloc();
            self.asm.emit(Instr::Copy { d, s });
        }
    }
}

impl Element {
    fn value(&self) -> &Expr {
        match self {
            Self::One(value) | Self::Spread(value) => value,
        }
    }
}

/// A count that the register limit keeps below `u16::MAX`.
pub(super) fn count(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// A Decimal without separators, suffix or superfluous zeros in front; its scale is kept.
pub(super) fn canonical_decimal(text: &str) -> String {
    let digits: String = text.chars().filter(|&c| c != '_' && c != 'd').collect();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::canonical_decimal;

    #[test]
    fn decimals_have_one_text() {
        for (written, canonical) in [
            ("12.50d", "12.50"),
            ("1_000.5", "1000.5"),
            ("00.10d", "0.10"),
            ("2.0", "2.0"),
            ("-0.5", "-0.5"),
            ("7d", "7"),
        ] {
            assert_eq!(canonical_decimal(written), canonical);
        }
    }
}
