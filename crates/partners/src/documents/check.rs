//! Is this file what it says, and no more than that? Pure: from bytes to an answer.
//!
//! A file is kept if it is of one of a few types, whole from the first byte to the last, and nothing else at the same time: many attacks are files that one
//! program takes for a picture and another for a program. It is no virus scanner; it knows the test file that scanners are tried with.

/// Why a file is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Not of a type that is kept.
    NotAllowed,
    /// Not of the type that it says.
    Mismatch,
    /// Several types at once, or more than one file.
    Polyglot,
    /// It carries something that would be carried out.
    Active,
    /// The test file of virus scanners.
    Malware,
}

impl Flaw {
    /// As a stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAllowed => "not_allowed",
            Self::Mismatch => "type_mismatch",
            Self::Polyglot => "polyglot",
            Self::Active => "active_content",
            Self::Malware => "malware",
        }
    }

    /// In a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotAllowed => "Send a PDF, PNG, JPEG, DOCX, XLSX, PPTX, CSV or plain text.",
            Self::Mismatch => "The content is not of the type that media_type says.",
            Self::Polyglot => "The content is more than one file, or reads as another type too.",
            Self::Active => "The content carries scripts, macros or other files.",
            Self::Malware => "The content is known to be harmful.",
        }
    }
}

const PDF: &str = "application/pdf";
const PNG: &str = "image/png";
const JPEG: &str = "image/jpeg";
const TEXT: &str = "text/plain";
const CSV: &str = "text/csv";
const OFFICE: [(&str, &str); 3] = [
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "word/"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xl/"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "ppt/"),
];

