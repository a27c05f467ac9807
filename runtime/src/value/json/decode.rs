//! `Json` values to values of a shape: validates, fills in defaults, and names what is wrong by its path.

use std::fmt::Write;

use aeth_lang::bytecode::module::{EnumType, FieldType, Shape};
use aeth_lang::ids::ShapeId;
use aeth_lang::library::prelude::ERROR;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Types;
use super::parse::quoted;
use crate::limits::JSON_DEPTH;
use crate::value::number::Exact;
use crate::value::{Error, ErrorKind, Key, Map, Unit, Value, decimal, time};

/// Reads a `Json` as a value of a shape.
///
/// # Errors
/// Kind Decode: `items[1].price: expected Decimal, found true`.
pub fn from_json(json: &Value, shape: ShapeId, types: Types<'_>) -> Result<Value, Error> {
    let mut decoder = Decoder { types, path: Vec::new(), depth: 0 };
    decoder
        .decode(json, shape, None)
        .map_err(|wrong| Error::new(ErrorKind::Decode, format!("{}: {wrong}", path(&decoder.path))))
}

/// The arguments of a generic type and the context they were written in.
#[derive(Clone, Copy)]
struct Arguments<'a> {
    shapes: &'a [ShapeId],
    outer: Option<&'a Arguments<'a>>,
}

type Outer<'a> = Option<&'a Arguments<'a>>;

enum Step {
    Member(String),
    Index(usize),
}

struct Decoder<'a> {
    types: Types<'a>,
    /// Where the value is; on failure it stays at what is wrong.
    path: Vec<Step>,
    depth: usize,
}

