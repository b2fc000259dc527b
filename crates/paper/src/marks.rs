//! A small part of Markdown: headings, paragraphs, lists, and words that stand out. Anything else is refused by its line.

use crate::{Block, Kind};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Lists stand in one another so deep at most.
const DEEPEST: usize = 8;

/// What is not taken, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The line, from 1.
    pub line: usize,
    /// What it is.
    pub what: &'static str,
}

/// Reads blocks.
#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    open: Option<Block>,
    /// Of each list that is open, the number of its next item if it counts.
    lists: Vec<Option<u64>>,
    strong_from: Option<usize>,
}

/// The blocks that `text` says.
pub fn read(text: &str) -> Result<Vec<Block>, Refused> {
    let mut reader = Reader::default();
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        let line = 1 + text.as_bytes()[..range.start.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
        reader.take(event).map_err(|what| Refused { line, what })?;
    }
    reader.close();
    Ok(reader.blocks)
}

/// `value` as words of a text that is read by [`read`]: none of it is a mark.
pub fn plain(value: &str) -> String {
    let words: Vec<_> = value.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let mut escaped = String::with_capacity(value.len() + 8);
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            escaped.push(' ');
        }
        let counts = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_number = at == 0 && counts.len() < word.len();
        for (place, c) in word.char_indices() {
            let begins = at == 0 && place == 0 && matches!(c, '#' | '+' | '-' | '=');
            let ends_number = is_number && place == word.len() - counts.len() && matches!(c, '.' | ')');
            if begins || ends_number || matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~' | '|') {
                escaped.push('\\');
            }
            escaped.push(c);
        }
    }
    escaped
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Start(tag) => self.start(tag)?,
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.say(&text),
            Event::SoftBreak => self.say(" "),
            Event::HardBreak => self.say("\n"),
            Event::Rule => self.close(),
            Event::Html(_) | Event::InlineHtml(_) => return Err("HTML"),
            Event::Code(_) => return Err("code"),
            _ => return Err("this mark"),
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag<'_>) -> Result<(), &'static str> {
        match tag {
            // The paragraph of an item goes on in the item.
            Tag::Paragraph if self.open.as_ref().is_some_and(|open| matches!(open.kind, Kind::Item(_)) && self.is_fresh(open)) => {}
            Tag::Paragraph => self.begin(Kind::Paragraph),
            Tag::Heading { level, .. } => self.begin(Kind::Heading(level_of(level))),
            Tag::List(first) => {
                self.close();
                if self.lists.len() >= DEEPEST {
                    return Err("so many lists in one another");
                }
                self.lists.push(first);
            }
            Tag::Item => {
                let depth = self.lists.len().saturating_sub(1);
                self.begin(Kind::Item(u8::try_from(depth).unwrap_or(u8::MAX)));
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                };
                self.say(&mark);
            }
            Tag::Strong => self.strong_from = self.open.as_ref().map(|open| open.text.len()),
            Tag::Emphasis => {}
            Tag::HtmlBlock => return Err("HTML"),
            Tag::CodeBlock(_) => return Err("code"),
            Tag::BlockQuote(_) => return Err("a quotation"),
            Tag::Link { .. } => return Err("a link"),
            Tag::Image { .. } => return Err("an image"),
            _ => return Err("this mark"),
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => {
                if let (Some(from), Some(open)) = (self.strong_from.take(), &mut self.open) {
                    open.strong.push(from..open.text.len());
                }
            }
            TagEnd::List(_) => {
                self.close();
                self.lists.pop();
            }
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item => self.close(),
            _ => {}
        }
    }

    /// Whether nothing but its mark stands in an item.
    fn is_fresh(&self, open: &Block) -> bool {
        open.text.chars().all(|c| c == '•' || c == '.' || c == ' ' || c.is_ascii_digit())
    }

    fn begin(&mut self, kind: Kind) {
        self.close();
        self.open = Some(Block::new(kind, ""));
    }

    fn say(&mut self, text: &str) {
        self.open.get_or_insert_with(|| Block::new(Kind::Paragraph, "")).text.push_str(text);
    }

    fn close(&mut self) {
        self.strong_from = None;
        self.blocks.extend(self.open.take().filter(|open| !open.text.trim().is_empty()));
    }
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_paragraphs_and_lists_are_read() {
        let blocks = read("# One\n\nSome **strong** words\ngo on.\n\n1. first\n2. second\n   - inner\n\nEnd.").expect("blocks");
        let told: Vec<_> = blocks.iter().map(|block| (block.kind, block.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (Kind::Heading(1), "One"),
                (Kind::Paragraph, "Some strong words go on."),
                (Kind::Item(0), "1. first"),
                (Kind::Item(0), "2. second"),
                (Kind::Item(1), "• inner"),
                (Kind::Paragraph, "End."),
            ]
        );
        assert_eq!(blocks[1].strong, [std::ops::Range { start: 5, end: 11 }]);
    }

    #[test]
    fn what_is_no_plain_text_is_refused_by_its_line() {
        for (text, line, what) in [
            ("a\n\n<b>x</b>", 3, "HTML"),
            ("a\n\n[x](https://x.example)", 3, "a link"),
            ("![x](y)", 1, "an image"),
            ("a `b`", 1, "code"),
            ("> q", 1, "a quotation"),
        ] {
            assert_eq!(read(text), Err(Refused { line, what }), "{text}");
        }
        // Nothing but hyphens would be a line across.
        assert_eq!(read(&format!("{}x", "- ".repeat(200))), Err(Refused { line: 1, what: "so many lists in one another" }));
    }

    #[test]
    fn no_value_is_a_mark() {
        for value in
            ["# x", "1. x", "2) x", "- x", "+ x", "**x**", "_x_", "<b>x</b>", "[x](y)", "a & b", "&lt;", "`x`", "\\*", "===", "x | y", "3.14"]
        {
            let blocks = read(&plain(value)).unwrap_or_else(|refused| panic!("{value}: {refused:?}"));
            assert_eq!(blocks, [Block::new(Kind::Paragraph, value)], "{value} as {}", plain(value));
        }
        assert_eq!(plain("a\n\nb\u{7} c"), "a b c");
    }
}