/// In two pieces, so that this source is not taken for it.
const EICAR: [&[u8]; 2] = [b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$", b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];
const END_OF_ZIP: &[u8] = b"PK\x05\x06";

/// Whether `bytes` are a file of this type and nothing else.
pub fn check(media_type: &str, bytes: &[u8]) -> Result<(), Flaw> {
    if has(bytes, &EICAR.concat()) {
        return Err(Flaw::Malware);
    }
    match media_type {
        PDF => pdf(bytes),
        PNG => png(bytes).and_then(|()| no_markup(bytes)),
        JPEG => jpeg(bytes).and_then(|()| no_markup(bytes)),
        TEXT | CSV => text(bytes),
        _ => match OFFICE.iter().find(|(known, _)| *known == media_type) {
            Some((_, folder)) => office(bytes, folder),
            None => Err(Flaw::NotAllowed),
        },
    }
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    memchr(bytes, part).is_some()
}

/// Where `part` begins, looked for by its first byte.
fn memchr(bytes: &[u8], part: &[u8]) -> Option<usize> {
    let (first, last) = (*part.first()?, bytes.len().checked_sub(part.len())?);
    let mut at = 0;
    while at <= last {
        at += bytes[at..=last].iter().position(|byte| *byte == first)?;
        if bytes[at..].starts_with(part) {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn has_word(bytes: &[u8], words: &[&str]) -> bool {
    let lower = bytes.to_ascii_lowercase();
    words.iter().any(|word| has(&lower, word.as_bytes()))
}

/// Nothing that a browser or an unpacker would take for its own.
fn no_markup(bytes: &[u8]) -> Result<(), Flaw> {
    let markup = has_word(bytes, &["<script", "<html", "<?php", "<svg", "<!doctype"]);
    if markup || has(bytes, END_OF_ZIP) || has(bytes, b"%PDF-") { Err(Flaw::Polyglot) } else { Ok(()) }
}

fn pdf(bytes: &[u8]) -> Result<(), Flaw> {
    if !bytes.starts_with(b"%PDF-") {
        return Err(Flaw::Mismatch);
    }
    // After the last mark there are line ends at most: whatever follows is another file.
    let end = bytes.windows(5).rposition(|part| part == b"%%EOF").ok_or(Flaw::Mismatch)?;
    if !bytes[end + 5..].iter().all(u8::is_ascii_whitespace) || has(bytes, END_OF_ZIP) || has_word(bytes, &["<script", "<html", "<?php"]) {
        return Err(Flaw::Polyglot);
    }
    let active: [&[u8]; 6] = [b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile", b"/RichMedia"];
    if active.iter().any(|word| has(bytes, word)) { Err(Flaw::Active) } else { Ok(()) }
}

/// Chunk by chunk to its end, and nothing behind.
fn png(bytes: &[u8]) -> Result<(), Flaw> {
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n").ok_or(Flaw::Mismatch)?;
    loop {
        let head = rest.get(..8).ok_or(Flaw::Mismatch)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let last = &head[4..] == b"IEND";
        rest = rest.get(length.saturating_add(12)..).ok_or(Flaw::Mismatch)?;
        if last {
            return if rest.is_empty() { Ok(()) } else { Err(Flaw::Polyglot) };
        }
    }
}

fn jpeg(bytes: &[u8]) -> Result<(), Flaw> {
    if !bytes.starts_with(b"\xff\xd8\xff") {
        return Err(Flaw::Mismatch);
    }
    if bytes.ends_with(b"\xff\xd9") { Ok(()) } else { Err(Flaw::Polyglot) }
}

fn text(bytes: &[u8]) -> Result<(), Flaw> {
    let text = std::str::from_utf8(bytes).map_err(|_| Flaw::Mismatch)?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}')) {
        return Err(Flaw::Mismatch);
    }
    let start = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let other = ["<!doctype", "<html", "<script", "<svg", "<?xml", "<?php", "#!", "%pdf-", "{\\rtf"];
    if other.iter().any(|other| start.starts_with(other)) || has_word(bytes, &["<script"]) { Err(Flaw::Polyglot) } else { Ok(()) }
}

/// One archive from the first byte to the last, with the parts of its type and no macros.
fn office(bytes: &[u8], folder: &str) -> Result<(), Flaw> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return Err(Flaw::Mismatch);
    }
    let end = bytes.len().checked_sub(22).ok_or(Flaw::Mismatch)?;
    if &bytes[end..end + 4] != END_OF_ZIP {
        return Err(if has(bytes, END_OF_ZIP) { Flaw::Polyglot } else { Flaw::Mismatch });
    }
    let (size, offset) = (word(bytes, end + 12)? as usize, word(bytes, end + 16)? as usize);
    if offset.checked_add(size) != Some(end) {
        return Err(Flaw::Polyglot);
    }
    let names = names(&bytes[offset..end])?;
    let has_name = |wanted: &dyn Fn(&str) -> bool| names.iter().any(|name| wanted(&name.to_ascii_lowercase()));
    if !has_name(&|name: &str| name == "[content_types].xml") || !has_name(&|name: &str| name.starts_with(folder)) {
        return Err(Flaw::Mismatch);
    }
    let active = |name: &str| name.ends_with("vbaproject.bin") || name.contains("/activex/") || name.contains("/embeddings/");
    if has_name(&active) { Err(Flaw::Active) } else { Ok(()) }
}

fn word(bytes: &[u8], at: usize) -> Result<u32, Flaw> {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).ok_or(Flaw::Mismatch)?;
    Ok(u32::from_le_bytes(four))
}

fn half(bytes: &[u8], at: usize) -> Result<usize, Flaw> {
    let two = bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).ok_or(Flaw::Mismatch)?;
    Ok(usize::from(u16::from_le_bytes(two)))
}

