//! An open document's text, addressed as editors do: lines, and UTF-16 code units within a line.

use tower_lsp::ls_types::{Position, Range, TextDocumentContentChangeEvent};

/// A text and where its lines begin. Lines end at `\n`, `\r\n` or `\r`, as the protocol says.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    text: String,
    line_starts: Vec<usize>,
}

impl Text {
    /// The lines of a text.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let bytes = text.as_bytes();
        let mut line_starts = vec![0];
        for (at, &byte) in bytes.iter().enumerate() {
            if byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                line_starts.push(at + 1);
            }
        }
        Self { text, line_starts }
    }

    /// The whole text.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The byte offset of a position. What lies past the end of a line is its end, past the last line the end of
    /// the text; the middle of a surrogate pair is the start of its character.
    pub(crate) fn offset(&self, position: Position) -> usize {
        let Some(&start) = self.line_starts.get(position.line as usize) else { return self.text.len() };
        let line = self.line(position.line as usize);
        let mut units = 0;
        for (at, letter) in line.char_indices() {
            units += letter.len_utf16();
            if units > position.character as usize {
                return start + at;
            }
        }
        start + line.len()
    }

    /// The position of a byte offset; an offset past the end is the end, one inside a character its start.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_starts.partition_point(|&start| start <= offset) - 1;
        let units: usize = self.text[self.line_starts[line]..offset].chars().map(char::len_utf16).sum();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position::new(number(line), number(units))
    }

    /// The range of two byte offsets.
    pub(crate) fn range(&self, bytes: &std::ops::Range<usize>) -> Range {
        Range::new(self.position(bytes.start), self.position(bytes.end.max(bytes.start)))
    }

    /// Applies one change: a replaced range, or a new text if none is named.
    pub(crate) fn apply(&mut self, change: TextDocumentContentChangeEvent) {
        let Some(range) = change.range else {
            *self = Self::new(change.text);
            return;
        };
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        let mut text = std::mem::take(&mut self.text);
        text.replace_range(start.min(end)..start.max(end), &change.text);
        *self = Self::new(text);
    }

    /// A line without its line break.
    fn line(&self, line: usize) -> &str {
        let end = self.line_starts.get(line + 1).copied().unwrap_or(self.text.len());
        self.text[self.line_starts[line]..end].trim_end_matches(['\n', '\r'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(text: &mut Text, from: (u32, u32), to: (u32, u32), with: &str) {
        let range = Range::new(Position::new(from.0, from.1), Position::new(to.0, to.1));
        text.apply(TextDocumentContentChangeEvent {
            range: Some(range),
            range_length: None,
            text: with.into(),
        });
    }

    #[test]
    fn positions_count_utf16_units_both_ways() {
        let text = Text::new("ä𝄞x\nzweite");
        for (offset, line, character) in [(0, 0, 0), (2, 0, 1), (6, 0, 3), (7, 0, 4), (8, 1, 0), (14, 1, 6)] {
            assert_eq!(text.position(offset), Position::new(line, character), "{offset}");
            assert_eq!(text.offset(Position::new(line, character)), offset);
        }
        assert_eq!(text.offset(Position::new(0, 2)), 2, "the middle of a pair is its start");
        assert_eq!(text.position(3), Position::new(0, 1), "inside a character is its start");
    }

    #[test]
    fn positions_outside_are_clamped() {
        let text = Text::new("one\r\ntwo");
        assert_eq!(text.offset(Position::new(0, 99)), 3, "before the line break");
        assert_eq!(text.offset(Position::new(9, 0)), 8);
        assert_eq!(text.position(99), Position::new(1, 3));
    }

    #[test]
    fn every_line_break_of_the_protocol_counts() {
        let text = Text::new("a\rb\r\nc\nd");
        assert_eq!(text.position(2), Position::new(1, 0));
        assert_eq!(text.position(5), Position::new(2, 0));
        assert_eq!(text.position(7), Position::new(3, 0));
    }

    #[test]
    fn changes_apply_in_order() {
        let mut text = Text::new("let a = 1\nlet b = 2\n");
        replace(&mut text, (0, 4), (0, 5), "first");
        replace(&mut text, (1, 0), (2, 0), "");
        replace(&mut text, (1, 0), (1, 0), "𝄞\n");
        replace(&mut text, (1, 2), (1, 2), "!");
        assert_eq!(text.as_str(), "let first = 1\n𝄞!\n");
        text.apply(TextDocumentContentChangeEvent { range: None, range_length: None, text: "new".into() });
        assert_eq!(text.as_str(), "new");
    }

    #[test]
    fn a_reversed_range_is_taken_the_right_way_round() {
        let mut text = Text::new("abc");
        replace(&mut text, (0, 2), (0, 1), "-");
        assert_eq!(text.as_str(), "a-c");
    }
}
