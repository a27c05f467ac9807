//! The few styles there are. Streams drop them where nobody can see them.

use anstyle::{AnsiColor, Style};

/// Errors.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What needs a person.
pub(crate) const ATTENTION: Style = AnsiColor::Yellow.on_default();
/// What went well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is under way.
pub(crate) const ACTIVE: Style = AnsiColor::Cyan.on_default();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Names.
pub(crate) const BOLD: Style = Style::new().bold();
