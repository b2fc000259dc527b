//! As little of an HTTP/1.1 client as will do: what it costs, the service cannot have.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer, until the next request is sent.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

/// A request's head, of which only the body's length and the key change.
pub struct Head<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub token: &'a str,
    pub content_type: &'a str,
    pub key: Option<&'a str>,
}

impl Head<'_> {
    /// Write the whole request in place of what `into` held.
    pub fn write(&self, into: &mut Vec<u8>, body: &[u8]) {
        into.clear();
        let Self { method, path, token, content_type, key } = self;
        for part in [method, " ", path, " HTTP/1.1\r\nhost: prm\r\nauthorization: Bearer ", token, "\r\n"] {
            into.extend_from_slice(part.as_bytes());
        }
        if let Some(key) = key {
            into.extend_from_slice(format!("idempotency-key: {key}\r\n").as_bytes());
        }
        if !content_type.is_empty() {
            into.extend_from_slice(format!("content-type: {content_type}\r\ncontent-length: {}\r\n", body.len()).as_bytes());
        }
        into.extend_from_slice(b"\r\n");
        into.extend_from_slice(body);
    }
}

impl Connection {
    pub async fn open(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(64 << 10) })
    }

    /// Send a request and wait for its whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let (head, length) = loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if let Some(head) = head_length(&self.received) {
                break (head, content_length(&self.received[..head]));
            }
        };
        while self.received.len() < head + length {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        let status = std::str::from_utf8(&self.received[9..12]).ok().and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| Error::new(ErrorKind::InvalidData, "no status"))?;
        Ok(Answer { status, body: &self.received[head..head + length] })
    }
}

/// Where the body begins, if the head is whole.
pub fn head_length(bytes: &[u8]) -> Option<usize> {
    find(bytes, b"\r\n\r\n").map(|at| at + 4)
}

pub fn content_length(head: &[u8]) -> usize {
    let name = b"content-length: ";
    let Some(at) = find(head, name) else { return 0 };
    head[at + name.len()..].iter().take_while(|byte| byte.is_ascii_digit()).fold(0, |length, digit| length * 10 + usize::from(digit - b'0'))
}

pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
