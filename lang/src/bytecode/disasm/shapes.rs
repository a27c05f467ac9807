//! Types as text.

use crate::bytecode::module::{Module, Shape};
use crate::ids::ShapeId;

/// Longest text of a type: shared parts could make it exponentially long.
const LONGEST: usize = 400;

impl Module {
    /// A type as a program writes it.
    #[must_use]
    pub fn shape_name(&self, shape: ShapeId) -> String {
        text(self, shape)
    }
}

/// A shape as a program would write it. Shapes are nested only so deep: [`verify`](crate::bytecode::verify).
pub(super) fn text(module: &Module, shape: ShapeId) -> String {
    let mut out = String::new();
    write(module, shape, &mut out);
    out
}

fn write(module: &Module, shape: ShapeId, out: &mut String) {
    if out.len() > LONGEST {
        if !out.ends_with('…') {
            out.push('…');
        }
        return;
    }
    match module.shape(shape) {
        Shape::Tuple(parts) => list(module, "(", parts, ")", out),
        Shape::List(item) => list(module, "List<", &[*item], ">", out),
        Shape::Map(key, value) => list(module, "Map<", &[*key, *value], ">", out),
        Shape::Optional(inner) => list(module, "", &[*inner], "?", out),
        Shape::Record(id, args) => named(module, &module.records[usize::from(*id)].name, args, out),
        Shape::Enum(id, args) => named(module, &module.enums[usize::from(*id)].name, args, out),
        Shape::Param(n) => out.push_str(&format!("T{n}")),
        plain => out.push_str(&format!("{plain:?}")),
    }
}

fn named(module: &Module, name: &str, args: &[ShapeId], out: &mut String) {
    out.push_str(name);
    if !args.is_empty() {
        list(module, "<", args, ">", out);
    }
}

fn list(module: &Module, open: &str, parts: &[ShapeId], close: &str, out: &mut String) {
    out.push_str(open);
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            out.push_str(", ");
        }
        write(module, *part, out);
    }
    out.push_str(close);
}
