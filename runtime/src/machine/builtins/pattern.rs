//! Regular expressions: compiled once, bounded in size, linear in the text.

use std::sync::Arc;

use regex::Regex;
use rustc_hash::FxHashMap;

use super::super::data::quoted;
use super::{Fault, Library, Run};
use crate::limits::{REGEX_BYTES, REGEX_CACHE, REGEX_TEXT};
use crate::value::ErrorKind;

/// Compiled regular expressions: looked up, never iterated; forgetting them changes nothing but speed.
#[derive(Debug, Default)]
pub(crate) struct Patterns(FxHashMap<Arc<String>, Regex>);

impl Patterns {
    /// The compiled form of a pattern.
    fn get(&mut self, pattern: &Arc<String>) -> Run<&Regex> {
        if !self.0.contains_key(pattern) {
            let built = compile(pattern)?;
            if self.0.len() >= REGEX_CACHE {
                self.0.clear();
            }
            self.0.insert(Arc::clone(pattern), built);
        }
        self.0.get(pattern).ok_or_else(|| Fault::internal("a regular expression is lost"))
    }
}

/// The compiled form of a pattern, after the work of searching a text with it is charged. The search takes at worst
/// the product of both lengths, so that is what a large pattern pays.
pub(super) fn searching<'a>(
    pattern: &Arc<String>,
    text: &str,
    library: &'a mut Library<'_>,
) -> Run<&'a Regex> {
    let (text, size) = (text.len() as u64, pattern.len() as u64);
    library.meter.work(text / 8 + size + text.saturating_mul(size / 16) / 64);
    library.patterns.get(pattern)
}

fn compile(pattern: &str) -> Run<Regex> {
    let too_large = |why: String| {
        let message = format!("the regular expression {} is too large: {why}", quoted(pattern));
        Fault::new(ErrorKind::Limit, message)
    };
    if pattern.len() > REGEX_TEXT {
        return Err(too_large(format!("it has more than {REGEX_TEXT} bytes")));
    }
    let mut builder = regex::RegexBuilder::new(pattern);
    let built = builder.size_limit(REGEX_BYTES).dfa_size_limit(REGEX_BYTES).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => {
            too_large(format!("compiled, it takes more than {limit} bytes"))
        }
        other => {
            let reason = other.to_string();
            let reason = reason.lines().last().unwrap_or("it is not valid").trim_start_matches("error: ");
            let message = format!("the regular expression {} cannot be used: {reason}", quoted(pattern));
            Fault::new(ErrorKind::Decode, message)
        }
    })
}
