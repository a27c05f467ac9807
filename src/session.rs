//! How a person names a store and its jobs.

use crate::place::Place;
use crate::terminal::text;

/// The flags that a printed command needs to mean the same jobs.
pub(crate) fn flags(place: &Place, namespace: &str) -> String {
    let namespace = if namespace == "default" {
        String::new()
    } else {
        format!(" --namespace {}", text::shell(namespace))
    };
    format!("{}{namespace}", place.flag())
}
