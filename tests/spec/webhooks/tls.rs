//! Whom a webhook is sent to, and how: TLS as it is spoken today, to a receiver that a known authority vouches for.

use super::*;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// ECDHE with AES-GCM or ChaCha20-Poly1305, and no others: TLS 1.3 (RFC 8446 §B.4), TLS 1.2 (RFC 9325 §4.2).
const SUITES: [u16; 9] = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9];
/// Says that renegotiation is secure; no suite.
const RENEGOTIATION: u16 = 0x00ff;

/// Reads the parts of a message whose lengths stand before them.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn number(&mut self, bytes: usize) -> usize {
        self.take(bytes).iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }

    fn part(&mut self, length: usize) -> Self {
        let length = self.number(length);
        Bytes(self.take(length))
    }

    fn pairs(&mut self, length: usize) -> Vec<u16> {
        self.part(length).0.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
    }
}

/// The cipher suites and protocol versions that a ClientHello offers (RFC 8446 §4.1.2).
fn offered(hello: &[u8]) -> (Vec<u16>, Vec<u16>) {
    let mut message = Bytes(hello);
    assert_eq!(message.number(1), 1, "a ClientHello");
    let mut body = message.part(3);
    let oldest = body.number(2) as u16;
    body.take(32);
    body.part(1);
    let suites = body.pairs(2);
    body.part(1);
    let (mut extensions, mut versions) = (body.part(2), vec![oldest]);
    while !extensions.0.is_empty() {
        let (kind, mut content) = (extensions.number(2), extensions.part(2));
        if kind == 43 {
            versions = content.pairs(1);
        }
    }
    (suites, versions)
}

/// The next handshake message on a connection that has just begun.
async fn first_message(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.expect("a record");
    assert_eq!(head[0], 22, "a handshake");
    let mut record = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut record).await.expect("a whole record");
    record
}

/// One value as DER writes it (X.690 §8.1): its tag, its length, and what it consists of.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = match content.len() {
        short @ ..128 => vec![short as u8],
        middling @ ..256 => vec![0x81, middling as u8],
        long => vec![0x82, (long >> 8) as u8, long as u8],
    };
    [vec![tag], length, content].concat()
}

/// A certificate for 127.0.0.1 that its owner signed, and nobody else (RFC 5280 §4.1, RFC 8410).
fn own_certificate(pair: &Ed25519KeyPair) -> Vec<u8> {
    const ED25519: [u8; 3] = [0x2b, 0x65, 0x70];
    const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
    const ALTERNATIVE_NAME: [u8; 3] = [0x55, 0x1d, 0x11];
    let algorithm = der(0x30, &[&der(0x06, &[&ED25519])]);
    let name = der(0x30, &[&der(0x31, &[&der(0x30, &[&der(0x06, &[&COMMON_NAME]), &der(0x0c, &[b"receiver"])])])]);
    let times = der(0x30, &[&der(0x17, &[b"200101000000Z"]), &der(0x17, &[b"491231235959Z"])]);
    let key = der(0x30, &[&algorithm, &der(0x03, &[&[0], pair.public_key().as_ref()])]);
    let address = der(0x04, &[&der(0x30, &[&der(0x87, &[&[127, 0, 0, 1]])])]);
    let extensions = der(0xa3, &[&der(0x30, &[&der(0x30, &[&der(0x06, &[&ALTERNATIVE_NAME]), &address])])]);
    let version = der(0xa0, &[&der(0x02, &[&[2]])]);
    let told = der(0x30, &[&version, &der(0x02, &[&[1]]), &algorithm, &name, &times, &name, &key, &extensions]);
    let signature = der(0x03, &[&[0], pair.sign(&told).as_ref()]);
    der(0x30, &[&told, &algorithm, &signature])
}

/// A receiver with a certificate that it made itself: what it was told, in the clear.
async fn unknown() -> (u16, JoinHandle<String>) {
    let pair = Ed25519KeyPair::generate().expect("a key");
    let key = PrivateKeyDer::Pkcs8(pair.to_pkcs8v1().expect("a key").as_ref().to_vec().into());
    let certificate = CertificateDer::from(own_certificate(&pair));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = versions.with_no_client_auth().with_single_cert(vec![certificate], key).expect("a certificate with its key");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let told = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut told = Vec::new();
        match TlsAcceptor::from(Arc::new(config)).accept(stream).await {
            Ok(mut stream) => _ = stream.read_to_end(&mut told).await,
            Err(refused) => return format!("refused: {refused}"),
        }
        String::from_utf8_lossy(&told).into_owned()
    });
    (port, told)
}

spec! {
    async fn a_receiver_that_nobody_vouches_for_is_sent_nothing(world) {
        let acme = world.vendor("Acme").await;
        let (port, told) = unknown().await;
        let hook = hook_like(&acme, json!({ "url": format!("https://127.0.0.1:{port}/"), "event_types": ["api_key.*"] })).await;
        something_happens(&acme).await;
        world.settle().await;
        // In TLS 1.3 a server may think that it is connected before it hears that it is not believed: it is told nothing either way.
        let told = told.await.expect("a receiver");
        assert!(told.is_empty() || told.starts_with("refused: "), "{told}");
        let delivery = hook.only_delivery(&acme).await;
        let error = delivery["attempts"][0]["error"].as_str().unwrap_or_default();
        assert!(error.contains("certificate"), "{delivery}");
    }

    async fn what_is_sent_goes_by_a_modern_protocol_to_whom_the_certificate_names(world) {
        let acme = world.vendor("Acme").await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let hello = tokio::spawn(async move { first_message(&mut listener.accept().await.expect("a connection").0).await });
        hook_like(&acme, json!({ "url": format!("https://127.0.0.1:{port}/"), "event_types": ["api_key.*"] })).await;
        something_happens(&acme).await;
        world.settle().await;
        let (suites, versions) = offered(&hello.await.expect("a ClientHello"));
        assert_eq!(BTreeSet::from_iter(versions.iter().copied()), BTreeSet::from([0x0303, 0x0304]), "{versions:04x?}");
        assert_eq!(versions[0], 0x0304, "the newest first");
        assert!(suites.iter().all(|suite| SUITES.contains(suite) || *suite == RENEGOTIATION), "{suites:04x?}");
    }
}
