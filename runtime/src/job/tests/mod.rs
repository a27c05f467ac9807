//! The durable loop against a world in memory that counts what reaches it.

mod crash;
mod rules;
mod waits;
mod world;
