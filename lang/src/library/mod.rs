//! The standard library: one place that checker, machine, hover and reference are served from.
//!
//! One file per type; each [`Entry`] has a name, a signature as users read it, a sentence, examples with what they
//! give, and says how it is carried out: by the machine ([`Builtin`]), in place ([`Mutation`]), or in the language
//! itself (`prelude.aeth`, [`written`]). Beside them stand the [`operators`]; [`reference()`] makes the reference page of
//! all. Invariant: every signature parses and every example gives what it says, which tests prove.

pub mod builtin;
mod json;
mod list;
mod map;
mod number;
pub mod operators;
pub mod prelude;
mod reference;
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
pub use reference::reference;
pub(crate) use signature::{Bound, Default, Known, Param};
pub(crate) use written::unplace_body;

/// A function or method of the library.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// How it is called: `List<T>.get(index: Int) -> T?`, `math.floor(x: Float) -> Float`.
    pub signature: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Calls and what comes of them: a usual one first, then those at the edges, then those that fail.
    pub examples: &'static [Example],
    /// Whether it never fails, but for the limits of the job.
    pub total: bool,
    /// How it is carried out.
    pub run: Run,
}

/// A piece of code and what comes of it.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Statements, the value last. Two spaces part them, for a line break.
    pub source: &'static str,
    /// What comes of it.
    pub outcome: Outcome,
}

/// What comes of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A value, as compact JSON.
    Value(&'static str),
    /// A failure.
    Failure {
        /// The name of its kind.
        kind: &'static str,
        /// Its message.
        message: &'static str,
    },
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

/// An entry that can fail.
const fn entry(signature: &'static str, doc: &'static str, examples: &'static [Example], run: Run) -> Entry {
    Entry { signature, doc, examples, total: false, run }
}

/// An entry that never fails.
const fn total(signature: &'static str, doc: &'static str, examples: &'static [Example], run: Run) -> Entry {
    Entry { signature, doc, examples, total: true, run }
}

/// An example with a value.
const fn gives(source: &'static str, json: &'static str) -> Example {
    Example { source, outcome: Outcome::Value(json) }
}

/// An example that fails.
const fn fails(source: &'static str, kind: &'static str, message: &'static str) -> Example {
    Example { source, outcome: Outcome::Failure { kind, message } }
}

impl Example {
    /// The code, a line per statement.
    #[must_use]
    pub fn lines(&self) -> String {
        self.source.replace("  ", "\n")
    }
}

impl Entry {
    /// Whether programs can call it: what begins with `_` is for `prelude.aeth` alone.
    #[must_use]
    pub fn is_public(&self) -> bool {
        !self.signature.contains("._")
    }
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

/// Every entry, parsed.
pub(crate) fn known() -> impl Iterator<Item = &'static Known> {
    registry().known.iter()
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
    use super::{Outcome, Run, entries, operators, registry, signature, written};

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
    fn every_entry_is_documented_and_has_examples_of_each_sort() {
        let functions = entries().filter(|entry| entry.is_public());
        let functions = functions.map(|entry| (entry.signature, entry.doc, entry.examples, entry.total));
        let operators = operators::OPERATORS.iter().flat_map(|(_, all)| *all);
        let operators = operators.map(|one| (one.form, one.doc, one.examples, one.total));
        for (name, doc, examples, total) in functions.chain(operators) {
            assert!(doc.ends_with('.') && !doc.contains('\n'), "{name}: a sentence");
            let values = examples.iter().take_while(|one| matches!(one.outcome, Outcome::Value(_))).count();
            let failures = examples.len() - values;
            assert!(
                examples[values..].iter().all(|one| matches!(one.outcome, Outcome::Failure { .. })),
                "{name}: what fails stands last"
            );
            assert!(values >= 2, "{name}: a usual example and one at the edge");
            assert_eq!(failures == 0, total, "{name}: something fails, or it says that nothing can");
        }
    }

    /// A function that never fails at run time is still refused what it does not take: that is its failing example.
    #[test]
    fn every_function_refuses_arguments_it_does_not_take() {
        let concrete = |text: &str| {
            let words =
                text.replace("<T>", "<Int>").replace("<A>", "<Int>").replace("<K, V>", "<String, Int>");
            words.replace("<V>", "<Int>").replace("<List<T>>", "<List<Int>>")
        };
        for entry in entries().filter(|entry| entry.is_public()) {
            let call = &entry.signature[..entry.signature.find('(').expect("a call")];
            let (owner, name) = call.rsplit_once('.').expect("an owner");
            let too_many = ["fail \"\""; 8].join(", ");
            let owner = if owner == "T" { "Int".to_owned() } else { concrete(owner) };
            let text = match owner.starts_with(|first: char| first.is_ascii_lowercase()) {
                true => format!("fn f() -> Json {{\n  {owner}.{name}({too_many})\n}}\n"),
                false => format!("fn f(x: {owner}) -> Json {{\n  var y = x\n  y.{name}({too_many})\n}}\n"),
            };
            let found = crate::analyze(&crate::source::SourceMap::single("main.aeth", &text)).diagnostics;
            let errors = found.iter().filter(|found| found.severity == crate::diagnostic::Severity::Error);
            let codes: Vec<_> = errors.map(|found| found.code.as_str()).collect();
            assert_eq!(codes, ["E0303"], "{}: {found:#?}", entry.signature);
        }
    }

    /// The names that every program may rely on.
    #[test]
    fn every_promised_name_is_there() {
        let promised = [
            (
                "List",
                "len is_empty first last get contains map filter flat_map fold each_with_index sort sort_by sort_with \
                 reverse take drop slice zip group_by unique join sum min max any all find position chunk push pop \
                 insert remove_at clear",
            ),
            (
                "String",
                "len chars lines split trim upper lower starts_with ends_with contains replace slice drop_prefix \
                 drop_suffix repeat pad to_int to_float to_decimal matches captures",
            ),
            ("Map", "get has keys values entries put remove merge len delete clear"),
            ("json", "parse"),
            ("T", "to_json to_text"),
            ("Json", "has"),
            ("Int", "to_float to_decimal"),
            ("Float", "to_int"),
            ("Decimal", "to_int round"),
            ("math", "floor ceil round abs min max pow sqrt exp log sin cos tan"),
            ("time", "parse"),
            ("Timestamp", "format to_millis"),
            ("Duration", "to_millis"),
            ("hash", "sha256"),
            ("base64", "encode decode"),
            ("url", "encode"),
            ("ErrorKind", "name"),
        ];
        for (owner, names) in promised {
            for name in names.split_whitespace() {
                assert!(!registry().find(owner, name).is_empty(), "{owner}.{name}");
            }
        }
    }

    #[test]
    fn overloads_differ_in_their_receiver_or_their_parameters() {
        for (at, known) in registry().known.iter().enumerate() {
            for other in &registry().known[..at] {
                let shape = |known: &super::Known| {
                    let params: Vec<_> = known.params.iter().map(|param| param.ty.clone()).collect();
                    (known.owner, known.name, known.receiver.clone(), params)
                };
                assert_ne!(shape(known), shape(other));
            }
        }
    }
}
