//! Types and constants.

use super::{Verdict, at, ensure};
use crate::bytecode::Module;
use crate::bytecode::module::{Constant, FieldType, Shape};
use crate::ids::ShapeId;
use crate::library::prelude;
use crate::limits;

/// Tables that are indexed with 16 bits have no more entries than that.
pub(super) fn sizes(module: &Module) -> Verdict {
    let most = usize::from(u16::MAX) + 1;
    let sizes = [
        ("records", module.records.len()),
        ("enums", module.enums.len()),
        ("variants", module.variants.len()),
        ("shapes", module.shapes.len()),
        ("globals", module.globals.len()),
        ("paths", module.paths.len()),
        ("functions", module.functions.len()),
        ("sites", module.sites.len()),
        ("tools", module.tools.len()),
        ("signals", module.signals.len()),
        ("graphs", module.graphs.len()),
        ("models", module.models.len()),
        ("prompts", module.prompts.len()),
        ("memories", module.memories.len()),
        ("schedules", module.schedules.len()),
    ];
    sizes.into_iter().try_for_each(|(table, size)| ensure(size <= most, || at(table, "too many entries")))
}

/// Shapes, records, enums and variants refer to what is there; prelude types are what the machine expects.
pub(super) fn types(module: &Module) -> Verdict {
    let mut depths: Vec<usize> = Vec::with_capacity(module.shapes.len());
    for (n, shape) in module.shapes.iter().enumerate() {
        let place = || format!("shape {n}");
        let depth = parts(shape).iter().map(|part| depths.get(part.index()).copied()).try_fold(
            0,
            |deepest, part| {
                // A part that stands later could lead back here.
                part.map(|part| deepest.max(part + 1))
                    .ok_or_else(|| at(place(), "it consists of a later shape"))
            },
        )?;
        ensure(depth <= limits::TYPE_DEPTH, || at(place(), "it is nested too deeply"))?;
        depths.push(depth);
        match shape {
            Shape::Record(id, _) => {
                ensure(usize::from(*id) < module.records.len(), || at(place(), "no such record"))?;
            }
            Shape::Enum(id, _) => {
                ensure(usize::from(*id) < module.enums.len(), || at(place(), "no such enum"))?;
            }
            _ => {}
        }
    }
    for (n, record) in module.records.iter().enumerate() {
        fields(module, &format!("record {n}"), &record.fields)?;
    }
    for (n, declared) in module.enums.iter().enumerate() {
        for variant in &declared.variants {
            fields(module, &format!("enum {n}"), &variant.fields)?;
        }
    }
    for (n, &(id, variant)) in module.variants.iter().enumerate() {
        let known =
            module.enums.get(usize::from(id)).is_some_and(|of| usize::from(variant) < of.variants.len());
        ensure(known, || at(format!("variant {n}"), "no such variant"))?;
    }
    arguments(module)?;
    prelude_types(module)
}

/// Shapes that a shape consists of.
pub(crate) fn parts(shape: &Shape) -> Vec<ShapeId> {
    match shape {
        Shape::Tuple(parts) | Shape::Record(_, parts) | Shape::Enum(_, parts) => parts.clone(),
        Shape::List(part) | Shape::Optional(part) => vec![*part],
        Shape::Map(key, value) => vec![*key, *value],
        _ => Vec::new(),
    }
}

/// Fields and parameters refer to shapes and globals that are there.
pub(super) fn fields(module: &Module, place: &str, fields: &[FieldType]) -> Verdict {
    for field in fields {
        let what = || format!("{place}, `{}`", field.name);
        ensure(field.shape.index() < module.shapes.len(), || at(what(), "no such shape"))?;
        let default = field.default.is_none_or(|default| default.index() < module.globals.len());
        ensure(default, || at(what(), "no such default"))?;
    }
    Ok(())
}

/// The shape is there and speaks of no type parameter.
pub(super) fn closed(module: &Module, free: &[u16], place: &str, shape: ShapeId) -> Verdict {
    ensure(shape.index() < module.shapes.len(), || at(place, "no such shape"))?;
    ensure(free[shape.index()] == 0, || at(place, "a type parameter without a declaration"))
}

/// Per shape, how many type arguments must be at hand where it stands.
pub(super) fn parameters(module: &Module) -> Vec<u16> {
    let mut free: Vec<u16> = Vec::with_capacity(module.shapes.len());
    for shape in &module.shapes {
        let of = |id: &ShapeId| free.get(id.index()).copied().unwrap_or(0);
        free.push(match shape {
            Shape::Param(n) => n.saturating_add(1),
            other => parts(other).iter().map(of).max().unwrap_or(0),
        });
    }
    free
}

