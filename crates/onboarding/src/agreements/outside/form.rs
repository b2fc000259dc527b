//! A `multipart/form-data` body (RFC 7578) with one file.

use kernel::text::hex;

/// A form that is written part by part.
pub struct Form {
    boundary: String,
    body: Vec<u8>,
}

impl Form {
    /// An empty one. Its boundary cannot be guessed, so nothing within a part ends it.
    pub fn new() -> Self {
        Self { boundary: format!("prm-{}", hex(&kernel::seal::random::<16>())), body: Vec::new() }
    }

    /// A part of text. Names are ours: no quote is in them.
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.head(&format!("name=\"{name}\""), None);
        self.body.extend_from_slice(value.as_bytes());
        self.body.extend_from_slice(b"\r\n");
        self
    }

    /// A part with a PDF.
    pub fn pdf(mut self, name: &str, file_name: &str, content: &[u8]) -> Self {
        self.head(&format!("name=\"{name}\"; filename=\"{file_name}\""), Some("application/pdf"));
        self.body.extend_from_slice(content);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    fn head(&mut self, disposition: &str, media: Option<&str>) {
        let media = media.map(|media| format!("Content-Type: {media}\r\n")).unwrap_or_default();
        self.body.extend_from_slice(format!("--{}\r\nContent-Disposition: form-data; {disposition}\r\n{media}\r\n", self.boundary).as_bytes());
    }

    /// Its `Content-Type`, and its bytes.
    pub fn finish(mut self) -> (String, Vec<u8>) {
        self.body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        (format!("multipart/form-data; boundary={}", self.boundary), self.body)
    }
}
