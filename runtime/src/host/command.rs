//! Which arguments of a command a program may compute freely: none that the command could take for an option (G2).

use aeth_lang::bytecode::module::CommandPart;

use crate::value::{Error, ErrorKind};

/// Refuses a computed argument that begins with `-`, unless a literal `--` or `--end-of-options` stands before it or
/// literal text begins it.
///
/// A command that is computed as a whole (`[..words]`, as of `exec.run`) has no arguments to tell apart: it is what
/// the program says it is.
///
/// # Errors
/// `Rejected`, naming the argument.
pub(super) fn check(command: &[String], parts: &[CommandPart]) -> Result<(), Error> {
    if let Some(word) = command.iter().find(|word| word.contains('\0')) {
        return Err(Error::new(ErrorKind::Rejected, format!("the argument {word:?} holds a NUL")));
    }
    if matches!(parts, [CommandPart::Spread]) {
        return Ok(());
    }
    let spread = |part: &CommandPart| *part == CommandPart::Spread;
    // Up to the first and after the last spread list it is known which element is which.
    let head = parts.iter().position(spread).unwrap_or(parts.len());
    let tail = parts.iter().rev().position(spread).unwrap_or(0);
    let Some(middle) =
        command.len().checked_sub(head + tail).filter(|&middle| middle == 0 || head < parts.len())
    else {
        return Err(Error::new(
            ErrorKind::Rejected,
            "the command does not have the parts that the program says",
        ));
    };
    for (word, part) in command.iter().zip(&parts[..head]) {
        if ends_options(part) {
            return Ok(());
        }
        if *part == CommandPart::Value && word.starts_with('-') {
            return Err(refused(word));
        }
    }
    if check_middle(&command[head..head + middle], &parts[head..parts.len() - tail])? {
        return Ok(());
    }
    for (word, part) in command[head + middle..].iter().zip(&parts[parts.len() - tail..]) {
        if ends_options(part) {
            return Ok(());
        }
        if *part == CommandPart::Value && word.starts_with('-') {
            return Err(refused(word));
        }
    }
    Ok(())
}

/// The part from the first to the last spread list, where lengths are unknown: if no computed element begins with
/// `-`, there are exactly as many that do as the program writes. Whether options ended in it.
fn check_middle(words: &[String], parts: &[CommandPart]) -> Result<bool, Error> {
    let end = parts.iter().position(ends_options);
    // Which of several `--` the program wrote is unknown; taking the last errs on the side of refusing.
    let words = match end {
        Some(_) => &words[..words.iter().rposition(|word| is_end(word)).unwrap_or(words.len())],
        None => words,
    };
    let written = parts[..end.unwrap_or(parts.len())].iter().filter(|part| {
        matches!(part, CommandPart::Literal(text) | CommandPart::Prefixed(text) if text.starts_with('-'))
    });
    match words.iter().filter(|word| word.starts_with('-')).nth(written.count()) {
        Some(word) => Err(refused(word)),
        None => Ok(end.is_some()),
    }
}

fn ends_options(part: &CommandPart) -> bool {
    matches!(part, CommandPart::Literal(text) if is_end(text))
}

fn is_end(word: &str) -> bool {
    matches!(word, "--" | "--end-of-options")
}

fn refused(word: &str) -> Error {
    let shown: String = word.chars().take(100).collect();
    Error::new(
        ErrorKind::Rejected,
        format!(
            "the argument {shown:?} is computed and begins with `-`: the command could take it for an option; write a literal \"--\" before it"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `lit` stands for itself, `=x` for a prefixed, `?` for a value, `*` for a spread.
    fn parts(text: &str) -> Vec<CommandPart> {
        text.split_whitespace()
            .map(|word| match word.strip_prefix('=') {
                Some(prefix) => CommandPart::Prefixed(prefix.into()),
                None if word == "?" => CommandPart::Value,
                None if word == "*" => CommandPart::Spread,
                None => CommandPart::Literal(word.into()),
            })
            .collect()
    }

    #[test]
    fn computed_options_are_refused() {
        let table = [
            ("git log ?", "git log main", true),
            ("git log ?", "git log --output=/etc/passwd", false),
            ("git log ?", "git log -", false),
            ("git log -- ?", "git log -- -x", true),
            ("git log --end-of-options ?", "git log --end-of-options -x", true),
            ("git log ? --", "git log -x --", false),
            ("git =--since= ?", "git --since=-1 x", true),
            ("git -C ? log", "git -C repo log", true),
            ("git -C ? log", "git -C -x log", false),
            ("git *", "git a b c", true),
            ("git *", "git", true),
            ("git *", "git a -b", false),
            ("git * -- *", "git a -- -b", true),
            ("git * -- *", "git -a -- b", false),
            ("git * -- *", "git -- -b", true),
            ("git * -- *", "git -- -a -- b", false),
            ("git * -v *", "git a -v b", true),
            ("git * -v *", "git -v -v", false),
            ("git * -v *", "git -x -v", false),
            ("git * -v", "git a -v", true),
            ("git * -v ?", "git a -v -x", false),
            ("git * -- ?", "git a -- -x", true),
            ("git * =-v *", "git -v1", true),
            ("git -- *", "git -- -a -b", true),
            ("? a", "-x a", false),
            ("*", "git --version", true),
            ("git a", "git", false),
            ("git", "git a", false),
        ];
        for (parts_text, command, allowed) in table {
            let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
            let found = check(&words, &parts(parts_text));
            assert_eq!(found.is_ok(), allowed, "{parts_text} | {command}: {found:?}");
        }
        assert!(check(&["a\0b".into()], &parts("*")).is_err());
    }
}
