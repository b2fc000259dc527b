//! The listener: accepts connections, watches over how long and how many they are, and lets them end in order.
//!
//! HTTP/1.1 only: a proxy in front speaks whatever else callers like.

mod guarded;

use crate::frame::{Limits, Peer};
use axum::Router;
use axum::body::Body;
use guarded::{Answering, Guarded, Phase};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::server::graceful::GracefulShutdown;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

/// Bytes of a request's head that are read at most; the frame refuses less with a problem that says why.
const LONGEST_HEAD: usize = 64 << 10;

/// Serve `router` on `listener` until `stop`, and then until every request in hand is answered.
pub async fn serve(listener: TcpListener, router: Router, limits: &Limits, stop: impl Future<Output = ()>) {
    let (limits, open) = (Arc::new(limits.clone()), Open::default());
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(cause) => {
                    rest(&cause).await;
                    continue;
                }
            },
        };
        // Closed without a word: whoever opens so many is not worth one.
        let Some(one) = open.one_more(peer.ip(), &limits) else { continue };
        let connection = connection(stream, peer, router.clone(), &limits);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            let _one = one;
            if let Err(cause) = watched.await {
                tracing::debug!(%cause, %peer, "a connection ended early");
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

type Connection<S> = http1::Connection<Guarded<TcpStream>, S>;

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: &Limits,
) -> Connection<impl hyper::service::Service<hyper::Request<Incoming>, Response = hyper::Response<Answering>, Error = Infallible, Future: Send> + use<>>
{
    // Answers are small and whole: waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    let phase = Phase::default();
    let guarded = Guarded::new(stream, limits.connections.clone(), phase.clone());
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        phase.begins();
        let (router, phase) = (router.clone(), phase.clone());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        async move {
            let Ok(response) = router.oneshot(request).await;
            Ok::<_, Infallible>(response.map(|body| Answering::new(body, phase)))
        }
    });
    http1::Builder::new().max_buf_size(LONGEST_HEAD).serve_connection(guarded, service)
}

/// Without free file descriptors there is nothing to do but wait; other errors are of one connection.
async fn rest(cause: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(cause.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%cause, "a connection could not be accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Connections that are open, by address.
#[derive(Clone, Default)]
struct Open(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of them, until it is dropped.
struct One {
    open: Open,
    address: IpAddr,
}

impl Open {
    fn one_more(&self, address: IpAddr, limits: &Limits) -> Option<One> {
        let address = address.to_canonical();
        let mut open = self.0.lock().expect("connections");
        let own = open.get(&address).copied().unwrap_or_default();
        let most = limits.connections.per_address;
        let too_many = most > 0 && own >= most && !limits.proxies.trusts(address);
        if too_many || open.values().sum::<usize>() >= limits.connections.most {
            return None;
        }
        open.insert(address, own + 1);
        Some(One { open: self.clone(), address })
    }
}

impl Drop for One {
    fn drop(&mut self) {
        let mut open = self.open.0.lock().expect("connections");
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}
