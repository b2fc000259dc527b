//! Text into lines of glyphs: shaped, in its own directions, broken to a width.

use crate::Trouble;
use parley::fontique::{Blob, Collection, CollectionOptions, SourceCache};
use parley::{Alignment, AlignmentOptions, FontContext, FontFamily, FontFamilyName, FontWeight, LayoutContext, OverflowWrap, StyleProperty};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// The plain face.
pub const PLAIN: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");
/// The face that stands out.
pub const STRONG: &[u8] = include_bytes!("../fonts/DejaVuSans-Bold.ttf");
/// What the family is called.
const FAMILY: &str = "DejaVu Sans";
/// Says that the text runs from right to left, whatever it begins with.
const FROM_THE_RIGHT: char = '\u{200f}';

/// A glyph, in parts of the font's size.
pub struct Sign {
    /// Its number in the face.
    pub id: u32,
    /// How far the next one stands from it.
    pub advance: f32,
    /// How far it is moved to the right.
    pub x: f32,
    /// How far it is moved down.
    pub y: f32,
    /// The bytes of the text that it stands for.
    pub bytes: Range<usize>,
}

/// Glyphs of one face in a row.
pub struct Row {
    /// Where it begins, from the left edge of the text.
    pub x: f32,
    /// Whether it stands out.
    pub strong: bool,
    /// Its glyphs from left to right.
    pub signs: Vec<Sign>,
}

/// A line.
pub struct Line(pub Vec<Row>);

/// Lines of one text.
pub struct Lines {
    /// The text that the glyphs' bytes count in.
    pub text: Arc<str>,
    /// From top to bottom.
    pub lines: Vec<Line>,
}

/// How text is to be set.
pub struct Shape {
    /// The size of the font, in points.
    pub size: f32,
    /// How wide a line may be.
    pub width: f32,
    /// Whether all of it stands out.
    pub strong: bool,
    /// Where its lines stand.
    pub alignment: Alignment,
}

/// Sets text. Making one reads the faces.
pub struct Setter {
    fonts: FontContext,
    layouts: LayoutContext<()>,
    /// Tells the strong face from the plain one.
    strong: u64,
    from_the_right: bool,
}

impl Setter {
    /// For text in this language.
    pub fn new(language: &str) -> Self {
        let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: false });
        let face = |bytes: &'static [u8]| Blob::new(Arc::new(bytes));
        let (plain, strong) = (face(PLAIN), face(STRONG));
        let id = strong.id();
        collection.register_fonts(plain, None);
        collection.register_fonts(strong, None);
        let fonts = FontContext { collection, source_cache: SourceCache::default() };
        let language = language.split('-').next().unwrap_or_default();
        let from_the_right = matches!(language, "ar" | "he" | "fa" | "ur" | "yi" | "ps" | "ckb" | "sd" | "ug");
        Self { fonts, layouts: LayoutContext::new(), strong: id, from_the_right }
    }

    /// Whether the language runs from right to left.
    pub fn runs_from_the_right(&self) -> bool {
        self.from_the_right
    }

    /// Break a text into lines.
    pub fn lines(&mut self, text: &str, strong: &[Range<usize>], shape: &Shape) -> Result<Lines, Trouble> {
        let shift = if self.from_the_right { FROM_THE_RIGHT.len_utf8() } else { 0 };
        let text = if self.from_the_right { format!("{FROM_THE_RIGHT}{text}") } else { text.to_owned() };
        let mut builder = self.layouts.ranged_builder(&mut self.fonts, &text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::Single(FontFamilyName::Named(Cow::Borrowed(FAMILY)))));
        builder.push_default(StyleProperty::FontSize(shape.size));
        // A hash has no place at which it may break.
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        if shape.strong {
            builder.push_default(StyleProperty::FontWeight(FontWeight::BOLD));
        }
        for range in strong {
            builder.push(StyleProperty::FontWeight(FontWeight::BOLD), range.start + shift..range.end + shift);
        }
        let mut layout = builder.build(&text);
        layout.break_all_lines(Some(shape.width));
        layout.align(shape.alignment, AlignmentOptions::default());
        let mut lines = Vec::new();
        for line in layout.lines() {
            let (mut rows, metrics) = (Vec::new(), line.metrics());
            let mut x = metrics.inline_min_coord + metrics.offset;
            for run in line.runs() {
                rows.push(self.row(&text, &run, x)?);
                x += run.visual_clusters().flat_map(|cluster| cluster.glyphs()).map(|glyph| glyph.advance).sum::<f32>();
            }
            lines.push(Line(rows));
        }
        Ok(Lines { text: text.into(), lines })
    }

    fn row(&self, text: &str, run: &parley::Run<'_, ()>, x: f32) -> Result<Row, Trouble> {
        let size = run.font_size();
        let mut signs: Vec<Sign> = Vec::new();
        let mut begun = 0;
        for cluster in run.visual_clusters() {
            let bytes = cluster.text_range();
            if cluster.is_ligature_continuation() {
                // A ligature stands for its further letters too, or they would be lost to whoever reads the file.
                for sign in &mut signs[begun..] {
                    sign.bytes = sign.bytes.start.min(bytes.start)..sign.bytes.end.max(bytes.end);
                }
                continue;
            }
            begun = signs.len();
            let said = text.get(bytes.clone()).unwrap_or_default();
            for glyph in cluster.glyphs() {
                if glyph.id == 0
                    && let Some(sign) = said.chars().find(|c| !is_unseen(*c))
                {
                    return Err(Trouble::NoSign(sign));
                }
                if said.chars().all(is_unseen) {
                    continue;
                }
                signs.push(Sign { id: glyph.id, advance: glyph.advance / size, x: glyph.x / size, y: glyph.y / size, bytes: bytes.clone() });
            }
        }
        Ok(Row { x, strong: run.font().data.id() == self.strong, signs })
    }
}

/// What is not printed: ends of lines, and what only says how text runs or joins.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}
