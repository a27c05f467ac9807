//! Rendering through miette.
