//! The tables that code refers to by number: each entry once, in the order of first use.

use rustc_hash::FxHashMap;

use crate::bytecode::module::{Constant, Path, Shape};
use crate::bytecode::verify::parts;
use crate::ids::ShapeId;

/// Constants, paths and shapes of the module being written.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) constants: Vec<Constant>,
    pub(super) paths: Vec<Path>,
    pub(super) shapes: Vec<Shape>,
    /// How deep each shape is nested.
    depths: Vec<usize>,
    constant_of: FxHashMap<Key, u32>,
    path_of: FxHashMap<Path, usize>,
    shape_of: FxHashMap<Shape, usize>,
}

/// A constant by identity: `0.0` and `-0.0` differ.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Number(u8, u64),
    Text(u8, String),
}

impl Tables {
    pub(super) fn constant(&mut self, constant: Constant) -> u32 {
        let key = match &constant {
            Constant::Int(n) => Key::Number(0, n.cast_unsigned()),
            Constant::Float(n) => Key::Number(1, n.to_bits()),
            Constant::Duration(n) => Key::Number(2, n.cast_unsigned()),
            Constant::Variant(n) => Key::Number(3, u64::from(*n)),
            Constant::Model(id) => Key::Number(4, u64::from(id.0)),
            Constant::Decimal(text) => Key::Text(0, text.clone()),
            Constant::Text(text) => Key::Text(1, text.clone()),
            Constant::JsonNumber(text) => Key::Text(2, text.clone()),
        };
        *self.constant_of.entry(key).or_insert_with(|| {
            self.constants.push(constant);
            u32::try_from(self.constants.len() - 1).unwrap_or(u32::MAX)
        })
    }

    pub(super) fn path(&mut self, path: Path) -> u16 {
        let next = self.paths.len();
        let at = *self.path_of.entry(path).or_insert_with_key(|path| {
            self.paths.push(path.clone());
            next
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// A shape whose parts are known, and how deep it is nested.
    pub(super) fn shape(&mut self, shape: Shape) -> (ShapeId, usize) {
        if let Some(&known) = self.shape_of.get(&shape) {
            return (ShapeId::of(known), self.depths[known]);
        }
        let at = self.shapes.len();
        let depth = parts(&shape).iter().filter_map(|part| self.depths.get(part.index())).max();
        let depth = depth.map_or(0, |deepest| deepest + 1);
        self.depths.push(depth);
        self.shapes.push(shape.clone());
        self.shape_of.insert(shape, at);
        (ShapeId::of(at), depth)
    }
}
