//! Who may work on what, and until when.
