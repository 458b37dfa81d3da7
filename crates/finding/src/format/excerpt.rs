//! The line of source that a finding points at, cut to what can be shown, with its mark in the right place.

use crate::escape::{self, Piece, TAB};

/// The part of a line that holds a mark.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Window<'a> {
    /// The text of the part.
    pub(super) text: &'a str,
    /// Whether the line has more before it.
    pub(super) is_cut_before: bool,
    /// Whether the line has more after it.
    pub(super) is_cut_after: bool,
    /// Characters of the part before the mark.
    pub(super) start: usize,
    /// Characters of the part before the end of the mark.
    pub(super) end: usize,
}

/// The part of a line from `before` characters before a column, `total` characters at most.
///
/// A template can be one line of a megabyte, so nothing may look at a whole line for each finding.
/// Columns are [`crate::report::Position`]'s; without an end column the mark runs to the end.
pub(super) fn window(
    line: &str,
    column: u32,
    end_column: Option<u32>,
    before: usize,
    total: usize,
) -> Window<'_> {
    let column = (column as usize).saturating_sub(1);
    let skipped = column.saturating_sub(before);
    let kept = after(line, skipped);
    let rest = after(kept, total);
    let text = &kept[..kept.len() - rest.len()];
    let length = text.chars().count();
    let start = (column - skipped).min(length);
    let end = end_column
        .map_or(length, |end| (end as usize).saturating_sub(1).saturating_sub(skipped))
        .clamp(start, length);
    Window { text, is_cut_before: skipped > 0, is_cut_after: !rest.is_empty(), start, end }
}

/// What is left of a text after a number of characters.
pub(super) fn after(text: &str, number: usize) -> &str {
    let mut chars = text.chars();
    if let Some(last) = number.checked_sub(1) {
        chars.nth(last);
    }
    chars.as_str()
}

/// A line of source as a terminal shows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    /// The text, safe to print, with `…` where it is cut.
    pub text: String,
    /// Columns before the mark.
    pub start: usize,
    /// Columns of the mark, one at least.
    pub len: usize,
}

/// A line of source in `room` columns, which must be 20 at least, so that the start of its mark is seen.
/// Columns are [`crate::report::Position`]'s; without an end column the mark runs to the end.
pub fn show(line: &str, column: u32, end_column: Option<u32>, room: usize) -> Shown {
    let window = window(line, column, end_column, room, 3 * room);
    let cells: Vec<Piece> = escape::pieces(window.text).collect();
    // Columns before each cell, and after the last: one more than there are cells.
    let mut edges = Vec::with_capacity(cells.len() + 1);
    let mut edge = 0;
    edges.push(edge);
    for cell in &cells {
        edge += if *cell == TAB_PIECE { TAB.len() } else { cell.width() };
        edges.push(edge);
    }
    // `Window` keeps `start <= end <= cells.len()`, so both are edges.
    let (mark, mark_end) = (edges[window.start], edges[window.end]);

    let is_seen = !window.is_cut_before && mark_end.min(mark + room / 2) < room;
    let from = if is_seen { 0 } else { mark.saturating_sub(room / 4) };
    // Found at `start` at the latest, where the edge is `mark`.
    let first = (0..window.start).find(|index| edges[*index] >= from).unwrap_or(window.start);
    let lead = usize::from(first > 0 || window.is_cut_before);

    let mut text = if lead == 1 { "…".to_owned() } else { String::new() };
    let mut last = first;
    while last < cells.len() {
        let has_more = last + 1 < cells.len() || window.is_cut_after;
        if lead + edges[last + 1] - edges[first] > room - usize::from(has_more) {
            break;
        }
        match cells[last] {
            TAB_PIECE => text.push_str(TAB),
            piece => piece.push_to(&mut text),
        }
        last += 1;
    }
    if last < cells.len() || window.is_cut_after {
        text.push('…');
    }

    let end = window.end.min(last).max(window.start);
    let start = (lead + mark - edges[first]).min(room - 1);
    let len = (edges[end] - mark).max(1);
    Shown { text, start, len }
}

/// A tab, which is shown as [`TAB`].
const TAB_PIECE: Piece = Piece::Number('\t');

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    #[test]
    fn a_short_line_is_whole() {
        let shown = show("  Bucket: x", 3, Some(9), 40);
        assert_eq!(shown, Shown { text: "  Bucket: x".to_owned(), start: 2, len: 6 });
    }

    #[test]
    fn tabs_and_wide_characters_take_their_columns() {
        assert_eq!(show("\tB: x", 2, Some(3), 40), Shown { text: "    B: x".to_owned(), start: 4, len: 1 });
        assert_eq!(show("漢字: x", 1, Some(3), 40), Shown { text: "漢字: x".to_owned(), start: 0, len: 4 });
        assert_eq!(show("\u{1b}B", 2, Some(3), 40), Shown { text: "\\u{1b}B".to_owned(), start: 6, len: 1 });
    }

    #[test]
    fn a_long_line_is_cut_around_its_mark() {
        let line = format!("{}MARK{}", "a".repeat(500), "b".repeat(500));
        let shown = show(&line, 501, Some(505), 40);
        assert_eq!(text::width(&shown.text), 40);
        assert_eq!(shown.text.chars().skip(shown.start).take(shown.len).collect::<String>(), "MARK");
        assert!(shown.text.starts_with('…') && shown.text.ends_with('…'));
    }

    #[test]
    fn a_mark_out_of_the_line_stays_in_the_room() {
        for column in [0, 1, 5, 20, 21, 40, 100, u32::MAX] {
            for end in [None, Some(0), Some(column), Some(u32::MAX)] {
                for line in [
                    "",
                    "abc",
                    "01234567890123456789",
                    "漢字漢字漢字漢字漢字漢字漢字漢字",
                    "\t\t\t\t\t\t\t\t",
                ] {
                    let shown = show(line, column, end, 20);
                    assert!(text::width(&shown.text) <= 20, "{shown:?}");
                    assert!(shown.start + shown.len <= 20, "{shown:?}");
                }
            }
        }
    }
}
