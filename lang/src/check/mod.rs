//! Names and types: a parsed file in, a [`program::Program`] or diagnostics out.

pub mod program;
pub mod types;