impl<'a> Decoder<'a> {
    fn decode(&mut self, json: &Value, shape: ShapeId, outer: Outer<'_>) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > 2 * JSON_DEPTH {
            return Err(format!("nests deeper than {JSON_DEPTH} levels"));
        }
        let value = self.by_shape(json, shape, outer)?;
        self.depth -= 1;
        Ok(value)
    }

    fn by_shape(&mut self, json: &Value, shape: ShapeId, outer: Outer<'_>) -> Result<Value, String> {
        let module = self.types.module;
        match module.shapes.get(shape.index()).unwrap_or(&Shape::Opaque) {
            Shape::Json => Ok(json.clone()),
            Shape::Optional(_) if matches!(json, Value::Null) => Ok(Value::Null),
            Shape::Optional(inner) => self.decode(json, *inner, outer),
            Shape::Param(n) => {
                let found = outer.and_then(|outer| Some((*outer.shapes.get(*n as usize)?, outer.outer)));
                let (shape, outer) = found.ok_or("the module's types are broken")?;
                self.decode(json, shape, outer)
            }
            Shape::List(item) => match json {
                Value::List(items) => {
                    let items = items
                        .iter()
                        .enumerate()
                        .map(|(at, json)| self.at(Step::Index(at), json, *item, outer));
                    Ok(Value::list(items.collect::<Result<_, _>>()?))
                }
                _ => Err(unexpected("a list", json)),
            },
            Shape::Tuple(shapes) => match json {
                Value::List(items) if items.len() == shapes.len() => {
                    let items = items.iter().zip(shapes).enumerate();
                    let items =
                        items.map(|(at, (json, shape))| self.at(Step::Index(at), json, *shape, outer));
                    Ok(Value::tuple(items.collect::<Result<_, _>>()?))
                }
                Value::List(items) => {
                    Err(format!("expected a list of {}, found a list of {}", shapes.len(), items.len()))
                }
                _ => Err(unexpected(&format!("a list of {}", shapes.len()), json)),
            },
            Shape::Map(key, value) => self.map(json, *key, *value, outer),
            Shape::Record(record, arguments) => {
                let ty = module.records.get(*record as usize).ok_or("the module's types are broken")?;
                let Value::Map(map) = json else {
                    return Err(unexpected(&format!("{} (an object)", ty.name), json));
                };
                let arguments = Arguments { shapes: arguments, outer };
                let data = Key::from("data");
                if *record == ERROR.0 && map.get(&data).is_none() {
                    // What a program may leave out may be left out here, too.
                    let mut whole = (**map).clone();
                    whole.insert(data, Value::Null);
                    return Ok(Value::record(*record, self.fields(&whole, &ty.fields, &arguments)?));
                }
                Ok(Value::record(*record, self.fields(map, &ty.fields, &arguments)?))
            }
            Shape::Enum(id, arguments) => {
                let ty = module.enums.get(*id as usize).ok_or("the module's types are broken")?;
                self.variant(json, *id, ty, &Arguments { shapes: arguments, outer })
            }
            Shape::Opaque => Err("expected something that has no JSON form".into()),
            scalar => self::scalar(json, scalar),
        }
    }

    fn at(&mut self, step: Step, json: &Value, shape: ShapeId, outer: Outer<'_>) -> Result<Value, String> {
        self.path.push(step);
        let value = self.decode(json, shape, outer)?;
        self.path.pop();
        Ok(value)
    }

    fn fields(
        &mut self,
        map: &Map,
        fields: &'a [FieldType],
        arguments: &Arguments<'_>,
    ) -> Result<Vec<Value>, String> {
        let module = self.types.module;
        let mut values = Vec::with_capacity(fields.len());
        for field in fields {
            let value = match map.get(&Key::from(field.json.as_str())) {
                Some(json) => {
                    self.at(Step::Member(field.json.clone()), json, field.shape, Some(arguments))?
                }
                None => match field.default.and_then(|global| self.types.globals.get(global.index())) {
                    Some(default) => default.clone(),
                    None if matches!(module.shapes.get(field.shape.index()), Some(Shape::Optional(_))) => {
                        Value::Null
                    }
                    None => return Err(format!("the field {} is missing", quoted(&field.json))),
                },
            };
            values.push(value);
        }
        Ok(values)
    }

    fn variant(
        &mut self,
        json: &Value,
        id: u16,
        ty: &'a EnumType,
        arguments: &Arguments<'_>,
    ) -> Result<Value, String> {
        let (name, payload) = match json {
            Value::Text(name) => (name.as_str(), None),
            Value::Map(map) if map.len() == 1 => match map.get_index(0) {
                Some((Key::Text(name), payload)) => (name.as_str(), Some(payload)),
                _ => return Err(unexpected(&ty.name, json)),
            },
            _ => return Err(unexpected(&variants(ty), json)),
        };
        let Some(at) = ty.variants.iter().position(|variant| variant.name == name) else {
            return Err(format!("expected {}, found {}", variants(ty), quoted(name)));
        };
        let fields = &ty.variants[at].fields;
        let at = u16::try_from(at).unwrap_or(u16::MAX);
        match payload {
            None if fields.is_empty() => Ok(Value::Unit(Unit { ty: id, variant: at })),
            None => Err(format!("expected an object with the payload of {name}, found {}", quoted(name))),
            Some(Value::Map(map)) => {
                self.path.push(Step::Member(name.to_owned()));
                let fields = self.fields(map, fields, arguments)?;
                self.path.pop();
                Ok(Value::variant(id, at, fields))
            }
            Some(other) => {
                self.path.push(Step::Member(name.to_owned()));
                Err(unexpected("an object", other))
            }
        }
    }

    fn map(&mut self, json: &Value, key: ShapeId, value: ShapeId, outer: Outer<'_>) -> Result<Value, String> {
        let Value::Map(map) = json else { return Err(unexpected("an object", json)) };
        let mut entries = Map::with_capacity(map.len());
        for (name, json) in map.iter() {
            let Key::Text(name) = name else { return Err("the object's member names are no text".into()) };
            self.path.push(Step::Member(name.as_str().to_owned()));
            let key = self.key(name, key, outer)?;
            let value = self.decode(json, value, outer)?;
            self.path.pop();
            entries.insert(key, value);
        }
        Ok(Value::map(entries))
    }

    /// A map key from its canonical text, so that no two texts give one key.
    fn key(&self, text: &str, shape: ShapeId, outer: Outer<'_>) -> Result<Key, String> {
        let module = self.types.module;
        match module.shapes.get(shape.index()) {
            Some(Shape::String) => Ok(Key::from(text)),
            Some(Shape::Bool) if text == "true" || text == "false" => Ok(Key::Bool(text == "true")),
            Some(Shape::Bool) => Err(format!("expected true or false as a key, found {}", quoted(text))),
            Some(Shape::Int) => match text.parse::<i64>() {
                Ok(int) if int.to_string() == text => Ok(Key::Int(int)),
                _ => Err(format!("expected Int as a key, found {}", quoted(text))),
            },
            Some(Shape::Enum(id, _)) => {
                let ty = module.enums.get(*id as usize).ok_or("the module's types are broken")?;
                match ty.variants.iter().position(|variant| variant.name == text && variant.fields.is_empty())
                {
                    Some(at) => {
                        Ok(Key::Unit(Unit { ty: *id, variant: u16::try_from(at).unwrap_or(u16::MAX) }))
                    }
                    None => Err(format!("expected {} as a key, found {}", variants(ty), quoted(text))),
                }
            }
            Some(Shape::Param(n)) => {
                match outer.and_then(|outer| Some((outer.shapes.get(*n as usize)?, outer.outer))) {
                    Some((shape, outer)) => self.key(text, *shape, outer),
                    None => Err("the module's types are broken".into()),
                }
            }
            _ => Err("the module's types are broken".into()),
        }
    }
}

