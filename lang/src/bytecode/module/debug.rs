//! The way back from code to source.

use serde::{Deserialize, Serialize};

use crate::ids::{FunctionId, SiteId};
use crate::span::Span;

/// The way back from code to source. Not part of the program's hash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Debug {
    /// Names of the source files, by `FileId`.
    pub files: Vec<String>,
    /// The sources themselves, so that a failing job can underline them years later.
    pub sources: Vec<String>,
    /// Per function: its name and, sorted by instruction, where each run of instructions comes from.
    pub functions: Vec<FunctionDebug>,
    /// Per site: the call's place.
    pub sites: Vec<Span>,
    /// Per graph: its name's place and, per task, the task's.
    pub graphs: Vec<(Span, Vec<Span>)>,
    /// Per tool: its name's place.
    pub tools: Vec<Span>,
}

/// Debug table of one function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionDebug {
    /// Its name; empty for a lambda.
    pub name: String,
    /// `(first instruction, span)`, ascending.
    pub spans: Vec<(u32, Span)>,
    /// Names of locals and the registers they live in: `(register, from, to, name)`.
    pub locals: Vec<(u16, u32, u32, String)>,
}

impl Debug {
    /// Where the instruction `pc` of a function comes from.
    #[must_use]
    pub fn span(&self, function: FunctionId, pc: u32) -> Option<Span> {
        let spans = &self.functions.get(function.index())?.spans;
        let after = spans.partition_point(|&(first, _)| first <= pc);
        after.checked_sub(1).map(|at| spans[at].1)
    }

    /// Where a site's call stands.
    #[must_use]
    pub fn site(&self, site: SiteId) -> Option<Span> {
        self.sites.get(site.index()).copied()
    }
}
