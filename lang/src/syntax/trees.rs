//! What declarations have parsed to before, so that of an edited text only what changed goes through the grammar again.
//!
//! Invariant: what is found here is what the grammar says of the very same text; positions in it count from its own
//! beginning, so that it serves wherever the declaration stands now.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::rc::Rc;

use pest::Parser as _;
use pest::error::Error;
use self_cell::self_cell;

use super::parse::{Grammar, Rule};

type Pairs<'i> = pest::iterators::Pairs<'i, Rule>;

self_cell! {
    /// A text with what it parses to.
    pub(crate) struct Tree {
        owner: String,
        #[covariant]
        dependent: Pairs,
    }
}

impl Tree {
    /// What the text parses to.
    pub(crate) fn pairs(&self) -> Pairs<'_> {
        self.borrow_dependent().clone()
    }
}

/// A tree under its text.
struct Kept(Rc<Tree>);

impl Borrow<str> for Kept {
    fn borrow(&self) -> &str {
        self.0.borrow_owner()
    }
}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> Ordering {
        Borrow::<str>::borrow(self).cmp(other.borrow())
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Kept {}

/// Trees of declarations that have parsed, up to twice a number of bytes of their texts. What was not asked for while
/// that many bytes of others were is forgotten.
#[derive(Default)]
pub struct Trees {
    capacity: usize,
    recent: BTreeSet<Kept>,
    recent_bytes: usize,
    older: BTreeSet<Kept>,
}

impl std::fmt::Debug for Trees {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Trees({} recent, {} older)", self.recent.len(), self.older.len())
    }
}

impl Trees {
    /// Keeps nothing: for a text that is parsed once.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Keeps trees of `capacity` bytes of text, and at most as much again of what may soon be forgotten.
    #[must_use]
    pub fn up_to(capacity: usize) -> Self {
        Self { capacity, ..Self::default() }
    }

    /// Every tree that is kept.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tree> {
        self.recent.iter().chain(&self.older).map(|kept| &*kept.0)
    }

    /// What one declaration parses to.
    pub(crate) fn parse(&mut self, text: String) -> Result<Rc<Tree>, Box<Error<Rule>>> {
        if let Some(kept) = self.recent.get(text.as_str()) {
            return Ok(Rc::clone(&kept.0));
        }
        let tree = match self.older.take(text.as_str()) {
            Some(kept) => kept.0,
            None => Rc::new(Tree::try_new(text, |text| Grammar::parse(Rule::file, text).map_err(Box::new))?),
        };
        let bytes = tree.borrow_owner().len();
        if bytes <= self.capacity {
            if self.recent_bytes + bytes > self.capacity {
                self.older = std::mem::take(&mut self.recent);
                self.recent_bytes = 0;
            }
            self.recent_bytes += bytes;
            self.recent.insert(Kept(Rc::clone(&tree)));
        }
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::FileId;
    use crate::syntax::parse::{parse, parse_again};

    const TASTE: &str = include_str!("tests/taste.aeth");

    #[test]
    fn an_edited_text_parses_to_the_same_with_and_without_what_is_kept() {
        let mut trees = Trees::up_to(64 * 1024);
        let mut random = blake3::Hasher::new().update(b"edits").finalize_xof();
        let mut draw = |below: usize| {
            let mut bytes = [0; 4];
            random.fill(&mut bytes);
            u32::from_le_bytes(bytes) as usize % below
        };
        let mut text = TASTE.to_owned();
        for _ in 0..300 {
            let at = draw(text.len());
            if let Some(at) = (at..=text.len()).find(|&at| text.is_char_boundary(at)) {
                match draw(4) {
                    0 if text.len() > at && text.is_char_boundary(at + 1) => drop(text.remove(at)),
                    1 => text.insert_str(at, "\n// ä\n"),
                    2 => text.insert(at, ['{', '}', '"', '\u{7}', 'x'][draw(5)]),
                    _ => text = TASTE.replace("Kind", &"Sort"[..1 + draw(4)]),
                }
            }
            assert_eq!(parse_again(FileId(0), &text, &mut trees), parse(FileId(0), &text), "{text}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_found_again() {
        let text = |n: usize| format!("fn f{n:04}() -> Int {{ {n} }}\n");
        let size = text(0).len();
        let mut trees = Trees::up_to(10 * size);
        let first = trees.parse(text(0)).expect("it parses");
        assert!(Rc::ptr_eq(&first, &trees.parse(text(0)).expect("it parses")), "not parsed twice");
        for n in 0..1_000 {
            trees.parse(text(n)).expect("it parses");
            assert!(trees.recent.len() <= 10 && trees.older.len() <= 10, "{trees:?}");
            assert!(Rc::ptr_eq(&trees.parse(text(n)).expect("one"), &trees.parse(text(n)).expect("one")));
        }
        assert!(trees.parse("fn (".to_owned()).is_err());
        let mut none = Trees::none();
        let first = none.parse(text(0)).expect("it parses");
        assert!(!Rc::ptr_eq(&first, &none.parse(text(0)).expect("it parses")), "nothing is kept");
    }
}
