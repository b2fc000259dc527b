//! Lines onto pages.

use crate::set::{Lines, Row, Setter, Shape};
use crate::{Block, Kind, Paper, Trouble};
use parley::Alignment;
use std::sync::Arc;

/// A4, in points.
pub const WIDTH: f32 = 595.276;
/// A4, in points.
pub const HEIGHT: f32 = 841.89;
const MARGIN: f32 = 64.0;
/// Where the foot stands.
const FOOT: f32 = HEIGHT - 36.0;
const BOTTOM: f32 = HEIGHT - 72.0;
const SMALL: f32 = 8.0;
const PLAIN: f32 = 10.5;
const INDENT: f32 = 18.0;
/// The most pages of a paper.
pub const MOST: usize = 200;

/// Glyphs at their place on a page.
pub struct Placed {
    /// From the left edge.
    pub x: f32,
    /// Of the line on which they stand, from the top.
    pub y: f32,
    /// The size of the font.
    pub size: f32,
    /// The glyphs.
    pub row: Row,
    /// The text that they stand for.
    pub text: Arc<str>,
}

/// What stands on a page.
pub type Page = Vec<Placed>;

struct Desk {
    setter: Setter,
    pages: Vec<Page>,
    y: f32,
}

impl Desk {
    fn new_page(&mut self) -> Result<(), Trouble> {
        if self.pages.len() >= MOST {
            return Err(Trouble::TooLong(MOST));
        }
        self.pages.push(Page::new());
        self.y = MARGIN;
        Ok(())
    }

    /// Put lines where the last ones ended, `x` from the margin; what must not stand alone takes so many points of what follows along.
    fn put(&mut self, set: Lines, x: f32, size: f32, along: f32) -> Result<(), Trouble> {
        let height = size * 1.45;
        for line in set.lines {
            if self.y + height + along > BOTTOM {
                self.new_page()?;
            }
            self.y += height;
            let (y, Some(page)) = (self.y - size * 0.35, self.pages.last_mut()) else { continue };
            page.extend(line.0.into_iter().map(|row| Placed { x: MARGIN + x + row.x, y, size, row, text: set.text.clone() }));
        }
        Ok(())
    }

    fn block(&mut self, block: &Block) -> Result<(), Trouble> {
        let (size, before, strong, indent) = match block.kind {
            Kind::NewPage => return if self.y > MARGIN { self.new_page() } else { Ok(()) },
            Kind::Heading(1) => (16.0, 14.0, true, 0.0),
            Kind::Heading(2) => (13.0, 12.0, true, 0.0),
            Kind::Heading(_) => (11.5, 10.0, true, 0.0),
            Kind::Paragraph => (PLAIN, 6.0, false, 0.0),
            Kind::Item(depth) => (PLAIN, 3.0, false, INDENT * (f32::from(depth.min(8)) + 1.0)),
            Kind::Small => (SMALL, 4.0, false, 0.0),
        };
        let shape = Shape { size, width: WIDTH - 2.0 * MARGIN - indent, strong, alignment: Alignment::Start };
        let set = self.setter.lines(&block.text, &block.strong, &shape)?;
        if self.y > MARGIN {
            self.y += before;
        }
        let x = if self.setter.runs_from_the_right() { 0.0 } else { indent };
        // A heading is not the last line of a page.
        let along = if strong { 3.0 * PLAIN } else { 0.0 };
        self.put(set, x, size, along)
    }

    /// The foot of every page: what stands there, and the page's number.
    fn feet(&mut self, foot: &str) -> Result<(), Trouble> {
        let all = self.pages.len();
        for at in 0..all {
            let number = format!("{} / {all}", at + 1);
            for (text, alignment) in [(foot, Alignment::Left), (number.as_str(), Alignment::Right)] {
                let set = self.setter.lines(text, &[], &Shape { size: SMALL, width: WIDTH - 2.0 * MARGIN, strong: false, alignment })?;
                let Some(line) = set.lines.into_iter().next() else { continue };
                let placed = line.0.into_iter().map(|row| Placed { x: MARGIN + row.x, y: FOOT, size: SMALL, row, text: set.text.clone() });
                self.pages[at].extend(placed);
            }
        }
        Ok(())
    }
}

/// Set a paper on pages.
pub fn lay_out(paper: &Paper) -> Result<Vec<Page>, Trouble> {
    let mut desk = Desk { setter: Setter::new(&paper.language), pages: Vec::new(), y: MARGIN };
    desk.new_page()?;
    let title = Shape { size: 20.0, width: WIDTH - 2.0 * MARGIN, strong: true, alignment: Alignment::Start };
    let set = desk.setter.lines(&paper.title, &[], &title)?;
    desk.put(set, 0.0, 20.0, 0.0)?;
    desk.y += 8.0;
    for block in &paper.blocks {
        desk.block(block)?;
    }
    desk.feet(&paper.foot)?;
    Ok(desk.pages)
}
