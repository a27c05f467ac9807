//! The reference page of the library, made of the registry: `docs/language/library.md`.

use std::fmt::Write;

use super::operators::OPERATORS;
use super::prelude::ERROR_KINDS;
use super::{Entry, Example, Outcome, entries};

/// What stands before the sections.
const HEAD: &str = "\
# Library

<!-- Made of `lang/src/library`; `AETH_BLESS=1 cargo test --test main library` writes it again. -->

Everything here is pure, and known without an import. Where something may be missing, the answer is `T?`. Counts and
indices begin at 0; a negative count or a size that no memory holds fails with `.Limit`. What reads a text fails with
`.Decode`. A function without failing examples never fails, but for the [limits of the job](../runtime.md).

Beside each example stands the JSON form of its value, or how it fails; all of them run in the tests. What these results
depend on, and when they may change, says [Stability](stability.md).
";

/// The sections: heading, owners of entries, what is to be said before.
const SECTIONS: &[(&str, &[&str], &str)] = &[
    ("Lists", &["List"], "`for x in xs`, `for i, x in xs` and patterns read lists too."),
    (
        "Strings",
        &["String"],
        "Positions count Unicode scalar values. Regular expressions have the syntax of Rust's `regex`; raw strings, \
         `r\"\\d+\"`, spare doubling the backslashes.",
    ),
    (
        "Maps",
        &["Map"],
        "Keys are String, Int, Bool or an enum without payloads, in the order in which they were added. `m[k] = v` puts \
         into a `var`.",
    ),
    ("Json", &["json", "Json", "T"], "`T` is any type with a [JSON form](types.md#json-form)."),
    (
        "Numbers",
        &["Int", "Float", "Decimal", "math"],
        "Integer literals fit Float and Decimal; everything else is converted by name.",
    ),
    (
        "Time",
        &["Duration", "Timestamp", "time"],
        "Both count milliseconds. `now()` is an [effect](agents.md).",
    ),
    ("Bytes, digests, encodings", &["Bytes", "hash", "base64", "url"], ""),
    ("Errors", &["ErrorKind"], ""),
];

/// The page.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(HEAD);
    for (heading, owners, before) in SECTIONS {
        let _ = write!(page, "\n## {heading}\n");
        if !before.is_empty() {
            let _ = write!(page, "\n{before}\n");
        }
        for entry in owners.iter().flat_map(|owner| of_owner(owner)) {
            section(&mut page, &title(entry), entry.signature, entry.doc, entry.examples);
        }
    }
    let kinds: Vec<String> = ERROR_KINDS.iter().map(|kind| format!("`.{kind}`")).collect();
    let _ = write!(page, "\nThe kinds are {}; `.Other` carries a name.\n", kinds.join(" "));
    page.push_str("\n## Operators\n\nTheir precedence says [Expressions](expressions.md).\n");
    for (owner, operators) in OPERATORS {
        let _ = write!(page, "\n### Operators: {owner}\n");
        for operator in *operators {
            let _ = write!(page, "\n`{}`: {}\n", operator.form, operator.doc);
            block(&mut page, operator.examples);
        }
    }
    page
}

fn of_owner(owner: &str) -> impl Iterator<Item = &'static Entry> + use<'_> {
    let begins = move |entry: &&Entry| {
        let end = entry.signature.find(['<', '.']).unwrap_or(0);
        let name = &entry.signature[..end];
        // `List<Int>.sum` is one of List
        name == owner
    };
    entries().filter(|entry| entry.is_public()).filter(begins)
}

/// `List.chunk`, and `math.abs(x: Float)` where the name is overloaded.
fn title(entry: &Entry) -> String {
    let name = |entry: &Entry| {
        let call = entry.signature.split('(').next().unwrap_or_default();
        let (receiver, name) = call.rsplit_once('.').unwrap_or(("", call));
        format!("{}.{name}", receiver.split('<').next().unwrap_or_default())
    };
    let own = name(entry);
    if entries().filter(|other| name(other) == own).count() == 1 {
        return own;
    }
    // Up to the parenthesis that closes the parameters: a parameter may be a function and have an arrow of its own.
    let mut open = 0usize;
    let closes = |&(_, sign): &(usize, char)| {
        match sign {
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            _ => {}
        }
        sign == ')' && open == 0
    };
    let end = entry.signature.char_indices().find(closes).map_or(entry.signature.len(), |(at, _)| at + 1);
    entry.signature[..end].replace('<', "\\<")
}

fn section(page: &mut String, title: &str, signature: &str, doc: &str, examples: &[Example]) {
    let _ = write!(page, "\n### {title}\n\n`{signature}`\n\n{doc}\n");
    block(page, examples);
}

fn block(page: &mut String, examples: &[Example]) {
    page.push_str("\n```aeth\n");
    let width = |line: &str| line.chars().count();
    let widest = examples.iter().map(|one| width(one.source)).filter(|width| *width < 56).max().unwrap_or(0);
    for example in examples {
        let code = example.lines();
        match example.outcome {
            Outcome::Failure { kind, message } => {
                let _ = writeln!(page, "{code}\n// fails with .{kind}: {message}");
            }
            Outcome::Value(json) if width(&code) > widest || code.contains('\n') => {
                let _ = writeln!(page, "{code}\n// {json}");
            }
            Outcome::Value(json) => {
                let fill = " ".repeat(widest - width(&code));
                let _ = writeln!(page, "{code}{fill}  // {json}");
            }
        }
    }
    page.push_str("```\n");
}

#[cfg(test)]
mod tests {
    use super::{entries, reference, title};

    #[test]
    fn every_public_entry_stands_on_the_page_once() {
        let page = reference();
        for entry in entries() {
            let found = page.matches(&format!("\n### {}\n\n`{}`\n", title(entry), entry.signature)).count();
            assert_eq!(found, usize::from(entry.is_public()), "{}", entry.signature);
        }
    }
}
