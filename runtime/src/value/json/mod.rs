//! The JSON form of values: the one text form in which values enter, leave and are recorded.
//!
//! In: values, JSON texts with the shape they shall have. Out: compact JSON, values. Invariant: what `encode` writes
//! of a value, `decode` reads back as an equal value of the same shape.

mod convert;
mod decode;
mod encode;
mod parse;

use aeth_lang::bytecode::Module;
use aeth_lang::ids::ShapeId;

pub use convert::to_json;
pub use decode::from_json;
pub use encode::{encode, encode_within};
pub use parse::parse;

use super::{Error, Value};

/// What decoding has to know of a program.
#[derive(Clone, Copy)]
pub struct Types<'a> {
    /// Its types.
    pub module: &'a Module,
    /// The values of its globals, among them the defaults of fields.
    pub globals: &'a [Value],
}

/// Reads a JSON text as a value of a shape.
///
/// # Errors
/// Kind Decode, with path, what was found and what was expected.
pub fn decode(text: &str, shape: ShapeId, types: Types<'_>) -> Result<Value, Error> {
    from_json(&parse(text)?, shape, types)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aeth_lang::bytecode::module::{EnumType, FieldType, RecordType, Shape, VariantType};
    use aeth_lang::ids::GlobalId;
    use proptest::prelude::*;

    use super::*;
    use crate::value::{Key, Map, Unit, decimal};

    /// Shapes of the test module, by name.
    mod shape {
        pub(super) const INT: u16 = 2;
        pub(super) const DECIMAL: u16 = 4;
        pub(super) const BYTES: u16 = 6;
        pub(super) const DURATION: u16 = 7;
        pub(super) const TIMESTAMP: u16 = 8;
        pub(super) const OPTIONAL_INT: u16 = 10;
        pub(super) const ITEM: u16 = 11;
        pub(super) const ITEMS: u16 = 12;
        pub(super) const ORDER: u16 = 13;
        pub(super) const VERDICT: u16 = 14;
        pub(super) const PAIR: u16 = 15;
        pub(super) const INT_KEYS: u16 = 16;
        pub(super) const ENUM_KEYS: u16 = 17;
        pub(super) const BOX: u16 = 18;
        pub(super) const FLOAT: u16 = 3;
        pub(super) const NODE: u16 = 20;
    }

    fn field(name: &str, json: &str, shape: u16, default: Option<u16>) -> FieldType {
        FieldType {
            name: name.into(),
            json: json.into(),
            shape: ShapeId(shape),
            default: default.map(GlobalId),
            docs: None,
        }
    }

    fn record(name: &str, fields: Vec<FieldType>) -> RecordType {
        RecordType { name: name.into(), fields, docs: None }
    }

    fn module() -> Module {
        let id = ShapeId;
        let variant = |name: &str, fields| VariantType { name: name.into(), fields, docs: None };
        Module {
            shapes: vec![
                Shape::Null,
                Shape::Bool,
                Shape::Int,
                Shape::Float,
                Shape::Decimal,
                Shape::String,
                Shape::Bytes,
                Shape::Duration,
                Shape::Timestamp,
                Shape::Json,
                Shape::Optional(id(shape::INT)),
                Shape::Record(0, vec![]),
                Shape::List(id(shape::ITEM)),
                Shape::Record(1, vec![]),
                Shape::Enum(0, vec![]),
                Shape::Tuple(vec![id(shape::INT), id(5)]),
                Shape::Map(id(shape::INT), id(5)),
                Shape::Map(id(shape::VERDICT), id(shape::INT)),
                Shape::Record(2, vec![id(shape::PAIR)]),
                Shape::Param(0),
                Shape::Record(3, vec![]),
                Shape::Optional(id(shape::NODE)),
            ],
            records: vec![
                record(
                    "Item",
                    vec![
                        field("price", "price", shape::DECIMAL, None),
                        field("made_at", "madeAt", shape::OPTIONAL_INT, None),
                    ],
                ),
                record(
                    "Order",
                    vec![
                        field("items", "items", shape::ITEMS, None),
                        field("count", "count", shape::INT, Some(0)),
                    ],
                ),
                record("Box", vec![field("value", "value", 19, None)]),
                record("Node", vec![field("next", "next", 21, None)]),
            ],
            enums: vec![EnumType {
                name: "Verdict".into(),
                variants: vec![
                    variant("Accept", vec![]),
                    variant("Revise", vec![field("reason", "reason", 5, None)]),
                ],
                docs: None,
            }],
            ..Module::default()
        }
    }

    fn read(text: &str, shape: u16) -> Result<Value, String> {
        let module = module();
        let types = Types { module: &module, globals: &[Value::Int(7)] };
        decode(text, ShapeId(shape), types).map_err(|error| error.message)
    }

    fn dec(text: &str) -> Value {
        Value::decimal(decimal::parse(text).unwrap())
    }

    #[test]
    fn values_of_each_shape() {
        let unit = |variant| Value::Unit(Unit { ty: 0, variant });
        let item = Value::record(0, vec![dec("1.50"), Value::Null]);
        let node = |next| Value::record(3, vec![next]);
        for (text, shape, value) in [
            ("12", shape::INT, Value::Int(12)),
            ("12.0", shape::INT, Value::Int(12)),
            ("1", shape::FLOAT, Value::Float(1.0)),
            ("1.5", shape::DECIMAL, dec("1.5")),
            ("\"1.50\"", shape::DECIMAL, dec("1.50")),
            ("\"AQID\"", shape::BYTES, Value::Bytes(Arc::new(vec![1, 2, 3]))),
            ("\"PT1H\"", shape::DURATION, Value::Duration(3_600_000)),
            ("\"1970-01-01T00:00:01Z\"", shape::TIMESTAMP, Value::Timestamp(1000)),
            ("null", shape::OPTIONAL_INT, Value::Null),
            (r#"{"price":"1.50","extra":1}"#, shape::ITEM, item.clone()),
            (
                r#"{"items":[{"price":1.50,"madeAt":null}]}"#,
                shape::ORDER,
                Value::record(1, vec![Value::list(vec![item]), Value::Int(7)]),
            ),
            ("\"Accept\"", shape::VERDICT, unit(0)),
            (r#"{"Revise":{"reason":"x"}}"#, shape::VERDICT, Value::variant(0, 1, vec![Value::text("x")])),
            ("[1,\"a\"]", shape::PAIR, Value::tuple(vec![Value::Int(1), Value::text("a")])),
            (
                r#"{"-1":"a"}"#,
                shape::INT_KEYS,
                Value::map(Map::from_iter([(Key::Int(-1), Value::text("a"))])),
            ),
            (
                r#"{"Accept":1}"#,
                shape::ENUM_KEYS,
                Value::map(Map::from_iter([(Key::Unit(Unit { ty: 0, variant: 0 }), Value::Int(1))])),
            ),
            (
                r#"{"value":[1,"a"]}"#,
                shape::BOX,
                Value::record(2, vec![Value::tuple(vec![Value::Int(1), Value::text("a")])]),
            ),
            (r#"{"next":{"next":null}}"#, shape::NODE, node(node(Value::Null))),
        ] {
            let found = read(text, shape);
            assert_eq!(found.as_ref(), Ok(&value), "{text}");
            assert_eq!(read(&encode(&value, &module()), shape), Ok(value), "{text}");
        }
    }

    #[test]
    fn errors_name_path_expected_and_found() {
        for (text, shape, expected) in [
            (
                r#"{"items":[{"price":1},{"price":true}]}"#,
                shape::ORDER,
                "items[1].price: expected Decimal, found true",
            ),
            (r#"{"items":null}"#, shape::ORDER, "items: expected a list, found null"),
            ("{}", shape::ORDER, "$: the field \"items\" is missing"),
            (r#"{"items":[],"count":null}"#, shape::ORDER, "count: expected Int, found null"),
            ("1.5", shape::INT, "$: expected Int, found 1.5"),
            ("\"1\"", shape::INT, "$: expected Int, found \"1\""),
            ("9223372036854775808", shape::INT, "$: expected Int, found 9223372036854775808"),
            ("1e999", shape::FLOAT, "$: expected Float, found 1e999"),
            ("[1]", shape::PAIR, "$: expected a list of 2, found a list of 1"),
            ("[1,2]", shape::PAIR, "$[1]: expected String, found 2"),
            ("\"Reject\"", shape::VERDICT, "$: expected Verdict (Accept or Revise), found \"Reject\""),
            (
                "\"Revise\"",
                shape::VERDICT,
                "$: expected an object with the payload of Revise, found \"Revise\"",
            ),
            (r#"{"Revise":{}}"#, shape::VERDICT, "Revise: the field \"reason\" is missing"),
            (r#"{"01":"a"}"#, shape::INT_KEYS, "[\"01\"]: expected Int as a key, found \"01\""),
            ("\"soon\"", shape::TIMESTAMP, "$: expected Timestamp (RFC 3339), found \"soon\""),
            ("\"PT\"", shape::DURATION, "$: expected Duration (ISO 8601, as \"PT5S\"), found \"PT\""),
            ("\"!\"", shape::BYTES, "$: expected Bytes (base64), found \"!\""),
        ] {
            let error = read(text, shape).unwrap_err();
            assert!(error.ends_with(expected), "{text}: {error}");
        }
    }

    #[test]
    fn conversion_to_json_is_what_the_text_reads_as() {
        let module = module();
        let value = Value::tuple(vec![
            Value::record(0, vec![dec("2.50"), Value::Int(3)]),
            Value::variant(0, 1, vec![Value::text("x")]),
            Value::map(Map::from_iter([
                (Key::Int(4), Value::Float(1.0)),
                (Key::Bool(true), Value::Duration(5)),
            ])),
        ]);
        let json = to_json(&value, &module, &mut 100).unwrap();
        assert_eq!(Ok(json.clone()), parse(&encode(&value, &module)));
        assert_eq!(encode(&json, &module), encode(&value, &module));
        assert!(to_json(&value, &module, &mut 3).is_err());
        let deep = (0..100_000).fold(Value::Null, |inner, _| Value::list(vec![inner]));
        assert!(to_json(&deep, &module, &mut 1_000_000).is_err());
        assert_eq!(encode(&deep, &module).len(), 200_004);
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<f64>()
                .prop_filter("finite", |f| f.is_finite())
                .prop_map(|f| super::super::number::value(&format!("{f:?}"))),
            any::<String>().prop_map(Value::text),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::list),
                prop::collection::vec((any::<String>(), inner), 0..8).prop_map(|entries| Value::map(
                    entries.into_iter().map(|(k, v)| (Key::from(k), v)).collect()
                )),
            ]
        })
    }

    /// Values of the test module's shapes.
    fn shaped() -> impl Strategy<Value = (u16, Value)> {
        let decimal =
            || (any::<i64>(), 0u32..18).prop_map(|(m, s)| Value::decimal(rust_decimal::Decimal::new(m, s)));
        let optional = || prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::Int)];
        let item = || (decimal(), optional()).prop_map(|(price, made)| Value::record(0, vec![price, made]));
        let entry =
            || (any::<i64>(), any::<String>()).prop_map(|(key, text)| (Key::Int(key), Value::text(text)));
        let float = any::<f64>().prop_filter("finite", |float| float.is_finite());
        let order = (prop::collection::vec(item(), 0..4), any::<i64>());
        let instants = super::super::time::EARLIEST..=super::super::time::LATEST;
        prop_oneof![
            any::<i64>().prop_map(|int| (shape::INT, Value::Int(int))),
            float.prop_map(|float| (shape::FLOAT, Value::Float(float))),
            decimal().prop_map(|value| (shape::DECIMAL, value)),
            any::<Vec<u8>>().prop_map(|bytes| (shape::BYTES, Value::Bytes(bytes.into()))),
            (-i64::MAX..=i64::MAX).prop_map(|ms| (shape::DURATION, Value::Duration(ms))),
            instants.prop_map(|ms| (shape::TIMESTAMP, Value::Timestamp(ms))),
            optional().prop_map(|value| (shape::OPTIONAL_INT, value)),
            any::<String>().prop_map(|text| (shape::VERDICT, Value::variant(0, 1, vec![Value::text(text)]))),
            (any::<i64>(), any::<String>()).prop_map(|(int, text)| (
                shape::PAIR,
                Value::tuple(vec![Value::Int(int), Value::text(text)])
            )),
            prop::collection::vec(entry(), 0..5)
                .prop_map(|entries| (shape::INT_KEYS, Value::map(entries.into_iter().collect()))),
            order.prop_map(|(items, count)| {
                (shape::ORDER, Value::record(1, vec![Value::list(items), Value::Int(count)]))
            }),
        ]
    }

    proptest! {
        #[test]
        fn any_value_reads_back_as_its_shape((shape, value) in shaped()) {
            let text = encode(&value, &module());
            let back = read(&text, shape);
            prop_assert_eq!(back.as_ref(), Ok(&value), "{}", text);
            prop_assert_eq!(crate::value::bytes::digest(&back.unwrap()), crate::value::bytes::digest(&value));
        }

        #[test]
        fn any_json_reads_back(value in json()) {
            let text = encode(&value, &Module::default());
            let back = parse(&text).unwrap();
            prop_assert_eq!(&back, &value);
            prop_assert_eq!(crate::value::bytes::digest(&back), crate::value::bytes::digest(&value));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[\\[\\]{}\",:0-9a-e.\\\\u+-]{0,40}") {
            let _ = parse(&text);
        }
    }
}
