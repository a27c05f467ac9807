//! The Aetheris runtime: a deterministic machine inside a durable shell.

pub mod effect;
pub mod event;
pub mod grant;
pub mod host;
pub mod limits;
pub mod machine;
pub mod schedule;
pub mod store;
pub mod value;
