//! Randomness of the operating system.

use super::Entropy;

/// `getrandom(2)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// If the operating system has no randomness: nothing can be named, fenced or keyed without it.
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

/// `bytes` random bytes in lower hexadecimal: names of workers and locks.
#[must_use]
pub fn random_name(bytes: usize) -> String {
    let mut drawn = vec![0; bytes];
    SystemEntropy.fill(&mut drawn);
    drawn.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_long_and_differ() {
        let (a, b) = (random_name(16), random_name(16));
        assert_eq!(a.len(), 32);
        assert_ne!(a, b);
    }
}