/// Generic types get as many arguments as their fields ask for.
fn arguments(module: &Module) -> Verdict {
    let free = parameters(module);
    let asked =
        |fields: &[FieldType]| fields.iter().map(|field| free[field.shape.index()]).max().unwrap_or(0);
    let records: Vec<u16> = module.records.iter().map(|record| asked(&record.fields)).collect();
    let enums: Vec<u16> = module
        .enums
        .iter()
        .map(|declared| declared.variants.iter().map(|variant| asked(&variant.fields)).max().unwrap_or(0))
        .collect();
    for (n, shape) in module.shapes.iter().enumerate() {
        let (asked, given) = match shape {
            Shape::Record(id, args) => (records[usize::from(*id)], args.len()),
            Shape::Enum(id, args) => (enums[usize::from(*id)], args.len()),
            _ => continue,
        };
        ensure(usize::from(asked) <= given, || at(format!("shape {n}"), "a type argument is missing"))?;
    }
    Ok(())
}

/// The machine makes values of these types itself.
fn prelude_types(module: &Module) -> Verdict {
    let records = [(prelude::ERROR, 5), (prelude::ENTRY, 2), (prelude::HTTP_RESPONSE, 3)];
    for (id, count) in records.into_iter().chain([(prelude::EXEC_RESULT, 3), (prelude::MESSAGE, 2)]) {
        let known = module.records.get(id.index()).is_some_and(|record| record.fields.len() == count);
        ensure(known, || at("records", "a prelude record is missing"))?;
    }
    let kinds = module.enums.get(prelude::ERROR_KIND.index()).map_or(&[][..], |kinds| &kinds.variants[..]);
    let known = kinds.len() == prelude::ERROR_KINDS.len()
        && kinds.iter().zip(prelude::ERROR_KINDS).all(|(variant, name)| {
            variant.name == name && variant.fields.len() == usize::from(name == "Other")
        });
    ensure(known, || at("enums", "ErrorKind is not as expected"))?;
    let result = module.enums.get(prelude::RESULT.index()).map_or(&[][..], |result| &result.variants[..]);
    let known = result.len() == 2 && result.iter().all(|variant| variant.fields.len() == 1);
    ensure(known, || at("enums", "Result is not as expected"))
}

/// Constants are values of their types.
pub(super) fn constants(module: &Module) -> Verdict {
    for (n, constant) in module.constants.iter().enumerate() {
        let place = || format!("constant {n}");
        match constant {
            Constant::Int(_) | Constant::Text(_) | Constant::Duration(_) => {}
            Constant::Float(value) => {
                ensure(value.is_finite(), || at(place(), "a Float that is not finite"))?;
            }
            Constant::Model(id) => {
                ensure(id.index() < module.models.len(), || at(place(), "no such model"))?;
            }
            Constant::Decimal(text) => ensure(is_decimal(text), || at(place(), "not a Decimal"))?,
            Constant::JsonNumber(text) => ensure(is_json_number(text), || at(place(), "not a JSON number"))?,
            Constant::Variant(v) => {
                let entry = module.variants.get(usize::from(*v));
                let variant =
                    entry.map(|&(id, variant)| &module.enums[usize::from(id)].variants[usize::from(variant)]);
                ensure(variant.is_some_and(|variant| variant.fields.is_empty()), || {
                    at(place(), "not a variant without payload")
                })?;
            }
        }
    }
    Ok(())
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let canonical = whole == "0" || !whole.starts_with('0');
    let length = whole.trim_start_matches('0').len() + fraction.map_or(0, str::len);
    canonical && digits(whole) && fraction.is_none_or(digits) && length <= limits::DECIMAL_DIGITS
}

fn is_json_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, fraction) =
        number.split_once('.').map_or((number, None), |(whole, part)| (whole, Some(part)));
    let canonical = whole == "0" || !whole.starts_with('0');
    canonical && digits(whole) && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use super::{is_decimal, is_json_number};

    #[test]
    fn decimals() {
        for good in ["0", "12.50", "-0.5", "1000", "0.0000000000000000000000000001"] {
            assert!(is_decimal(good), "{good}");
        }
        for bad in ["", "-", ".5", "1.", "01", "1e3", "+1", "1_000", "12345678901234567890123456789"] {
            assert!(!is_decimal(bad), "{bad}");
        }
    }

    #[test]
    fn json_numbers() {
        for good in ["0", "-1", "1.50", "1e9", "1E-9", "0.1e+2"] {
            assert!(is_json_number(good), "{good}");
        }
        for bad in ["", "01", "1.", ".1", "1e", "NaN", "--1", "1e+-1", "0x1"] {
            assert!(!is_json_number(bad), "{bad}");
        }
    }
}
