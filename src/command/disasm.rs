//! `aeth disasm`: prints a program's bytecode.

use aeth_lang::bytecode::disasm;

use crate::args::Disasm;
use crate::exit::{Exit, Outcome};
use crate::{program, terminal};

pub(crate) fn run(args: &Disasm) -> Outcome {
    let compiled = program::compile(&args.file)?;
    let listing = disasm::listing(&compiled.module, Some(&compiled.debug));
    terminal::print(terminal::text::lines(listing.trim_end()).as_ref())?;
    Ok(Exit::Done)
}
