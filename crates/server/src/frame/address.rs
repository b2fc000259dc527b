//! Who is at the other end: the socket's peer, or whom a trusted proxy names.

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The address that a connection was accepted from; among a request's extensions if it came over a socket.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The header in which the trusted proxies name whom they were called by. Only one is read: a proxy that writes one
/// passes the other on as its caller made it up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardedBy {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The proxies in front of this service, and how they say whom they speak for.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// Their networks; none is trusted if empty.
    pub trusted: Vec<IpNet>,
    /// The header that they write.
    pub header: ForwardedBy,
}

impl Proxies {
    /// Whether this is the address of a trusted proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// The client's address: the rightmost hop that is no trusted proxy. What stands further left, anybody may have written.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let name = match self.header {
            ForwardedBy::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            ForwardedBy::Forwarded => header::FORWARDED,
        };
        let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default()).collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let named = match self.header {
                ForwardedBy::XForwardedFor => address(hop.trim()),
                ForwardedBy::Forwarded => forwarded_for(hop),
            };
            // A hop that hides or garbles its caller is as far as one can see.
            let Some(named) = named else { break };
            client = named;
            if !self.trusts(client) {
                break;
            }
        }
        client
    }
}

/// The node of an element's `for` (RFC 7239 §6).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, node) = pairs.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    address(node.trim().trim_matches('"'))
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn client(header: ForwardedBy, trusted: &[&str], peer: &str, lines: &[(&'static str, &str)]) -> String {
        let proxies = Proxies { trusted: trusted.iter().map(|network| network.parse().unwrap()).collect(), header };
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            headers.append(*name, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    const XFF: &str = "x-forwarded-for";
    const PROXIES: &[&str] = &["10.0.0.0/8", "2001:db8:ffff::/48"];

    #[test]
    fn nobody_but_a_trusted_proxy_says_who_calls() {
        let claimed = [(XFF, "192.0.2.1"), ("forwarded", "for=192.0.2.1")];
        assert_eq!(client(ForwardedBy::XForwardedFor, &[], "203.0.113.9", &claimed), "203.0.113.9");
        assert_eq!(client(ForwardedBy::XForwardedFor, PROXIES, "203.0.113.9", &claimed), "203.0.113.9");
        assert_eq!(client(ForwardedBy::Forwarded, &[], "10.0.0.1", &claimed), "10.0.0.1");
        assert_eq!(client(ForwardedBy::XForwardedFor, PROXIES, "10.0.0.1", &claimed), "192.0.2.1");
        assert_eq!(client(ForwardedBy::XForwardedFor, PROXIES, "::ffff:10.0.0.1", &claimed), "192.0.2.1");
    }

    #[test]
    fn the_rightmost_hop_that_is_no_proxy_counts_whatever_stands_before_it() {
        let of = |line: &str| client(ForwardedBy::XForwardedFor, PROXIES, "10.0.0.1", &[(XFF, line)]);
        assert_eq!(of("127.0.0.1, 198.51.100.7"), "198.51.100.7");
        assert_eq!(of("127.0.0.1, 198.51.100.7, 10.9.9.9, 10.0.0.2"), "198.51.100.7");
        assert_eq!(of("10.0.0.5, 10.0.0.2"), "10.0.0.5");
        assert_eq!(of("198.51.100.7, garbage, 10.0.0.2"), "10.0.0.2");
        assert_eq!((of("198.51.100.7, unknown"), of("")), ("10.0.0.1".into(), "10.0.0.1".into()));
        assert_eq!(
            (of("[2001:db8::7]:443"), of("2001:db8::7"), of("198.51.100.7:5000")),
            ("2001:db8::7".into(), "2001:db8::7".into(), "198.51.100.7".into())
        );
        let lines = [(XFF, "127.0.0.1"), (XFF, "198.51.100.7"), (XFF, "10.0.0.3")];
        assert_eq!(client(ForwardedBy::XForwardedFor, PROXIES, "10.0.0.1", &lines), "198.51.100.7");
    }

    #[test]
    fn only_the_header_that_the_proxies_write_is_read() {
        let lines = [("forwarded", r#"for=127.0.0.1, for="[2001:db8::7]:47";proto=https;by=10.0.0.2"#), (XFF, "127.0.0.1")];
        assert_eq!(client(ForwardedBy::Forwarded, PROXIES, "10.0.0.1", &lines), "2001:db8::7");
        assert_eq!(client(ForwardedBy::XForwardedFor, PROXIES, "10.0.0.1", &lines[..1]), "10.0.0.1");
        let of = |line: &str| client(ForwardedBy::Forwarded, PROXIES, "10.0.0.1", &[("forwarded", line)]);
        assert_eq!((of("For=198.51.100.7"), of("for=_hidden"), of("for=\"unknown\"")), ("198.51.100.7".into(), "10.0.0.1".into(), "10.0.0.1".into()));
        // A quote that a client leaves open does not swallow what the proxy appends.
        assert_eq!(of("for=\"127.0.0.1, for=198.51.100.7"), "198.51.100.7");
    }
}
