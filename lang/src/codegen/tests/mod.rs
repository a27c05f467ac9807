//! A corpus of small programs that together use every construct: each compiles and verifies, and its listing is
//! golden. Then what must not change a program's bytes, and what must.

#![allow(clippy::disallowed_methods, reason = "the corpus is read from its folder")]

mod canonical;
mod hir;
mod mutation;
mod speed;

use std::fs;
use std::path::Path;

use crate::bytecode::disasm::listing;
use crate::bytecode::{decode, encode, verify};
use crate::diagnostic::Severity;
use crate::source::{Source, SourceMap};
use crate::{Compiled, compile};

/// The programs of the corpus with their names, sorted.
pub(super) fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/codegen/tests/corpus");
    let mut programs: Vec<_> = fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "aeth"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("a readable file"))
        })
        .collect();
    programs.sort();
    programs
}

/// Compiles a text; gives the errors if there are any.
fn try_compile(name: &str, text: &str) -> Result<Compiled, String> {
    let mut sources = SourceMap::default();
    sources.add(Source::new(name, text));
    let compilation = compile(&sources);
    let told = compilation.diagnostics.iter().filter(|told| told.severity == Severity::Error).map(|told| {
        let position = sources.get(told.span().file).position(told.span().start);
        format!("{name}:{}:{}: {} {}", position.line, position.column, told.code, told.message)
    });
    let told: Vec<_> = told.collect();
    compilation.compiled.ok_or_else(|| told.join("\n"))
}

/// Compiles a text that has no errors.
pub(super) fn compiled(name: &str, text: &str) -> Compiled {
    try_compile(name, text).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn every_program_of_the_corpus_compiles_to_its_golden_listing() {
    let mut errors = Vec::new();
    for (name, text) in corpus() {
        match try_compile(&format!("{name}.aeth"), &text) {
            Ok(compiled) => {
                assert_eq!(verify(&compiled.module), Ok(()), "{name}");
                assert_eq!(decode(&encode(&compiled.module)).as_ref(), Ok(&compiled.module), "{name}");
                insta::assert_snapshot!(name, listing(&compiled.module, Some(&compiled.debug)));
            }
            Err(error) => errors.push(error),
        }
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}