/// Values that are not composed.
fn scalar(json: &Value, shape: &Shape) -> Result<Value, String> {
    let (value, expected) = match shape {
        Shape::Null => (matches!(json, Value::Null).then_some(Value::Null), "null"),
        Shape::Bool => (matches!(json, Value::Bool(_)).then(|| json.clone()), "Bool"),
        Shape::Int => (int(json).map(Value::Int), "Int"),
        Shape::Float => (float(json).map(Value::Float), "Float"),
        Shape::Decimal => (
            match json {
                Value::Int(int) => Some(Value::decimal((*int).into())),
                Value::Text(text) | Value::Number(text) => decimal::parse(text).map(Value::decimal),
                _ => None,
            },
            "Decimal",
        ),
        Shape::String => (matches!(json, Value::Text(_)).then(|| json.clone()), "String"),
        Shape::Bytes => {
            let bytes = json.as_text().and_then(|text| STANDARD.decode(text).ok());
            (bytes.map(|bytes| Value::Bytes(bytes.into())), "Bytes (base64)")
        }
        Shape::Duration => (
            json.as_text().and_then(time::parse_duration).map(Value::Duration),
            "Duration (ISO 8601, as \"PT5S\")",
        ),
        Shape::Timestamp => {
            (json.as_text().and_then(time::parse_timestamp).map(Value::Timestamp), "Timestamp (RFC 3339)")
        }
        _ => (None, "a value"),
    };
    value.ok_or_else(|| unexpected(expected, json))
}

fn int(json: &Value) -> Option<i64> {
    match json {
        Value::Int(int) => Some(*int),
        Value::Number(text) => Exact::read(text)?.to_int(),
        _ => None,
    }
}

fn float(json: &Value) -> Option<f64> {
    match json {
        Value::Int(int) => int.to_string().parse().ok(),
        Value::Number(text) => text.parse().ok().filter(|float: &f64| float.is_finite()),
        _ => None,
    }
}

/// `Feature, Fix or Other`, for a message.
fn variants(ty: &EnumType) -> String {
    let names: Vec<&str> = ty.variants.iter().take(8).map(|variant| variant.name.as_str()).collect();
    match names.as_slice() {
        _ if ty.variants.len() > 8 => format!("a variant of {}", ty.name),
        [rest @ .., last] if !rest.is_empty() => format!("{} ({} or {last})", ty.name, rest.join(", ")),
        _ => format!("{} ({})", ty.name, names.join("")),
    }
}

fn unexpected(expected: &str, found: &Value) -> String {
    let found = match found {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Number(text) => text.chars().take(40).collect(),
        Value::Text(text) => quoted(text),
        Value::Map(_) => "an object".to_owned(),
        other => other.what().to_owned(),
    };
    format!("expected {expected}, found {found}")
}

/// `items[1].price`; `$` for the whole.
fn path(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps {
        let _ = match step {
            Step::Index(at) => write!(out, "[{at}]"),
            Step::Member(name) if plain(name) && out.is_empty() => write!(out, "{name}"),
            Step::Member(name) if plain(name) => write!(out, ".{name}"),
            Step::Member(name) => write!(out, "[{}]", quoted(name)),
        };
    }
    if out.is_empty() || out.starts_with('[') { format!("${out}") } else { out }
}

fn plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && name.len() <= 64
        && chars.all(|char| char.is_ascii_alphanumeric() || char == '_')
}
