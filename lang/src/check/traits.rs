//! What can be done with the values of a type: order, JSON form, text form.

use super::Checker;
use super::types::Type;

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

    /// The kinds of JSON value that values of the type encode to, and decode from.
    pub(super) fn json_kinds(&self, ty: &Type) -> JsonKinds {
        use JsonKinds as K;
        match self.shallow(ty) {
            Type::Null => K(K::NULL),
            Type::Bool => K(K::BOOL),
            Type::Int | Type::Float => K(K::NUMBER),
            Type::Decimal => K(K::NUMBER | K::STRING),
            Type::String | Type::Bytes | Type::Duration | Type::Timestamp => K(K::STRING),
            Type::Tuple(_) | Type::List(_) => K(K::ARRAY),
            Type::Map(_) | Type::Record(..) => K(K::OBJECT),
            Type::Optional(inner) => K(K::NULL | self.json_kinds(&inner).0),
            Type::Enum(..) => K(K::STRING | K::OBJECT),
            _ => K(K::ALL),
        }
    }
}

/// A set of kinds of JSON value.
#[derive(Clone, Copy)]
pub(super) struct JsonKinds(u8);

impl JsonKinds {
    const NULL: u8 = 1;
    const BOOL: u8 = 2;
    const NUMBER: u8 = 4;
    const STRING: u8 = 8;
    const ARRAY: u8 = 16;
    const OBJECT: u8 = 32;
    const ALL: u8 = 63;

    /// Whether both sets have a kind in common.
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
