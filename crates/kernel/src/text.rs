//! Text as people type it: folded for search, tidied for keeping.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use validator::ValidationError;

/// The form in which names are searched and sorted: without case, accents and doubled blanks.
pub fn fold(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    // Upper case first: it turns `ß` into `SS` and both Greek sigmas into one.
    let mut folded = String::with_capacity(plain.len());
    for word in plain.to_uppercase().to_lowercase().split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        word.chars().for_each(|c| match c {
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ς' => folded.push('σ'),
            _ => folded.push(c),
        });
    }
    folded
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The form in which text is kept: composed (NFC), without blanks around it.
pub fn tidy(text: &str) -> String {
    text.trim().nfc().collect()
}

/// The form in which an e-mail address is kept and compared.
pub fn canonical_email(email: &str) -> String {
    tidy(&tidy(email).to_lowercase())
}

/// For `#[validate(custom(function = …))]`: more than blanks.
pub fn not_blank(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() { Err(ValidationError::new("blank").with_message("Must hold more than blanks.".into())) } else { Ok(()) }
}

/// What makes a spreadsheet take a cell for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

fn is_formula(cell: &str) -> bool {
    let plain = |c: char| c.is_ascii_digit() || " .,:/()+-%".contains(c);
    cell.trim_start_matches('\'').starts_with(FORMULA) && !cell.chars().all(plain)
}

/// A cell of a file that people open in a spreadsheet: what it would carry out as a formula has an apostrophe in front.
/// Numbers, dates and telephone numbers stay as they are; [`from_spreadsheet`] takes the apostrophe off again.
pub fn for_spreadsheet(cell: String) -> String {
    if is_formula(&cell) { format!("'{cell}") } else { cell }
}

/// The cell that [`for_spreadsheet`] was given.
pub fn from_spreadsheet(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_comes_back_as_it_was() {
        for formula in ["=1+1", "=cmd|' /C calc'!A0", "+A1", "-A1", "@SUM(A1)", "\tx", "\r=x", "'=x", "''=x", "-2+3+cmd|'x'!A0"] {
            let kept = for_spreadsheet(formula.to_owned());
            assert_eq!((kept.as_str(), from_spreadsheet(&kept)), (format!("'{formula}").as_str(), formula));
        }
        for plain in ["", "x", "a=b", "-12.50", "+49 (0) 30/1234-5", "2026-11-20", "'", "'s-Hertogenbosch", "'tis", "-", "é"] {
            assert_eq!((for_spreadsheet(plain.to_owned()).as_str(), from_spreadsheet(plain)), (plain, plain));
        }
    }

    #[test]
    fn folding_forgets_case_accents_and_blanks() {
        for (typed, folded) in
            [("  Café\t  NORD ", "cafe nord"), ("Straße", "strasse"), ("Ørsted Łódź", "orsted lodz"), ("ΟΔΟΣ", "οδοσ"), ("İzmir", "izmir")]
        {
            assert_eq!(fold(typed), folded);
            assert_eq!(fold(folded), folded, "folding twice changes nothing");
        }
    }
}
