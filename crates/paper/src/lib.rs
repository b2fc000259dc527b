//! Paper: plain words become a PDF, the same bytes every time. Pure; no clock, no database.
//!
//! A [`Paper`] is a title and [`Block`]s: headings, paragraphs and items of lists. [`marks`] reads them from a small part of Markdown. [`pdf`] sets
//! them on pages of A4 in one bundled family, in whatever direction the script runs: shaping, directions and lines are `parley`'s, the file is
//! `krilla`'s. What the family has no sign for is refused, never left blank: an agreement with a hole in it is no agreement.

#![forbid(unsafe_code)]

mod file;
pub mod marks;
mod pages;
mod set;

use std::ops::Range;

/// What is to be set on pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The title, on top and in the file's description.
    pub title: String,
    /// The language of the text (BCP 47).
    pub language: String,
    /// Stands at the foot of every page, beside its number.
    pub foot: String,
    /// The text.
    pub blocks: Vec<Block>,
}

/// A piece of text of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// Its words.
    pub text: String,
    /// Which of its bytes stand out.
    pub strong: Vec<Range<usize>>,
}

impl Block {
    /// Words of this kind, none of which stands out.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), strong: Vec::new() }
    }
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A heading of this level, from 1.
    Heading(u8),
    /// A paragraph.
    Paragraph,
    /// An item of a list, so deep, from 0; its mark stands in its text.
    Item(u8),
    /// Small print, which may break anywhere.
    Small,
    /// What follows begins on a new page.
    NewPage,
}

/// Why something cannot be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The family has no sign for this character.
    NoSign(char),
    /// It would be more pages than this.
    TooLong(usize),
    /// The file could not be written.
    Unwritten(String),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSign(sign) => write!(f, "The character {sign:?} cannot be printed: the font has none."),
            Self::TooLong(pages) => write!(f, "It is longer than {pages} pages."),
            Self::Unwritten(cause) => write!(f, "The file could not be written: {cause}."),
        }
    }
}

impl std::error::Error for Trouble {}

/// The file of a paper.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>, Trouble> {
    file::write(paper, &pages::lay_out(paper)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(language: &str, text: &str) -> Paper {
        let blocks = vec![Block::new(Kind::Heading(2), "One"), Block::new(Kind::Paragraph, text), Block::new(Kind::Item(1), "• item")];
        Paper { title: "Agreement".into(), language: language.into(), foot: "agr_1".into(), blocks }
    }

    #[test]
    fn the_same_paper_is_the_same_file() {
        let one = paper("en", "Some words, and شركة النور, and more.");
        let file = pdf(&one).expect("a file");
        assert!(file.starts_with(b"%PDF-"));
        assert_eq!(file, pdf(&one).expect("a file"));
        assert!(file.len() < 100_000, "the faces are cut to what is used: {}", file.len());
    }

    #[test]
    fn what_cannot_be_printed_is_refused() {
        assert_eq!(pdf(&paper("en", "東京")), Err(Trouble::NoSign('東')));
        assert!(pdf(&paper("he", "הסכם \u{200f}(A) \u{2066}x\u{2069} \n y")).is_ok(), "marks of direction have no sign and need none");
        assert_eq!(pdf(&paper("en", &"x ".repeat(1_000_000))), Err(Trouble::TooLong(pages::MOST)));
    }
}
