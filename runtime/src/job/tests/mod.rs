//! The durable loop against a world in memory that counts what reaches it.

mod crash;
mod fibers;
mod rules;
mod segments;
mod snapshots;
mod state;
mod waits;
mod world;
