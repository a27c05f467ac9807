//! The registry of diagnostic codes: one line per code, and beside it the page of the documentation that explains it.
//!
//! A code without a page does not compile: write `docs/errors/EXXXX.md` first, as the README there says.

use crate::resolve::suggest::nearest;

/// A stable code, as `E0101`. The constants of this module are the only values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// The code as printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// An entry of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// Its page of the documentation, in Markdown: what it means, an example, the same example mended.
    pub page: &'static str,
}

/// The entry of a code as a person types it: `e0201`, `E201` and `201` are all E0201. Otherwise the nearest entry there
/// is, if one is near.
///
/// # Errors
/// The text names no code.
pub fn find(text: &str) -> Result<&'static CodeInfo, Option<&'static CodeInfo>> {
    let text = text.trim().to_ascii_uppercase();
    let (letter, digits) = match text.strip_prefix('W') {
        Some(digits) => ('W', digits),
        None => ('E', text.strip_prefix('E').unwrap_or(&text)),
    };
    let by_name = |name: &str| REGISTRY.iter().find(|info| info.code.as_str() == name);
    let whole = by_name(&format!("{letter}{digits:0>4}"));
    let near = || nearest(&text, REGISTRY.iter().map(|info| info.code.as_str())).and_then(by_name);
    whole.ok_or_else(near)
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal;)+) => {
        $(#[doc = $title] pub const $name: Code = Code($code);)+
        /// Every code with its title, in order.
        pub const REGISTRY: &[CodeInfo] = &[$(CodeInfo {
            code: $name,
            title: $title,
            page: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors/", $code, ".md")),
        }),+];
    };
}

