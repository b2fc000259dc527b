//! Pages into a file.

use crate::pages::{HEIGHT, Page, Placed, WIDTH};
use crate::set::{PLAIN, STRONG};
use crate::{Paper, Trouble};
use krilla::Document;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};

/// Write the file. Nothing but the paper decides its bytes: it bears no date, and its id is made of its content.
pub fn write(paper: &Paper, pages: &[Page]) -> Result<Vec<u8>, Trouble> {
    let face = |bytes: &'static [u8]| Font::new(bytes.to_vec().into(), 0).ok_or_else(|| Trouble::Unwritten("a face does not read".into()));
    let faces = [face(PLAIN)?, face(STRONG)?];
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(paper.title.clone()).language(paper.language.clone()).creator("prm".into()));
    for placed in pages {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| Trouble::Unwritten("a page has no size".into()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        placed.iter().for_each(|placed| draw(&mut surface, placed, &faces));
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|cause| Trouble::Unwritten(format!("{cause:?}")))
}

fn draw(surface: &mut Surface<'_>, placed: &Placed, faces: &[Font; 2]) {
    let glyph = |sign: &crate::set::Sign| KrillaGlyph::new(GlyphId::new(sign.id), sign.advance, sign.x, sign.y, 0.0, sign.bytes.clone(), None);
    let glyphs: Vec<_> = placed.row.signs.iter().map(glyph).collect();
    if !glyphs.is_empty() {
        let face = faces[usize::from(placed.row.strong)].clone();
        surface.draw_glyphs(Point::from_xy(placed.x, placed.y), &glyphs, face, &placed.text, placed.size, false);
    }
}