/// The names in an archive's directory.
fn names(mut directory: &[u8]) -> Result<Vec<String>, Flaw> {
    let mut names = Vec::new();
    while !directory.is_empty() {
        if !directory.starts_with(b"PK\x01\x02") {
            return Err(Flaw::Polyglot);
        }
        let (name, extra, comment) = (half(directory, 28)?, half(directory, 30)?, half(directory, 32)?);
        names.push(String::from_utf8_lossy(directory.get(46..46 + name).ok_or(Flaw::Mismatch)?).into_owned());
        directory = directory.get(46 + name + extra + comment..).ok_or(Flaw::Mismatch)?;
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_png() -> Vec<u8> {
        [b"\x89PNG\r\n\x1a\n".as_slice(), b"\0\0\0\x01IDATx\0\0\0\0", b"\0\0\0\0IEND\xaeB`\x82"].concat()
    }

    /// An archive with empty files of these names.
    fn archive(names: &[&str]) -> Vec<u8> {
        let (mut files, mut directory) = (Vec::new(), Vec::new());
        for name in names {
            let length = (name.len() as u16).to_le_bytes();
            directory.extend([b"PK\x01\x02".as_slice(), &[0; 24], &length, &[0; 16], name.as_bytes()].concat());
            files.extend([b"PK\x03\x04".as_slice(), &[0; 22], &length, &[0; 2], name.as_bytes()].concat());
        }
        let (size, offset) = ((directory.len() as u32).to_le_bytes(), (files.len() as u32).to_le_bytes());
        [files, directory, b"PK\x05\x06".to_vec(), vec![0; 8], size.to_vec(), offset.to_vec(), vec![0; 2]].concat()
    }

    #[test]
    fn what_is_whole_and_of_its_type_is_kept() {
        assert_eq!(check(PDF, b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"), Ok(()));
        assert_eq!(check(PNG, &a_png()), Ok(()));
        assert_eq!(check(JPEG, b"\xff\xd8\xff\xe0stuff\xff\xd9"), Ok(()));
        assert_eq!(check(TEXT, "Schöne Grüße,\r\nJo".as_bytes()), Ok(()));
        assert_eq!(check(CSV, b"a;b\n1;2\n"), Ok(()));
        assert_eq!(check(OFFICE[0].0, &archive(&["[Content_Types].xml", "word/document.xml"])), Ok(()));
    }

    #[test]
    fn what_is_another_type_is_not() {
        assert_eq!(check("text/html", b"<html>"), Err(Flaw::NotAllowed));
        assert_eq!(check("image/svg+xml", b"<svg/>"), Err(Flaw::NotAllowed));
        assert_eq!(check(PDF, &a_png()), Err(Flaw::Mismatch));
        assert_eq!(check(PNG, b"%PDF-1.7\n%%EOF"), Err(Flaw::Mismatch));
        assert_eq!(check(TEXT, b"MZ\0\0"), Err(Flaw::Mismatch));
        assert_eq!(check(OFFICE[1].0, &archive(&["[Content_Types].xml", "word/document.xml"])), Err(Flaw::Mismatch));
        assert_eq!(check(OFFICE[0].0, b"PK\x03\x04"), Err(Flaw::Mismatch));
    }

    #[test]
    fn what_is_two_things_at_once_is_not() {
        assert_eq!(check(PDF, &[b"%PDF-1.7\n%%EOF\n".as_slice(), &archive(&["a"])].concat()), Err(Flaw::Polyglot));
        assert_eq!(check(PNG, &[a_png(), archive(&["a"])].concat()), Err(Flaw::Polyglot));
        assert_eq!(check(JPEG, b"\xff\xd8\xff\xe0<script>alert(1)</script>\xff\xd9"), Err(Flaw::Polyglot));
        assert_eq!(check(JPEG, b"\xff\xd8\xff\xe0stuff\xff\xd9<?php"), Err(Flaw::Polyglot));
        assert_eq!(check(TEXT, b"  <!DOCTYPE html><p>"), Err(Flaw::Polyglot));
        let word = archive(&["[Content_Types].xml", "word/document.xml"]);
        assert_eq!(check(OFFICE[0].0, &[word.clone(), b"more".to_vec()].concat()), Err(Flaw::Polyglot));
        assert_eq!(check(OFFICE[0].0, &[b"PK\x03\x04more".to_vec(), word].concat()), Err(Flaw::Polyglot));
    }

    #[test]
    fn what_would_be_carried_out_is_not() {
        assert_eq!(check(PDF, b"%PDF-1.7\n<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>\n%%EOF"), Err(Flaw::Active));
        assert_eq!(check(OFFICE[0].0, &archive(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"])), Err(Flaw::Active));
        for kind in [TEXT, PDF, PNG] {
            assert_eq!(check(kind, &[b"x".as_slice(), &EICAR.concat(), b"y"].concat()), Err(Flaw::Malware));
        }
    }

    #[test]
    fn no_bytes_make_it_stumble() {
        for kind in [PDF, PNG, JPEG, TEXT, CSV, OFFICE[0].0] {
            for seed in 0..200_usize {
                let start: &[u8] = [b"PK\x03\x04".as_slice(), b"\x89PNG\r\n\x1a\n", b"%PDF-", b""][seed % 4];
                let noise: Vec<u8> = (0..seed).map(|at| (at * 31 + seed * 17) as u8).collect();
                let _ = check(kind, &[start, &noise, b"PK\x05\x06", &noise].concat());
            }
        }
    }
}