// E00xx files and limits, E01xx syntax, E02xx names, E03xx types, E04xx effects, E05xx declarations of tools,
// E06xx graphs, E07xx patterns, E09xx not yet runnable; W0xxx warnings.
codes! {
    INVALID_UTF8 = "E0001", "the file is not valid UTF-8";
    SOURCE_TOO_LARGE = "E0002", "the file is too large";
    NESTING_TOO_DEEP = "E0003", "nested too deeply";
    PROGRAM_TOO_LARGE = "E0004", "a part of the program exceeds a limit of the compiler";
    COMPILER_DEFECT = "E0099", "the compiler itself is at fault";
    SYNTAX = "E0101", "the text does not fit the grammar";
    HABIT = "E0102", "something is written otherwise in .aeth";
    RESERVED_WORD = "E0103", "a reserved word in the place of a name";
    NAME_CASE = "E0104", "a name in the wrong case";
    UNTERMINATED_STRING = "E0105", "a string that never ends";
    ESCAPE = "E0106", "an unknown escape in a string";
    BLOCK_INDENT = "E0107", "a block string that cannot be dedented";
    NUMBER = "E0108", "a number that cannot be read";
    UNEXPECTED_CHARACTER = "E0109", "a character that means nothing";
    UNBALANCED = "E0110", "a bracket without its partner";
    MISPLACED_TASK = "E0111", "a task inside of a block";
    UNKNOWN_NAME = "E0201", "a name that is not in scope";
    DUPLICATE_NAME = "E0202", "a name that is declared twice";
    HIDDEN_NAME = "E0203", "a local that would hide another";
    UNKNOWN_TYPE = "E0204", "a type that is not in scope";
    UNKNOWN_FIELD = "E0205", "a field that does not exist";
    UNKNOWN_METHOD = "E0206", "a method or library function that does not exist";
    UNKNOWN_VARIANT = "E0207", "a variant that does not exist";
    UNKNOWN_ARGUMENT = "E0208", "a named argument that does not exist";
    WRONG_ROLE = "E0209", "a name that cannot be used this way";
    IMPORT = "E0210", "an import that leads to no file";
    IMPORT_CYCLE = "E0211", "files that import each other";
    NOT_EXPORTED = "E0212", "a name that another file does not have, or keeps to itself";
    TYPE_MISMATCH = "E0301", "a value of another type was expected";
    OPEN_TYPE = "E0302", "a type that cannot be inferred";
    ARGUMENTS = "E0303", "missing or superfluous arguments";
    MISSING_FIELD = "E0304", "a record without all of its fields";
    MAYBE_NULL = "E0305", "a value that may be null";
    NOT_CALLABLE = "E0306", "a call of something that is no function";
    OPERATOR = "E0307", "an operator that does not work on these types";
    NOT_ITERABLE = "E0308", "a loop over something that has no elements";
    NO_JSON_FORM = "E0309", "a value without JSON form";
    UNUSED_VALUE = "E0310", "a value that nobody uses";
    CAST = "E0311", "a cast that can never succeed";
    TYPE_ARGUMENTS = "E0312", "the wrong number of type arguments";
    NUMBER_RANGE = "E0313", "a number that does not fit its type";
    ASSIGNMENT = "E0314", "an assignment to something that cannot change";
    NOT_ORDERED = "E0315", "values that have no order";
    ENDLESS_TYPE = "E0316", "a type whose values cannot end";
    MISPLACED_JUMP = "E0317", "a break, continue or return that has nothing to leave";
    NO_TEXT_FORM = "E0318", "a value that cannot be interpolated";
    MISPLACED_TYPE = "E0319", "a type that cannot stand in this place";
    CONST_CYCLE = "E0320", "a constant that is defined by itself";
    IMPURE = "E0401", "an effect in a pure place";
    NOT_READONLY = "E0402", "a clause that may only read performs another effect";
    OUTER_ASSIGNMENT = "E0403", "an assignment to a variable of an outer body";
    AWAIT_CLAUSES = "E0404", "the clauses of an await do not fit together";
    RACE_ARMS = "E0405", "a race without arms";
    TOOL_CLAUSE = "E0501", "a clause of a tool that is missing, doubled or contradictory";
    TOOL_CARRIER = "E0502", "a via clause that does not say how to reach the outside";
    RETRY_ONCE = "E0503", "a once tool retried on an error that does not prove that nothing happened";
    SECRET = "E0504", "a secret where it may not stand";
    CALL_KEY = "E0505", "call.key outside of a tool";
    LOOKUP = "E0506", "a lookup that could not tell yes from no";
    NOT_CONSTANT = "E0507", "a clause value that must be a literal";
    CLAUSE = "E0508", "a clause of a model, prompt, agent or schedule that is missing, unknown or contradictory";
    TASK_CYCLE = "E0601", "tasks that wait for each other";
    MISPLACED_STATEMENT = "E0602", "a statement that cannot stand between tasks";
    NO_RETURN = "E0603", "an agent or flow without its final return";
    UNKNOWN_TASK = "E0604", "an `after` that names no task";
    NOT_EXHAUSTIVE = "E0701", "a match that does not cover every value";
    PATTERN_TYPE = "E0702", "a pattern that can never fit the value";
    REFUTABLE = "E0703", "a binding whose pattern may not fit";
    PATTERN_BINDING = "E0704", "alternatives of a pattern that bind different names";
    PATTERN_FIELDS = "E0705", "a pattern with missing or unknown fields";
    PATTERN_LIMIT = "E0706", "a match that is too large to be checked";
    NOT_RUN = "E0902", "part of the language that compiles but is not run yet";
    UNUSED_LOCAL = "W0101", "a local that nobody uses";
    UNREACHABLE_ARM = "W0102", "an arm that can never be reached";
    UNUSED_PARAMETER = "W0103", "a parameter that nobody uses";
    UNUSED_TASK = "W0104", "a task that nobody uses";
    UNUSED_TOOL = "W0105", "a tool that nobody uses";
    UNREACHABLE_CODE = "W0106", "code that can never be reached";
    ALWAYS_FITS = "W0107", "a pattern that always fits";
    ALWAYS_SAME = "W0108", "a test for null that always gives the same";
    UNUSED_IMPORT = "W0109", "an import that nobody uses";
    DOLLAR = "W0110", "a dollar sign before an interpolation";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_as_people_type_them() {
        for text in ["E0201", "e0201", "E201", "201", " 0201 "] {
            assert_eq!(find(text).map(|info| info.code), Ok(UNKNOWN_NAME), "{text}");
        }
        assert_eq!(find("w101").map(|info| info.code), Ok(UNUSED_LOCAL));
        let near = |text| find(text).map(|info| info.code).map_err(|near| near.map(|info| info.code));
        assert_eq!(near("E02O1"), Err(Some(UNKNOWN_NAME)));
        assert_eq!(near(""), Err(None));
        assert_eq!(near("nonsense"), Err(None));
    }

    #[test]
    fn codes_are_in_order_and_their_pages_begin_with_them() {
        assert!(
            REGISTRY.is_sorted_by(
                |a, b| (a.code.0.starts_with('W'), a.code) < (b.code.0.starts_with('W'), b.code)
            )
        );
        for info in REGISTRY {
            assert!(info.page.starts_with(&format!("# {}: {}\n\n", info.code, info.title)), "{}", info.code);
        }
    }
}
