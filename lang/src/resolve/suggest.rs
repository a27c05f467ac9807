//! What was meant by a misspelt name.

/// The candidate nearest to `name`, if it is near enough to be worth proposing. The first of equals wins.
pub(crate) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let most = name.chars().count().div_ceil(3).min(3);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == name || candidate.is_empty() || candidate.starts_with('_') && !name.starts_with('_') {
            continue;
        }
        let distance = distance(name, candidate, most);
        if distance <= most && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace, swap of neighbours) from `a` to `b`, or more than `most`; case is half an edit.
fn distance(a: &str, b: &str, most: usize) -> usize {
    if a.eq_ignore_ascii_case(b) {
        return 1;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(65).collect(), b.chars().take(65).collect());
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                least = least.min(before[j - 1] + 1);
            }
            row[j + 1] = least;
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn proposes_only_what_is_near() {
        assert_eq!(nearest("classfy", ["publish", "classify"]), Some("classify"));
        assert_eq!(nearest("lenght", ["len", "length"]), Some("length"));
        assert_eq!(nearest("Titel", ["title", "hash"]), Some("title"));
        assert_eq!(nearest("x", ["publish"]), None);
        assert_eq!(nearest("approval", ["draft", "tickets"]), None);
    }
}
