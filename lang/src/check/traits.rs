//! What can be done with the values of a type: order, JSON form, text form, casts.

use super::Checker;
use super::program::Field;
use super::types::Type;
use crate::resolve::types::substitute;

impl Checker<'_> {
    /// Whether values have an order (`<`, `sort`).
    pub(super) fn is_ordered(&self, ty: &Type) -> bool {
        match self.shallow(ty) {
            Type::Int
            | Type::Float
            | Type::Decimal
            | Type::String
            | Type::Bool
            | Type::Duration
            | Type::Timestamp
            | Type::Unknown
            | Type::Never
            | Type::Open(_) => true,
            Type::Tuple(items) => items.iter().all(|item| self.is_ordered(item)),
            _ => false,
        }
    }

    /// Whether values have a JSON form: all but functions, jobs, plans, models and secrets.
    pub(super) fn has_json_form(&self, ty: &Type) -> bool {
        match self.shallow(ty) {
            Type::Function(..) | Type::Job(_) | Type::Plan(_) | Type::Model | Type::Secret => false,
            Type::Tuple(items) => items.iter().all(|item| self.has_json_form(item)),
            Type::List(inner) | Type::Optional(inner) => self.has_json_form(&inner),
            Type::Map(entry) => self.has_json_form(&entry.1),
            Type::Record(_, args) | Type::Enum(_, args) => args.iter().all(|arg| self.has_json_form(arg)),
            _ => true,
        }
    }

    /// Whether the JSON form of some value of type `from` decodes as `to`. What cannot be told counts as possible.
    pub(super) fn can_decode(&self, from: &Type, to: &Type) -> bool {
        self.can_decode_in(from, to, 0)
    }

    fn can_decode_in(&self, from: &Type, to: &Type, depth: usize) -> bool {
        let inner = |from: &Type, to: &Type| self.can_decode_in(from, to, depth + 1);
        if depth > DEPTH {
            return true;
        }
        match (&self.shallow(from), &self.shallow(to)) {
            (Type::Optional(_), Type::Optional(_)) => true,
            (Type::Optional(from), to) => inner(&Type::Null, to) || inner(from, to),
            (from, Type::Optional(to)) => *from == Type::Null || inner(from, to),
            // Texts of these have forms of their own.
            (Type::Decimal, Type::Duration | Type::Timestamp)
            | (Type::Duration, Type::Decimal | Type::Timestamp)
            | (Type::Timestamp, Type::Decimal | Type::Duration | Type::Bytes) => false,
            (Type::Tuple(from), Type::Tuple(to)) => {
                from.len() == to.len() && from.iter().zip(to.iter()).all(|(from, to)| inner(from, to))
            }
            (Type::Tuple(from), Type::List(to)) => from.iter().all(|from| inner(from, to)),
            (Type::List(from), Type::Tuple(to)) => to.iter().all(|to| inner(from, to)),
            (Type::Enum(a, from), Type::Enum(b, to)) => {
                let (a, b) = (&self.program.enums[a.index()], &self.program.enums[b.index()]);
                a.variants.iter().any(|variant| {
                    let same = b.variants.iter().find(|other| other.name == variant.name);
                    same.is_some_and(|other| {
                        (variant.fields.is_empty() || !other.fields.is_empty())
                            && self.fields_decode((&variant.fields, from), (&other.fields, to), depth)
                    })
                })
            }
            (Type::Record(a, from), Type::Record(b, to)) => {
                let (a, b) =
                    (&self.program.records[a.index()].fields, &self.program.records[b.index()].fields);
                self.fields_decode((a, from), (b, to), depth)
            }
            (from, to) => self.json_kinds(from, Way::Out).meets(self.json_kinds(to, Way::In)),
        }
    }

    /// Whether an object of some fields can be read as one of others: those that are required must come from somewhere.
    fn fields_decode(&self, from: (&[Field], &[Type]), to: (&[Field], &[Type]), depth: usize) -> bool {
        let key = |field: &Field| field.foreign.clone().unwrap_or_else(|| field.name.clone());
        to.0.iter().all(|wanted| {
            let ty = self.shallow(&substitute(&wanted.ty, to.1));
            match from.0.iter().find(|field| key(field) == key(wanted)) {
                Some(field) => self.can_decode_in(&substitute(&field.ty, from.1), &ty, depth + 1),
                None => wanted.default.is_some() || matches!(ty, Type::Optional(_) | Type::Json),
            }
        })
    }

    /// The kinds of JSON value that values of the type encode to, or decode from.
    fn json_kinds(&self, ty: &Type, way: Way) -> JsonKinds {
        use JsonKinds as K;
        match self.shallow(ty) {
            Type::Null => K(K::NULL),
            Type::Bool => K(K::BOOL),
            Type::Int | Type::Float => K(K::NUMBER),
            Type::Decimal if way == Way::In => K(K::NUMBER | K::STRING),
            Type::Decimal | Type::String | Type::Bytes | Type::Duration | Type::Timestamp => K(K::STRING),
            Type::Tuple(_) | Type::List(_) => K(K::ARRAY),
            Type::Map(_) | Type::Record(..) => K(K::OBJECT),
            Type::Optional(inner) => K(K::NULL | self.json_kinds(&inner, way).0),
            Type::Enum(id, _) => {
                let variants = &self.program.enums[id.index()].variants;
                let plain = variants.iter().any(|variant| variant.fields.is_empty());
                let full = variants.iter().any(|variant| !variant.fields.is_empty());
                // An object also stands for a variant without payload when it is read.
                let object = full || way == Way::In;
                K(if plain { K::STRING } else { 0 } | if object { K::OBJECT } else { 0 })
            }
            _ => K(K::ALL),
        }
    }
}

/// How deep types are compared; what lies deeper counts as possible.
const DEPTH: usize = 8;

/// Which way a value goes through JSON.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Out,
    In,
}

/// A set of kinds of JSON value.
#[derive(Clone, Copy)]
struct JsonKinds(u8);

impl JsonKinds {
    const NULL: u8 = 1;
    const BOOL: u8 = 2;
    const NUMBER: u8 = 4;
    const STRING: u8 = 8;
    const ARRAY: u8 = 16;
    const OBJECT: u8 = 32;
    const ALL: u8 = 63;

    /// Whether both sets have a kind in common.
    fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
