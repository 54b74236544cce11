//! Lines that are nearly those of a log, for tests that compare two readers.

/// Words of which up to three are replaced by one of `odd`, followed by one, removed, or the last;
/// at least one stays. An edit is a place and what is done there.
pub fn edited<'a>(words: &[&'a str], odd: &[&'a str], edits: &[(u8, u8)]) -> Vec<&'a str> {
    let mut words = words.to_vec();
    for (place, pick) in edits.iter().take(3) {
        let (pick, place) = (usize::from(*pick), usize::from(*place) % words.len());
        match pick % 4 {
            0 => words[place] = odd[pick / 4 % odd.len()],
            1 => words.insert(place + 1, odd[pick / 4 % odd.len()]),
            2 => words.truncate(place + 1),
            _ if words.len() > 1 => _ = words.remove(place),
            _ => {}
        }
    }
    words
}
