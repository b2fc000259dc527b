//! A connection that is watched: a request has to come in time, an answer has to be taken, and what is no request gets a
//! problem document like everything else.

use crate::frame::{Connections, bare};
use axum::body::{Body, Bytes, HttpBody};
use futures::task::AtomicWaker;
use hyper::body::{Frame, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Sleep;

/// What a connection is doing, as its requests tell.
#[derive(Clone, Default)]
pub(super) struct Phase(Arc<Told>);

#[derive(Default)]
struct Told {
    phase: AtomicU8,
    /// The connection, which looks at its time again when an answer is done.
    connection: AtomicWaker,
}

/// The head of a request is due: of the first, or of one whose first byte is here.
const HEAD: u8 = 0;
/// A request is carried out or answered.
const BUSY: u8 = 1;
/// Nothing is asked.
const IDLE: u8 = 2;

impl Phase {
    /// A request's head is whole.
    pub(super) fn begins(&self) {
        self.set(BUSY);
    }

    fn set(&self, phase: u8) {
        self.0.phase.store(phase, Ordering::Release);
    }

    fn now(&self) -> u8 {
        self.0.phase.load(Ordering::Acquire)
    }
}

/// An answer's body; when it is gone, the connection is free for another request.
pub(super) struct Answering {
    body: Body,
    phase: Phase,
}

impl Answering {
    pub(super) fn new(body: Body, phase: Phase) -> Self {
        Self { body, phase }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.phase.set(IDLE);
        self.phase.0.connection.wake();
    }
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The connection.
pub(super) struct Guarded<S> {
    stream: TokioIo<S>,
    limits: Connections,
    phase: Phase,
    /// When what is awaited has to be there, and in which phase that was decided.
    read_by: Option<(u8, Pin<Box<Sleep>>)>,
    write_by: Option<Pin<Box<Sleep>>>,
    /// Our own words in place of the library's, to a request that is none, and how much of them is sent.
    instead: Option<(Vec<u8>, usize)>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Guarded<S> {
    pub(super) fn new(stream: S, limits: Connections, phase: Phase) -> Self {
        Self { stream: TokioIo::new(stream), limits, phase, read_by: None, write_by: None, instead: None }
    }

    /// Nothing came: for how long may that be?
    fn wait_to_read<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.phase.0.connection.register(context.waker());
        let phase = self.phase.now();
        let patience = match phase {
            HEAD => self.limits.head,
            IDLE => self.limits.idle,
            // The body has a watch of its own, and work has its time.
            _ => return Poll::Pending,
        };
        if self.read_by.as_ref().is_none_or(|(decided_in, _)| *decided_in != phase) {
            self.read_by = Some((phase, asleep(patience)));
        }
        let (_, until) = self.read_by.as_mut().expect("just set");
        ready!(until.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// What was tried to write; if nobody takes it for long, the caller is gone or means no good.
    fn wait_to_write<T>(&mut self, context: &mut Context<'_>, tried: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if tried.is_ready() {
            self.write_by = None;
            return tried;
        }
        let patience = self.limits.write;
        ready!(self.write_by.get_or_insert_with(|| asleep(patience)).as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// The library answers by itself only to what it could not read: with a status and nothing else. Ours all have an id.
    fn says_itself(&mut self, bytes: &[u8]) -> bool {
        if self.instead.is_some() {
            return true;
        }
        let status = bytes.strip_prefix(b"HTTP/1.1 ").or_else(|| bytes.strip_prefix(b"HTTP/1.0 ")).and_then(|rest| rest.get(..3));
        let status = status.and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|digits| digits.parse().ok());
        match status {
            Some(status @ 400..) if self.phase.now() != BUSY && is_bare(bytes) => {
                self.instead = Some((bare(status), 0));
                true
            }
            _ => false,
        }
    }

    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some((bytes, sent)) = self.instead.as_mut().filter(|(bytes, sent)| *sent < bytes.len()) {
            let tried = Pin::new(&mut self.stream).poll_write(context, &bytes[*sent..]);
            match ready!(tried)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                more => *sent += more,
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Whether these bytes are a whole answer without a body and without our headers.
fn is_bare(bytes: &[u8]) -> bool {
    const LONGEST: usize = 256;
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.len() <= LONGEST && text.ends_with("\r\n\r\n") && text.contains("content-length: 0\r\n") && !text.contains("x-request-id")
}

fn asleep(patience: Duration) -> Pin<Box<Sleep>> {
    Box::pin(tokio::time::sleep(patience))
}

impl<S: AsyncRead + AsyncWrite + Unpin> Read for Guarded<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_read(context, buffer) {
            Poll::Ready(read) => {
                if this.phase.now() == IDLE {
                    this.phase.set(HEAD);
                    this.read_by = None;
                }
                Poll::Ready(read)
            }
            Poll::Pending => this.wait_to_read(context),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Write for Guarded<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.says_itself(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let tried = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.wait_to_write(context, tried)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if slices.first().is_some_and(|first| this.says_itself(first)) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        let tried = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.wait_to_write(context, tried)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let tried = this.poll_instead(context);
        ready!(this.wait_to_write(context, tried))?;
        let tried = Pin::new(&mut this.stream).poll_flush(context);
        this.wait_to_write(context, tried)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let tried = this.poll_instead(context);
        ready!(this.wait_to_write(context, tried))?;
        let tried = Pin::new(&mut this.stream).poll_shutdown(context);
        this.wait_to_write(context, tried)
    }
}
