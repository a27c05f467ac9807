//! Types as a user writes them.

use super::Checker;
use super::types::Type;

impl Checker<'_> {
    /// The type as written in a program; `_` for what is not known yet.
    pub(crate) fn show(&self, ty: &Type) -> String {
        let mut out = String::new();
        self.show_into(&self.resolve(ty), &mut out, 0);
        out
    }

    /// The same with its article: `an Int`, `a String`.
    pub(crate) fn show_a(&self, ty: &Type) -> String {
        let shown = self.show(ty);
        let article = if shown.starts_with(['A', 'E', 'I', 'O']) { "an" } else { "a" };
        format!("{article} {shown}")
    }

    fn show_into(&self, ty: &Type, out: &mut String, depth: usize) {
        let simple = match ty {
            Type::Null => "Null",
            Type::Bool => "Bool",
            Type::Int => "Int",
            Type::Float => "Float",
            Type::Decimal => "Decimal",
            Type::String => "String",
            Type::Bytes => "Bytes",
            Type::Duration => "Duration",
            Type::Timestamp => "Timestamp",
            Type::Json => "Json",
            Type::Model => "Model",
            Type::Never => "nothing",
            Type::Secret => "Secret",
            Type::Open(_) | Type::Unknown => "_",
            _ => "",
        };
        if !simple.is_empty() {
            out.push_str(simple);
            return;
        }
        if depth > 8 {
            out.push('…');
            return;
        }
        match ty {
            Type::Tuple(items) => self.show_list("(", items, ")", out, depth),
            Type::List(item) => self.show_list("List<", std::slice::from_ref(item), ">", out, depth),
            Type::Map(entry) => self.show_list("Map<", &[entry.0.clone(), entry.1.clone()], ">", out, depth),
            Type::Job(inner) => self.show_list("Job<", std::slice::from_ref(inner), ">", out, depth),
            Type::Plan(inner) => self.show_list("Plan<", std::slice::from_ref(inner), ">", out, depth),
            Type::Optional(inner) => {
                self.show_into(inner, out, depth + 1);
                out.push('?');
            }
            Type::Record(id, args) => {
                out.push_str(&self.program.records[id.index()].name);
                if !args.is_empty() {
                    self.show_list("<", args, ">", out, depth);
                }
            }
            Type::Enum(id, args) => {
                out.push_str(&self.program.enums[id.index()].name);
                if !args.is_empty() {
                    self.show_list("<", args, ">", out, depth);
                }
            }
            Type::Function(params, result) => {
                self.show_list("fn(", params, ") -> ", out, depth);
                self.show_into(result, out, depth + 1);
            }
            Type::Param(at) => match self.generics.get(*at as usize) {
                Some(name) => out.push_str(name),
                None => out.push('_'),
            },
            _ => {}
        }
    }

    fn show_list(&self, open: &str, items: &[Type], close: &str, out: &mut String, depth: usize) {
        out.push_str(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            self.show_into(item, out, depth + 1);
        }
        out.push_str(close);
    }
}
