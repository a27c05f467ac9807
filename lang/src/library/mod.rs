//! The standard library: one place that checker, machine, hover and reference are served from.

pub mod builtin;
pub mod prelude;

pub use builtin::Builtin;
