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

/// The form in which text is kept: composed (NFC), without blanks around it.
pub fn tidy(text: &str) -> String {
    text.trim().nfc().collect()
}

/// For `#[validate(custom(function = …))]`: more than blanks.
pub fn not_blank(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() { Err(ValidationError::new("blank").with_message("Must hold more than blanks.".into())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

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
