//! Where a text is written to.

use std::io;

/// Bytes that a text may come to.
pub const LARGEST: usize = 256 * 1024;

/// Takes [`LARGEST`] bytes and no more.
#[derive(Debug, Default)]
pub struct Bounded(Vec<u8>);

impl Bounded {
    /// What was written; nothing if it is no text.
    pub fn text(self) -> Option<String> {
        String::from_utf8(self.0).ok()
    }
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod unit {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn so_much_and_no_more() {
        let mut written = Bounded::default();
        assert!(written.write_all(&[b'x'; LARGEST]).is_ok() && written.write_all(b"x").is_err());
        assert_eq!(written.text().map(|text| text.len()), Some(LARGEST));
    }
}
