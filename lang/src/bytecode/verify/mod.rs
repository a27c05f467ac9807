//! Proves that a module cannot lead the machine outside its tables.
//!
//! In: any [`Module`], decoded from any bytes. Out: nothing, or what is wrong. After this the machine needs no
//! error path for malformed code: every register, window, jump, index and function is there and has the right
//! size, tasks depend on earlier tasks only, constants on earlier constants only, and pure functions ask for no
//! effects. Not proven are *types*: an instruction that meets a value of another type than its own makes the
//! machine fault with an Internal error, never panic.

mod agents;
mod code;
mod declarations;
mod purity;
mod tables;

pub(crate) use tables::parts;

use super::Module;
use super::module::{FORMAT_VERSION, SEMANTICS_VERSION};

/// What is wrong with a module.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the program is malformed: {place}: {problem}")]
pub struct VerifyError {
    /// Which part.
    pub place: String,
    /// What about it.
    pub problem: String,
}

/// What the checks answer.
type Verdict = Result<(), VerifyError>;

/// Proves a module sound.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn verify(module: &Module) -> Result<(), VerifyError> {
    ensure(module.format == FORMAT_VERSION, || at("format", format!("{} is unknown here", module.format)))?;
    ensure(module.semantics == SEMANTICS_VERSION, || {
        at("semantics", format!("version {} is unknown here", module.semantics))
    })?;
    tables::sizes(module)?;
    tables::types(module)?;
    tables::constants(module)?;
    code::functions(module)?;
    declarations::sites(module)?;
    declarations::tools(module)?;
    declarations::signals(module)?;
    declarations::graphs(module)?;
    agents::models(module)?;
    agents::prompts(module)?;
    agents::memories(module)?;
    agents::schedules(module)?;
    purity::purity(module)
}

fn at(place: impl Into<String>, problem: impl Into<String>) -> VerifyError {
    VerifyError { place: place.into(), problem: problem.into() }
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> VerifyError) -> Verdict {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// Names must be sorted, each once.
fn sorted<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) -> Verdict {
    let mut last: Option<&str> = None;
    for name in names {
        ensure(last.is_none_or(|last| last < name), || at(what, format!("`{name}` is out of order")))?;
        last = Some(name);
    }
    Ok(())
}
