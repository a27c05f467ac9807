//! The standard library: one place that checker, machine, hover and reference are served from.
//!
//! One file per type; each [`Entry`] has a name, a signature as users read it, a sentence, an example, and says how it
//! is carried out: by the machine ([`Builtin`]), in place ([`Mutation`]), or in the language itself
//! (`prelude.aeth`, [`written`]). Invariant: every signature parses, which a test proves.

pub mod builtin;
mod json;
mod list;
mod map;
mod number;
pub mod prelude;
mod rest;
mod signature;
mod text;
mod time;
pub(crate) mod written;

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::bytecode::module::Mutation;
use crate::check::program::Body;
use crate::check::types::Type;
pub use builtin::Builtin;
pub(crate) use signature::{Bound, Default, Known, Param};
pub(crate) use written::unplace_body;

/// A function or method of the library.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// How it is called: `List<T>.get(index: Int) -> T?`, `math.floor(x: Float) -> Float`.
    pub signature: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// A call and its result: `[1, 2].get(5) == null`.
    pub example: &'static str,
    /// How it is carried out.
    pub run: Run,
}

/// How a library function is carried out.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// By the machine; arguments in order, the receiver first.
    Builtin(Builtin),
    /// By a function of `prelude.aeth`.
    Written(&'static str),
    /// By changing its receiver in place.
    Mutation(Mutation),
}

/// Shorthand for the tables.
const fn entry(signature: &'static str, doc: &'static str, example: &'static str, run: Run) -> Entry {
    Entry { signature, doc, example, run }
}

/// Every entry, in the order of the reference.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    [list::ENTRIES, text::ENTRIES, map::ENTRIES, json::ENTRIES, number::ENTRIES, time::ENTRIES, rest::ENTRIES]
        .into_iter()
        .flatten()
}

/// The parsed registry.
struct Registry {
    known: Vec<Known>,
    /// By owner (a type or module) and name.
    by_name: FxHashMap<&'static str, FxHashMap<&'static str, Vec<usize>>>,
}

fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let known: Vec<Known> = entries().filter_map(signature::parse).collect();
        let mut by_name: FxHashMap<_, FxHashMap<_, Vec<usize>>> = FxHashMap::default();
        for (at, known) in known.iter().enumerate() {
            by_name.entry(known.owner).or_default().entry(known.name).or_default().push(at);
        }
        Registry { known, by_name }
    })
}

impl Registry {
    fn find(&'static self, owner: &str, name: &str) -> &'static [usize] {
        self.by_name.get(owner).and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }
}

/// The owner under which methods of a type stand.
fn owner(ty: &Type) -> &'static str {
    match ty {
        Type::List(_) => "List",
        Type::Map(_) => "Map",
        Type::String => "String",
        Type::Int => "Int",
        Type::Float => "Float",
        Type::Decimal => "Decimal",
        Type::Json => "Json",
        Type::Duration => "Duration",
        Type::Timestamp => "Timestamp",
        Type::Bytes => "Bytes",
        Type::Enum(prelude::ERROR_KIND, _) => "ErrorKind",
        _ => "",
    }
}

/// The owner of methods that every value with a JSON form has.
const ANY: &str = "T";

/// The methods of a type by this name.
pub(crate) fn methods(ty: &Type, name: &str) -> impl Iterator<Item = &'static Known> + use<> {
    let registry = registry();
    let own = registry.find(owner(ty), name);
    let found = if own.is_empty() { registry.find(ANY, name) } else { own };
    found.iter().map(|&at| &registry.known[at])
}

/// The functions of a module by this name.
pub(crate) fn functions(module: &str, name: &str) -> impl Iterator<Item = &'static Known> + use<> {
    let registry = registry();
    registry.find(module, name).iter().map(|&at| &registry.known[at])
}

/// Names of the methods of a type.
pub(crate) fn methods_of(ty: &Type) -> impl Iterator<Item = &'static str> + use<> {
    let own = owner(ty);
    let is_method =
        move |known: &&Known| known.receiver.is_some() && (known.owner == own || known.owner == ANY);
    registry().known.iter().filter(is_method).map(|known| known.name).filter(|name| !name.starts_with('_'))
}

/// Names of the functions of a module, standard tools included.
pub(crate) fn functions_of(module: &str) -> impl Iterator<Item = &'static str> {
    let functions =
        registry().known.iter().filter(move |known| known.owner == module && known.receiver.is_none());
    functions.map(|known| known.name).chain(crate::check::standard_tools(module))
}

/// Whether some type has a method of this name.
pub(crate) fn is_method(name: &str) -> bool {
    registry()
        .known
        .iter()
        .any(|known| known.receiver.is_some() && known.name == name && !name.starts_with('_'))
}

/// Whether methods of this name change their receiver in place. No name does so for one type only.
pub(crate) fn is_mutation(name: &str) -> bool {
    registry().known.iter().any(|known| matches!(known.run, Run::Mutation(_)) && known.name == name)
}

/// Takes the places out of a library function: they lie in no source of the program.
pub(crate) fn unplace(body: &mut Body) {
    unplace_body(body);
}

#[cfg(test)]
mod tests {
    use super::{Run, entries, registry, signature, written};

    #[test]
    fn every_signature_parses() {
        for entry in entries() {
            assert!(signature::parse(entry).is_some(), "{}", entry.signature);
        }
    }

    #[test]
    fn every_builtin_gets_what_it_takes() {
        for known in &registry().known {
            if let Run::Builtin(builtin) = known.run {
                let given = known.params.len() + usize::from(known.receiver.is_some());
                assert_eq!(given, usize::from(builtin.arity()), "{}.{}", known.owner, known.name);
            }
        }
    }

    #[test]
    fn every_written_function_is_there() {
        for known in &registry().known {
            if let Run::Written(name) = known.run {
                assert!(written::function(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn every_entry_is_documented() {
        for entry in entries() {
            assert!(entry.doc.ends_with('.') && !entry.example.is_empty(), "{}", entry.signature);
        }
    }
}
