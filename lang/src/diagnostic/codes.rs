//! The registry of diagnostic codes: one line per code, explained by `aeth explain`.

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
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// What it is about, in a few words.
    pub title: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal;)+) => {
        $(#[doc = $title] pub const $name: Code = Code($code);)+
        /// Every code with its title, in order.
        pub const REGISTRY: &[CodeInfo] = &[$(CodeInfo { code: $name, title: $title }),+];
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
    UNBALANCED = "E0110", "a brace without its partner";
    UNKNOWN_NAME = "E0201", "a name that is not in scope";
    TYPE_MISMATCH = "E0301", "a value of another type was expected";
}
