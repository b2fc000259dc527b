//! Any script to lower-case ASCII words.
//!
//! Compatibility forms are composed (NFKC), letters of other scripts transliterated (`any_ascii`), and the text cut
//! into words that remember how they were separated: that tells `L.P.` from `X L.P.` and `SiemensAG` from `Siemens AG`.

use unicode_normalization::UnicodeNormalization;

/// Characters of a name that are looked at; the rest of a longer text is ignored, which bounds all later work.
const MAX_CHARS: usize = 400;

/// Legal forms written without spaces in East Asian names; spaces are put around them before transliteration.
const UNSPACED_FORMS: [&str; 12] = [
    "股份有限公司",
    "有限责任公司",
    "有限責任公司",
    "株式会社",
    "株式會社",
    "有限会社",
    "合同会社",
    "有限公司",
    "주식회사",
    "유한회사",
    "(株)",
    "(주)",
];

/// One word of a folded text: the bytes `start..end`, and how it was set apart from the word before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub start: usize,
    pub end: usize,
    /// Blank or other clear break before it (not just a dot, a slash or a change of case).
    pub spaced: bool,
    /// Set apart from the word before only by a change from lower to upper case.
    pub glued: bool,
    /// A dot follows it.
    pub dotted: bool,
    /// Written in capitals throughout.
    pub capitals: bool,
}

/// A folded text: the letters and digits of its words, run together.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub text: String,
    pub words: Vec<Word>,
}

impl Folded {
    /// The letters of the words `from..to`, run together.
    pub(crate) fn span(&self, from: usize, to: usize) -> &str {
        &self.text[self.words[from].start..self.words[to - 1].end]
    }
}

/// Folds a text to words.
pub(crate) fn fold(input: &str) -> Folded {
    let ascii = to_ascii(input);
    let mut cutter = Cutter { out: Folded::default(), open: false, spaced: true, glued: false, last_lower: false };
    let bytes = ascii.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        at += cutter.take(bytes, at);
    }
    cutter.close();
    cutter.out
}

fn to_ascii(input: &str) -> String {
    let shortened = match input.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => &input[..end],
        None => input,
    };
    if shortened.is_ascii() {
        return shortened.to_owned();
    }
    let mut text: String = shortened.nfkc().collect();
    if text.chars().any(|c| c >= '\u{3000}') {
        for form in UNSPACED_FORMS {
            if text.contains(form) {
                text = text.replace(form, &format!(" {form} "));
                break;
            }
        }
    }
    any_ascii::any_ascii(&text)
}

struct Cutter {
    out: Folded,
    open: bool,
    spaced: bool,
    glued: bool,
    last_lower: bool,
}

impl Cutter {
    /// Takes the byte at `at` (and what belongs to it); gives how many bytes were used.
    fn take(&mut self, bytes: &[u8], at: usize) -> usize {
        let byte = bytes[at];
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => self.letter(byte),
            b'\'' | b'`' => return self.apostrophe(bytes, at),
            b'&' | b'+' => {
                self.close();
                self.push("and", true);
            }
            b'%' => {
                self.close();
                self.push("percent", false);
            }
            b'.' => {
                self.close();
                if let Some(word) = self.out.words.last_mut() {
                    word.dotted = true;
                }
            }
            b'/' => self.close(),
            _ => {
                self.close();
                self.spaced = true;
            }
        }
        1
    }

    fn letter(&mut self, byte: u8) {
        let upper = byte.is_ascii_uppercase();
        if self.open && upper && self.last_lower {
            self.close();
            self.glued = true;
        }
        if !self.open {
            self.start();
        }
        if let Some(word) = self.out.words.last_mut() {
            word.capitals &= upper;
        }
        self.out.text.push(byte.to_ascii_lowercase() as char);
        self.last_lower = byte.is_ascii_lowercase();
    }

    /// A possessive `'s` is dropped; any other apostrophe joins its letters (`L'Oréal`).
    fn apostrophe(&mut self, bytes: &[u8], at: usize) -> usize {
        let possessive = self.open && matches!(bytes.get(at + 1), Some(b's' | b'S')) && !bytes.get(at + 2).is_some_and(u8::is_ascii_alphanumeric);
        if possessive {
            self.close();
            2
        } else {
            1
        }
    }

    fn start(&mut self) {
        let start = self.out.text.len();
        let (spaced, glued) = (self.spaced, self.glued);
        self.out.words.push(Word { start, end: start, spaced, glued, dotted: false, capitals: true });
        (self.open, self.spaced, self.glued) = (true, false, false);
    }

    /// A word that stands for a sign; `whole` when the next letters begin another word.
    fn push(&mut self, text: &str, whole: bool) {
        self.spaced = true;
        self.start();
        self.out.text.push_str(text);
        self.last_lower = false;
        if whole {
            self.close();
            self.spaced = true;
        }
    }

    fn close(&mut self) {
        if self.open {
            self.out.words.last_mut().expect("an open word").end = self.out.text.len();
            self.open = false;
        }
        self.glued = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(input: &str) -> Vec<String> {
        let folded = fold(input);
        (0..folded.words.len()).map(|i| folded.span(i, i + 1).to_owned()).collect()
    }

    #[test]
    fn accents_and_other_scripts_become_ascii() {
        assert_eq!(words("Crédit Agricole"), ["credit", "agricole"]);
        assert_eq!(words("Газпром"), ["gazprom"]);
        assert_eq!(words("Ελλάδα"), ["ellada"]);
        assert_eq!(words("Ｆｕｌｌ ｗｉｄｔｈ"), ["full", "width"]);
    }

    #[test]
    fn apostrophes_join_and_possessives_go() {
        assert_eq!(words("L’Oréal"), ["loreal"]);
        assert_eq!(words("McDonald's Corp"), ["mc", "donald", "corp"]);
    }

    #[test]
    fn signs_become_words() {
        assert_eq!(words("AT&T"), ["at", "and", "t"]);
        assert_eq!(words("5%ers"), ["5", "percenters"]);
    }

    #[test]
    fn a_very_long_text_is_cut() {
        assert!(fold(&"x".repeat(10_000)).text.len() <= MAX_CHARS);
    }
}
