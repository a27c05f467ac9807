//! Whole programs: their listings, and what exceeds a limit.

mod hir;
