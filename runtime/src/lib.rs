//! The Aetheris runtime: a deterministic machine inside a durable shell.

pub mod crash;
pub mod effect;
pub mod event;
pub mod grant;
pub mod host;
pub mod job;
pub mod ledger;
pub mod limits;
pub mod machine;
pub mod replay;
mod runtime;
pub mod schedule;
pub mod store;
pub mod value;

pub use runtime::{
    Doubt, Host, NotRun, OpenQuestion, Runtime, RuntimeOptions, Start, StartError, Started, SystemHost,
    TalkError, not_run,
};
