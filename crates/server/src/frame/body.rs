//! A body that has to keep coming.

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Sleep;

/// Ends with an error when nothing comes for too long, and says so.
struct Steady {
    body: Body,
    pause: Duration,
    asleep: Option<Pin<Box<Sleep>>>,
    stalled: Arc<AtomicBool>,
}

/// `body`, given up when nothing of it comes for `pause`; the flag tells whether that happened.
pub(super) fn steady(body: Body, pause: Duration) -> (Body, Arc<AtomicBool>) {
    let stalled = Arc::<AtomicBool>::default();
    if body.is_end_stream() {
        return (body, stalled);
    }
    (Body::new(Steady { body, pause, asleep: None, stalled: stalled.clone() }), stalled)
}

impl HttpBody for Steady {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.asleep = None;
            return Poll::Ready(frame);
        }
        let pause = self.pause;
        let asleep = self.asleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        std::task::ready!(asleep.as_mut().poll(context));
        self.stalled.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new("the body stopped coming"))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt as _;
    use http_body_util::BodyExt as _;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_coming_is_given_up_and_one_that_only_takes_long_is_not() {
        let second = Duration::from_secs(1);
        let slowly = |every: Duration| {
            Body::from_stream(futures::stream::iter(0..5).then(move |_| async move {
                tokio::time::sleep(every).await;
                Ok::<_, std::io::Error>(Bytes::from_static(b"x"))
            }))
        };
        let (body, stalled) = steady(slowly(second * 9), second * 10);
        assert_eq!(body.collect().await.unwrap().to_bytes().len(), 5);
        assert!(!stalled.load(Ordering::Relaxed));
        let (body, stalled) = steady(slowly(second * 11), second * 10);
        assert!(body.collect().await.is_err() && stalled.load(Ordering::Relaxed));
    }
}
